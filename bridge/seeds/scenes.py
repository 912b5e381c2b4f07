"""Pictures that people use to describe music ("rain on the window"), with what they mean by them: lexicon/scenes.yaml.

The sentences' vectors are kept beside it, since the encoder would take seconds for them on a busy machine. After a change of
the sentences `python -m bridge.seeds.scenes` makes them again; until then they are computed at first use.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import yaml

from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder

SECOND_WEIGHT = 0.3
"""What the second likest sentence of a scene counts."""
SECOND_NAME_VOTE = 0.6
"""What a scene's second name counts, where its first counts 1."""
RIDGE = 3.0
"""Chosen by leaving out scenes: so 40 % of the genres of unseen scenes are found, by the nearest scenes 33 %."""
STEPS = 512.0
"""Vectors are kept as whole numbers: so many make 1. No component of the 2500 sentences' vectors exceeds 0.25."""


@dataclass(frozen=True)
class Scene:
    """A scene, and what it stands for, the likeliest first."""

    genres: tuple[str, ...]
    moods: tuple[str, ...]
    sentences: tuple[str, ...]
    vectors: np.ndarray
    """A row for each sentence."""

    def alike(self, pictures: np.ndarray) -> float:
        """Return how like the scene any of the pictures is: by its best sentences, since one alone may be near by accident."""
        cosines = np.sort(pictures @ self.vectors.T, axis=1)
        return float((cosines[:, -1] * (1.0 - SECOND_WEIGHT) + cosines[:, -2] * SECOND_WEIGHT).max())


@dataclass(frozen=True)
class Leanings:
    """How much any vector leans to each name of a field."""

    names: tuple[str, ...]
    slopes: np.ndarray
    mean: np.ndarray

    def votes(self, pictures: np.ndarray) -> dict[str, float]:
        """Return name → about 1 for what is surely meant, about 0 for what is not; the mean over the pictures."""
        return dict(zip(self.names, ((pictures @ self.slopes).mean(axis=0) + self.mean).tolist(), strict=True))


@cache
def load_scenes(encoder: SentenceEncoder) -> tuple[Scene, ...]:
    """Return every scene with its vectors."""
    folder = Path(str(resources.files("bridge.seeds"))) / "lexicon"
    text = (folder / "scenes.yaml").read_text(encoding="utf-8")
    said = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))["scenes"]  # noqa: S506 - both are safe loaders
    sentences = [sentence for scene in said for sentence in scene["say"]]
    vectors = _kept(folder / "scenes.npz", sentences)
    rows = iter(encoder.encode(sentences) if vectors is None else vectors)
    return tuple(
        Scene(tuple(scene["genres"]), tuple(scene["moods"]), tuple(scene["say"]), np.stack([next(rows) for _ in scene["say"]]))
        for scene in said
    )


@cache
def load_leanings(encoder: SentenceEncoder, field: str) -> Leanings:
    """Return what vectors far from every scene lean to: ridge regression of the names of a field on the scenes' vectors."""
    scenes = load_scenes(encoder)
    names = tuple(sorted({name for scene in scenes for name in getattr(scene, field)}))
    vectors = np.concatenate([scene.vectors for scene in scenes])
    wanted = np.zeros((len(vectors), len(names)), np.float32)
    row = 0
    for scene in scenes:
        for place, name in enumerate(getattr(scene, field)):
            wanted[row : row + len(scene.vectors), names.index(name)] = SECOND_NAME_VOTE if place else 1.0
        row += len(scene.vectors)
    mean = wanted.mean(axis=0)
    ridge = vectors.T @ vectors + RIDGE * np.eye(vectors.shape[1], dtype=np.float32)
    return Leanings(names, np.linalg.solve(ridge, vectors.T @ (wanted - mean)), mean)


def _kept(path: Path, sentences: list[str]) -> np.ndarray | None:
    """Return the vectors that are kept, if they are of these sentences."""
    if not path.exists():
        return None
    with np.load(path) as kept:
        if bytes(kept["of"]) != _digest(sentences):
            return None
        vectors: np.ndarray = kept["vectors"].astype(np.float32) / STEPS
        return vectors


def _digest(sentences: list[str]) -> bytes:
    return hashlib.sha256("\n".join(sentences).encode()).digest()


def _keep() -> None:
    """Compute and keep the vectors."""
    encoder = load_encoder()
    if encoder is None:
        raise SystemExit("the sentence encoder is not installed")
    path = Path(str(resources.files("bridge.seeds"))) / "lexicon" / "scenes.npz"
    path.unlink(missing_ok=True)
    scenes = load_scenes(encoder)
    vectors = np.clip(np.rint(np.concatenate([scene.vectors for scene in scenes]) * STEPS), -127, 127).astype(np.int8)
    of = np.frombuffer(_digest([sentence for scene in scenes for sentence in scene.sentences]), np.uint8)
    np.savez_compressed(path, vectors=vectors, of=of)


if __name__ == "__main__":
    _keep()
