from __future__ import annotations

import json
import math
from collections import Counter

import pytest

from bridge.evaluate.bars import BARS, verdicts
from bridge.evaluate.comparison import FULL, QUICK, Material
from bridge.evaluate.families import load_families
from bridge.evaluate.figures import FIGURES, GROUPS
from bridge.evaluate.picture import SHOWN, picture
from bridge.evaluate.results import Results, joined, results_of
from bridge.evaluate.table import cell, group_rows, markdown, verdict_cells

TEACHER = {"chord_tones": 0.8, "chord_tones_floor": 0.6, "parallel_fifths": 0.1}
RULES = {"chord_tones": 0.7, "chord_tones_floor": 0.5, "triads": 0.85, "parallel_fifths": 0.2, "motion_semitones": 2.0}
RESULTS = Results(TEACHER, {"rules": RULES}, 40, 0.9)


def verdict(name: str) -> list[str]:
    return next(verdict_cells(each) for each in verdicts(RULES, TEACHER) if each.bar.figure == name)


def test_a_bar_is_cleared_or_short_by_what_is_missing() -> None:
    assert verdict("triads") == ["triad heard = the teacher's chord", "–", "0.850", "–", "≥ 0.800", "PASS"]
    assert verdict("chord_tones")[1:] == ["0.500", "0.700", "0.800", "≥ 0.768 (.96 of the teacher's)", "short by 0.068"]


def test_some_figures_must_not_be_more_than_their_bar() -> None:
    assert verdict("motion_semitones")[-1] == "PASS"
    assert verdict("parallel_fifths")[-1] == "short by 0.1"


def test_what_was_not_measured_is_not_cleared() -> None:
    assert verdict("seconds_16") == ["seconds for 16 bars", "–", "–", "–", "≤ 0.150", "not measured"]
    assert sum(each.is_passed for each in verdicts(RULES, TEACHER)) == 2


def test_every_bar_and_every_bar_of_the_picture_is_a_figure() -> None:
    assert {bar.figure for bar in BARS} | set(SHOWN) <= set(FIGURES)
    assert sum(map(len, GROUPS.values())) == len(FIGURES)


def test_a_cell_has_its_floor_beside_it() -> None:
    assert cell(RULES, FIGURES["chord_tones"]) == "0.700 / 0.500"
    assert cell(RULES, FIGURES["triads"]) == "0.850"
    assert cell({"triads": math.nan}, FIGURES["triads"]) == "–"


def test_rows_that_nobody_has_are_left_out() -> None:
    assert [row[0] for row in group_rows(RESULTS, "voice leading")] == [
        "mean motion of a voice, semitones",
        "parallel fifths a change of chord",
    ]
    text = markdown(RESULTS)
    assert text.startswith("| | teacher | rules |\n|---|---:|---:|\n| **harmony** | | |\n")
    assert "**speed**" not in text


def test_json_and_back_is_the_same() -> None:
    unknown = Results({**TEACHER, "triads": math.nan}, {"rules": RULES}, 40, 0.9)
    back = results_of(json.dumps(unknown.as_json()))
    assert back.composers == unknown.composers
    assert math.isnan(back.teacher["triads"])


def test_composers_measured_before_stay() -> None:
    now = joined(RESULTS, Results(TEACHER, {"lstm": {"triads": 0.5}}, 40, 0.9))
    assert list(now.composers) == ["rules", "lstm"]


@pytest.mark.parametrize("composers", [{}, {"rules": RULES}, {"rules": RULES, "lstm": {"triads": 2.0}}])
def test_the_picture_is_a_png(composers: dict[str, dict[str, float]]) -> None:
    assert picture(Results(TEACHER, composers, 40, 0.9)).startswith(b"\x89PNG")


def test_every_family_is_asked_for_in_both_manners_and_languages() -> None:
    prompts = Material(FULL).prompts
    asked = Counter((prompt.manner, prompt.language) for prompt in prompts)
    assert set(asked) == {(manner, language) for manner in ("named", "meant") for language in ("en", "zh")}
    assert len(set(asked.values())) == 1
    assert {prompt.family for prompt in prompts} == set(load_families().names)
    few = Material(QUICK).prompts
    assert {(prompt.manner, prompt.language) for prompt in few} == set(asked)
