from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bridge.finish.limiter import gain_curve
from bridge.finish.true_peak import BLOCK_FRAMES, MARGIN_FRAMES, block_peaks, true_peak


def music_like(seconds: float, seed: int) -> NDArray[np.float32]:
    dice = np.random.default_rng(seed)
    audio = dice.standard_normal((round(seconds * 48000), 2))
    audio = resample_poly(audio, 4, 3, axis=0)
    swell = 0.2 + np.abs(np.sin(np.arange(len(audio)) / 3000))[:, None]
    return np.asarray(0.1 * audio * swell, np.float32)


def independent(audio: NDArray[np.float32]) -> float:
    return float(np.abs(resample_poly(np.pad(audio.astype(np.float64), ((64, 64), (0, 0))), 16, 1, axis=0)).max())


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_sixteenfold_oversampling(seed: int) -> None:
    audio = music_like(1.3, seed)
    assert 20 * np.log10(true_peak(audio) / independent(audio)) == pytest.approx(0, abs=0.1)


def test_a_sine_that_hides_its_peaks_between_samples_is_found_out() -> None:
    # a quarter of the rate, at 45 degrees: samples of 0.707, peaks of 1
    wave = np.sin(np.pi / 2 * np.arange(4800) + np.pi / 4)
    audio = np.stack([np.zeros(4800), wave * np.hanning(4800)], axis=1).astype(np.float32)
    assert np.abs(audio).max() < 0.71
    assert true_peak(audio) == pytest.approx(1.0, abs=0.01)


def test_a_peak_at_the_seam_of_two_stretches_is_seen() -> None:
    audio = np.zeros(((1 << 18) + 500, 2), np.float32)
    audio[(1 << 18) - 2 : (1 << 18) + 2, 0] = (0.5, 0.9, 0.9, 0.5)
    assert true_peak(audio) == pytest.approx(independent(audio), abs=0.01)


def test_silence_nothing_and_one_sample_are_measured() -> None:
    assert true_peak(np.zeros((100, 2), np.float32)) == 0.0
    assert true_peak(np.zeros((0, 2), np.float32)) == 0.0
    assert true_peak(np.full((1, 2), -0.5, np.float32)) == pytest.approx(0.5, abs=0.01)


def test_no_block_is_louder_than_its_limited_curve_allows() -> None:
    audio = 5 * music_like(2.0, 9)
    padded = np.pad(audio, ((MARGIN_FRAMES, MARGIN_FRAMES), (0, 0)))
    curve = gain_curve(block_peaks(padded, 0.5), 0.5, 48000)
    gains = curve.gains(0, len(audio))
    assert gains is not None
    limited = audio * gains[:, None]
    assert independent(limited) <= 0.5 * 10 ** (0.05 / 20)
    assert independent(limited) > 0.4


def test_the_curve_makes_no_jumps_and_leaves_quiet_music_alone() -> None:
    peaks = np.full(2000, 0.1, np.float32)
    assert gain_curve(peaks, 0.5, 48000).is_flat
    assert gain_curve(peaks, 0.5, 48000).gains(0, 1000) is None
    peaks[1000] = 4.0
    gains = gain_curve(peaks, 0.5, 48000).gains(0, 2000 * BLOCK_FRAMES)
    assert gains is not None
    assert gains.min() <= 0.125 * 1.0001
    assert np.abs(np.diff(20 * np.log10(gains))).max() < 0.2
    assert gains[0] == gains[-1] == 1.0
    assert gains[990 * BLOCK_FRAMES] == 1.0
