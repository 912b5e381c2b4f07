"""What each frame knows of its place, its melody and its chord."""

import numpy as np

from model.score.features import (
    CHORD,
    HARMONY,
    MELODY,
    PLACE,
    Place,
    around_root,
    chord_frames,
    harmony_features,
    melody_features,
    place_features,
)

FIFTEEN_BARS = Place(3, is_compound=False, is_minor=True, bpm=90.0, sections=(("verse", 8), ("my own", 7)))


def test_every_frame_has_a_place() -> None:
    rows = place_features(FIFTEEN_BARS)
    assert rows.shape == (45, PLACE)
    assert (rows[:, :7].sum(1) == 1).all()
    assert (rows[:, 7:13].argmax(1) == np.arange(45) % 3).all()


def test_loudness_and_density_are_said_or_left_open() -> None:
    left_open = place_features(FIFTEEN_BARS)[0, -4:]
    said = place_features(Place(4, False, False, 120.0, (("verse", 1),), loudness=1.5, density=0.0))[0, -4:]
    assert left_open.tolist() == [0, 0, 0, 0]
    assert said.tolist() == [1, 1.5, 1, 0]


def test_a_melody_is_known_by_its_pitch_classes_and_its_rhythm() -> None:
    rows = melody_features(np.array([[0, 6, 60, 90], [6, 12, 67, 90]], np.int16), 2)
    assert rows.shape == (2, MELODY)
    assert rows[0, [0, 7]].tolist() == [0.5, 0.5]
    assert np.flatnonzero(rows[0, 36:48]).tolist() == [0, 6]
    assert rows[1, 12 + 7] == 1.0
    assert rows[:, 49].tolist() == [1, 1]


def test_silence_has_no_features() -> None:
    assert not melody_features(np.zeros((0, 4), np.int16), 4).any()


def test_a_chord_looks_the_same_from_its_root_in_every_key() -> None:
    c, g = 0b10010001, 0b100010000100
    rows = chord_frames(np.array([0, 7]), np.array([c, g]))
    assert rows.shape == (2, CHORD)
    from_root = around_root(rows, np.array([0, 7]))
    assert from_root[0].tolist() == from_root[1].tolist()
    assert np.flatnonzero(from_root[0]).tolist() == [0, 4, 7]


def test_a_change_of_chord_is_known_in_both_frames_beside_it() -> None:
    rows = harmony_features(chord_frames(np.array([0, 0, 5]), np.array([145, 145, 545])), np.array([0, 4, 5]))
    assert rows.shape == (3, HARMONY)
    assert rows[:, -2].tolist() == [1, 0, 1]
    assert rows[:, -1].tolist() == [0, 1, 0]
    assert rows[1, 36 + 4] == 1.0
