"""A sung, hummed, whistled or played recording → the seed it holds."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

from bridge.errors import ClipError
from bridge.music.score import Seed
from bridge.music.tempo import Meter, TempoMap
from bridge.seeds.hum_note import HeardNote

HEARD_KEPT = 16
"""Recordings whose notes are remembered: a request is read at the door and again where it is composed."""
CLICK_FIT = 0.5
"""Onsets that lie so well on the grid from the recording's own start were sung to a click."""
UNSURE_TEMPO = 0.35


@dataclass(frozen=True)
class _Heard:
    """What was heard in a recording, before any tempo is known."""

    notes: tuple[HeardNote, ...]
    warnings: tuple[str, ...]
    is_polyphonic: bool


def read_hum(data: bytes, *, bpm: float | None = None, meter: Meter | None = None) -> Seed:
    """Return the melody in a recording (wav flac ogg mp3 aiff, and m4a where ffmpeg is installed).

    With the tempo of the song it was sung to, `bpm`, beat 0 is the start of the recording where the onsets fit that, and
    the seed has no tempo of its own; without one it is estimated, and beat 0 is the bar line before the first note.
    Raises ClipError: `bad_clip` where the file is broken or too long, `no_notes` where it holds no melody.
    """
    heard = _heard(_Bytes(data))
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
def _heard(clip: _Bytes) -> _Heard:
    import soxr  # noqa: PLC0415 - numpy, the networks and their runtime are needed for recordings alone

    from bridge.seeds.hum_audio import RATE_HZ, read_recording  # noqa: PLC0415
    from bridge.seeds.hum_segmenting import segment  # noqa: PLC0415
    from bridge.seeds.hum_tracking import TRACK_RATE_HZ, track_voice  # noqa: PLC0415

    recording = read_recording(clip.data)
    track = track_voice(soxr.resample(recording.samples, RATE_HZ, TRACK_RATE_HZ))
    notes = segment(track)
    if not notes:
        raise ClipError("no melody found: I heard nothing with a pitch", code="no_notes")
    return _Heard(tuple(notes), (), is_polyphonic=False)


def _seed(heard: _Heard, bpm: float | None, beats_per_bar: float) -> Seed:
    from bridge.seeds.hum_quantising import moved, place  # noqa: PLC0415
    from bridge.seeds.hum_tempo import Pulse, find_pulse, grid_fit, pulse_at  # noqa: PLC0415

    pulse = find_pulse(heard.notes) if bpm is None else pulse_at(heard.notes, bpm)
    is_to_click = bpm is not None and grid_fit(heard.notes, Pulse(bpm, 0.0, 1.0)) >= CLICK_FIT
    if is_to_click and bpm is not None:
        placed = place(heard.notes, Pulse(bpm, 0.0, pulse.confidence), beats_per_bar)
    else:
        placed = place(heard.notes, pulse, beats_per_bar)
    first = placed.notes[0].start_beat
    if not is_to_click:
        placed = moved(placed, -math.floor(first))
    elif first < 0.0:
        placed = moved(placed, -first)
    end = max(note.end_beat for note in placed.notes)
    sure = sum(note.confidence * note.seconds for note in placed.heard) / sum(note.seconds for note in placed.heard)
    return Seed(
        notes=placed.notes,
        length_beats=math.ceil(end / beats_per_bar - 1e-6) * beats_per_bar,
        tempo=None if bpm else TempoMap.constant(round(pulse.bpm, 1)),
        likely_key=placed.key,
        confidence=round(sure * (0.5 + 0.5 * placed.fit), 3),
        start_seconds=tuple(note.start_seconds for note in placed.heard),
        warnings=(*heard.warnings, *_told(bpm, pulse.bpm, pulse.confidence)),
    )


def _told(bpm: float | None, heard_bpm: float, confidence: float) -> tuple[str, ...]:
    if bpm is not None:
        return ()
    doubt = "; it is not steady, name bpm to be sure" if confidence < UNSURE_TEMPO else ""
    return (f"the tempo of the recording is heard as {heard_bpm:.1f} BPM (confidence {confidence:.2f}){doubt}",)
