from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.evaluate.quality import floors, quality
from tests.evaluate.pieces import Row, block, piece

TUNE: list[Row] = [(0.0, 2.0, 72), (2.0, 2.0, 77), (4.0, 2.0, 79), (6.0, 2.0, 72)]
OTHER: list[Row] = [(0.0, 2.0, 76), (2.0, 2.0, 72), (4.0, 2.0, 74), (6.0, 2.0, 78)]
CHORDS = block(0, 2, 60, 64, 67) + block(2, 2, 60, 65, 69) + block(4, 2, 59, 62, 67) + block(6, 2, 60, 64, 67)
PARTS = {"lead": TUNE, "chords": CHORDS, "bass": [(0.0, 2.0, 36), (2.0, 2.0, 41), (4.0, 2.0, 43), (6.0, 2.0, 38)]}


def test_a_teacher_beside_itself() -> None:
    teacher = piece(PARTS, "C F G C")
    found = quality([teacher], [teacher], [{"chords": np.isin(np.arange(48), (0,))}])
    assert found["chord_tones"] == found["triads"] == 1.0
    assert found["bass_in_harmony"] == 0.75
    assert found["sounding_set"] == 3.25
    assert (found["harmony_per_bar"], found["bass_per_bar"], found["drums_per_bar"]) == (6.0, 2.0, 0.0)
    assert found["grid_chords"] == 0.5
    assert np.isnan(found["repeated_bars"])


def test_figures_are_averaged_over_the_pieces_that_have_them() -> None:
    repeated: list[Row] = [(start + 4 * bar, 2.0, 72) for bar in (0, 1) for start in (0.0, 2.0)]
    one, two = piece(PARTS, "C F G C"), piece({**PARTS, "lead": repeated}, "C F C G")
    found = quality([one, two], [one, two])
    assert found["repeated_heard"] == 0.0
    assert found["repeated_bars"] == 0.5
    assert found["triads"] == (1 + 2 / 4) / 2
    assert found["chords_chosen"] == 1.0
    assert found["chord_tones"] == pytest.approx((1 + 3 / 4) / 2)


def test_the_floor_is_another_tune_in_the_same_key_and_in_its_own() -> None:
    parts = {name: [(s, n, p + 2) for s, n, p in rows] for name, rows in {**PARTS, "lead": OTHER}.items()}
    one = replace(piece(PARTS, "C F G C"), tune="one")
    two = replace(piece(parts, "D G A D", key="D"), tune="two")
    found = floors([one, two], [one, two])
    assert found["chord_tones_floor"] == pytest.approx((3 / 4 + 1) / 2)
    assert found["chord_tones_floor_unmatched"] < found["chord_tones_floor"]


def test_the_floor_of_a_lonely_tune_is_unknown() -> None:
    teacher = replace(piece(PARTS, "C F G C"), tune="one")
    assert floors([teacher, teacher], [teacher, teacher]) == {}
