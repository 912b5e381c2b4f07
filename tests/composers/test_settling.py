"""Slips beside the groove are put right; what the groove means stays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.composers.diffusion.settling import settled, settled_drums
from model.score.grid import Notes

BAR = 48


def notes(*rows: tuple[int, int, int, int]) -> Notes:
    return np.array(rows, np.int16).reshape(-1, 4)


def on_beats(bars: int) -> list[tuple[int, int, int, int]]:
    return [(BAR * bar + 12 * beat, 12, 36, 100) for bar in range(bars) for beat in range(4)]


def test_a_slip_beside_a_played_step_moves_onto_it_and_keeps_its_end() -> None:
    found = settled(notes(*on_beats(4), (23, 6, 40, 80)), BAR)
    assert [24, 5, 40, 80] in found.tolist()
    assert len(found) == 17


def test_a_slip_at_the_end_of_a_bar_moves_onto_the_next_downbeat() -> None:
    assert [48, 1, 38, 90] in settled(notes(*on_beats(4), (46, 1, 38, 90)), BAR).tolist()


def test_a_note_that_is_there_already_is_not_doubled() -> None:
    found = settled(notes(*on_beats(4), (13, 4, 36, 120)), BAR)
    assert len(found) == 16
    assert [12, 5, 36, 120] in found.tolist()


def test_steps_that_a_groove_plays_for_their_own_sake_stay() -> None:
    swing = [(BAR * bar + step, 2, 42, 70) for bar in range(4) for step in (0, 7, 12, 19, 24, 31, 36, 43)]
    assert sorted(settled(notes(*swing), BAR).tolist()) == sorted(map(list, swing))


def test_a_drum_that_swings_by_itself_is_not_pulled_onto_another_ones_beat() -> None:
    scraper = [(BAR * bar + step, 1, 73, 70) for bar in range(4) for step in (11, 35)]
    assert sorted(settled_drums(notes(*on_beats(4), *scraper), BAR).tolist()) == sorted(map(list, [*on_beats(4), *scraper]))


def test_a_drums_own_slip_moves_onto_its_own_beat() -> None:
    assert [12, 2, 36, 60] in settled_drums(notes(*on_beats(4)[2:], (13, 1, 36, 60)), BAR).tolist()


def test_sixteenths_and_triplets_are_never_moved() -> None:
    plain = [(48 * bar + 12 * beat, 1, 36, 90) for bar in range(8) for beat in range(4)]
    odd = [(3, 1, 40, 90), (4, 1, 41, 90), (8, 1, 42, 90), (9, 1, 43, 90)]
    assert {tuple(row) for row in odd} <= {tuple(row) for row in settled(notes(*plain, *odd), BAR).tolist()}


@given(st.lists(st.tuples(st.integers(0, 191), st.integers(1, 24), st.integers(30, 60), st.integers(1, 127)), max_size=60))
def test_no_note_moves_by_more_than_two_steps_or_gets_lost_from_its_place(rows: list[tuple[int, int, int, int]]) -> None:
    found = settled(notes(*rows), BAR)
    places = {(start, pitch) for start, _, pitch, _ in found.tolist()}
    assert len(places) == len(found)
    for start, _, pitch, _ in rows:
        assert any(abs(start - at) <= 2 for at, kept in places if kept == pitch)
    assert (found[:, 1] >= 1).all() if len(found) else True
