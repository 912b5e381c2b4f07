"""What an engine of sound must reach before `auto` may choose it, and how it is measured beside floors and ceilings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.brief import Brief
from bridge.evaluate.sound_trials import Figures, Perform, following, noteless, performed, shuffled
from bridge.music.score import Score
from bridge.music.take import Take
from bridge.step import Step

ENGINE, WORDS_ALONE, OTHER_NOTES, CODEC, SAMPLER = "neural", "words alone", "other notes", "codec", "sampler"
"""Columns: the engine; without notes; held against another tune; the sampler through the autoencoder; the sampler."""
Through = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Audio (frames, 2) at the autoencoder's rate → what the autoencoder makes of it."""


class SoundBar(NamedTuple):
    """A figure and what it must reach."""

    figure: str
    label: str
    wanted: float
    why: str = ""
    is_least: bool = True


BARS = (
    SoundBar("melody", "melody heard in the lead, share of frames", 0.83, "Music ControlNet: .826"),
    SoundBar("chroma", "chroma, cosine to the score", 0.66),
    SoundBar("onsets", "onsets within 50 ms, F1", 0.90),
    SoundBar("words", "pairs in which a production word is heard", 0.80),
    SoundBar("cost_growth", "a second at 240 s costs, over one at 10 s", 1.1, "linear", is_least=False),
)


class SoundVerdict(NamedTuple):
    """How a figure stands to its bar."""

    bar: SoundBar
    found: float

    @property
    def short_by(self) -> float:
        """Return how much is missing (or too much): 0 or less where the bar is cleared; NaN where nothing was measured."""
        return self.bar.wanted - self.found if self.bar.is_least else self.found - self.bar.wanted

    @property
    def is_passed(self) -> bool:
        """Whether the bar is cleared; what was not measured is not."""
        return not math.isnan(self.short_by) and self.short_by <= 1e-9


def verdicts(found: Figures) -> list[SoundVerdict]:
    """Return how each bar is cleared."""
    return [SoundVerdict(bar, found.get(bar.figure, math.nan)) for bar in BARS]


def takes(
    perform: Mapping[str, Perform], through: Through, orders: Sequence[tuple[Score, Brief]], step: Step
) -> dict[str, list[Take]]:
    """Return the takes of each column but the one that is held against another tune; `perform` has ENGINE and SAMPLER."""
    sampled = performed(perform[SAMPLER], orders, step, SAMPLER)
    return {
        ENGINE: performed(perform[ENGINE], orders, step, ENGINE),
        WORDS_ALONE: performed(perform[ENGINE], [(score, noteless(brief)) for score, brief in orders], step, WORDS_ALONE),
        CODEC: [_coded(take, through) for take in sampled],
        SAMPLER: sampled,
    }


def _coded(take: Take, through: Through) -> Take:
    return take.changed(stems=tuple(replace(stem, samples=through(stem.samples)) for stem in take.stems))


def followed(made: Mapping[str, Sequence[Take]], orders: Sequence[tuple[Score, Brief]]) -> dict[str, Figures]:
    """Return column → how its takes follow the notes."""
    scores = [score for score, _ in orders]
    found = {name: following(each, scores) for name, each in made.items()}
    return found | {OTHER_NOTES: following(made[ENGINE], shuffled(scores))}
