"""A look-ahead limiter as a curve of gain: made once from the peaks of the mix, then applied to every stem alike.

So the stems stay the mix: what is taken off the sum is taken off each part of it at the same moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.finish.true_peak import BLOCK_FRAMES

_LOOK_AHEAD_S = 0.005
_RELEASE_DB_PER_S = 60.0
"""How quickly the gain comes back: fast enough to leave the next beat alone, slow enough not to growl."""


@dataclass(frozen=True, eq=False)
class GainCurve:
    """A gain that moves: control points in the middle of each block, straight lines in decibels between them."""

    log_gains: NDArray[np.float64]

    @property
    def is_flat(self) -> bool:
        """Whether nothing needs limiting."""
        return not self.log_gains.any()

    def gains(self, start: int, stop: int) -> NDArray[np.float32] | None:
        """Return the gain of each frame from `start` to `stop`; None where it is 1 throughout."""
        first, last = max(0, start // BLOCK_FRAMES - 1), stop // BLOCK_FRAMES + 2
        points = self.log_gains[first:last]
        if not points.any():
            return None
        middles = (np.arange(first, first + len(points)) + 0.5) * BLOCK_FRAMES
        return np.exp(np.interp(np.arange(start, stop), middles, points)).astype(np.float32)

    def power(self, frames: float, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Return (steps, parts): the share of its energy that each part of `frames` frames keeps, one after the other."""
        kept = np.concatenate([[0.0], np.cumsum(np.exp(2.0 * self.log_gains))])
        bounds = np.arange(shape[0] * shape[1] + 1) * (frames / BLOCK_FRAMES)
        result: NDArray[np.float64] = np.diff(np.interp(bounds, np.arange(len(kept)), kept)) * (BLOCK_FRAMES / frames)
        return result.reshape(shape)


def gain_curve(peaks: NDArray[np.float32], ceiling: float, sample_rate_hz: int) -> GainCurve:
    """Return the curve that keeps every block's peak at or under the ceiling.

    Down before the peak comes, up in decibels in a line; smoothed over the look-ahead, so that it makes no click.
    """
    from scipy.ndimage import minimum_filter1d  # noqa: PLC0415 - as in loudness

    needed = np.log(np.minimum(1.0, ceiling / np.maximum(peaks.astype(np.float64), 1e-9)))
    if not needed.any():
        return GainCurve(needed)
    blocks = np.arange(len(needed))
    recovery = _RELEASE_DB_PER_S * math.log(10.0) / 20.0 * BLOCK_FRAMES / sample_rate_hz * blocks
    held = np.minimum.accumulate(needed - recovery) + recovery
    radius = max(1, round(_LOOK_AHEAD_S / 2.0 * sample_rate_hz / BLOCK_FRAMES))
    lowest = minimum_filter1d(held, 2 * (radius + 1) + 1, mode="nearest")
    window = np.hanning(2 * radius + 3)[1:-1]
    smooth = np.convolve(np.pad(lowest, radius, mode="edge"), window / window.sum(), "valid")
    return GainCurve(np.where(smooth > -1e-6, 0.0, smooth))
