"""The notes of a part as features of latent frames, aligned in time: what the performer reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.sound.layout import FRAME_RATE_HZ

Floats = NDArray[np.float32]
Notes = NDArray[np.floating]
"""(notes, 4): start and length in seconds, pitch, velocity. A start below 0 is a note that began before."""
FIRST_PITCH, PITCHES = 21, 88
"""The keys of a piano; what lies beyond is moved by octaves."""
FIRST_DRUM, DRUMS = 35, 47
"""The percussion keys of General MIDI; others are left out."""
KEYS = PITCHES + DRUMS
"""Rows of a feature: pitches, then drums."""
SPELLS = 4
"""Features of a key: how hard it is struck, when within the frame, how much of the frame it is held, how fresh it is."""
FEATURES = SPELLS * KEYS
FRESH_S = 0.4
"""A stroke fades from the features by 1/e in this time, held or not: decay and ringing depend on it."""


def note_features(notes: Notes, frames: int, *, is_drums: bool) -> Floats:
    """Return what is played in each frame: (frames, FEATURES), each spell of all keys after the other."""
    found = np.zeros((frames, SPELLS, KEYS), np.float32)
    for start_s, length_s, pitch, velocity in notes[np.argsort(notes[:, 0], kind="stable")]:
        row = key_row(int(pitch), is_drums=is_drums)
        if row is not None:
            _write(found[:, :, row], start_s * FRAME_RATE_HZ, (start_s + length_s) * FRAME_RATE_HZ, velocity)
    return found.reshape(frames, FEATURES)


def key_row(pitch: int, *, is_drums: bool) -> int | None:
    """Return the row of a key; None for a percussion key that nobody plays."""
    if is_drums:
        return PITCHES + pitch - FIRST_DRUM if 0 <= pitch - FIRST_DRUM < DRUMS else None
    inside = FIRST_PITCH + (pitch - FIRST_PITCH) % 12
    last = FIRST_PITCH + PITCHES - 1
    inside += 12 * max(0, min(pitch - inside, last - inside) // 12)
    return inside - FIRST_PITCH


def _write(key: Floats, start: float, end: float, velocity: float) -> None:
    """Write one note into the features of its key, (frames, SPELLS); start and end in frames."""
    frames = len(key)
    at = int(np.floor(start))
    if 0 <= at < frames:
        key[at, 0] = 0.5 + 0.5 * velocity / 127.0
        key[at, 1] = start - at - 0.5
    first, last = max(0, at), min(frames, int(np.ceil(end)))
    place = np.arange(first, max(first, last))
    held = np.minimum(place + 1, end) - np.maximum(place, start)
    key[place, 2] = np.clip(np.maximum(key[place, 2], held), 0.0, 1.0)
    after = np.arange(first, frames)
    key[after, 3] = np.exp((np.minimum(0.0, start - after)) / (FRESH_S * FRAME_RATE_HZ))
