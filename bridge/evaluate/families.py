"""Which family of styles a score sounds like: multinomial logistic regression on `groove_features`, in numpy.

Trained on the teacher's accompaniments by ``python -m bridge.evaluate.make``; its accuracy on held-out songs stands beside
every figure that it gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bridge.evaluate.features import groove_features
from bridge.evaluate.piece import Floats, Piece

PACKAGED = Path(__file__).parent / "families.npz"
_DECAY = 1e-3
"""Weight of the squared weights in the loss."""
_CLIP = 8.0
"""Standard deviations."""
_STEPS_OF_TRAINING = 300


@dataclass(frozen=True)
class Families:
    """The classifier."""

    names: tuple[str, ...]
    mean: Floats
    """(features) of the training set."""
    scale: Floats
    """(features): what is multiplied after the mean is taken off."""
    weights: Floats
    """(features + 1, families): the last row is the bias."""
    accuracy: float
    """Top-1 on held-out songs, 0…1."""

    def named(self, pieces: Sequence[Piece]) -> list[str]:
        """Return the likeliest family of each piece."""
        return self.named_rows(np.stack([groove_features(piece) for piece in pieces]))

    def named_rows(self, rows: Floats) -> list[str]:
        """Return the same for rows of `groove_features`."""
        return [self.names[index] for index in (self.scaled(rows) @ self.weights).argmax(axis=1)]

    def share_right(self, pieces: Sequence[Piece], wanted: Sequence[str]) -> float:
        """Return the share of pieces whose likeliest family is the one wanted; NaN for none."""
        return share_right(self.named(pieces), wanted) if pieces else float("nan")

    def save(self, path: Path) -> None:
        """Write the classifier, weights as half floats."""
        weights = self.weights.astype(np.float16)
        np.savez_compressed(
            path, names=np.array(self.names), mean=self.mean, scale=self.scale, weights=weights, accuracy=self.accuracy
        )

    def scaled(self, rows: Floats) -> Floats:
        """Return (pieces, features + 1): rows of `groove_features` as the weights expect them; outliers are clipped."""
        inside = np.clip((rows - self.mean) * self.scale, -_CLIP, _CLIP)
        return np.concatenate((inside, np.ones((len(rows), 1))), axis=1)


def load_families(path: Path = PACKAGED) -> Families:
    """Return the classifier that was saved."""
    with np.load(path, allow_pickle=False) as saved:
        names = tuple(str(name) for name in saved["names"])
        arrays = [saved[name].astype(np.float64) for name in ("mean", "scale", "weights")]
        return Families(names, arrays[0], arrays[1], arrays[2], float(saved["accuracy"]))


def train_families(
    train: tuple[Floats, Sequence[str]], held: tuple[Floats, Sequence[str]], *, steps: int = _STEPS_OF_TRAINING
) -> Families:
    """Return the classifier for rows of `groove_features` (songs, features) and their families, the rarer weighted up.

    Nesterov's accelerated gradient on the convex cross entropy with weight decay: the same data give the same weights.
    """
    rows, labels = train
    names = tuple(sorted(set(labels)))
    wanted = np.array([names.index(label) for label in labels])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    blank = Families(names, mean, np.where(deviation > 1e-3, 1.0 / np.maximum(deviation, 1e-3), 0.0), np.zeros(0), 0.0)
    inputs = blank.scaled(rows)
    weights = _descended(inputs, np.eye(len(names))[wanted], 1.0 / np.bincount(wanted)[wanted] ** 0.5, steps)
    made = Families(names, blank.mean, blank.scale, weights, 0.0)
    return replace(made, accuracy=share_right(made.named_rows(held[0]), held[1]))


def share_right(found: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the share of names that are those wanted; NaN for none."""
    return sum(one == two for one, two in zip(found, wanted, strict=True)) / len(found) if found else float("nan")


def _descended(inputs: Floats, targets: Floats, importance: Floats, steps: int) -> Floats:
    importance = (importance / importance.sum())[:, None]
    weights = np.zeros((inputs.shape[1], targets.shape[1]))
    ahead, momentum = weights, 1.0
    rate = 1.0 / (0.5 * float(np.linalg.eigvalsh(inputs.T @ (importance * inputs))[-1]) + _DECAY)
    for _ in range(steps):
        slope = inputs.T @ (importance * (_softmax(inputs @ ahead) - targets)) + _DECAY * ahead
        following = ahead - rate * slope
        before, momentum = momentum, (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = following + (before - 1.0) / momentum * (following - weights)
        weights = following
    return weights


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares
