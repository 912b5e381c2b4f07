from __future__ import annotations

import pytest

from bridge.composers import load
from bridge.music.chord import Chord, ChordSpan
from bridge.music.score import Score
from bridge.step import ignore
from tests.composers.briefs import song

RULES = load("rules")
SHORT = "intro:2 verse:4 chorus:4 verse:4 chorus:4 outro:2"
LONG = "verse:8 prechorus:4 chorus:8 verse:8 prechorus:4 chorus:8 bridge:4 chorus:8"


def bars(score: Score, index: int) -> list[tuple[tuple[float, int], ...]]:
    """The lead of a section, bar by bar: onsets in 24ths of a beat and pitches."""
    ends = [*(marker.beat for marker in score.markers[1:]), score.section.length_beats]
    start, end = score.markers[index].beat, ends[index]
    lead = score.part("lead")
    assert lead is not None
    found: list[list[tuple[float, int]]] = [[] for _ in range(round((end - start) / 4))]
    for note in lead.notes:
        if start <= note.start_beat < end:
            found[int((note.start_beat - start) // 4)].append((round((note.start_beat - start) * 24), note.pitch))
    return [tuple(bar) for bar in found]


def equal(one: list[tuple[tuple[float, int], ...]], other: list[tuple[tuple[float, int], ...]]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.parametrize(("form", "pairs", "choruses"), [(SHORT, [(1, 3)], (2, 4)), (LONG, [(0, 3), (1, 4)], (2, 5, 7))])
@pytest.mark.parametrize("genre", ["pop", "swing"])
def test_a_section_that_returns_is_sung_again_but_for_its_close(
    genre: str, form: str, pairs: list[tuple[int, int]], choruses: tuple[int, ...]
) -> None:
    for random_seed in range(10):
        score = RULES.compose(song(genre, form, random_seed=random_seed), ignore)
        for first, second in pairs:
            before, after = bars(score, first), bars(score, second)
            assert 0.5 <= equal(before, after) < 1.0
            assert before[: len(before) // 2] == after[: len(after) // 2]
            assert before[-1][-1][1] % 12 != after[-1][-1][1] % 12
        chorus, *others = (bars(score, index) for index in choruses)
        assert all(other == chorus for other in others)


def test_at_temperature_zero_a_section_returns_as_it_was() -> None:
    score = RULES.compose(song(form=SHORT, temperature=0), ignore)
    assert bars(score, 1) == bars(score, 3)


def test_a_returning_melody_fits_other_chords_where_those_are_fixed() -> None:
    other = Chord.parse("Ab")
    usual = RULES.compose(song(form=SHORT, random_seed=4), ignore)
    start = usual.markers[3].beat
    score = RULES.compose(song(form=SHORT, random_seed=4, chords=(ChordSpan(start, 4.0, other),)), ignore)
    first, second = bars(score, 1), bars(score, 3)
    assert first[1] == second[1]
    assert first[0] != second[0]
    assert second[0][0][1] % 12 in other.pitch_classes


def test_sections_named_by_letters_have_themes_of_their_own() -> None:
    score = RULES.compose(song(form="A:4 B:4 A2:4", random_seed=4), ignore)
    assert equal(bars(score, 0), bars(score, 1)) < 0.5 <= equal(bars(score, 0), bars(score, 2))
