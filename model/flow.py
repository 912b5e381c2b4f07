"""Rectified flow as pure functions, for NumPy arrays and torch tensors alike.

A path leads straight from noise (t = 0) to data (t = 1): ``x_t = (1 - t) noise + t data``, along which the velocity is
``data - noise`` (Liu, Gong, Liu: "Flow straight and fast", 2022, eq. 1; Lipman et al., "Flow matching", 2022). The network
learns the velocity; sampling follows it with Euler steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

Array = Any
"""A NumPy array or a torch tensor."""
Velocity = Callable[[Array, float], Array]
"""(x_t, t) → velocity, of the shape of x_t."""


def on_path(data: Array, noise: Array, time: Array) -> Array:
    """Return x_t; `time` broadcasts against the data, 0…1."""
    return noise + time * (data - noise)


def target(data: Array, noise: Array) -> Array:
    """Return the velocity that the network learns."""
    return data - noise


def times(steps: int, shift: float = 1.0) -> tuple[float, ...]:
    """Return `steps` + 1 times from 0 to 1; a shift above 1 spends more steps near the noise.

    Esser et al., "Scaling rectified flow transformers", 2024, eq. 23, with time running from noise to data.
    """
    even = (index / steps for index in range(steps + 1))
    return tuple(time / (shift + (1.0 - shift) * time) for time in even)


def guided(free: Array, led: Sequence[tuple[Array, Array | float]]) -> Array:
    """Return a velocity led by several conditions: ``free + Σ weight (led - free)``.

    Classifier-free guidance (Ho, Salimans, 2022) with a weight for each condition (Liu et al., "Compositional visual
    generation", 2022, eq. 11); weight 1 on a single condition is that condition's own velocity.
    """
    velocity = free
    for one, weight in led:
        velocity = velocity + weight * (one - free)
    return velocity


def sample(velocity: Velocity, noise: Array, schedule: Sequence[float], step: Callable[[int, int], None]) -> Array:
    """Return data: Euler steps along `velocity` over the times of `schedule`; `step` hears (done, total) after each."""
    state = noise
    total = len(schedule) - 1
    for index, (time, following) in enumerate(pairwise(schedule)):
        state = state + (following - time) * velocity(state, time)
        step(index + 1, total)
    return state
