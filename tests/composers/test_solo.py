from __future__ import annotations

import pytest

from bridge.composers import load
from bridge.composers.rules.casting import ELECTRONIC
from bridge.music.notes import ALWAYS_PARTS
from bridge.music.score import Score
from bridge.step import ignore
from bridge.style import Style
from tests.composers.briefs import brief, song

RULES = load("rules")
GENRES = ("", "rock", "ballad", "swing", "house", "chinese", "classical")


def onsets(score: Score, part: str) -> int:
    found = score.part(part)
    assert found is not None
    return len({round(note.start_beat * 4) for note in found.notes})


def programs(score: Score) -> dict[str, int]:
    return {part.name: part.program for part in score.parts}


def solo(*instruments: str, genre: str = "", **style: tuple[str, ...]) -> Style:
    return Style(instruments=instruments, genres=(genre,) if genre else (), solo=True, **style)  # type: ignore[arg-type]


@pytest.mark.parametrize("genre", GENRES)
def test_a_soloist_whose_accompaniment_is_named_leads_and_is_accompanied_lightly_without_drums(genre: str) -> None:
    for name, random_seed in (("verse", 1), ("chorus", 2)):
        asked = brief(
            name=name, random_seed=random_seed, style=solo("cello", genre=genre), named_parts=("lead", "chords", "bass")
        )
        score = RULES.compose(asked, ignore)
        assert [part.name for part in score.parts] == list(ALWAYS_PARTS)
        assert programs(score)["lead"] == 42
        assert onsets(score, "drums") == 0
        assert onsets(score, "lead") > 0
        assert 8 <= onsets(score, "chords") <= 4.5 * 8
        assert 8 <= onsets(score, "bass") <= 2.5 * 8


def test_drums_that_are_asked_for_by_name_accompany_a_solo_but_guessed_ones_do_not() -> None:
    asked = solo("cello", "drums", genre="rock")
    assert onsets(RULES.compose(brief(style=asked), ignore), "drums") > 16
    guessed = solo("cello", "drums", genre="rock", guessed=("drums",))
    assert onsets(RULES.compose(brief(style=guessed), ignore), "drums") == 0


def test_a_pianist_accompanies_himself_and_another_soloist() -> None:
    alone = programs(RULES.compose(brief(style=solo("piano", genre="rock")), ignore))
    assert (alone["lead"], alone["chords"], alone["bass"]) == (0, 0, 0)
    guitar = programs(RULES.compose(brief(style=solo("guitar", "piano")), ignore))
    assert (guitar["lead"], guitar["chords"], guitar["bass"]) == (25, 0, 0)


def test_a_calm_ballad_has_no_lone_hat_unless_drums_are_asked_for() -> None:
    for mood in ("sad", "calm"):
        style = Style(genres=("ballad",), moods=(mood,))
        assert onsets(RULES.compose(brief(style=style), ignore), "drums") == 0
        asked = Style(genres=("ballad",), moods=(mood,), instruments=("drums",))
        assert onsets(RULES.compose(brief(style=asked), ignore), "drums") >= 32


def test_a_fill_leads_from_a_verse_without_drums_into_a_chorus_with_them() -> None:
    score = RULES.compose(song(form="verse:8 chorus:8", style=Style(genres=("ballad",), moods=("sad",))), ignore)
    drums = score.part("drums")
    assert drums is not None
    assert {int(note.start_beat // 4) for note in drums.notes if note.start_beat < 31.9} == {7}
    assert sum(note.start_beat > 31.9 for note in drums.notes) > 32


@pytest.mark.parametrize("composer", ["rules", "diffusion", "lstm"])
def test_a_cellist_plays_alone_and_a_guitarist_accompanies_himself(composer: str) -> None:
    alone = load(composer).compose(brief(style=solo("cello"), random_seed=1), ignore)
    assert [part.name for part in alone.parts if part.notes] == ["lead"]
    guitar = load(composer).compose(brief(style=solo("acoustic guitar"), random_seed=1), ignore)
    assert {part.program for part in guitar.parts if part.notes} == {25}
    assert onsets(guitar, "chords") > 0
    duet = load(composer).compose(brief(style=solo("cello", "piano"), random_seed=1), ignore)
    assert {part.program for part in duet.parts if part.notes} == {42, 0}


@pytest.mark.parametrize("random_seed", range(6))
def test_nobody_plays_a_synthesizer_beside_a_piano_and_strings(random_seed: int) -> None:
    style = Style(genres=("children",), instruments=("piano", "strings"))
    score = RULES.compose(brief(style=style, random_seed=random_seed), ignore)
    assert not ELECTRONIC & set(programs(score).values())
    synthetic = Style(genres=("house",), instruments=("synth lead",))
    assert programs(RULES.compose(brief(style=synthetic, random_seed=random_seed), ignore))["lead"] in ELECTRONIC
