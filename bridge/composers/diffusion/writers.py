"""Who writes chords and latents: the two flows, frame by frame refined from noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bridge.composers.diffusion.networks import Flow
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
    """(frames, channels)"""


@dataclass(frozen=True)
class Sampling:
    """How a draft is filled."""

    steps: int
    guidance: float
    """How strongly the first branch of the conditions leads away from the second; 1 needs no second."""
    step: Callable[[int, int], None]


class Writer(Protocol):
    """Fills drafts."""

    def filled(self, draft: Draft, conditions: Conditions, sampling: Sampling) -> Floats:
        """Return the draft, (frames, channels), with its open places written."""
        ...


@dataclass(frozen=True)
class FlowWriter:
    """Follows the velocity of a rectified flow."""

    network: Flow

    def filled(self, draft: Draft, conditions: Conditions, sampling: Sampling) -> Floats:
        """Return the draft, (frames, channels), with its open places written."""
        branches = 1 if sampling.guidance == 1.0 else 2
        led = self.network.led({name: rows[:branches] for name, rows in conditions.items()})

        def velocity(state: Floats, time: float) -> Floats:
            found = self.network.velocity(np.repeat(state, branches, 0), time, led)
            if branches == 2:
                found = flow.guided(found[1:], [(found[:1], sampling.guidance)])
            return found * draft.is_open

        start = np.where(draft.is_open > 0, draft.noise, draft.fixed)[None].astype(np.float32)
        state: Floats = flow.sample(velocity, start, flow.times(sampling.steps), sampling.step)[0]
        return state
