"""How much a voice speaks rather than sings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.seeds.hum_note import HeardNote, sounding_seconds
from bridge.seeds.hum_tracking import FRAME_SECONDS, Track

SPOKEN_FROM = 0.4
"""Least of 487 clips of speech 0.6; of 752 of song, loose, quick, soft or in a narrow compass, the most but one -0.8."""
VOICED_FROM, SYLLABLES_MIN = 0.12, 3
"""Drums and noise seem to have a pitch for less of their time, and fewer notes."""
SPREAD_SEMITONES, SHORT_SECONDS_MAX = (0.8, 4.0), 0.3
"""What lies beyond says nothing more: songs may stay on one note."""
STEADY_SEMITONES = 0.8
HELD_SEMITONES_PER_SECOND, JUMP_SEMITONES_PER_SECOND = 5.0, 150.0
"""A pitch that moves more slowly is held; what is faster is a slip of the network."""


def speech_likeness(voice: Sequence[HeardNote], track: Track, active_seconds: float) -> float:
    """Return how much a voice speaks, in nats: below 0 it rather sings, above it rather speaks.

    Syllables are short, lie between the semitones, slide, and keep within a few semitones; how much each of these says was
    fitted by logistic regression to the clips of SPOKEN_FROM.
    """
    if len(voice) < SYLLABLES_MIN or sounding_seconds(voice) < VOICED_FROM * active_seconds:
        return -np.inf
    spread = float(np.clip(np.std([note.pitch for note in voice]), *SPREAD_SEMITONES))
    between = float(np.mean([abs(note.pitch - round(note.pitch)) for note in voice]))
    short = min(SHORT_SECONDS_MAX, float(np.median([note.seconds for note in voice])))
    return 11.4 - 1.0 * spread + 16.6 * between - 17.8 * short - 5.0 * _steadiness(voice, track) - 3.6 * _held(track)


def _steadiness(voice: Sequence[HeardNote], track: Track) -> float:
    """Return the share of what is voiced that stays near its note."""
    is_voiced = track.confidence >= 0.5
    steady = 0
    for note in voice:
        span = slice(int(note.start_seconds / FRAME_SECONDS), int(note.end_seconds / FRAME_SECONDS))
        steady += int((is_voiced[span] & (np.abs(track.tuned[span] - note.pitch) < STEADY_SEMITONES)).sum())
    return steady / max(1, int(is_voiced.sum()))


def _held(track: Track) -> float:
    """Return the share of what is voiced in which the pitch is held rather than slides; 1 where nothing is."""
    is_voiced = track.confidence >= 0.5
    speed = np.abs(track.tuned[2:] - track.tuned[:-2])[is_voiced[2:] & is_voiced[:-2]] / (2.0 * FRAME_SECONDS)
    speed = speed[speed < JUMP_SEMITONES_PER_SECOND]
    return float((speed < HELD_SEMITONES_PER_SECOND).mean()) if len(speed) else 1.0
