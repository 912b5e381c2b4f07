"""The distances of papers, and the notes that are heard before and after a codec."""

import math

import numpy as np
import pytest

from bridge.evaluate.sound_codec import CodecFigures, distances, figures, griffin_lim, is_reached, note_f1, slaney
from bridge.seeds.hum_note import HeardNote
from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ
from model.sound.spectrum import Floats


def sound(frames: int = 25) -> Floats:
    at = np.arange(frames * FRAME_SAMPLES) / SAMPLE_RATE_HZ
    wave = sum(np.sin(2 * np.pi * 220.0 * harmonic * at) / harmonic for harmonic in range(1, 8)) * np.exp(-3.0 * at)
    noise = 0.003 * np.random.default_rng(0).standard_normal((len(at), 2))
    return np.asarray(0.2 * np.stack((wave, 0.5 * wave), -1) + noise, np.float32)


def test_a_sound_is_no_distance_from_itself() -> None:
    assert distances(sound(), sound()) == (0.0, 0.0)


def test_half_the_loudness_is_half_in_convergence_and_log_two_in_level() -> None:
    assert list(distances(0.5 * sound(), sound())) == pytest.approx([0.5 + math.log(2.0)] * 2, abs=0.01)


def test_mel_filters_are_slaneys_of_equal_area() -> None:
    filters = slaney(4096)
    areas = filters.sum(0) * SAMPLE_RATE_HZ / 4096
    assert filters.shape == (2049, 128)
    assert areas[40:] == pytest.approx(np.ones(88), rel=0.05)
    assert filters[:, 100].argmax() * SAMPLE_RATE_HZ / 4096 == pytest.approx(9_600, rel=0.01)


def test_notes_match_once_by_key_and_onset() -> None:
    true = [HeardNote(0.0, 0.5, 60.0), HeardNote(1.0, 1.5, 62.0)]
    found = [HeardNote(0.04, 0.5, 60.2), HeardNote(0.01, 0.5, 60.0), HeardNote(1.2, 1.5, 62.0)]
    assert note_f1(found, true) == pytest.approx(2 / 5)
    assert note_f1(true, true) == 1.0
    assert math.isnan(note_f1(found, []))


def test_a_group_is_told_by_its_means_and_drums_have_no_pitches() -> None:
    found = figures(lambda samples: samples, [("lead", [sound(50)]), ("drums", [sound(), sound()])])
    assert [row.sounds for row in found] == [1, 2]
    assert found[0] == CodecFigures("lead", 1, 0.0, 0.0, 1.0)
    assert math.isnan(found[1].note_f1)
    assert found[1].as_json()["note_f1"] is None
    assert is_reached(found)
    assert not is_reached([CodecFigures("lead", 1, 1.1, 0.8, 1.0)])


def test_griffin_and_lim_keep_what_a_mel_spectrum_keeps() -> None:
    stft, mel = distances(griffin_lim(sound()), sound())
    assert mel < stft < 1.5
