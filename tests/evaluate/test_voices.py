from __future__ import annotations

import math

import numpy as np
import pytest

from bridge.evaluate.voices import voice_leading, voicings
from tests.evaluate.pieces import block, piece


def test_a_voicing_is_what_the_chords_strike_under_one_chord() -> None:
    struck = [*block(0, 1, 60, 64, 67), (1, 1, 72), *block(2, 2, 60, 65, 69)]
    made = piece({"chords": struck}, "C F F G")
    assert [chord.tolist() for chord in voicings(made)] == [[60, 64, 67, 72], [60, 65, 69]]


def test_voices_move_to_the_nearest_tones() -> None:
    found = voice_leading([np.array([60, 64, 67]), np.array([60, 65, 69])])
    assert found == {"motion_semitones": 1.0, "parallel_fifths": 0.0, "parallel_octaves": 0.0}


def test_triads_shifted_as_a_block_are_parallel_fifths() -> None:
    found = voice_leading([np.array([48, 60, 64, 67]), np.array([50, 62, 66, 69]), np.array([50, 62, 66, 69])])
    assert found["parallel_octaves"] == 1 / 2
    assert found["parallel_fifths"] == 2 / 2
    assert found["motion_semitones"] == 1.0


def test_notes_that_have_no_partner_count_for_nothing() -> None:
    assert voice_leading([np.array([60, 64, 67]), np.array([64])])["motion_semitones"] == 0.0


@pytest.mark.parametrize("chords", [[], [np.array([60])]])
def test_one_chord_leads_nowhere(chords: list[np.ndarray]) -> None:
    assert all(math.isnan(value) for value in voice_leading(chords).values())
