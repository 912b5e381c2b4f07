"""The long view: does a groove hold, does the music drift, do themes return."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from bridge.evaluate.groove import bar_density, bar_likeness
from bridge.evaluate.piece import Floats, Piece

PLAYERS = ("chords", "bass", "drums", "pad")


def groove_kept(piece: Piece) -> float:
    """Return the mean likeness of the drums of a bar with those of the next, 0…1; NaN without drums or for one bar."""
    if piece.bars < 2 or not len(piece.part("drums")):
        return float("nan")
    return float(np.diag(bar_likeness(piece, "drums"), 1).mean())


def density_drift(piece: Piece) -> float:
    """Return how much denser (or thinner) the last quarter is than the first, in octaves: 0 as dense, 1 twice or half.

    One onset a bar is added to both, so that silence is no infinity; NaN where nothing plays at all.
    """
    density = bar_density(piece, *PLAYERS)
    if not density.any():
        return float("nan")
    quarter = max(1, piece.bars // 4)
    return float(abs(np.log2((density[-quarter:].mean() + 1) / (density[:quarter].mean() + 1))))


def density_variation(piece: Piece) -> float:
    """Return the coefficient of variation (standard deviation / mean) of onsets a bar over the bars."""
    density = bar_density(piece, *PLAYERS)
    return float(density.std() / density.mean()) if density.any() else float("nan")


def themes_return(piece: Piece, sections: Sequence[tuple[str, int]], *parts: str) -> tuple[float, float]:
    """Return how alike sections of the same name are, and sections of different names, bar by bar, 0…1.

    `sections` are (name, bars) from the start. NaN where there is no such pair, or nothing plays.
    """
    if not any(len(piece.part(part)) for part in parts):
        return float("nan"), float("nan")
    alike = bar_likeness(piece, *parts)
    starts = np.cumsum((0, *(bars for _, bars in sections[:-1])))
    same: list[float] = []
    other: list[float] = []
    for (one, (name, bars)), (two, (other_name, other_bars)) in combinations(enumerate(sections), 2):
        likeness = _aligned(alike, int(starts[one]), int(starts[two]), min(bars, other_bars))
        (same if name == other_name else other).append(likeness)
    return _mean(same), _mean(other)


def _aligned(alike: Floats, one: int, two: int, bars: int) -> float:
    at = np.arange(bars)
    return float(alike[one + at, two + at].mean())


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
