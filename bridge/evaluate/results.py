"""What a comparison found, as values and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

SCHEMA = "stepbridge.comparison/1"


@dataclass(frozen=True)
class Results:
    """Figures of composers and of their teacher."""

    teacher: Mapping[str, float]
    composers: Mapping[str, Mapping[str, float]]
    songs: int
    """Held-out songs (tune × groove) that were accompanied."""
    classifier_accuracy: float
    """Top-1 of the classifier of families on held-out songs: the ceiling of what it can find."""

    def columns(self) -> dict[str, Mapping[str, float]]:
        """Return name → figures, the teacher first."""
        return {"teacher": self.teacher, **self.composers}

    def as_json(self) -> dict[str, Any]:
        """Return the same for machines; null for what is not known."""
        return {
            "schema": SCHEMA,
            "songs": self.songs,
            "classifier_accuracy": self.classifier_accuracy,
            "teacher": _nulled(self.teacher),
            "composers": {name: _nulled(figures) for name, figures in self.composers.items()},
        }


def results_of(text: str) -> Results:
    """Return results that were written as JSON."""
    data = json.loads(text)
    composers = {name: _numbers(figures) for name, figures in data["composers"].items()}
    return Results(_numbers(data["teacher"]), composers, data["songs"], data["classifier_accuracy"])


def joined(before: Results, now: Results) -> Results:
    """Return the newer results with the composers that only the earlier have."""
    return replace(now, composers={**before.composers, **now.composers})


def finite(value: float) -> float | None:
    """Return a figure as JSON can say it, with six decimals."""
    return round(value, 6) if math.isfinite(value) else None


def _nulled(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: finite(value) for name, value in figures.items()}


def _numbers(figures: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in figures.items()}
