"""Notes ↔ grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.score.grid import BASS, CHORDS, DRUM_CLASSES, DRUMS, PAD, STEPS, Notes, PartGrid, to_notes, to_roll

FRAMES = 16
ROOTS = st.lists(st.integers(0, 11), min_size=FRAMES, max_size=FRAMES).map(lambda roots: np.array(roots, np.int8))
VELOCITY = st.integers(1, 127)


def ordered(rows: list[tuple[int, int, int, int]]) -> Notes:
    return np.array(sorted(rows, key=lambda row: (row[0], row[2])), np.int16).reshape(-1, 4)


@st.composite
def lines(draw: st.DrawFn, part: PartGrid) -> Notes:
    """Notes that do not touch others of their pitch, in the pitches that fit the grid over any root."""
    pitches = st.integers(part.low + 6, part.low + part.pitches - 7)
    starts = draw(st.lists(st.integers(0, FRAMES * STEPS - 4), unique_by=lambda start: start // 4, max_size=30))
    return ordered([(start - start % 4, draw(st.integers(1, 3)), draw(pitches), draw(VELOCITY)) for start in starts])


@pytest.mark.parametrize("part", [BASS, CHORDS, PAD], ids=lambda part: part.name)
@given(data=st.data())
def test_notes_that_fit_come_back_exactly_whatever_the_chords(part: PartGrid, data: st.DataObject) -> None:
    notes, roots = data.draw(lines(part)), data.draw(ROOTS)
    assert np.array_equal(to_notes(to_roll(notes, part, roots), part, roots), notes)


@given(ROOTS, st.integers(1, 40))
def test_a_note_that_rings_over_changes_of_chord_stays_one_note(roots: np.ndarray, length: int) -> None:
    notes = ordered([(5, length, 60, 80)])
    assert np.array_equal(to_notes(to_roll(notes, CHORDS, roots), CHORDS, roots), notes)


def test_a_root_and_its_fifth_look_the_same_over_every_chord() -> None:
    roots = np.array([0, 5, 7, 2], np.int8)
    rows = [(frame * STEPS, 6, 36 + int(root) - (12 if root > 6 else 0), 90) for frame, root in enumerate(roots)]
    attack = to_roll(ordered(rows), BASS, roots).attack
    assert all(np.array_equal(attack[0], attack[frame]) for frame in range(4))


def test_notes_beyond_the_grid_are_moved_by_octaves() -> None:
    found = to_notes(
        to_roll(ordered([(0, 4, 2, 64), (12, 4, 125, 64)]), CHORDS, np.zeros(4, np.int8)), CHORDS, np.zeros(4, np.int8)
    )
    assert [pitch % 12 for pitch in found[:, 2]] == [2, 125 % 12]
    assert all(CHORDS.low <= pitch < CHORDS.low + CHORDS.pitches for pitch in found[:, 2])


def test_drums_come_back_as_the_first_key_of_their_class() -> None:
    strokes = ordered([(index * 3, 1, keys[-1], 64) for index, keys in enumerate(DRUM_CLASSES)])
    found = to_notes(to_roll(strokes, DRUMS, np.zeros(8, np.int8)), DRUMS, np.zeros(8, np.int8))
    assert found[:, 2].tolist() == [keys[0] for keys in DRUM_CLASSES]
    assert found[:, 0].tolist() == strokes[:, 0].tolist()


def test_keys_that_no_class_holds_and_notes_outside_are_left_out() -> None:
    notes = ordered([(0, 1, 27, 64), (-3, 1, 36, 64), (500, 1, 36, 64)])
    assert not to_roll(notes, DRUMS, np.zeros(4, np.int8)).attack.any()
