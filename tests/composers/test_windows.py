"""Windows: how strongly clip and words lead, bar by bar, in every composer."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pytest

from bridge.brief import Strength
from bridge.composers import load
from bridge.music.score import Score
from bridge.step import ignore
from bridge.style import Style
from tests.composers.briefs import TWINKLE, brief

COMPOSERS = ("rules", "diffusion", "lstm")
HALF = 16.0


def made(composer: str, **fields: Any) -> Score:
    return load(composer).compose(brief(seed=TWINKLE, **fields), ignore)


def sung(score: Score, start: float, end: float) -> list[tuple[float, int]]:
    lead = score.part("lead")
    assert lead is not None
    return [(round(note.start_beat, 3), note.pitch) for note in lead.notes if start <= note.start_beat < end]


def clip(shift: float = 0.0) -> list[tuple[float, int]]:
    return [(note.start_beat + shift, note.pitch) for note in TWINKLE.notes]


def opening(melody: float, text: float = 1.0) -> tuple[Strength, ...]:
    """Return strengths for the first four of eight bars."""
    return (Strength(0.0, HALF, text, melody),)


@pytest.mark.parametrize("composer", COMPOSERS)
def test_an_opening_without_the_melody_is_free_and_the_locked_bars_after_it_are_the_clip(composer: str) -> None:
    score = made(composer, strengths=opening(0.0))
    assert sung(score, HALF, 32.0) == clip(HALF)
    free = sung(score, 0.0, HALF)
    assert free
    assert len({*free} & {*clip()}) <= 3
    last, first = free[-1][1], clip()[0][1]
    assert abs(first - last) <= 12


@pytest.mark.parametrize("composer", COMPOSERS)
@pytest.mark.parametrize("strength", [0.25, 0.5, 0.75])
def test_a_share_of_a_locked_clip_stands_and_its_rhythm_stays(composer: str, strength: float) -> None:
    score = made(composer, strengths=opening(strength))
    led = sung(score, 0.0, HALF)
    assert [beat for beat, _ in led] == pytest.approx([beat for beat, _ in clip()], abs=0.05)
    standing = {*clip()} & {*led}
    assert len(standing) == pytest.approx(strength * len(clip()), abs=1)
    assert sung(score, HALF, 32.0) == clip(HALF)


def test_what_stands_of_a_clip_is_what_weighs_most() -> None:
    standing = {beat for beat, _ in {*clip()} & {*sung(made("rules", strengths=opening(0.25)), 0.0, HALF)}}
    assert standing <= {0.0, 4.0, 6.0, 8.0, 12.0, 14.0}


@pytest.mark.parametrize("composer", COMPOSERS)
def test_a_clip_that_is_developed_is_stated_where_the_melody_begins_to_lead(composer: str) -> None:
    score = made(composer, seed_mode="develop", strengths=opening(0.0))
    assert sung(score, HALF, 32.0) == clip(HALF)
    assert len({*sung(score, 0.0, HALF)} & {*clip()}) <= 3


@pytest.mark.parametrize("composer", COMPOSERS)
def test_an_inspired_melody_leaves_the_bars_alone_in_which_the_melody_does_not_lead(composer: str) -> None:
    free, led = (made(composer, seed_mode="inspire", strengths=opening(strength)) for strength in (0.0, 1.0))
    stated = {round(beat, 1) for beat, _ in sung(led, 0.0, HALF)}
    assert {round(beat - HALF, 1) for beat, _ in sung(free, HALF, 32.0)} == stated
    assert {round(beat, 1) for beat, _ in sung(free, 0.0, HALF)} != stated


@pytest.mark.parametrize("composer", COMPOSERS)
def test_words_that_do_not_lead_in_some_bars_change_nothing_there(composer: str) -> None:
    silent, heard = Style(genres=("bossa nova",)), opening(1.0, text=0.0)
    whole, muted = made(composer, style=silent), made(composer, style=silent, strengths=heard)
    assert any(part.notes != other.notes for part, other in zip(whole.parts, muted.parts, strict=True))


@pytest.mark.parametrize("composer", ["rules", "diffusion"])
def test_the_accompaniment_neither_leaps_nor_empties_where_the_melody_begins_to_lead(composer: str) -> None:
    score = made(composer, strengths=opening(0.0))
    for name in ("chords", "bass"):
        part = score.part(name)
        assert part is not None
        before, after = (
            [note for note in part.notes if start <= note.start_beat < start + 8.0] for start in (HALF - 8.0, HALF)
        )
        assert 0.5 <= len(before) / len(after) <= 2.0
        assert abs(fmean(n.pitch for n in before) - fmean(n.pitch for n in after)) < 9.0
