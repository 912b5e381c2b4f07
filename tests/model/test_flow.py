"""Rectified flow, on NumPy arrays."""

from itertools import pairwise

import numpy as np
import pytest

from model import flow


def nothing(done: int, total: int) -> None:
    """Hear nothing."""


def test_the_path_leads_from_noise_to_data_along_its_velocity() -> None:
    data, noise = np.array([3.0, -1.0]), np.array([0.5, 0.5])
    assert np.allclose(flow.on_path(data, noise, 0.0), noise)
    assert np.allclose(flow.on_path(data, noise, 1.0), data)
    slope = (flow.on_path(data, noise, 0.6) - flow.on_path(data, noise, 0.5)) / 0.1
    assert np.allclose(slope, flow.target(data, noise))


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_a_straight_path_is_walked_exactly_in_any_number_of_steps(steps: int) -> None:
    data, noise = np.full((2, 3), 2.0), np.zeros((2, 3))
    found = flow.sample(lambda _state, _time: flow.target(data, noise), noise, flow.times(steps), nothing)
    assert np.allclose(found, data)


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0])
def test_times_rise_from_nought_to_one_and_a_shift_lingers_at_the_noise(shift: float) -> None:
    times = flow.times(8, shift)
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(1.0)
    assert all(later > earlier for earlier, later in pairwise(times))
    assert (times[4] < 0.5) == (shift > 1.0)


def test_guidance_of_weight_one_is_the_condition_itself_and_of_nought_is_freedom() -> None:
    free, led = np.array([1.0]), np.array([3.0])
    assert flow.guided(free, [(led, 1.0)]) == led
    assert flow.guided(free, [(led, 0.0)]) == free
    assert flow.guided(free, [(led, 2.0), (free, 5.0)]) == 5.0


def test_every_step_is_told() -> None:
    told: list[tuple[int, int]] = []
    flow.sample(lambda state, _time: state, np.ones(1), flow.times(3), lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
