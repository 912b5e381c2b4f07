"""The bars that a composer must clear on held-out tunes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bridge.evaluate.figures import FIGURES

Figures = Mapping[str, float]


class Bar(NamedTuple):
    """A figure and what it must reach."""

    figure: str
    wanted: Callable[[Figures], float]
    """The teacher's figures → the bar."""
    is_least: bool = True
    """Whether the bar is the least allowed; else the most."""
    why: str = ""


class Verdict(NamedTuple):
    """How a figure stands to its bar."""

    bar: Bar
    found: float
    floor: float
    teacher: float
    wanted: float

    @property
    def short_by(self) -> float:
        """Return how much is missing (or too much): 0 or less where the bar is cleared; NaN where nothing was measured."""
        return self.wanted - self.found if self.bar.is_least else self.found - self.wanted

    @property
    def is_passed(self) -> bool:
        """Whether the bar is cleared; what was not measured is not."""
        return not math.isnan(self.short_by) and self.short_by <= 1e-9


def _fixed(value: float) -> Callable[[Figures], float]:
    return lambda _teacher: value


def _share(name: str, share: float) -> Callable[[Figures], float]:
    return lambda teacher: share * teacher.get(name, math.nan)


BARS = (
    Bar("seed_kept", _fixed(1.0)),
    Bar("chord_tones", _share("chord_tones", 0.96), why=".96 of the teacher's"),
    Bar("triads", _fixed(0.80)),
    Bar("repeated_bars", _fixed(0.89)),
    Bar("bass_given", _fixed(0.80)),
    Bar("grid_drums", _fixed(0.98)),
    Bar("grid_bass", _fixed(0.98)),
    Bar("grid_chords", _fixed(0.98)),
    Bar("text_style", _fixed(0.90)),
    Bar("diversity_drums", _share("diversity_drums", 1.0), why="the teacher's"),
    Bar("diversity_bass", _share("diversity_bass", 1.0), why="the teacher's"),
    Bar("diversity_harmony", _share("diversity_harmony", 1.0), why="the teacher's"),
    Bar("motion_semitones", _fixed(3.0), is_least=False),
    Bar("parallel_fifths", _share("parallel_fifths", 1.0), is_least=False, why="the teacher's"),
    Bar("develop_in_key", _share("develop_in_key", 0.98), why=".98 of real continuations"),
    Bar("develop_motifs", _share("develop_motifs", 1.0), why="real continuations"),
    Bar("chord_tones_128", _share("chord_tones_128", 0.96), why=".96 of the teacher's"),
    Bar("triads_128", _fixed(0.80)),
    Bar("seconds_16", _fixed(0.15), is_least=False),
    Bar("seconds_128", _fixed(1.0), is_least=False),
    Bar("bar_cost_growth", _fixed(1.1), is_least=False, why="not growing, and a tenth for a busy machine"),
    Bar("peak_megabytes", _fixed(400.0), is_least=False),
)
"""What a composer trained on CPUs must reach."""


def verdicts(found: Figures, teacher: Figures) -> list[Verdict]:
    """Return how each bar is cleared."""
    rows = []
    for bar in BARS:
        floor = found.get(FIGURES[bar.figure].floor, math.nan)
        known = (found.get(bar.figure, math.nan), floor, teacher.get(bar.figure, math.nan))
        rows.append(Verdict(bar, *known, bar.wanted(teacher)))
    return rows
