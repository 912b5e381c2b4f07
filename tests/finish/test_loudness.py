from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bridge.finish.loudness import SILENCE_LUFS, energies, integrated, loudness, mixed


def noise(seconds: float, sample_rate_hz: int, seed: int = 0, level: float = 0.1) -> NDArray[np.float32]:
    dice = np.random.default_rng(seed)
    return (level * dice.standard_normal((round(seconds * sample_rate_hz), 2))).astype(np.float32)


def sine(frequency_hz: float, seconds: float, sample_rate_hz: int, level_db: float) -> NDArray[np.float32]:
    wave = np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * sample_rate_hz)) / sample_rate_hz)
    return np.repeat((10 ** (level_db / 20) * wave)[:, None], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize("sample_rate_hz", [44100, 48000, 96000, 192000])
def test_a_sine_of_minus_23_dbfs_at_1_khz_is_minus_23_lufs(sample_rate_hz: int) -> None:
    # EBU Tech 3341, test signals 1 and 2
    assert loudness(sine(1000, 5, sample_rate_hz, -23), sample_rate_hz) == pytest.approx(-23.0, abs=0.1)
    assert loudness(sine(1000, 5, sample_rate_hz, -33), sample_rate_hz) == pytest.approx(-33.0, abs=0.1)


def test_quiet_passages_are_gated_out() -> None:
    # EBU Tech 3341, test signal 3: 10 s at -36, 60 s at -23, 10 s at -36
    parts = [sine(1000, seconds, 48000, level) for seconds, level in ((10, -36), (60, -23), (10, -36))]
    assert loudness(np.concatenate(parts), 48000) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("sample_rate_hz", [44100, 48000, 96000])
def test_it_agrees_with_an_independent_meter(sample_rate_hz: int) -> None:
    loud, quiet = noise(3.13, sample_rate_hz, 1), noise(4.0, sample_rate_hz, 2, 0.004)
    bass = sine(55, 2.5, sample_rate_hz, -12)
    audio = np.concatenate([quiet, loud, bass, quiet])
    reference = pyloudnorm.Meter(sample_rate_hz, filter_class="DeMan").integrated_loudness(audio.astype(np.float64))
    assert loudness(audio, sample_rate_hz) == pytest.approx(reference, abs=0.1)


def test_silence_and_nothing_are_minus_120() -> None:
    assert loudness(np.zeros((48000, 2), np.float32), 48000) == SILENCE_LUFS
    assert loudness(np.zeros((0, 2), np.float32), 48000) == SILENCE_LUFS


def test_less_than_a_window_is_measured_as_one() -> None:
    short, long = (sine(1000, seconds, 48000, -20) for seconds in (0.25, 5.0))
    assert loudness(short, 48000) == pytest.approx(loudness(long, 48000), abs=0.3)
    assert loudness(short[:1000], 48000) == pytest.approx(-20, abs=1.5)


def test_what_lies_below_the_gate_still_has_a_level() -> None:
    assert loudness(sine(1000, 3, 48000, -80), 48000) == pytest.approx(-80, abs=0.1)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3))
def test_the_loudness_of_a_mix_follows_from_its_stems(gains_db: list[float]) -> None:
    stems = [noise(2, 44100, 1), sine(220, 2, 44100, -18), noise(1, 44100, 3).repeat(2, axis=0)]
    gains = 10 ** (np.array(gains_db) / 20)
    together = np.sum([gain * stem for gain, stem in zip(gains, stems, strict=True)], axis=0).astype(np.float32)
    found = integrated(mixed(energies(stems, 44100, lambda: None), gains))
    assert found == pytest.approx(loudness(together, 44100), abs=0.01)
