"""The room that the parts play in: a reverberation made once for a rate and a style, and folded onto each part.

The impulse response is decaying noise (J. A. Moorer, "About This Reverberation Business", 1979), its highs dying sooner,
its lows left out, left and right independent: dense, without the ringing of comb filters, and the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import butter, sosfilt

Waveform = NDArray[np.float32]
_DECAY_DB = 60.0
_LENGTH_DB = 52.0
"""The response is cut where it has fallen this far."""
_LOW_CUT_HZ, _HIGH_CUT_HZ, _DARK_HZ = 180.0, 9000.0, 2200.0
_BRIGHT_SHARE = 0.45
"""Highs die in this share of the time of the lows."""
_EARLY_S = ((0.007, 0.011), (0.013, 0.017), (0.019, 0.023), (0.029, 0.031))
"""When the first echoes reach the left and the right ear."""
_BLOCKS = 4
"""Transformed at once: the FFT then works on them side by side, in half the time."""
_BLOCK_LENGTHS = 2
"""Length of a block, in lengths of the response, at most."""
_SEARCHED_FRAMES = 1 << 14


@dataclass(frozen=True)
class Room:
    """How long a room rings, and how much of it is heard."""

    decay_s: float
    """Time in which the reverberation falls by 60 dB."""
    delay_s: float
    """Before it begins."""
    wet: float
    """Level of the reverberation, where 1 is as loud as the dry sound."""


STUDIO = Room(0.9, 0.010, 0.16)
CLUB = Room(0.5, 0.006, 0.11)
HALL = Room(2.1, 0.024, 0.24)


@lru_cache(maxsize=8)
def impulse_response(room: Room, sample_rate_hz: int) -> Waveform:
    """Return (2, frames) of the room's answer to a click, each channel of energy 1."""
    frames = round(room.decay_s * _LENGTH_DB / _DECAY_DB * sample_rate_hz)
    seconds = np.arange(frames) / sample_rate_hz
    noise = np.random.default_rng(1979).standard_normal((2, frames))
    dark = sosfilt(butter(1, _DARK_HZ, "low", fs=sample_rate_hz, output="sos"), noise)
    decay = np.exp(-seconds * (np.log(10.0) * _DECAY_DB / 20.0 / room.decay_s))
    tail = dark * decay + (noise - dark) * decay ** (1.0 / _BRIGHT_SHARE)
    tail *= np.minimum(1.0, seconds / 0.02)
    band = butter(2, (_LOW_CUT_HZ, _HIGH_CUT_HZ), "band", fs=sample_rate_hz, output="sos")
    tail = sosfilt(band, tail)
    tail /= np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    response = np.zeros((2, frames + round(room.delay_s * sample_rate_hz)))
    response[:, -frames:] = 0.85 * tail
    for index, times in enumerate(_EARLY_S):
        for channel, time in enumerate(times):
            response[channel, round(time * sample_rate_hz)] += (-0.75) ** index * 0.4
    return response.astype(np.float32)


@lru_cache(maxsize=8)
def _spectrum(room: Room, sample_rate_hz: int, size: int) -> NDArray[np.complex64]:
    result: NDArray[np.complex64] = fft.rfft(impulse_response(room, sample_rate_hz), size)[:, None]
    return result


def add_room(stereo: Waveform, room: Room, send: float, sample_rate_hz: int, check: Callable[[], None]) -> None:
    """Add the room to a stereo part, (2, frames), in place; the part must end in silence as long as the room rings.

    Overlap-add of FFT blocks: time grows with the length, memory does not. `check` is called after each block.
    """
    rings = impulse_response(room, sample_rate_hz).shape[1] - 1
    sounding = _sounding_frames(stereo)
    turns = max(1, math.ceil(sounding / (_BLOCKS * _BLOCK_LENGTHS * rings)))
    size = fft.next_fast_len(max(1, math.ceil(sounding / (turns * _BLOCKS))) + rings, real=True)
    block = size - rings
    spectrum = _spectrum(room, sample_rate_hz, size)
    carried = np.zeros((2, rings), np.float32)
    for start in range(0, sounding, _BLOCKS * block):
        part = stereo[:, start : start + _BLOCKS * block]
        dry = np.zeros((_BLOCKS, block), np.float32)
        dry.ravel()[: part.shape[1]] = (part[0] + part[1]) * np.float32(0.5 * room.wet * send)
        wet = fft.irfft(fft.rfft(dry, size) * spectrum, size)
        for index in range(_BLOCKS):
            ahead, behind = stereo[:, start + index * block :][:, :block], wet[:, index]
            behind[:, :rings] += carried
            ahead += behind[:, : ahead.shape[1]]
            carried = behind[:, block:]
        check()
    last = stereo[:, math.ceil(sounding / (_BLOCKS * block)) * _BLOCKS * block :][:, :rings]
    last += carried[:, : last.shape[1]]


def _sounding_frames(stereo: Waveform) -> int:
    """Return the length without the silence at the end."""
    frames = int(stereo.shape[1])
    while frames > 0 and not stereo[:, max(0, frames - _SEARCHED_FRAMES) : frames].any():
        frames -= _SEARCHED_FRAMES
    return max(0, frames)
