"""What can be measured of a production: each descriptor takes (samples, 2) at SAMPLE_RATE_HZ, and level does not matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from model.sound.layout import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
"""(samples, 2)."""
_WINDOW, _HOP = 2048, 960
_FINE_HOP = 480
_QUIET_DB = -50.0
"""Frames this far below the loudest are left out."""
_TINY = 1e-12


def spectrogram(mono: NDArray[np.float32], hop: int = _HOP) -> NDArray[np.float32]:
    """Return power (frames, bins) in windows of 2 048 samples every `hop`."""
    windows = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[::hop]
    found = fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32), axis=1)
    power: NDArray[np.float32] = found.real**2 + found.imag**2
    return power


def _sounding(audio: Audio) -> NDArray[np.float64]:
    power = spectrogram(audio[:, 0]) + spectrogram(audio[:, 1])
    total = power.sum(1)
    kept: NDArray[np.float64] = power[total >= total.max() * 10.0 ** (_QUIET_DB / 10.0)].astype(np.float64)
    return kept


def _frequencies() -> NDArray[np.float64]:
    return np.arange(_WINDOW // 2 + 1, dtype=np.float64) * (SAMPLE_RATE_HZ / _WINDOW)


def _band_db(audio: Audio, low_hz: float, high_hz: float) -> float:
    mean, frequencies = _sounding(audio).mean(0), _frequencies()
    return float(10.0 * np.log10(mean[(frequencies >= low_hz) & (frequencies < high_hz)].sum() + _TINY * mean.sum() + 1e-30))


def centroid_octaves(audio: Audio) -> float:
    """Return the middle of the spectrum's magnitude, in octaves above 1 Hz: how bright it is."""
    magnitude, frequencies = np.sqrt(_sounding(audio)), _frequencies()
    return float(np.log2((magnitude.mean(0) @ frequencies) / (magnitude.mean(0).sum() + _TINY) + 1.0))


def warmth_db(audio: Audio) -> float:
    """Return how much louder 100–500 Hz is than 1.5–8 kHz."""
    return _band_db(audio, 100.0, 500.0) - _band_db(audio, 1500.0, 8000.0)


def air_db(audio: Audio) -> float:
    """Return how loud everything above 8 kHz is beside all of it: low-fidelity sound has none."""
    return _band_db(audio, 8000.0, 24000.0) - _band_db(audio, 0.0, 24000.0)


def spread_db(audio: Audio) -> float:
    """Return how far the loudest 20 ms lie above the mean level: how much the dynamics vary."""
    step = SAMPLE_RATE_HZ // 50
    power = np.mean(np.square(audio[: len(audio) // step * step].reshape(-1, step * 2), dtype=np.float64), axis=1)
    return float(10.0 * np.log10((np.percentile(power, 98) + _TINY) / (power.mean() + _TINY)))


def grit_db(audio: Audio) -> float:
    """Return how full the spectrum is between its peaks, less how far the waveform's peaks stand out: what clipping does.

    Fullness: geometric over arithmetic mean of power, 100 Hz to 5 kHz, median of frames. Peaks: 99.9 % of samples lie lower.
    """
    power, frequencies = _sounding(audio), _frequencies()
    band = power[:, (frequencies > 100.0) & (frequencies < 5000.0)] + power.max(1, keepdims=True) * 1e-9
    fullness = float(np.median(10.0 * (np.log10(band).mean(1) - np.log10(band.mean(1)))))
    peak = float(np.percentile(np.abs(audio), 99.9))
    return fullness - 20.0 * float(np.log10((peak + _TINY) / (np.sqrt(np.mean(np.square(audio))) + _TINY)))


def ringing_db_per_s(audio: Audio) -> float:
    """Return how slowly sound dies, as minus the speed of its fall in dB a second: of all bands' 40 ms the quickest twentieth.

    A blind measure: no band can fall more quickly than the room lets it.
    """
    power = spectrogram(audio.mean(1), _FINE_HOP)
    edges = np.unique(np.geomspace(6, _WINDOW // 4, 17).astype(int))
    bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
    loud_db = 10.0 * np.log10(bands + bands.max(0) * 1e-6 + 1e-20)
    steps = 4
    falls = (loud_db[steps:] - loud_db[:-steps]) * (SAMPLE_RATE_HZ / _FINE_HOP / steps)
    heard = loud_db[:-steps] > loud_db.max(0) - 35.0
    return float(np.percentile(falls[heard], 5)) if heard.any() else 0.0


def width_db(audio: Audio) -> float:
    """Return how loud the sides are beside the middle."""
    middle, side = audio.mean(1), (audio[:, 0] - audio[:, 1]) / 2.0
    return float(10.0 * np.log10((np.mean(side**2) + 1e-10) / (np.mean(middle**2) + 1e-10)))


def movement_db(audio: Audio) -> float:
    """Return how far the balance of left and right moves in each band while it sounds: what a chorus does."""
    left, right = spectrogram(audio[:, 0]), spectrogram(audio[:, 1])
    total = left + right
    weight = np.sqrt(total / (total.max() + _TINY))
    weight[total < total.max() * 1e-6] = 0.0
    balance = 10.0 * np.log10((left + total.max() * 1e-9 + _TINY) / (right + total.max() * 1e-9 + _TINY))
    mean = (weight * balance).sum(0) / (weight.sum(0) + _TINY)
    return float(np.sqrt((weight * (balance - mean) ** 2).sum() / (weight.sum() + _TINY)))
