"""How much a voice speaks rather than sings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.seeds.hum_note import HeardNote, sounding_seconds
from bridge.seeds.hum_tracking import FRAME_SECONDS, Track

SPOKEN_FROM = 0.28
SPEECH_VOICED_FROM, SPEECH_SPREAD_BELOW = 0.4, 2.5
"""Less of speech is hardly ever voiced, but in noise, and then within few semitones; of chords, which one pitch cannot follow,
so little is voiced too, all over the keys."""


def speech_likeness(voice: Sequence[HeardNote], track: Track, active_seconds: float) -> float:
    """Return how much a voice speaks, below 0.1 for singing and from 0.3 on for speech.

    Syllables are short, lie between the semitones, slide, and keep within a few semitones.
    """
    spread = float(np.std([note.pitch for note in voice])) if voice else 0.0
    is_faint = sounding_seconds(voice) < SPEECH_VOICED_FROM * active_seconds
    if len(voice) < 3 or (is_faint and spread >= SPEECH_SPREAD_BELOW):
        return 0.0
    between = float(np.mean([abs(note.pitch - round(note.pitch)) for note in voice]))
    short = float(np.median([note.seconds for note in voice]))
    near = min(0.4, max(-1.0, 0.5 * (1.6 - spread)))
    return 5.0 * (between - 0.05) + 5.0 * (0.2 - min(short, 0.3)) + 3.0 * (0.95 - _steadiness(voice, track)) + near


def _steadiness(voice: Sequence[HeardNote], track: Track) -> float:
    """Return the share of what is voiced that stays within 0.8 semitones of its note."""
    is_voiced = track.confidence >= 0.5
    steady = 0
    for note in voice:
        span = slice(int(note.start_seconds / FRAME_SECONDS), int(note.end_seconds / FRAME_SECONDS))
        steady += int((is_voiced[span] & (np.abs(track.tuned[span] - note.pitch) < 0.8)).sum())
    return steady / max(1, int(is_voiced.sum()))
