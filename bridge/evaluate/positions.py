"""On which steps of the bar the grooves of a family begin notes, as its teacher's songs show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.evaluate.groove import onset_steps
from bridge.evaluate.piece import Piece
from bridge.music.tempo import Meter

PACKAGED = Path(__file__).parent / "positions.npz"
PARTS = ("drums", "bass", "chords")
LEAST_SHARE = 0.001
"""A step is used if this share of the onsets falls on it: less is a slip."""


@dataclass(frozen=True)
class Positions:
    """Steps used, by family and meter."""

    used: Mapping[str, NDArray[np.bool_]]
    """"family|meter|part" → (steps of the bar)."""

    def of(self, family: str, meter: Meter) -> dict[str, NDArray[np.bool_]]:
        """Return part → (steps of the bar): whether the family's grooves begin notes there; parts it never has are left out."""
        found = {part: self.used.get(_name(family, meter, part)) for part in PARTS}
        return {part: steps for part, steps in found.items() if steps is not None}

    def save(self, path: Path) -> None:
        """Write them to an npz file."""
        np.savez_compressed(path, **{name: np.packbits(steps) for name, steps in self.used.items()}, allow_pickle=False)


def load_positions(path: Path = PACKAGED) -> Positions:
    """Return the positions that were saved."""
    with np.load(path, allow_pickle=False) as saved:
        return Positions({name: np.unpackbits(saved[name]).astype(bool) for name in saved.files})


def positions_of(songs: Iterable[tuple[str, Piece]]) -> Positions:
    """Return the steps that (family, piece) songs use."""
    counts: dict[str, NDArray[np.int64]] = {}
    for family, piece in songs:
        for part in PARTS:
            steps = onset_steps(piece, part) % piece.bar_steps
            if len(steps):
                name = _name(family, piece.meter, part)
                counts[name] = counts.get(name, 0) + np.bincount(steps, minlength=piece.bar_steps)
    return Positions({name: count >= LEAST_SHARE * count.sum() for name, count in counts.items()})


def _name(family: str, meter: Meter, part: str) -> str:
    return f"{family}|{meter}|{part}".replace("/", ":")
