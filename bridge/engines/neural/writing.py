"""Latents of all parts, written window by window: the flow is led by each part's notes, its player and the words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bridge.brief import Brief
from bridge.engines.neural.stretch import Stretch, Window
from bridge.engines.neural.weights import SoundModel
from bridge.music.notes import PART_NAMES, Part
from bridge.networks import Floats
from model import flow
from model.sound.known import WINDOW
from model.sound.layout import CHANNELS

SENTENCE = 512
GUIDE_NOISE = 0.5
"""Guides are as blurred as those of the training, where 0.4…0.9 of them was noise."""
LED, WORDLESS, NOTELESS = "led", "wordless", "noteless"
"""Branches of the guidance: under all conditions, without the words, without the notes."""


@dataclass(frozen=True)
class Leading:
    """How the flow is sampled."""

    steps: int
    shift: float
    away: tuple[tuple[str, float], ...]
    """(branch, how far the result leads away from it), beside the branch under all conditions; 0 needs no branch."""

    @classmethod
    def of(cls, model: SoundModel, brief: Brief) -> Leading:
        """Return what the brief asks for, else what the card recommends; without words nothing leads away from none."""
        said = model.card["guidance"]
        words = said["text"] if brief.guidance is None else max(1.0, brief.guidance)
        spoken = words if brief.prompt_vector or tags_in(model, brief).any() else 1.0
        wanted = ((WORDLESS, spoken - 1.0), (NOTELESS, said["notes"] - 1.0))
        return cls(brief.steps or model.card["steps"], model.card["shift"], tuple(each for each in wanted if each[1] > 0.0))

    @property
    def branches(self) -> tuple[str, ...]:
        """Branches that are computed, the one under all conditions first."""
        return (LED, *(name for name, _ in self.away))


CALLED = {
    "dark-sounding": "dark",
    "muffled": "dark",
    "bright-sounding": "bright",
    "crisp": "bright",
    "saturated": "distorted",
    "gritty": "distorted",
    "reverberant": "big hall",
    "huge": "big hall",
    "spacious": "big hall",
    "roomy": "small room",
    "intimate": "dry",
    "vinyl": "lo-fi",
    "chorus effect": "shimmering",
}
"""Names of a style's sound → what the sound corpus calls it, where that is another name."""


def tags_in(model: SoundModel, brief: Brief) -> Floats:
    """Return which of the card's tags the style has: (tags,)."""
    style = brief.style
    said = {CALLED.get(name, name) for name in (*style.production, *style.moods, *style.genres)}
    return np.array([tag in said for tag in model.tags], np.float32)


def write(model: SoundModel, stretch: Stretch, parts: Sequence[Part], step: Callable[[int, int], None]) -> Floats:
    """Return the latents of parts as the flow has them, (parts, frames, CHANNELS); `step` hears (done, total).

    Each window begins with what the one before ended with: time grows with the length, memory with latents only.
    """
    leading = Leading.of(model, stretch.brief)
    windows = list(stretch.windows())
    leaned = _Leaned.of(model, stretch.brief)
    written = np.zeros((len(parts), windows[-1].start + WINDOW, CHANNELS), np.float32)
    for index, window in enumerate(windows):
        conditions = _conditions(model, stretch, parts, window, leading.branches, leaned)
        place = slice(window.start, window.start + WINDOW)
        draft = _Draft(written[:, place], _noise(stretch.brief, parts, index), window.given)
        done = index * leading.steps

        def told(now: int, _total: int, done: int = done) -> None:
            step(done + now, len(windows) * leading.steps)

        written[:, place] = _filled(model, draft, conditions, leading, told)
    return written[:, : stretch.frames]


@dataclass(frozen=True)
class _Leaned:
    """What parts lean to, by their names."""

    timbres: Mapping[str, Floats]
    """(CHANNELS,) each."""
    guides: Mapping[str, Floats]
    """(frames, CHANNELS) each."""

    @classmethod
    def of(cls, model: SoundModel, brief: Brief) -> _Leaned:
        guides = {}
        for recording in brief.guides:
            heard = model.heard(recording)
            random = np.random.default_rng((brief.random_seed % 2**32, PART_NAMES.index(recording.part)))
            noise = random.standard_normal(heard.shape, np.float32)
            guides[recording.part] = np.asarray(np.sqrt(1.0 - GUIDE_NOISE**2) * heard + GUIDE_NOISE * noise, np.float32)
        return cls({recording.part: model.heard(recording).mean(0) for recording in brief.timbres}, guides)


def _noise(brief: Brief, parts: Sequence[Part], window: int) -> Floats:
    """Return noise (parts, WINDOW, CHANNELS), the same for a part whatever other parts there are."""
    seeds = ((brief.random_seed % 2**32, PART_NAMES.index(part.name), window) for part in parts)
    return np.stack([np.random.default_rng(seed).standard_normal((WINDOW, CHANNELS), np.float32) for seed in seeds])


def _conditions(
    model: SoundModel,
    stretch: Stretch,
    parts: Sequence[Part],
    window: Window,
    branches: Sequence[str],
    leaned: _Leaned,
) -> dict[str, Floats]:
    """Return name of a network's input → (branches × parts, …)."""
    brief, count = stretch.brief, len(parts)
    vector = np.array(brief.prompt_vector or np.zeros(SENTENCE), np.float32)
    notes, words = stretch.strengths(window)
    once = {
        "known": np.stack(
            [stretch.known(part, window, leaned.timbres.get(part.name), leaned.guides.get(part.name)) for part in parts]
        ),
        "melody": np.stack([stretch.notes(part, window) for part in parts]),
        "sentence": np.tile(vector, (count, 1)),
        "tags": np.tile(tags_in(model, brief), (count, 1)),
    }
    found = {name: np.concatenate([rows] * len(branches)) for name, rows in once.items()}
    for name, strength, silent in (("melody_strength", notes, NOTELESS), ("text_strength", words, WORDLESS)):
        found[name] = np.concatenate([np.tile(strength * (branch != silent), (count, 1)) for branch in branches])
    return found


@dataclass(frozen=True)
class _Draft:
    """A window to be written."""

    fixed: Floats
    """(parts, WINDOW, CHANNELS): what is there already; anything where it is not."""
    noise: Floats
    given: int

    @property
    def is_open(self) -> Floats:
        """(WINDOW, 1): 1 where something is to be written."""
        return (np.arange(WINDOW) >= self.given).astype(np.float32)[:, None]


def _filled(
    model: SoundModel, draft: _Draft, conditions: dict[str, Floats], leading: Leading, told: Callable[[int, int], None]
) -> Floats:
    """Return a window's latents: those given as they are, the others followed from noise."""
    led, count = model.performer.led(conditions), len(leading.branches)

    def velocity(state: Floats, time: float) -> Floats:
        first, *others = np.split(model.performer.velocity(np.tile(state, (count, 1, 1)), time, led), count)
        away = [(other, -far) for other, (_, far) in zip(others, leading.away, strict=True)]
        return np.asarray(flow.guided(first, away) * draft.is_open, np.float32)

    start = np.where(draft.is_open > 0, draft.noise, draft.fixed)
    return np.asarray(flow.sample(velocity, start, flow.times(leading.steps, leading.shift), told), np.float32)
