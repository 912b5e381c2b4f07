"""Rooms, halls and plates: impulse responses of decaying noise (J. A. Moorer, "About This Reverberation Business", 1979)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

from model.sound.layout import SAMPLE_RATE_HZ

Stereo = NDArray[np.float32]
"""(2, samples)."""
_DARK_HZ = 2200.0
_LENGTH_DB = 50.0
"""The response is cut where it has fallen this far."""


@dataclass(frozen=True)
class Space:
    """What a sound rings in."""

    decay_s: float
    """Time in which it falls by 60 dB."""
    delay_s: float
    """Before it begins."""
    treble_share: float
    """Highs die in this share of the time of the lows."""
    low_cut_hz: float
    reflections: int
    """Early echoes to each ear."""
    seed: int


def space(kind: str, size: float, seed: int) -> Space:
    """Return a "room", "hall" or "plate" of a size 0…1; each seed has its own walls."""
    if kind == "hall":
        return Space(1.8 + 2.2 * size, 0.015 + 0.025 * size, 0.35 + 0.2 * (seed % 3) / 2, 120.0, 6, seed)
    if kind == "plate":
        return Space(1.0 + 1.4 * size, 0.0, 0.8, 250.0, 0, seed)
    return Space(0.25 + 0.5 * size, 0.004 + 0.006 * size, 0.5, 150.0, 5, seed)


@lru_cache(maxsize=24)
def impulse_response(one: Space) -> Stereo:
    """Return (2, samples) of its answer to a click, each channel of energy 1."""
    random = np.random.default_rng(one.seed)
    samples = round(one.decay_s * _LENGTH_DB / 60.0 * SAMPLE_RATE_HZ)
    seconds = np.arange(samples) / SAMPLE_RATE_HZ
    noise = random.standard_normal((2, samples))
    dark = sosfilt(butter(1, _DARK_HZ, "low", fs=SAMPLE_RATE_HZ, output="sos"), noise)
    decay = 10.0 ** (-3.0 * seconds / one.decay_s)
    tail = dark * decay + (noise - dark) * decay ** (1.0 / one.treble_share)
    tail = sosfilt(butter(2, (one.low_cut_hz, 12_000.0), "band", fs=SAMPLE_RATE_HZ, output="sos"), tail)
    tail /= np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    lead_in = round(one.delay_s * SAMPLE_RATE_HZ)
    response = np.pad(tail, ((0, 0), (lead_in, 0)))
    for turn in range(one.reflections):
        for channel in response:
            channel[round(random.uniform(0.3, 1.5) * lead_in)] += 0.35 * (-0.75) ** turn
    response /= np.sqrt(np.sum(response**2, axis=1, keepdims=True))
    return response.astype(np.float32)


def reverberated(stereo: Stereo, one: Space, wet: float) -> Stereo:
    """Return the sound with the space around it; `wet` is the level of the reverberation, 1 as loud as the sound itself."""
    sent = np.broadcast_to(stereo.mean(0) * 0.7 + stereo * 0.3, stereo.shape)
    ringing = oaconvolve(sent, impulse_response(one), axes=1)[:, : stereo.shape[1]]
    result: Stereo = stereo + np.float32(wet) * ringing.astype(np.float32)
    return result
