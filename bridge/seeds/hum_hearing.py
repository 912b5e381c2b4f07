"""What is heard in a recording: one voice, several, or no melody at all, and then what instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridge.errors import ClipError
from bridge.seeds import hum_polyphony as polyphony
from bridge.seeds.hum_audio import RATE_HZ, SILENT_PEAK, Recording
from bridge.seeds.hum_mains import is_mains, without_mains_notes
from bridge.seeds.hum_note import HeardNote, sounding_seconds
from bridge.seeds.hum_overtones import without_overtones
from bridge.seeds.hum_segmenting import segment, settled
from bridge.seeds.hum_speech import SPOKEN_FROM, speech_likeness
from bridge.seeds.hum_tracking import ENVELOPE_SECONDS, TRACK_RATE_HZ, Track, envelope_db, track_voice
from bridge.seeds.hum_voices import are_clearly_several, are_of_one

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bridge.config import Voices

ACTIVE_DB = 30.0
"""What is so much softer than the loudest is a rest."""
PITCHED_FROM = 0.3
"""Drums and noise sound longer than this share of the time without any note."""
CLEAR_FROM = 0.4
"""Half of the tones of chords are heard with more confidence than 0.5, nearly all that drums seem to have with less."""
KEYS_MIN = 3
"""Of fewer keys is no tune with others below it, but a cymbal or drum that rings."""
DRUM_DB = 15.0
"""Strokes stand out so far from what lies between them; noise does not."""


def hear(recording: Recording, voices: Voices = "auto") -> tuple[list[HeardNote], bool]:
    """Return the notes in order of time and whether they are of several voices, which is heard where it is not said.

    Raises ClipError (`no_notes`), saying what was heard, where there is no melody.
    """
    import soxr  # noqa: PLC0415 - only recordings need it

    if recording.peak < SILENT_PEAK:
        raise _no_melody("silence")
    sounds = polyphony.Voices(recording.samples)
    samples = soxr.resample(recording.samples, RATE_HZ, TRACK_RATE_HZ)
    active_seconds = _active_seconds(envelope_db(samples))
    is_heard_at_once = voices == "several" or (voices == "auto" and are_clearly_several(sounds))
    if is_heard_at_once and (tones := _clear_tones(sounds, active_seconds)):
        return tones, True
    track = settled(track_voice(samples))
    if is_mains(track):
        raise _no_melody("the hum of the mains")
    voice = [] if voices == "several" else without_mains_notes(segment(track), track)
    if speech_likeness(voice, track, active_seconds) >= SPOKEN_FROM:
        raise _no_melody("speech")
    if voices == "auto":
        if are_of_one(sounds, voice, track):
            return voice, False
        if tones := _clear_tones(sounds, active_seconds):
            return tones, True
    if sounding_seconds(voice) >= PITCHED_FROM * active_seconds:
        return voice, False
    raise _no_melody("drums" if _has_strokes(track) else "noise")


def _clear_tones(sounds: polyphony.Voices, active_seconds: float) -> list[HeardNote]:
    """Return the tones of several voices, none where they are too few or too faint for any."""
    tones = sounds.notes(range(sounds.windows))
    clear = [tone for tone in tones if tone.confidence >= CLEAR_FROM]
    are_enough = sounding_seconds(clear) >= PITCHED_FROM * active_seconds and len({tone.pitch for tone in clear}) >= KEYS_MIN
    return without_overtones(tones) if are_enough else []


def _no_melody(heard: str) -> ClipError:
    return ClipError(f"no melody found: I heard {heard}; sing, hum, whistle or play one line", code="no_notes")


def _active_seconds(level_db: NDArray[np.float64]) -> float:
    return float((level_db > level_db.max() - ACTIVE_DB).sum()) * ENVELOPE_SECONDS


def _has_strokes(track: Track) -> bool:
    loud, soft = np.percentile(track.envelope_db, (98, 40))
    return bool(loud - soft >= DRUM_DB)
