"""Examples without end, made as they are needed: seeded, in this process or in several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model.sound.corpus import Example

FRAMES = 128
"""Latent frames of an example unless said otherwise: 5.12 s."""


def examples(corpus_folder: Path, seed: int, split: str = "train", *, frames: int = FRAMES) -> Iterator[Example]:
    """Yield examples of a split of the score corpus ("train" or "held") without end; the same seed gives the same ones."""
    raise NotImplementedError


def stream(
    corpus_folder: Path, seed: int, split: str = "train", *, batch: int, processes: int, frames: int = FRAMES
) -> Iterator[list[Example]]:
    """Yield batches made by worker processes, a few ahead at most; order and content depend on the arguments alone."""
    raise NotImplementedError
