"""A sung, hummed, whistled or played recording → the seed it holds."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bridge.music.notes import Note
from bridge.music.score import Seed
from bridge.music.tempo import Meter, TempoMap
from bridge.seeds.hum_note import HeardNote
from bridge.seeds.skyline import melody_line

if TYPE_CHECKING:
    from bridge.config import Voices

HEARD_KEPT = 16
"""Recordings whose notes are remembered: a request is read at the door and again where it is composed."""
UNSURE_TEMPO = 0.35
SAME_TEMPO = 0.005
"""Tempi that differ by less are one."""


@dataclass(frozen=True)
class _Heard:
    """What was heard in a recording, before any tempo is known."""

    notes: tuple[HeardNote, ...]
    are_several_voices: bool


def read_hum(data: bytes, *, bpm: float | None = None, meter: Meter | None = None, voices: Voices = "auto") -> Seed:
    """Return the melody in a recording (wav flac ogg mp3 aiff caf, and m4a or webm where ffmpeg is installed).

    With the tempo of the song it was sung to, `bpm`, beat 0 is the start of the recording where the onsets fit that, and
    the seed has no tempo of its own; without one it is estimated, and beat 0 is the bar line before the first note.
    `voices` says whether one voice or several sound; else it is heard.
    Raises ClipError: `bad_clip` where the file is broken or too long, `no_notes` where it holds no melody.
    """
    heard = _heard(_Bytes(data), voices)
    beats_per_bar = (meter or Meter()).beats_per_bar
    return _seed(heard, bpm, beats_per_bar)


class _Bytes:
    """The bytes of a clip, alike where their digest is."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._digest = hashlib.sha256(data).digest()

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes) and other._digest == self._digest


@lru_cache(maxsize=HEARD_KEPT)
def _heard(clip: _Bytes, voices: Voices) -> _Heard:
    from bridge.seeds.hum_audio import read_recording  # noqa: PLC0415 - numpy and the networks, for recordings alone
    from bridge.seeds.hum_hearing import hear  # noqa: PLC0415

    notes, are_several = hear(read_recording(clip.data), voices)
    return _Heard(tuple(notes), are_several)


def _seed(heard: _Heard, bpm: float | None, beats_per_bar: float) -> Seed:
    from bridge.seeds.hum_quantising import moved, place  # noqa: PLC0415
    from bridge.seeds.hum_tempo import find_pulse, from_the_start, pulse_for  # noqa: PLC0415

    pulse = find_pulse(heard.notes) if bpm is None else pulse_for(heard.notes, bpm)
    clicked = None if bpm is None else from_the_start(heard.notes, bpm)
    melody = _melody(heard, pulse.bpm)
    placed = place(melody, clicked or pulse, beats_per_bar)
    first = placed.notes[0].start_beat
    if clicked is None or first < 0.0:
        placed = moved(placed, -math.floor(first))
    end = max(note.end_beat for note in placed.notes)
    sure = sum(note.confidence * note.seconds for note in placed.heard) / sum(note.seconds for note in placed.heard)
    return Seed(
        notes=placed.notes,
        length_beats=math.ceil(end / beats_per_bar - 1e-6) * beats_per_bar,
        tempo=None if bpm else TempoMap.constant(round(pulse.bpm, 1)),
        likely_key=placed.key,
        confidence=round(sure * (0.5 + 0.5 * placed.fit), 3),
        start_seconds=tuple(note.start_seconds for note in placed.heard),
        warnings=(*_left_out(heard, melody), *_tempo_told(bpm, pulse.bpm, pulse.confidence)),
    )


def _melody(heard: _Heard, bpm: float) -> Sequence[HeardNote]:
    """Return the tune of several voices, or the only voice."""
    if not heard.are_several_voices:
        return heard.notes
    by_place = {(note.start_seconds * bpm / 60.0, round(note.pitch)): note for note in heard.notes}
    notes = [Note(start, note.seconds * bpm / 60.0, pitch) for (start, pitch), note in by_place.items()]
    return [by_place[note.start_beat, note.pitch] for note in melody_line(sorted(notes))]


def _left_out(heard: _Heard, melody: Sequence[HeardNote]) -> tuple[str, ...]:
    if not heard.are_several_voices:
        return ()
    return (f"several voices sound: {len(melody)} of {len(heard.notes)} notes are taken as the tune",)


def _tempo_told(bpm: float | None, heard_bpm: float, confidence: float) -> tuple[str, ...]:
    if bpm is not None:
        return (
            (f"the recording keeps {heard_bpm:.1f} BPM, not {bpm:g}: its notes are placed by its own beat",)
            if abs(heard_bpm / bpm - 1.0) > SAME_TEMPO
            else ()
        )
    doubt = "; it is not steady, name bpm to be sure" if confidence < UNSURE_TEMPO else ""
    return (f"the tempo of the recording is heard as {heard_bpm:.1f} BPM (confidence {confidence:.2f}){doubt}",)
