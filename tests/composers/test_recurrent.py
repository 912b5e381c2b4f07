"""The recurrent baseline answers the same briefs as the flows, with its own chords and parts."""

from dataclasses import replace

import pytest

from bridge.composers import load
from bridge.errors import CancelledError
from bridge.music.notes import PART_NAMES
from bridge.step import ignore
from tests.composers.briefs import TWINKLE, brief

LSTM = load("lstm")


def test_it_writes_every_part_and_keeps_a_locked_clip() -> None:
    asked = brief("rock", seed=TWINKLE, parts=PART_NAMES)
    score = LSTM.compose(asked, ignore)
    assert [part.name for part in score.parts] == list(PART_NAMES)
    assert all(part.notes for part in score.parts)
    lead = score.parts[PART_NAMES.index("lead")]
    assert [(n.start_beat, n.pitch) for n in lead.notes if n.start_beat < 16] == [
        (n.start_beat, n.pitch) for n in TWINKLE.notes
    ]


def test_the_same_brief_gives_the_same_score_and_another_seed_another() -> None:
    asked = brief("funk", seed=TWINKLE, random_seed=3)
    assert LSTM.compose(asked, ignore) == LSTM.compose(asked, ignore)
    assert LSTM.compose(asked, ignore) != LSTM.compose(replace(asked, random_seed=4), ignore)


def test_its_accompaniment_is_not_that_of_the_flows() -> None:
    asked = brief("pop", seed=TWINKLE)
    written = [load(name).compose(asked, ignore).part("chords") for name in ("lstm", "diffusion")]
    assert written[0] != written[1]


def test_temperature_nought_takes_the_chance_away_from_chords() -> None:
    asked = brief("waltz", meter="3/4", seed=TWINKLE, temperature=0.0, random_seed=1)
    assert LSTM.compose(asked, ignore).chords == LSTM.compose(replace(asked, random_seed=2), ignore).chords


def test_given_parts_come_back_note_for_note() -> None:
    asked = brief("folk", seed=TWINKLE)
    bass = LSTM.compose(asked, ignore).part("bass")
    assert bass is not None
    around = LSTM.compose(replace(asked, parts_in=(bass,)), ignore)
    assert around.part("bass") == bass


def test_a_cancel_stops_it_between_two_frames() -> None:
    def cancel(_stage: str, done: int, _total: int) -> None:
        if done > 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        LSTM.compose(brief("pop", seed=TWINKLE), cancel)
