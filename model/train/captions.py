"""Captions of the corpus, embedded: what a song may be called, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.score.features import meter_name
from model.score.grid import Floats
from model.score.layout import HARMONIES


class Captions:
    """Sentence embeddings of each family's training captions."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as file:
            families, split, embedding = file["family"], file["split"], file["embedding"].astype(np.float32)
        train = split == "train"
        self._of = {str(name): embedding[train & (families == name)] for name in np.unique(families)}

    def draw(self, family: str, random: np.random.Generator) -> Floats:
        """Return the embedding (512,) of one caption of a family."""
        found = self._of[family]
        row: Floats = found[random.integers(0, len(found))]
        return row


def vocabulary(metas: Sequence[dict[str, Any]], least: int = 20) -> tuple[str, ...]:
    """Return the tags that a corpus knows: all families, then the words that at least so many songs have."""
    families = sorted({meta["family"] for meta in metas})
    counts: dict[str, int] = {}
    for meta in metas:
        for word in meta["words"]:
            counts[word] = counts.get(word, 0) + 1
    return (*families, *sorted(word for word, count in counts.items() if count >= least and word not in families))


def grooves(metas: Sequence[dict[str, Any]], least: int = 2) -> tuple[str, ...]:
    """Return the grooves that a corpus knows: every pattern book, then its patterns that at least so many songs have."""
    books = sorted({book_of(meta) for meta in metas})
    counts: dict[str, int] = {}
    for meta in metas:
        counts[meta["groove"]] = counts.get(meta["groove"], 0) + 1
    return (*books, *sorted(name for name, count in counts.items() if count >= least and name not in books))


def played(metas: Sequence[dict[str, Any]], known: Sequence[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Return family → meter as `meter_name` writes it → groove of `known` → songs that are played in it."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for meta in metas:
        groove = meta["groove"] if meta["groove"] in known else book_of(meta)
        meter = meter_name(meta["pulses"], is_compound=meta["is_compound"])
        counts = found.setdefault(meta["family"], {}).setdefault(meter, {})
        counts[groove] = counts.get(groove, 0) + 1
    return found


def lacking(metas: Sequence[dict[str, Any]], parts: Sequence[str]) -> dict[str, list[str]]:
    """Return pattern book → the parts that most of its songs are played without, where there are any."""
    songs: dict[str, list[set[str]]] = {}
    for meta in metas:
        songs.setdefault(book_of(meta), []).append(set(meta["parts"]))
    absent = {
        book: [part for part in parts if 2 * sum(part in playing for playing in each) < len(each)]
        for book, each in sorted(songs.items())
    }
    return {book: missing for book, missing in absent.items() if missing}


def harmony_of(meta: dict[str, Any]) -> str:
    """Return how a song's chords were found: from the melody alone, or as its idiom likes them (one of HARMONIES)."""
    return HARMONIES[meta["source"] == "rules"]


def book_of(meta: dict[str, Any]) -> str:
    """Return the pattern book that a song's groove stands in."""
    return str(meta["groove"].split(":")[0])


def tags_of(meta: dict[str, Any], vocabulary: Sequence[str]) -> Floats:
    """Return which tags (or grooves, or harmonies) of the vocabulary a song has: (tags,)."""
    names = {meta["family"], *meta["words"], meta["groove"], book_of(meta), harmony_of(meta)}
    return np.array([tag in names for tag in vocabulary], np.float32)
