"""Metrics of following notes: right for what is right, low for what is wrong."""

import math

import numpy as np
import pytest

from bridge.evaluate.sound_follow import f1, follows, melody_accuracy, onsets_heard, onsets_of

RATE_HZ = 24_000
NOTES = np.array([(0.5 * index, 0.45, pitch, 90) for index, pitch in enumerate((60, 64, 67, 65, 62, 72))], float)


def played(notes: np.ndarray, seconds: float = 3.2) -> np.ndarray:
    """Return plucked tones, (samples, 2)."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    found = np.zeros(len(at))
    for start, length, pitch, _ in notes:
        since = at - start
        sounding = (since >= 0) & (since < length)
        hertz = 440.0 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hertz * k * since) / k for k in range(1, 6))
        found += np.where(
            sounding,
            tone * np.exp(-2.0 * since) * np.minimum(1.0, since / 0.005) * np.clip((length - since) / 0.04, 0.0, 1.0),
            0.0,
        )
    return np.stack((found, found), 1).astype(np.float32) * np.float32(0.2)


def test_what_is_played_as_written_follows() -> None:
    found = follows(played(NOTES), RATE_HZ, NOTES, is_drums=False)
    assert found.melody > 0.9
    assert found.pitch > 0.9
    assert found.chroma > 0.8
    assert found.onsets > 0.9


def test_other_notes_do_not_follow() -> None:
    other = NOTES + np.array([0.25, 0.0, 6.0, 0.0])
    found = follows(played(NOTES), RATE_HZ, other, is_drums=False)
    assert found.melody < 0.2
    assert found.chroma < 0.6
    assert found.onsets < 0.4


def test_the_octave_counts_for_the_pitch_alone() -> None:
    melody, pitch = melody_accuracy(played(NOTES)[:, 0], RATE_HZ, NOTES + np.array([0.0, 0.0, 12.0, 0.0]))
    assert melody > 0.9
    assert pitch < 0.1


def test_silence_follows_nothing() -> None:
    found = follows(np.zeros((RATE_HZ, 2), np.float32), RATE_HZ, NOTES, is_drums=False)
    assert found.melody == 0.0
    assert found.chroma == 0.0
    assert found.onsets == 0.0


def test_a_chord_starts_once_and_drums_have_onsets_only() -> None:
    chord = np.array([(1.0, 1.0, 60, 90), (1.01, 1.0, 64, 90), (2.0, 1.0, 67, 90)])
    assert onsets_of(chord) == [1.0, 2.0]
    found = follows(played(NOTES), RATE_HZ, NOTES, is_drums=True)
    assert math.isnan(found.melody)
    assert found.onsets > 0.9


def test_onsets_are_matched_one_to_one() -> None:
    assert f1([1.0, 1.02, 2.0], [1.01, 2.04]) == pytest.approx(0.8)
    assert f1([], [1.0]) == 0.0
    assert math.isnan(f1([1.0], []))
    assert onsets_heard(np.zeros(RATE_HZ, np.float32), RATE_HZ, is_drums=True) == []
