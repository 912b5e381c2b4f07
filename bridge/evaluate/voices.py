"""Voice leading of the chords part: how far voices move from chord to chord, and which move in parallel."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from bridge.evaluate.piece import STEPS, Ints, Piece

_OCTAVE, _FIFTH = 0, 7


def voicings(piece: Piece) -> list[Ints]:
    """Return the pitches, rising, that the chords part strikes under each chord of the piece; silent chords are left out."""
    changes = (np.diff(piece.chord_roots) != 0) | (np.diff(piece.chord_masks) != 0)
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1)) * STEPS
    notes = piece.part("chords")
    span = np.searchsorted(starts, np.rint(notes[:, 0]), side="right") - 1
    struck = (np.unique(notes[span == index, 2]).astype(np.int64) for index in range(len(starts)))
    return [pitches for pitches in struck if len(pitches)]


def voice_leading(chords: list[Ints]) -> dict[str, float]:
    """Return how the voices of successive chords move; NaN for fewer than two chords.

    `motion_semitones` is the mean way of a voice, `parallel_fifths` and `parallel_octaves` how often in a change of chord two
    voices that far apart (octaves more or less) move by the same interval (Fux, 1725). Which note goes on to which is the
    pairing with the least total motion (Tymoczko, "The geometry of musical chords", 2006); where one chord has more
    notes, those left over count for nothing.
    """
    moves = [_paired(before, after) for before, after in pairwise(chords)]
    if not moves:
        return dict.fromkeys(("motion_semitones", "parallel_fifths", "parallel_octaves"), float("nan"))
    ways = np.concatenate([np.abs(after - before) for before, after in moves])
    return {
        "motion_semitones": float(ways.mean()),
        "parallel_fifths": sum(_parallels(*move, _FIFTH) for move in moves) / len(moves),
        "parallel_octaves": sum(_parallels(*move, _OCTAVE) for move in moves) / len(moves),
    }


def _paired(before: Ints, after: Ints) -> tuple[Ints, Ints]:
    rows, columns = linear_sum_assignment(np.abs(before[:, None] - after[None]))
    return before[rows], after[columns]


def _parallels(before: Ints, after: Ints, interval: int) -> int:
    """Return how many pairs of voices this interval apart move together."""
    way = after - before
    return sum(
        int(way[one] == way[two] != 0 and abs(before[two] - before[one]) % 12 == interval and before[one] != before[two])
        for one, two in combinations(range(len(before)), 2)
    )
