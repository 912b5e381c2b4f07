"""What a picture in words stands for: genres, moods and instruments, by how near it is to the sentences of known scenes.

Kernel ridge regression over their vectors and the words that they share. The weights, lexicon/guesses.npz, come from
`python -m bridge.seeds.guess_training`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from bridge.seeds.scenes import FOLDER

WEIGHTS = FOLDER / "guesses.npz"
FIELDS = ("genres", "moods", "instruments")
REACH = 3.0
"""A sentence at right angles to a picture counts e^-REACH of one that means the same."""
WORDS_SHARE = 0.3
"""What two sentences of the same words count beside two that mean the same; the encoder is weak at rare words."""
_WORD = re.compile(r"[a-z]{3,20}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Field:
    """The names of a field, with a row of weights for each known sentence and for each known mark."""

    names: tuple[str, ...]
    weights: np.ndarray
    mark_weights: np.ndarray
    mean: np.ndarray
    """How often scenes stand for each name, or a share of it; 0 where a name must stand out from that."""

    def votes(self, near: np.ndarray, marked: np.ndarray) -> np.ndarray:
        """Return a number for each name: the mean over the pictures, which are the rows of both."""
        votes: np.ndarray = (near @ self.weights + marked @ self.mark_weights).mean(axis=0) + self.mean
        return votes


@dataclass(frozen=True)
class Guesses:
    """The weights, loaded."""

    axes: np.ndarray
    """The directions, in columns, along which sentences are compared."""
    sentences: np.ndarray
    """A row for each known sentence: how far it goes along each."""
    fields: dict[str, Field]
    companions: np.ndarray
    """Genres × instruments: whether any scene has both."""
    words: frozenset[str]
    """The English words of the scenes, in lower case."""
    marks: tuple[str, ...]
    """The marks that more than one sentence has."""
    rarity: np.ndarray
    """Of each of these."""

    def votes(self, pictures: Sequence[str], vectors: np.ndarray) -> dict[str, dict[str, float]]:
        """Return field → name → about 1 for what is surely meant, about 0 for what is not; the mean over the pictures.

        `vectors` has a row of 512 for each.
        """
        near, marked = nearness(vectors @ self.axes, self.sentences), mark_vectors(pictures, self._places, self.rarity)
        return {
            field: dict(zip(known.names, known.votes(near, marked).tolist(), strict=True))
            for field, known in self.fields.items()
        }

    @cached_property
    def _places(self) -> dict[str, int]:
        return {mark: place for place, mark in enumerate(self.marks)}

    def band(self, genres: tuple[str, ...]) -> set[str]:
        """Return the instruments that are heard in any of the genres."""
        rows = [known for known, genre in enumerate(self.fields["genres"].names) if genre in genres]
        names = self.fields["instruments"].names
        return {names[column] for column in np.flatnonzero(self.companions[rows].any(axis=0))}


def nearness(pictures: np.ndarray, sentences: np.ndarray) -> np.ndarray:
    """Return pictures × sentences: 1 where both mean the same, by the dot product of their vectors."""
    near: np.ndarray = np.exp(REACH * (pictures @ sentences.T - 1.0))
    return near


def marks(sentence: str) -> set[str]:
    """Return what a sentence is recognised by: English words without a plural s, Chinese characters and pairs of them."""
    lower = sentence.lower()
    runs = _HAN_RUN.findall(lower)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    return {word.removesuffix("s") for word in _WORD.findall(lower)} | pairs | set("".join(runs))


def mark_vectors(sentences: Sequence[str], places: dict[str, int], rarity: np.ndarray) -> np.ndarray:
    """Return sentences × known marks: the rarity of those that a sentence has, in rows of length 1 (tf-idf), or of zeros."""
    rows = np.zeros((len(sentences), len(places)), np.float32)
    for row, sentence in zip(rows, sentences, strict=True):
        known = [places[mark] for mark in marks(sentence) if mark in places]
        row[known] = rarity[known]
    lengths: np.ndarray = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.maximum(lengths, 1e-9)
    return rows


def unpacked(kept: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Return numbers that are kept as whole ones of a byte, with the size of 1 for each row."""
    numbers: np.ndarray = kept[f"{name}weights"] * kept[f"{name}steps"]
    return numbers


@cache
def load_guesses() -> Guesses:
    """Return the weights, loaded once."""
    with np.load(WEIGHTS) as kept:
        fields = {
            field: Field(
                tuple(kept[f"{field}_names"].tolist()),
                unpacked(kept, f"{field}_"),
                unpacked(kept, f"{field}_mark_"),
                kept[f"{field}_mean"],
            )
            for field in FIELDS
        }
        axes, sentences = kept["axes"].astype(np.float32), unpacked(kept, "sentence_")
        words, marks = frozenset(kept["words"].tolist()), tuple(kept["marks"].tolist())
        return Guesses(axes, sentences, fields, kept["companions"], words, marks, kept["rarity"])
