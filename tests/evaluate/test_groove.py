from __future__ import annotations

import numpy as np
import pytest

from bridge.evaluate import groove
from tests.evaluate.pieces import Row, piece

BEAT: list[Row] = [(0.0, 0.1, 36), (2.0, 0.1, 36), (1.0, 0.1, 38), (3.0, 0.1, 38)]


def bars(*patterns: list[Row]) -> list[Row]:
    return [(start + 4 * bar, length, pitch) for bar, pattern in enumerate(patterns) for start, length, pitch in pattern]


def test_two_takes_are_as_diverse_as_the_onsets_they_do_not_share() -> None:
    one, two = piece({"drums": BEAT}, bars=1), piece({"drums": [*BEAT[:3], (3.5, 0.1, 38)]}, bars=1)
    assert groove.diversity([one, two], "drums") == pytest.approx(1 - 3 / 5)
    assert groove.diversity([one, one], "drums") == 0.0


def test_playing_a_little_late_is_the_same_onset() -> None:
    late = [(start + 0.02, length, pitch) for start, length, pitch in BEAT]
    assert groove.diversity([piece({"drums": BEAT}, bars=1), piece({"drums": late}, bars=1)], "drums") == 0.0


def test_bars_are_alike_by_the_onsets_they_share() -> None:
    alike = groove.bar_likeness(piece({"drums": bars(BEAT, BEAT[:2], [], [])}, bars=4), "drums")
    assert alike[0].tolist() == [1.0, 0.5, 0.0, 0.0]
    assert alike[2, 3] == 1.0


def test_density_is_counted_in_onsets_a_bar() -> None:
    made = piece({"drums": bars(BEAT, BEAT[:2])})
    assert groove.onsets_per_bar(made, "drums") == 3.0
    assert groove.bar_density(made, "drums", "bass").tolist() == [4.0, 2.0]


def test_onsets_are_on_the_positions_that_are_marked() -> None:
    marked = {"drums": np.isin(np.arange(48), (0, 24)), "bass": np.ones(48, bool)}
    shares = groove.on_positions(piece({"drums": BEAT}, bars=1), marked)
    assert shares["drums"] == 0.5
    assert np.isnan(shares["bass"])
