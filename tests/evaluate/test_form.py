from __future__ import annotations

import math

import pytest

from bridge.evaluate import form
from bridge.evaluate.expression import expression
from bridge.evaluate.piece import piece_of_score
from bridge.music.notes import Note, Part
from tests.evaluate.pieces import Row, piece, score

BEAT: list[Row] = [(0.0, 0.5, 36), (2.0, 0.5, 36)]
FULL: list[Row] = [*BEAT, (1.0, 0.5, 38), (3.0, 0.5, 38)]


def bars(*patterns: list[Row]) -> list[Row]:
    return [(start + 4 * bar, length, pitch) for bar, pattern in enumerate(patterns) for start, length, pitch in pattern]


def test_a_groove_is_kept_from_bar_to_bar() -> None:
    assert form.groove_kept(piece({"drums": bars(FULL, FULL, BEAT)}, bars=3)) == 0.75
    assert math.isnan(form.groove_kept(piece({}, bars=3)))


def test_twice_as_many_notes_and_one_are_an_octave() -> None:
    busy = [*FULL, (1.5, 0.5, 38)]
    assert form.density_drift(piece({"drums": bars(BEAT, BEAT, BEAT, busy)}, bars=4)) == 1.0
    assert form.density_drift(piece({"drums": bars(BEAT, FULL, FULL, BEAT)}, bars=4)) == 0.0


def test_silence_neither_drifts_nor_returns() -> None:
    silent = piece({"lead": BEAT}, bars=3)
    assert math.isnan(form.density_drift(silent))
    assert all(math.isnan(share) for share in form.themes_return(silent, [("A", 1), ("B", 1), ("A", 1)], "chords", "drums"))


def test_density_varies_by_its_deviation_over_its_mean() -> None:
    assert form.density_variation(piece({"drums": bars(BEAT, FULL)})) == pytest.approx(1 / 3)


def test_a_second_verse_returns_and_a_chorus_does_not() -> None:
    tune = bars([(0.0, 1.0, 72)], [(0.0, 1.0, 79)], [(0.0, 1.0, 72)])
    sections = [("verse", 1), ("chorus", 1), ("verse", 1)]
    assert form.themes_return(piece({"lead": tune}, bars=3), sections, "lead") == (1.0, 0.0)


def test_expression_is_how_force_and_time_vary() -> None:
    drums = Part("drums", (Note(0.0, 0.5, 36, 80), Note(1.02, 0.5, 36, 100)))
    found = expression(piece_of_score(score({}, bars=2).with_parts((drums,))))
    assert found["velocity_sd"] == 10.0
    assert found["timing_sd"] == pytest.approx(1.0)
    assert found["density_cv"] == 1.0
    assert all(math.isnan(value) for value in expression(piece({})).values())
