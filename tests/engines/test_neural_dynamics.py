"""Notes of the engine neural are drawn to the loudness that the sampler gives them."""

import numpy as np
import pytest

from bridge.engines.neural.dynamics import LEAST_DB, MOST_DB, SHARE, ridden
from bridge.networks import Floats

RATES_HZ = (48_000, 22_050)
BEGINS_S = (0.5, 1.0, 1.5, 2.0)


def notes(rate_hz: int, levels_db: tuple[float, ...], begins_s: tuple[float, ...] = BEGINS_S) -> Floats:
    """Return stretches of noise that begin at these moments: (samples, 2)."""
    random = np.random.default_rng(1)
    sound = random.standard_normal((round(2.6 * rate_hz), 2)) * 0.05
    gain_db = np.full(len(sound), -100.0)
    for begin, level in zip(begins_s, levels_db, strict=True):
        gain_db[round(begin * rate_hz) :] = level
    return np.asarray(sound * 10.0 ** (gain_db[:, None] / 20.0), np.float32)


def levels_db(sound: Floats, rate_hz: int = RATES_HZ[0]) -> Floats:
    pieces = [sound[round((begin + 0.05) * rate_hz) : round((begin + 0.2) * rate_hz)] for begin in BEGINS_S]
    return np.array([10.0 * np.log10(np.mean(np.square(piece))) for piece in pieces], np.float32)


def test_notes_come_nearer_to_the_loudness_that_they_have_in_the_reference() -> None:
    wanted, own = (0.0, -6.0, 0.0, -6.0), (-6.0, 0.0, -6.0, 0.0)
    found = levels_db(ridden(notes(RATES_HZ[0], own), notes(RATES_HZ[1], wanted), RATES_HZ, BEGINS_S))
    made_good = (found[0] - found[1]) + 6.0
    assert made_good == pytest.approx(2.0 * SHARE * (6.0 - LEAST_DB), abs=0.5)
    assert found[2] - found[3] == pytest.approx(found[0] - found[1], abs=0.5)


def test_what_is_right_already_stays_as_it_is_but_for_the_whole() -> None:
    levels = (0.0, -3.0, -9.0, -1.0)
    sound = notes(RATES_HZ[0], levels)
    found = ridden(sound, notes(RATES_HZ[1], tuple(level - 20.0 for level in levels)), RATES_HZ, BEGINS_S)
    assert np.allclose(levels_db(found), levels_db(sound), atol=0.3)


def test_no_note_is_moved_further_than_the_limit() -> None:
    sound = notes(RATES_HZ[0], (0.0, 0.0, 0.0, 0.0))
    found = ridden(sound, notes(RATES_HZ[1], (0.0, -40.0, 0.0, 0.0)), RATES_HZ, BEGINS_S)
    assert levels_db(found)[1] - levels_db(sound)[1] == pytest.approx(-MOST_DB, abs=0.3)


def test_a_note_that_the_reference_does_not_play_and_a_single_one_are_left_alone() -> None:
    sound = notes(RATES_HZ[0], (0.0, 0.0, 0.0, 0.0))
    silent = ridden(sound, notes(RATES_HZ[1], (0.0, -90.0, 0.0, 0.0)), RATES_HZ, BEGINS_S)
    assert np.allclose(levels_db(silent), levels_db(sound), atol=0.3)
    assert ridden(sound, sound, RATES_HZ, BEGINS_S[:1]) is sound
    nothing = ridden(sound, np.zeros((60_000, 2), np.float32), RATES_HZ, BEGINS_S)
    assert np.isfinite(nothing).all()


def test_between_notes_the_gain_stands_still() -> None:
    sound = np.full((round(2.6 * RATES_HZ[0]), 2), 0.1, np.float32)
    found = ridden(sound, notes(RATES_HZ[1], (0.0, -6.0, 0.0, -6.0)), RATES_HZ, BEGINS_S)[:, 0]
    for begin in BEGINS_S:
        piece = found[round(begin * RATES_HZ[0]) + 1 : round((begin + 0.45) * RATES_HZ[0])]
        assert np.ptp(piece) < 1e-6
