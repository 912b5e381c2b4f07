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
_PIECE_FRAMES = 16
"""Stretches that are interpolated or left out as a whole."""
_BATCH = 2048
_NEAR = 0.5
_KAISER_BETA = 9.0


def block_peaks(samples: Samples, ceiling: float) -> NDArray[np.float32]:
    """Return the peak of each block, over both channels: true where it may pass the ceiling, else that of the samples.

    `samples` is (frames + 2 * MARGIN_FRAMES, 2): margins before and after are looked at, not measured. The last block may be
    short.
    """
    blocks = math.ceil((len(samples) - 2 * MARGIN_FRAMES) / BLOCK_FRAMES)
    missing = blocks * BLOCK_FRAMES + 2 * MARGIN_FRAMES - len(samples)
    padded = np.ascontiguousarray(np.pad(samples, ((0, missing), (0, 0))) if missing else samples)
    inner = padded[MARGIN_FRAMES : MARGIN_FRAMES + blocks * BLOCK_FRAMES]
    peaks = _highest(inner.reshape(blocks, -1))
    near = np.flatnonzero(peaks > _NEAR * ceiling)
    pieces_each = BLOCK_FRAMES // _PIECE_FRAMES
    pieces = (near[:, None] * pieces_each + np.arange(pieces_each)).ravel()
    pieces = pieces[_highest(inner.reshape(blocks * pieces_each, -1)[pieces]) > _NEAR * ceiling]
    for start in range(0, len(pieces), _BATCH):
        chosen = pieces[start : start + _BATCH]
        np.maximum.at(peaks, chosen // pieces_each, _between(padded, chosen))
    return peaks


def _highest(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.maximum(rows.max(axis=1, initial=0.0), -rows.min(axis=1, initial=0.0))
    return result


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
        peak = max(peak, float(block_peaks(padded, peak).max(initial=0.0)))
    return peak


def _between(padded: Samples, pieces: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return how high the waveform rises between the samples of these pieces."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(_INTERPOLATOR), axis=0)[::_PIECE_FRAMES][pieces]
    return _highest((windows.reshape(-1, len(_INTERPOLATOR)) @ _INTERPOLATOR).reshape(len(pieces), -1))


def _interpolator() -> NDArray[np.float32]:
    """Return (samples, points) that reads a piece and its margins at every point between two samples: windowed sincs."""
    points = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    distance = np.arange(2 * MARGIN_FRAMES)[:, None] - (MARGIN_FRAMES - 1) - points
    inside = np.sqrt(np.maximum(0.0, 1.0 - (distance / MARGIN_FRAMES) ** 2))
    taps = np.sinc(distance) * np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA)
    result = np.zeros((_PIECE_FRAMES + 2 * MARGIN_FRAMES, _PIECE_FRAMES, _OVERSAMPLING - 1), np.float32)
    for frame in range(_PIECE_FRAMES):
        result[frame + 1 : frame + 1 + 2 * MARGIN_FRAMES, frame] = taps / taps.sum(axis=0)
    return result.reshape(len(result), -1)


_INTERPOLATOR = _interpolator()
