"""Slips of a step or two, which decoders make beside a groove's own places, are put right."""

from __future__ import annotations

import numpy as np

from model.score.grid import STEPS, Notes

_PLAIN = frozenset({0, 3, 4, 6, 8, 9})
"""Steps of a pulse that are sixteenths or triplets."""
_NEAR = (-1, 1, -2, 2)
_FIRMER = 2
"""A plain step near by takes the notes of another one if it has this many times as many."""


def settled_drums(notes: Notes, bar_steps: int) -> Notes:
    """Return the same for drums, each by its own places: a güiro's swing is no slip of the kick's."""
    if not len(notes):
        return notes
    each = np.concatenate([settled(notes[notes[:, 2] == key], bar_steps) for key in np.unique(notes[:, 2])])
    found: Notes = each[np.lexsort((-each[:, 3], each[:, 2], each[:, 0]))]
    return found


def settled(notes: Notes, bar_steps: int) -> Notes:
    """Return notes (start step, length, pitch, velocity) that begin where the groove does; their ends stay.

    A step of the bar that is neither a sixteenth nor a triplet, beside one that is played far more often, is a slip; one that
    is played for its own sake, as in some swing, is not.
    """
    if not len(notes):
        return notes
    usage = np.bincount(notes[:, 0] % bar_steps, minlength=bar_steps)
    moves = np.array([_move(step, usage) for step in range(bar_steps)])[notes[:, 0] % bar_steps]
    moves = np.where(notes[:, 0] + moves < 0, 0, moves)
    found = notes.copy()
    found[:, 0] += moves.astype(notes.dtype)
    found[:, 1] = np.maximum(1, notes[:, 1] - moves)
    ordered = found[np.lexsort((-found[:, 3], found[:, 2], found[:, 0]))]
    return ordered[np.unique(ordered[:, (0, 2)], axis=0, return_index=True)[1]]


def _move(step: int, usage: np.ndarray) -> int:
    """Return by how many steps the notes on a step of the bar are moved."""
    if step % STEPS in _PLAIN or not usage[step]:
        return 0
    plain = [move for move in _NEAR if (step + move) % STEPS in _PLAIN]
    best = max(plain, key=lambda move: int(usage[(step + move) % len(usage)]))
    return best if usage[(step + best) % len(usage)] >= _FIRMER * usage[step] else 0
