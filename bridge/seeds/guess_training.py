"""Making lexicon/guesses.npz from the scenes: `python -m bridge.seeds.guess_training`, after any change of them.

It also prints how well sentences are guessed whose whole scene is left out of the training.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from typing import Any

import numpy as np

from bridge.seeds.guesses import FIELDS, WEIGHTS, WORDS_SHARE, mark_vectors, marks, nearness, unpacked
from bridge.seeds.prompt import mood_phrases
from bridge.seeds.scenes import Scene, load_scenes
from bridge.seeds.sentence_encoder import load_encoder

RIDGE = 0.3
"""With REACH, one of eight pairs that differ little, by scenes left out and by the tuned prompts.

Of 13 000 sentences, moods of scenes of three and more are 57 % right at first, or 72 % one of two (52 % before 1 360 scenes
more came). Beside it, by the same folds: a network of one hidden layer 47 %, inner layers of the encoder within 1, an English
encoder of 90 MB beside it 1 more in English, weights fitted a second time to those of scenes left out 2 less.
"""
AXES = 192
"""Vectors are kept along so many directions that tell the sentences apart best; so guesses are as good, in less space."""
KINSHIP = {"genres": 0.0, "moods": 0.3, "instruments": 0.0}
"""How much of a vote goes to the names that scenes have beside the one voted for; helps where names mean nearly the same."""
PLACE_WORTH = (1.0, 0.7, 0.6, 0.5, 0.4, 0.4)
"""What the first, second … name of a scene counts."""
RHYTHM = frozenset({"drums", "bass", "percussion", "drum machine", "808", "synth bass", "claps", "shaker", "vocals"})
"""Never guessed: the genre brings them, or nobody sings."""
COMMONNESS = {"genres": 0.5, "moods": 0.5, "instruments": 0.0}
"""How much it counts how often scenes stand for a name at all: a piano suits most of them, so it says little about one."""
_WORD = re.compile(r"[a-z]{3,20}")


def taught() -> tuple[Scene, ...]:
    """Return what the guesses are trained on: every scene, and the words for each mood as if they were one."""
    return (*load_scenes(), *(Scene((), (mood,), (), phrases) for mood, phrases in mood_phrases().items()))


def digest(scenes: tuple[Scene, ...]) -> bytes:
    """Return 32 bytes that change with whatever the weights depend on."""
    return hashlib.sha256(
        repr((scenes, RIDGE, AXES, KINSHIP, COMMONNESS, WORDS_SHARE, PLACE_WORTH, sorted(RHYTHM))).encode()
    ).digest()


def wanted(scenes: tuple[Scene, ...], field: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of a field, and scenes × names: what each counts there."""
    names = sorted({name for scene in scenes for name in getattr(scene, field)} - RHYTHM)
    worth = np.zeros((len(scenes), len(names)), np.float32)
    for row, scene in enumerate(scenes):
        kept = [name for name in getattr(scene, field) if name not in RHYTHM]
        for place, name in enumerate(kept):
            worth[row, names.index(name)] = PLACE_WORTH[place]
    return tuple(names), worth


def kin(worth: np.ndarray, share: float) -> np.ndarray:
    """Return names × names: what a vote for one counts for the others, by the scenes with more than two names."""
    together = (worth[(worth > 0).sum(axis=1) > 2] > 0).astype(np.float32)
    beside = together.T @ together / (together.sum(axis=0)[:, None] + 2.0)
    np.fill_diagonal(beside, 1.0)
    return np.asarray((1.0 - share) * np.eye(len(beside)) + share * beside, np.float32)


def rarity_of_marks(said: list[str]) -> dict[str, float]:
    """Return the marks that more than one sentence has, and the logarithm of how rare each is."""
    counts = Counter(mark for sentence in said for mark in marks(sentence))
    return {mark: float(np.log(len(said) / count)) for mark, count in sorted(counts.items()) if count > 1}


def fit(alike: np.ndarray, places: np.ndarray, worth: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return weights (sentences × names), means, and the share of sentences guessed right with their own scene left out.

    `alike` is the kernel, sentences × sentences. `places` gives the scene of each sentence; scenes without any name of the
    field take no part, and those with a single one, which nothing else could tell, are not counted. Left-out votes in closed
    form, as for any linear smoother: target − G[B, B]⁻¹ weights[B] for a scene's sentences B, where G is the inverse of the
    ridged kernel.
    """
    named = np.flatnonzero(worth[places].any(axis=1))
    target, own = worth[places[named]], places[named]
    mean = target.mean(axis=0)
    inverse = symmetric_inverse(alike[np.ix_(named, named)] + RIDGE * np.eye(len(named), dtype=np.float32))
    plain = inverse @ (target - mean)
    right: list[bool] = []
    for scene in np.unique(own[(target > 0).sum(axis=1) > 1]):
        block = np.flatnonzero(own == scene)
        unseen = (target[block] - np.linalg.solve(inverse[np.ix_(block, block)], plain[block])) @ spread
        right += (target[block, unseen.argmax(axis=1)] > 0).tolist()
    weights = np.zeros((len(alike), worth.shape[1]), np.float32)
    weights[named] = plain @ spread
    return weights, mean @ spread, sum(right) / len(right)


def symmetric_inverse(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of a symmetric positive definite matrix, in half the time that any matrix takes."""
    from scipy.linalg import lapack  # noqa: PLC0415 - only the training needs it

    lower = np.tril(lapack.spotri(lapack.spotrf(matrix, lower=True)[0], lower=True)[0])
    return np.asarray(lower + np.tril(lower, -1).T)


def widest_axes(vectors: np.ndarray) -> np.ndarray:
    """Return the AXES directions along which vectors are longest, in columns."""
    return np.asarray(np.linalg.eigh(vectors.T @ vectors)[1][:, -AXES:])


def packed(name: str, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Return numbers as whole ones of a byte, with the size of 1 for each row."""
    steps = np.maximum(np.abs(numbers).max(axis=1, keepdims=True) / 127.0, 1e-12).astype(np.float32)
    return {f"{name}weights": np.rint(numbers / steps).astype(np.int8), f"{name}steps": steps}


def main() -> None:
    """Train, keep the weights, and print the shares."""
    encoder = load_encoder()
    if encoder is None:
        raise SystemExit("the sentence encoder is not installed")
    scenes = taught()
    said = [sentence for scene in scenes for sentence in scene.sentences]
    vectors = encoder.encode(said)
    axes = widest_axes(vectors).astype(np.float16)
    places = np.repeat(np.arange(len(scenes)), [len(scene.sentences) for scene in scenes])
    kept: dict[str, Any] = {"axes": axes, "of": np.frombuffer(digest(scenes), np.uint8)} | packed("sentence_", vectors @ axes)
    kept["words"] = np.array(sorted({word for sentence in said for word in _WORD.findall(sentence.lower())}))
    genres, instruments = (wanted(scenes, field)[1] > 0 for field in ("genres", "instruments"))
    kept["companions"] = (genres.T.astype(int) @ instruments.astype(int)) > 0
    rarity = rarity_of_marks(said)
    kept |= {"marks": np.array(list(rarity)), "rarity": np.array(list(rarity.values()), np.float32)}
    marked = mark_vectors(said, {mark: place for place, mark in enumerate(rarity)}, kept["rarity"])
    sentences = unpacked(kept, "sentence_")
    alike = nearness(sentences, sentences) + np.float32(WORDS_SHARE) * (marked @ marked.T)
    for field in FIELDS:
        names, worth = wanted(scenes, field)
        weights, mean, share = fit(alike, places, worth, kin(worth, KINSHIP[field]))
        kept |= {f"{field}_names": np.array(names), f"{field}_mean": mean * COMMONNESS[field]}
        kept |= packed(f"{field}_", weights) | packed(f"{field}_mark_", WORDS_SHARE * (marked.T @ weights))
        sys.stdout.write(f"{field}: {len(names)} names, {share:.1%} right where the scene is left out\n")
    np.savez_compressed(WEIGHTS, **kept)


if __name__ == "__main__":
    main()
