"""Clips in pieces: any order, repeats, losses and their repair."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError, ClipError
from bridge.frontends import osc_clips
from bridge.frontends.osc_clips import EARLY_S, EXPIRES_S, NOTES_MAX, TRANSFERS_MAX, ClipTransfers

NOTES = [[60 + index % 12, index * 0.5, 0.5, 90] for index in range(24)]
PIECE = 5


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def pieces(count: int, first: int = 0) -> dict[int, list[Any]]:
    """Return the numbers of each piece of a clip of so many notes."""
    return {
        first + number: [value for note in NOTES[start : min(start + PIECE, count)] for value in note]
        for number, start in enumerate(range(0, count, PIECE))
    }


def end_repairing(transfers: ClipTransfers, sent: dict[int, list[Any]]) -> tuple[Any, int]:
    """End a clip, sending again what is named as missing, until it is whole; also return how many rounds it took."""
    for round_number in range(10):
        try:
            return transfers.end("c"), round_number
        except ClipError as error:
            for index in map(int, error.text.split()):
                if index in sent:
                    transfers.add("c", index, sent[index])
    raise AssertionError("never repaired")


@given(st.data(), st.integers(1, 24), st.sampled_from([0, 1]))
def test_any_order_with_repeats_and_losses_gives_the_same_clip_after_one_repair(
    data: st.DataObject, count: int, first: int
) -> None:
    sent = pieces(count, first)
    arriving = data.draw(st.lists(st.sampled_from(sorted(sent)), max_size=12))
    transfers = ClipTransfers()
    transfers.begin("c", count, 16.0)
    for index in arriving:
        transfers.add("c", index, sent[index])
    (notes, length), rounds = end_repairing(transfers, sent)
    assert [[note.pitch, note.start_beat, note.length_beats, note.velocity] for note in notes] == NOTES[:count]
    assert length == 16.0
    assert rounds <= 3


@pytest.mark.parametrize(
    ("here", "missing"),
    [([0, 1, 3, 4], "2"), ([0, 4], "1 2 3"), ([0, 1, 2, 3], "4"), ([1, 2, 3, 4], "0"), ([], "0 1"), ([0, 2, 3], "1 4")],
)
def test_the_missing_pieces_are_named(here: list[int], missing: str) -> None:
    transfers = ClipTransfers()
    transfers.begin("c", 24, 16.0)
    for index in here:
        transfers.add("c", index, pieces(24)[index])
    with pytest.raises(ClipError) as refusal:
        transfers.end("c")
    assert refusal.value.code == "missing"
    assert set(missing.split()) <= set(refusal.value.text.split())
    assert not set(refusal.value.text.split()) & set(map(str, here))


def test_pieces_may_overtake_their_begin() -> None:
    transfers = ClipTransfers()
    for index, values in pieces(24).items():
        transfers.add("c", index, values)
    with pytest.raises(ClipError, match="begin"):
        transfers.end("c")
    transfers.begin("c", 24, 16.0)
    assert len(transfers.end("c")[0]) == 24


def test_a_new_begin_forgets_an_older_clip_of_the_same_name() -> None:
    clock = Clock()
    transfers = ClipTransfers(clock)
    transfers.begin("c", 24, 16.0)
    transfers.add("c", 0, pieces(24)[0])
    transfers.begin("c", 5, 16.0)
    with pytest.raises(ClipError) as refusal:
        transfers.end("c")
    assert refusal.value.code == "missing"
    transfers.add("late", 0, pieces(24)[0])
    clock.now_s += EARLY_S + 1
    transfers.begin("late", 5, 16.0)
    with pytest.raises(ClipError):
        transfers.end("late")


def test_an_end_that_is_repeated_is_answered_again() -> None:
    transfers = ClipTransfers()
    transfers.begin("c", 5, 16.0)
    transfers.add("c", 0, pieces(5)[0])
    assert transfers.end("c") == transfers.end("c")


def test_an_unfinished_clip_is_forgotten_after_a_while() -> None:
    clock = Clock()
    transfers = ClipTransfers(clock)
    transfers.begin("c", 5, 16.0)
    clock.now_s += EXPIRES_S + 1
    with pytest.raises(ClipError) as refusal:
        transfers.end("c")
    assert refusal.value.code == "unknown_clip"


def test_the_memory_of_unfinished_clips_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc_clips, "NOTES_MAX", 1000)
    transfers = ClipTransfers()
    for number in range(3 * TRANSFERS_MAX):
        transfers.begin(f"c{number}", 5, 16.0)
    big = [60, 0.0, 1.0, 90] * 200
    for index in range(15):
        transfers.add(f"big{index}", index, big)
    kept = transfers._transfers.values()
    assert len(kept) <= TRANSFERS_MAX
    assert sum(transfer.notes_here for transfer in kept) <= 2000


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "four numbers each; 0 came"),
        ([60, 0.0, 1.0], "four numbers each; 3 came"),
        ([60, 0.0, 1.0, 90, 128, 1.0, 1.0, 90], "piece 3, note 2: pitch: must be a whole number from 0 to 127"),
        ([60.5, 0.0, 1.0, 90], "note 1: pitch"),
        ([60, -1.0, 1.0, 90], "note 1: start_beat"),
        ([60, 0.0, 0.0, 90], "note 1: length_beats"),
        ([60, float("nan"), 1.0, 90], "note 1: start_beat"),
        ([60, 0.0, 1.0, 0], "note 1: velocity"),
        (["C4", 0.0, 1.0, 90], "note 1: pitch"),
        ([b"", 0.0, 1.0, True], "note 1"),
    ],
)
def test_a_bad_note_is_named(values: list[Any], reason: str) -> None:
    with pytest.raises(BridgeError, match=reason):
        ClipTransfers().add("c", 3, values)


@pytest.mark.parametrize(
    ("n_notes", "length"), [(0, 4.0), (1.5, 4.0), ("many", 4.0), (NOTES_MAX + 1, 4.0), (1, 0.0), (1, "long"), (1, 1e9)]
)
def test_bad_numbers_at_the_beginning_are_refused(n_notes: Any, length: Any) -> None:
    with pytest.raises(BridgeError, match=r"n_notes|length_beats"):
        ClipTransfers().begin("c", n_notes, length)


def test_more_notes_than_announced_and_notes_after_the_end_are_refused() -> None:
    transfers = ClipTransfers()
    transfers.begin("c", 4, 16.0)
    transfers.add("c", 0, pieces(5)[0])
    with pytest.raises(ClipError, match="4 notes were announced and 5 came"):
        transfers.end("c")
    transfers.begin("c", 5, 2.0)
    transfers.add("c", 0, pieces(5)[0])
    with pytest.raises(ClipError, match="starts at beat 2, and the clip is 2 beats long"):
        transfers.end("c")
