"""Rhythm: where notes begin, how densely, and how alike two bars or two takes are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bridge.evaluate.piece import Floats, Piece

PITCHES = 128


def onset_steps(piece: Piece, part: str) -> NDArray[np.int64]:
    """Return the step, rounded, at which each note of a part begins."""
    return np.rint(piece.part(part)[:, 0]).astype(np.int64)


def onsets_per_bar(piece: Piece, part: str) -> float:
    """Return how many notes of a part begin in a bar, on average; a chord of three counts as three."""
    return len(piece.part(part)) / max(piece.bars, 1)


def bar_density(piece: Piece, *parts: str) -> Floats:
    """Return (bars): how many notes of these parts begin in each bar."""
    steps = np.concatenate([onset_steps(piece, part) for part in parts])
    return np.bincount(np.clip(steps // piece.bar_steps, 0, piece.bars - 1), minlength=piece.bars).astype(np.float64)


def onset_cells(piece: Piece, *parts: str) -> NDArray[np.int64]:
    """Return the onsets of these parts, each as step × 128 + pitch, sorted and without doubles."""
    cells = [onset_steps(piece, part) * PITCHES + piece.part(part)[:, 2].astype(np.int64) for part in parts]
    return np.unique(np.concatenate(cells))


def likeness(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    """Return the intersection over union (Jaccard, 1912) of two sets of onsets; 1 where both are empty."""
    union = len(np.union1d(one, two))
    return len(np.intersect1d(one, two)) / union if union else 1.0


def diversity(takes: list[Piece], *parts: str) -> float:
    """Return the mean of 1 − `likeness` over all pairs of takes of the same music."""
    cells = [onset_cells(take, *parts) for take in takes]
    apart = [1.0 - likeness(one, two) for at, one in enumerate(cells) for two in cells[:at]]
    return float(np.mean(apart)) if apart else float("nan")


def bar_likeness(piece: Piece, *parts: str) -> Floats:
    """Return (bars, bars): `likeness` of every pair of bars; 1 between silent ones."""
    cells = onset_cells(piece, *parts)
    steps, pitches = cells // PITCHES, cells % PITCHES
    bars = np.clip(steps // piece.bar_steps, 0, piece.bars - 1)
    places, columns = np.unique(steps % piece.bar_steps * PITCHES + pitches, return_inverse=True)
    roll = np.zeros((piece.bars, len(places)))
    roll[bars, columns] = 1.0
    shared = roll @ roll.T
    union = roll.sum(axis=1)[:, None] + roll.sum(axis=1)[None] - shared
    alike: Floats = np.where(union > 0, shared / np.maximum(union, 1.0), 1.0)
    return alike


def pairs_mean(matrix: Floats, pairs: NDArray[np.bool_]) -> float:
    """Return the mean of a (bars, bars) figure over these pairs; NaN without pairs."""
    size = min(len(matrix), len(pairs))
    chosen = pairs[:size, :size]
    return float(matrix[:size, :size][chosen].mean()) if chosen.any() else float("nan")


def on_positions(piece: Piece, positions: Mapping[str, NDArray[np.bool_]]) -> dict[str, float]:
    """Return part → share of its onsets on the positions (steps in the bar) that are marked for it; NaN where it is silent."""
    shares = {}
    for part, is_used in positions.items():
        steps = onset_steps(piece, part) % piece.bar_steps
        shares[part] = float(is_used[steps].mean()) if len(steps) else float("nan")
    return shares
