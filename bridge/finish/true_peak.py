"""True peaks: how high the waveform rises between its samples (ITU-R BS.1770-4, annex 2, with 8 times as many samples).

Interpolation is done only in blocks whose samples come near the level that matters, for between two samples no music
rises to twice its highest sample; that makes it cheap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bridge.music.take import Samples

BLOCK_FRAMES = 64
"""Peaks are given for blocks of this length."""
MARGIN_FRAMES = 16
"""Samples on each side that an interpolated value rests on."""
_OVERSAMPLING = 8
_BATCH = 512
_NEAR = 0.5
_KAISER_BETA = 9.0


def block_peaks(samples: Samples, ceiling: float) -> NDArray[np.float32]:
    """Return the peak of each block, over both channels: true where it may pass the ceiling, else that of the samples.

    `samples` is (frames + 2 * MARGIN_FRAMES, 2): margins before and after are looked at, not measured. The last block may be
    short.
    """
    inner = samples[MARGIN_FRAMES : len(samples) - MARGIN_FRAMES]
    blocks = math.ceil(len(inner) / BLOCK_FRAMES)
    padded = np.zeros((blocks * BLOCK_FRAMES + 2 * MARGIN_FRAMES, 2), np.float32)
    padded[: len(samples)] = samples
    rows = padded[MARGIN_FRAMES : MARGIN_FRAMES + blocks * BLOCK_FRAMES].reshape(blocks, -1)
    peaks: NDArray[np.float32] = np.maximum(rows.max(axis=1, initial=0.0), -rows.min(axis=1, initial=0.0))
    near = np.flatnonzero(peaks > _NEAR * ceiling)
    for start in range(0, len(near), _BATCH):
        chosen = near[start : start + _BATCH]
        peaks[chosen] = np.maximum(peaks[chosen], _between(padded, chosen))
    return peaks


def true_peak(samples: Samples) -> float:
    """Return the true peak of (frames, 2) audio, where 1 is full scale."""
    if not len(samples):
        return 0.0
    highest = max(float(samples.max()), -float(samples.min()))
    second = 1 << 18
    peak = highest
    for start in range(0, len(samples), second):
        first = max(0, start - MARGIN_FRAMES)
        part = samples[first : start + second + MARGIN_FRAMES]
        lead = MARGIN_FRAMES - (start - first)
        missing = max(0, start + second + MARGIN_FRAMES - len(samples))
        padded = np.pad(part, ((lead, min(MARGIN_FRAMES, missing)), (0, 0)))
        peak = max(peak, float(block_peaks(padded, highest).max(initial=0.0)))
    return peak


def _between(padded: Samples, blocks: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return how high the waveform rises between the samples of these blocks."""
    width = BLOCK_FRAMES + 2 * MARGIN_FRAMES
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)[blocks * BLOCK_FRAMES]
    taps = np.lib.stride_tricks.sliding_window_view(windows, 2 * MARGIN_FRAMES, axis=2)
    peaks: NDArray[np.float32] = np.abs(taps @ _INTERPOLATOR).max(axis=(1, 2, 3))
    return peaks


def _interpolator() -> NDArray[np.float32]:
    """Return (taps, phases): windowed sinc functions that read the waveform at the points between two samples."""
    points = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    distance = np.arange(2 * MARGIN_FRAMES)[:, None] - (MARGIN_FRAMES - 1) - points
    inside = np.sqrt(np.maximum(0.0, 1.0 - (distance / MARGIN_FRAMES) ** 2))
    taps = np.sinc(distance) * np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA)
    result: NDArray[np.float32] = (taps / taps.sum(axis=0)).astype(np.float32)
    return result


_INTERPOLATOR = _interpolator()
