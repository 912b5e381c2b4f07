"""Loudness as ITU-R BS.1770-4 defines it, measured in blocks: memory does not grow with the length of a song.

The energies of all stems and of their products are kept for each tenth of a second. Loudness of any mix of the stems, at
any gains, then follows without touching the audio again, since K-weighting is linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.threads import processors

if TYPE_CHECKING:
    from bridge.music.take import Samples

SILENCE_LUFS = -120.0
"""What silence is written as: JSON knows no minus infinity."""
STEPS_PER_SECOND = 10
_PARTS_MAX = 32
"""A step's energies are kept in up to this many equal parts of 3 ms, so that a limiter's gain can be laid on them."""
_WINDOW_STEPS = 4
"""The standard's 400 ms windows, three quarters of each shared with the next."""
_ABSOLUTE_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, -10.0
_OFFSET_LUFS = -0.691


class Signal(Protocol):
    """Stereo audio of a known length that can be read piece by piece: an array (frames, 2), or what acts like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, span: slice, /) -> Samples: ...


Energies = NDArray[np.float64]


def energies(signals: Sequence[Signal], sample_rate_hz: int, check: Callable[[], None]) -> Energies:
    """Return (steps, parts, signals, signals): mean product of each two K-weighted signals in each part of a tenth of a second.

    Signals are (frames, 2) and equally long; both channels are summed, as the standard asks for left and right. A step that
    is not whole at the end is left out, unless there is no other. `check` is called after each second.
    """
    frames, count = len(signals[0]), len(signals)
    step = step_frames(frames, sample_rate_hz)
    parts = next(parts for parts in range(_PARTS_MAX, 0, -1) if step % parts == 0)
    filters = [_Weighting(signal, sample_rate_hz) for signal in signals]
    found = [np.zeros((0, parts, count, count))]
    with ThreadPoolExecutor(min(count, processors())) as pool:
        for start in range(0, frames - step + 1, step * STEPS_PER_SECOND):
            steps = min(STEPS_PER_SECOND, (frames - start) // step)
            weighted = np.empty((steps * parts, count, 2 * step // parts), np.float32)
            second = slice(start, start + steps * step)
            for index, heard in enumerate(pool.map(lambda weighting: weighting.heard(second), filters)):  # noqa: B023 - used up here
                weighted[:, index] = heard.reshape(steps * parts, -1)
            products = weighted @ weighted.transpose(0, 2, 1) * (parts / step)
            found.append(products.reshape(steps, parts, count, count).astype(np.float64))
            check()
    return np.concatenate(found)


class _Weighting:
    """A signal heard through the K-weighting filter, one stretch after the other."""

    def __init__(self, signal: Signal, sample_rate_hz: int) -> None:
        self._signal, self._filter = signal, k_weighting(sample_rate_hz)
        self._state = np.zeros((len(self._filter), 2, 2))

    def heard(self, span: slice) -> NDArray[np.float64]:
        """Return the next stretch."""
        from scipy.signal import sosfilt  # noqa: PLC0415 - a second to import, not to be paid when the daemon starts

        filtered, self._state = sosfilt(self._filter, self._signal[span], axis=0, zi=self._state)
        result: NDArray[np.float64] = filtered
        return result


def step_frames(frames: int, sample_rate_hz: int) -> int:
    """Return the length of the steps that a signal of this length is measured in."""
    return min(frames, sample_rate_hz // STEPS_PER_SECOND) or 1


def mixed(stem_energies: Energies, gains: NDArray[np.float64]) -> Energies:
    """Return (steps, parts): the energy of the sum of the signals at these gains."""
    result: Energies = np.maximum(0.0, stem_energies.reshape(*stem_energies.shape[:2], -1) @ np.outer(gains, gains).ravel())
    return result


def integrated(part_energies: Energies) -> float:
    """Return the gated loudness in LUFS of (steps, parts) energies.

    Shorter than one window, the whole is one window; where all lies below the gate of -70 LUFS nothing is gated;
    silence is -120.
    """
    width = min(_WINDOW_STEPS, len(part_energies))
    if not width or not part_energies.any():
        return SILENCE_LUFS
    windows = np.convolve(part_energies.mean(axis=1), np.full(width, 1.0 / width), "valid")
    heard = windows[_lufs(windows) > _ABSOLUTE_GATE_LUFS]
    if not len(heard):
        return max(SILENCE_LUFS, float(_lufs(windows.mean())))
    return float(_lufs(heard[_lufs(heard) > _lufs(heard.mean()) + _RELATIVE_GATE_LU].mean()))


def loudness(samples: Signal, sample_rate_hz: int) -> float:
    """Return the integrated loudness in LUFS of (frames, 2) audio."""
    return integrated(energies([samples], sample_rate_hz, lambda: None)[:, :, 0, 0])


def _lufs(energy: Energies) -> Energies:
    result: Energies = _OFFSET_LUFS + 10.0 * np.log10(np.maximum(energy, 1e-30))
    return result


def k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the K-weighting filter as two second-order sections, at any rate.

    A high shelf for the head, then a high-pass (BS.1770-4, tables 1 and 2); their analogue prototypes are those of
    B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", 2018.
    """
    warped = math.tan(math.pi * 1681.974450955533 / sample_rate_hz)
    quality, high = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band = high**0.4996667741545416
    over = 1.0 + warped / quality + warped**2
    shelf = [
        (high + band * warped / quality + warped**2) / over,
        2.0 * (warped**2 - high) / over,
        (high - band * warped / quality + warped**2) / over,
        1.0,
        2.0 * (warped**2 - 1.0) / over,
        (1.0 - warped / quality + warped**2) / over,
    ]
    warped, quality = math.tan(math.pi * 38.13547087602444 / sample_rate_hz), 0.5003270373238773
    over = 1.0 + warped / quality + warped**2
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (warped**2 - 1.0) / over, (1.0 - warped / quality + warped**2) / over]
    return np.array([shelf, high_pass])
