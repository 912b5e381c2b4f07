"""What a picture in words stands for: genres, moods and instruments, by how near it is to the sentences of known scenes.

Kernel ridge regression over their vectors. The weights, lexicon/guesses.npz, come from `python -m bridge.seeds.guess_training`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from bridge.seeds.scenes import FOLDER

WEIGHTS = FOLDER / "guesses.npz"
FIELDS = ("genres", "moods", "instruments")
REACH = 3.0
"""A sentence at right angles to a picture counts e^-REACH of one that means the same."""
STEPS = 512.0
"""Vectors are kept as whole numbers: so many make 1. No component of the sentences' vectors exceeds 0.25."""


@dataclass(frozen=True)
class Field:
    """The names of a field, with a row of weights for each known sentence."""

    names: tuple[str, ...]
    weights: np.ndarray
    mean: np.ndarray
    """How often scenes stand for each name; 0 where a name must stand out from that."""


@dataclass(frozen=True)
class Guesses:
    """The weights, loaded."""

    sentences: np.ndarray
    """A row of 512 for each known sentence."""
    fields: dict[str, Field]
    companions: np.ndarray
    """Genres × instruments: whether any scene has both."""
    words: frozenset[str]
    """The English words of the scenes, in lower case."""

    def votes(self, pictures: np.ndarray) -> dict[str, dict[str, float]]:
        """Return field → name → about 1 for what is surely meant, about 0 for what is not; the mean over rows of 512."""
        near = nearness(pictures, self.sentences)
        return {
            field: dict(zip(known.names, ((near @ known.weights).mean(axis=0) + known.mean).tolist(), strict=True))
            for field, known in self.fields.items()
        }

    def band(self, genres: tuple[str, ...]) -> set[str]:
        """Return the instruments that are heard in any of the genres."""
        rows = [known for known, genre in enumerate(self.fields["genres"].names) if genre in genres]
        names = self.fields["instruments"].names
        return {names[column] for column in np.flatnonzero(self.companions[rows].any(axis=0))}


def nearness(pictures: np.ndarray, sentences: np.ndarray) -> np.ndarray:
    """Return pictures × sentences: 1 where both mean the same, by the cosine of their vectors of length 1."""
    near: np.ndarray = np.exp(REACH * (pictures @ sentences.T - 1.0))
    return near


@cache
def load_guesses() -> Guesses:
    """Return the weights, loaded once."""
    with np.load(WEIGHTS) as kept:
        fields = {
            field: Field(
                tuple(kept[f"{field}_names"].tolist()),
                kept[f"{field}_weights"] * kept[f"{field}_steps"],
                kept[f"{field}_mean"],
            )
            for field in FIELDS
        }
        sentences = kept["sentences"].astype(np.float32) / np.float32(STEPS)
        return Guesses(sentences, fields, kept["companions"], frozenset(kept["words"].tolist()))
