"""Repeatable choices: the same random seed and name give the same stream on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Chance:
    """Where every random choice of a score comes from."""

    random_seed: int
    temperature: float = 1.0
    """0: always the most probable choice; 1: as likely as the idiom says; above: bolder."""

    def stream(self, *names: object) -> Random:
        """Return the stream of this name; at temperature 0 every random seed has the same streams."""
        seed = self.random_seed if self.temperature > 0 else 0
        return Random(f"{seed}/" + "/".join(map(str, names)))  # noqa: S311 - music, not secrets

    def pick(self, stream: Random, options: Sequence[tuple[T, float]]) -> T:
        """Return one of (option, weight > 0), drawn by weight to the power of 1 / temperature."""
        if self.temperature <= 0:
            return max(options, key=lambda option: option[1])[0]
        weights = [weight ** (1.0 / max(self.temperature, 0.05)) for _, weight in options]
        return stream.choices([option for option, _ in options], weights)[0]

    def noise(self, stream: Random, size: float) -> float:
        """Return a bell-shaped deviation of this standard size, scaled by temperature (three draws cost less than `gauss`)."""
        if self.temperature <= 0:
            return 0.0
        draw = stream.random
        return (draw() + draw() + draw() - 1.5) * 2.0 * size * self.temperature
