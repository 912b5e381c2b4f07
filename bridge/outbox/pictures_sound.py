"""Waveforms and a spectrogram as pixels: one column of either is computed for each column of the picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bridge.music.take import Samples

    Plane = NDArray[np.float32]

WINDOW = 4096
LOW_HZ, HIGH_HZ = 40.0, 16_000.0
RANGE_DB = 70.0
_CONTRAST = 1.35
TILT_DB_PER_OCTAVE = 2.5
"""Music falls by about this much; lifted, its overtones can be seen."""
_LOOKS_AT_ONCE = 128
_PIXELS_PER_LOOK = 2
_RMS_FRAMES = 48
# Black through violet and orange to cream, after matplotlib's "inferno" (CC0), at even steps.
_COLOURS = ("000004", "160b39", "420a68", "6a176e", "932667", "bc3754", "dd513a", "f37819", "fca50a", "f6d746", "fcffa4")


def envelope(samples: Samples, columns: int) -> tuple[Plane, Plane, Plane]:
    """Return (lowest, highest, RMS) of both channels in each of `columns` equal stretches, full scale ±1."""
    frames = len(samples)
    if not frames:
        silence = np.zeros(columns, np.float32)
        return silence, silence, silence
    flat = np.ascontiguousarray(samples).reshape(-1)
    starts = np.minimum(np.arange(columns) * frames // columns, frames - 1)
    low = np.minimum.reduceat(flat, starts * 2)
    high = np.maximum.reduceat(flat, starts * 2)
    within = np.arange(_RMS_FRAMES) * max(frames // columns, 1) // _RMS_FRAMES
    probes = samples[np.minimum(starts[:, None] + within, frames - 1)]
    rms = np.sqrt(np.mean(np.square(probes), axis=(1, 2)))
    return low, high, rms


def bar_coverage(low: Plane, high: Plane, height: int) -> Plane:
    """Return (height, columns): how much of each pixel lies between the levels −1…1 `low` and `high`, 0…1."""
    middle = height / 2
    top = middle - np.clip(high, -1, 1) * middle
    bottom = np.maximum(middle - np.clip(low, -1, 1) * middle, top + 0.6)
    rows = np.arange(height, dtype=np.float32)[:, None]
    cover: Plane = np.clip(np.minimum(rows + 1, bottom) - np.maximum(rows, top), 0.0, 1.0).astype(np.float32)
    return cover


def spectrogram(sources: Sequence[Samples], sample_rate_hz: int, columns: int, rows: int) -> NDArray[np.uint8]:
    """Return (rows, columns, 3) in colour: LOW_HZ…HIGH_HZ on a logarithmic scale upwards, RANGE_DB below the loudest.

    Power of all `sources` (frames, 2) together, seen through a Hann window of WINDOW samples around the middle of each column.
    """
    bands = _bands(sample_rate_hz, rows)
    hann = np.hanning(WINDOW).astype(np.float32)
    looks = -(-columns // _PIXELS_PER_LOOK)
    power = np.zeros((rows, looks), np.float32)
    for first in range(0, looks, _LOOKS_AT_ONCE):
        at = np.arange(first, min(first + _LOOKS_AT_ONCE, looks))
        for samples in sources:
            spectrum = np.fft.rfft(_windows(samples, at, looks) * hann, axis=1)
            power[:, at] += bands @ (np.square(spectrum.real) + np.square(spectrum.imag)).T
    return _coloured(_widened(power, columns))


def _widened(power: Plane, columns: int) -> Plane:
    """Return the looks drawn out to `columns` pixels, the ones between two looks being their mean."""
    wide = np.repeat(power, _PIXELS_PER_LOOK, axis=1)
    wide[:, 1:-1:2] = (wide[:, :-2:2] + wide[:, 2::2]) / 2
    return wide[:, :columns]


def _windows(samples: Samples, at: NDArray[np.intp], columns: int) -> Plane:
    """Return (len(at), WINDOW) mono samples around the middle of these columns, silence beyond the ends."""
    centres = ((at + 0.5) * len(samples) / columns).astype(np.intp)
    cut = np.zeros((len(at), WINDOW), np.float32)
    for row, centre in enumerate(centres):
        start, end = max(centre - WINDOW // 2, 0), min(centre + WINDOW // 2, len(samples))
        offset = start - (centre - WINDOW // 2)
        cut[row, offset : offset + end - start] = samples[start:end, 0] + samples[start:end, 1]
    return cut


@lru_cache(maxsize=4)
def _bands(sample_rate_hz: int, rows: int) -> Plane:
    """Return (rows, bins): triangular filters of unit sum, the highest frequency in row 0."""
    hz = np.fft.rfftfreq(WINDOW, 1 / sample_rate_hz)
    edges = np.geomspace(LOW_HZ, min(HIGH_HZ, sample_rate_hz / 2), rows + 2)[::-1]
    # Where rows lie closer than FFT bins, a filter is widened to the bins around it.
    width = np.maximum(edges[:-2] - edges[1:-1], 1.2 * hz[1])
    weights = np.clip(1 - np.abs(hz - edges[1:-1, None]) / width[:, None], 0, None)
    tilt = 10 ** (TILT_DB_PER_OCTAVE / 10 * np.log2(edges[1:-1] / LOW_HZ))
    filters: Plane = (weights / weights.sum(axis=1, keepdims=True) * tilt[:, None]).astype(np.float32)
    return filters


def _coloured(power: Plane) -> NDArray[np.uint8]:
    loudest = float(power.max(initial=0.0))
    if loudest <= 1e-9:
        return np.broadcast_to(_palette()[0], (*power.shape, 3)).copy()
    decibels = 10 * np.log10(np.maximum(power, loudest * 1e-9) / loudest)
    index = (255 * np.clip(decibels / RANGE_DB + 1, 0, 1) ** _CONTRAST).astype(np.uint8)
    return _palette()[index]


def _palette() -> NDArray[np.uint8]:
    anchors = np.array([[int(colour[at : at + 2], 16) for at in (0, 2, 4)] for colour in _COLOURS], float)
    steps = np.linspace(0, len(anchors) - 1, 256)
    return np.stack([np.interp(steps, np.arange(len(anchors)), anchors[:, i]) for i in range(3)], axis=1).astype(np.uint8)
