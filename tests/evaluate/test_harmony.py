from __future__ import annotations

import math

import numpy as np
import pytest

from bridge.evaluate import harmony
from bridge.evaluate.piece import piece_of_arrays, tonic_shift
from bridge.music.chord import Chord
from bridge.music.key import Key
from bridge.music.tempo import Meter
from tests.evaluate.pieces import block, piece

C_F_G_C = block(0, 2, 60, 64, 67) + block(2, 2, 60, 65, 69) + block(4, 2, 59, 62, 67) + block(6, 2, 60, 64, 67)
TUNE: list[tuple[float, float, int]] = [(0, 1, 72), (1, 1, 74), (2, 2, 77), (4, 2, 74), (6, 1, 76), (7, 1, 77)]


def test_chord_tones_are_weighted_by_how_long_they_are_sung() -> None:
    made = piece({"lead": TUNE, "chords": C_F_G_C})
    assert harmony.chord_tone_ratio(made, made) == pytest.approx(6 / 8)


def test_only_the_longest_pitch_classes_count_where_the_density_is_matched() -> None:
    made = piece({"lead": [(0, 2, 76)], "chords": [(0, 2, 60), (0, 1.5, 67), (0, 1, 64)]}, bars=1)
    assert harmony.chord_tone_ratio(made, made) == 1.0
    assert harmony.chord_tone_ratio(made, made, most=np.array([2.0, 2.0])) == 0.0


def test_without_a_melody_there_is_no_ratio() -> None:
    made = piece({"chords": C_F_G_C})
    assert math.isnan(harmony.chord_tone_ratio(made, made))


def test_the_sounding_set_counts_pitch_classes_not_notes() -> None:
    made = piece({"chords": block(0, 2, 60, 64, 67, 72), "bass": [(0, 4, 36)]}, bars=1)
    assert harmony.sounding_set(made).tolist() == [3.0, 1.0]


def test_triads_are_heard_in_the_notes() -> None:
    made = piece({"chords": C_F_G_C})
    assert harmony.estimated_triads(made).tolist() == [0, 5, 7, 0]
    minor = piece({"chords": block(0, 2, 57, 60, 64) + block(2, 2, 59, 62, 65)}, bars=1)
    assert harmony.estimated_triads(minor).tolist() == [12 + 9, 24 + 11]


def test_the_root_in_the_bass_settles_a_seventh_chord() -> None:
    upper = block(0, 4, 60, 64, 67, 69)
    sixth, seventh = (
        piece({"chords": upper, "bass": [(0, 4, 36)]}, bars=1),
        piece({"chords": upper, "bass": [(0, 4, 33)]}, bars=1),
    )
    assert harmony.estimated_triads(sixth).tolist() == [0, 0]
    assert harmony.estimated_triads(seventh).tolist() == [21, 21]


def test_silence_is_no_chord_and_agrees_with_none() -> None:
    made = piece({"chords": block(0, 2, 60, 64, 67)}, bars=1)
    assert harmony.estimated_triads(made).tolist() == [0, harmony.NO_CHORD]
    assert harmony.triad_agreement(piece({}, "C C", bars=1), made) == 0.5


@pytest.mark.parametrize(
    ("symbol", "code"), [("C", 0), ("Am7", 21), ("Bdim", 35), ("Eaug", 40), ("G5", 55), ("Dsus4", 50), ("G7", 7), ("Fmaj7", 5)]
)
def test_the_chords_of_the_score_are_read_as_triads(symbol: str, code: int) -> None:
    assert harmony.known_triads(piece({}, symbol, bars=1, beats_each=4)).tolist() == [code, code]
    assert code % 12 == Chord.parse(symbol).root


def test_a_chord_without_a_third_agrees_with_any_triad_on_its_root() -> None:
    teacher = piece({}, "C5 G5", bars=1)
    assert harmony.triad_agreement(teacher, piece({"chords": block(0, 2, 60, 63, 67) + block(2, 2, 60, 64, 67)}, bars=1)) == 0.5


def test_everything_is_read_relative_to_the_tonic() -> None:
    in_d = piece({"chords": block(0, 4, 62, 66, 69), "drums": [(0, 1, 36)]}, "D D", bars=1, key="D")
    assert harmony.estimated_triads(in_d).tolist() == harmony.known_triads(in_d).tolist() == [0, 0]
    assert in_d.part("drums")[0, 2] == 36
    assert [tonic_shift(tonic) for tonic in range(12)] == [0, -1, -2, -3, -4, -5, 6, 5, 4, 3, 2, 1]


def test_half_bars_are_groups_of_pulses() -> None:
    assert piece({}, meter="4/4").windows.tolist() == [0, 24, 48, 72]
    assert piece({}, meter="3/4").windows.tolist() == [0, 36]
    assert piece({}, meter="5/4", bars=1).windows.tolist() == [0, 36]
    assert piece({}, meter="6/8", bars=1).windows.tolist() == [0, 12]


def test_the_bass_is_in_the_harmony_where_its_longest_note_sounds_above() -> None:
    made = piece({"bass": [(0, 1.5, 36), (1.5, 0.5, 38), (2, 2, 38)], "chords": block(0, 4, 60, 64, 67)}, bars=1)
    assert harmony.bass_in_harmony(made, made) == 0.5


def test_repeated_bars_are_those_with_the_same_tune() -> None:
    tune = [(start + 4 * bar, 1.0, pitch) for bar in (0, 2) for start, pitch in ((0.0, 72), (1.0, 74))] + [(4.0, 2.0, 76)]
    made = piece({"lead": tune, "chords": C_F_G_C + block(8, 2, 60, 64, 67) + block(10, 2, 59, 62, 67)}, bars=3)
    pairs = harmony.repeated_bars(made)
    assert np.argwhere(pairs).tolist() == [[0, 2]]
    assert harmony.same_chords(made, harmony.estimated_triads(made), pairs) == 0.5


def test_entropy_is_one_bit_for_two_equal_pitch_classes() -> None:
    assert harmony.pitch_class_entropy(piece({"chords": block(0, 4, 60, 67)}, bars=1)) == pytest.approx(1.0)


def test_the_arrays_of_a_corpus_give_the_same_piece_as_its_score() -> None:
    notes = np.array([[0, 0, 12, 72, 90], [1, 0, 24, 60, 90], [1, 24, 24, 67, 90], [3, 0, 1, 36, 100]], np.int16)
    chords = np.array([0, 0, 7, 7], np.int8), np.array([0b10010001, 0b10010001, 0b100010000100, 0b100010000100], np.int16)
    read = piece_of_arrays(Meter(), 1, Key(0), notes, chords)
    wanted = piece({"lead": [(0, 1, 72)], "chords": [(0, 2, 60), (2, 2, 67)], "drums": [(0, 1 / 12, 36)]}, "C G", bars=1)
    assert set(read.notes) == {"lead", "chords", "drums"}
    assert np.array_equal(read.part("chords")[:, :3], wanted.part("chords")[:, :3])
    assert harmony.known_triads(read).tolist() == harmony.known_triads(wanted).tolist() == [0, 7]
