"""Who writes chords and latents: the two flows, frame by frame refined from noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bridge.networks import Flow
from model import flow
from model.score.grid import Floats

Conditions = Mapping[str, Floats]
"""Name of a network's input → (branches, frames, …): all that leads; and, where there are two, the same without the melody."""


@dataclass(frozen=True)
class Draft:
    """What is to be written on, in the latent space."""

    fixed: Floats
    """(frames, channels): what is known; anything where it is not."""
    is_open: Floats
    """(frames, channels) or (frames, 1): 1 where something is to be written."""
    noise: Floats
    """(candidates, frames, channels): each makes another candidate."""


@dataclass(frozen=True)
class Sampling:
    """How a draft is filled."""

    steps: int
    guidance: float
    """How strongly the first branch of the conditions leads away from the second; 1 needs no second."""
    step: Callable[[int, int], None]
    shift: float
    """How far the steps lie towards the noise, as in training."""


class Writer(Protocol):
    """Fills drafts."""

    def filled(self, draft: Draft, conditions: Conditions, sampling: Sampling) -> Floats:
        """Return the candidates, (candidates, frames, channels): the draft with its open places written."""
        ...


@dataclass(frozen=True)
class FlowWriter:
    """Follows the velocity of a rectified flow."""

    network: Flow

    def filled(self, draft: Draft, conditions: Conditions, sampling: Sampling) -> Floats:
        """Return the candidates, (candidates, frames, channels): the draft with its open places written."""
        branches, candidates = 1 if sampling.guidance == 1.0 else 2, len(draft.noise)
        encoded = self.network.led({name: rows[:branches] for name, rows in conditions.items()})
        led = {name: np.repeat(rows, candidates, 0) for name, rows in encoded.items()}

        def velocity(state: Floats, time: float) -> Floats:
            found = self.network.velocity(np.tile(state, (branches, 1, 1)), time, led)
            if branches == 2:
                found = flow.guided(found[candidates:], [(found[:candidates], sampling.guidance)])
            return found * draft.is_open

        start = np.where(draft.is_open > 0, draft.noise, draft.fixed[None]).astype(np.float32)
        state: Floats = flow.sample(velocity, start, flow.times(sampling.steps, sampling.shift), sampling.step)
        return state
