"""A clip, MIDI or recording → the seed it holds: told apart by content, whatever the file is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.errors import ClipError
from bridge.music.score import Seed
from bridge.music.tempo import Meter
from bridge.seeds.hum import read_hum
from bridge.seeds.hum_audio import audio_kind
from bridge.seeds.midi_clip import read_seed

if TYPE_CHECKING:
    from bridge.config import Voices

MIDI_STARTS = (b"MThd", b"RIFF")
"""A RIFF file that is no recording may hold MIDI."""


def is_recording(data: bytes) -> bool:
    """Return whether the bytes of a clip are audio, and else MIDI; raises ClipError (`bad_clip`) where they are neither."""
    if audio_kind(data) is not None:
        return True
    if not data.startswith(MIDI_STARTS):
        what = "is neither a MIDI file nor a recording that can be read" if data else "is empty"
        raise ClipError(f"the file {what}; send mid, wav, flac, mp3, ogg, aiff, caf, m4a or webm")
    return False


def read_clip(data: bytes, *, bpm: float | None = None, meter: Meter | None = None, voices: Voices = "auto") -> Seed:
    """Return the melody in a MIDI file or in a recording (wav flac mp3 ogg aiff caf; m4a and webm with ffmpeg).

    `bpm` and `meter` are those of the song, where they are known: MIDI has its own, a recording is placed on their beats.
    `voices` says whether one voice or several sound in a recording; else it is heard.
    Raises ClipError: `bad_clip` where the file is broken, `no_notes` where it holds no melody.
    """
    return read_hum(data, bpm=bpm, meter=meter, voices=voices) if is_recording(data) else read_seed(data)
