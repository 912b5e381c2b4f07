"""Effects on (2, samples) float32 at SAMPLE_RATE_HZ: tone, drive, dynamics, modulation, fidelity. None shifts a note's time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from model.sound.layout import SAMPLE_RATE_HZ

Stereo = NDArray[np.float32]
_ENVELOPE_HOP = 48
"""Samples between two looks at the level: a millisecond."""
_LOOK_AHEAD_HOPS = 6
_TINY = 1e-9


def level(stereo: Stereo) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(stereo), dtype=np.float64)))


def shelved(stereo: Stereo, corner_hz: float, gain_db: float, *, is_high: bool) -> Stereo:
    """Return the sound with everything above (or below) a corner louder or softer.

    The shelf of R. Bristow-Johnson's Audio EQ Cookbook, slope 0.7.
    """
    amount = 10.0 ** (gain_db / 40.0)
    omega = 2.0 * math.pi * corner_hz / SAMPLE_RATE_HZ
    cosine = math.cos(omega) if is_high else -math.cos(omega)
    alpha = math.sin(omega) / 2.0 * math.sqrt((amount + 1.0 / amount) * (1.0 / 0.7 - 1.0) + 2.0)
    over, under, root = amount + 1.0, amount - 1.0, 2.0 * math.sqrt(amount) * alpha
    sign = 1.0 if is_high else -1.0
    numerator = (
        amount * (over + under * cosine + root),
        -2.0 * sign * amount * (under + over * cosine),
        amount * (over + under * cosine - root),
    )
    denominator = (over - under * cosine + root, 2.0 * sign * (under - over * cosine), over - under * cosine - root)
    return np.asarray(lfilter(numerator, denominator, stereo, axis=1), np.float32)


def filtered(stereo: Stereo, kind: str, corners_hz: float | tuple[float, float], order: int = 2) -> Stereo:
    """Return the sound through a Butterworth filter: "low", "high" or "band"."""
    sections = butter(order, corners_hz, kind, fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(sosfilt(sections, stereo, axis=1), np.float32)


def driven(stereo: Stereo, drive_db: float, bias: float = 0.0) -> Stereo:
    """Return the sound driven into a soft clipper, `drive_db` above the level at which it begins to bend; same level after.

    Made at twice the rate, so that few of the new harmonics fold back.
    """
    before = level(stereo)
    peak = float(np.percentile(np.abs(stereo[:, ::7]), 99.5)) + _TINY
    fine = resample_poly(stereo, 2, 1, axis=1) * (10.0 ** (drive_db / 20.0) / peak)
    bent = np.tanh(fine + bias) - math.tanh(bias)
    result = resample_poly(bent, 1, 2, axis=1).astype(np.float32)
    result = filtered(result, "high", 20.0, 1)
    return result * np.float32(before / (level(result) + _TINY))


def compressed(stereo: Stereo, ratio: float, threshold_db: float, attack_s: float, release_s: float) -> Stereo:
    """Return the sound with its level above a threshold (below its peaks) divided by a ratio; same level after.

    The gain moves 6 ms before the sound, so that no attack slips through.
    """
    before = level(stereo)
    gain_db = _gain_reduction_db(stereo, ratio, threshold_db, attack_s, release_s)
    ticks = (np.arange(len(gain_db)) + 0.5 - _LOOK_AHEAD_HOPS) * _ENVELOPE_HOP
    gain = np.interp(np.arange(stereo.shape[1]), ticks, gain_db)
    result: Stereo = stereo * (10.0 ** (gain / 20.0)).astype(np.float32)
    return result * np.float32(before / (level(result) + _TINY))


def _gain_reduction_db(
    stereo: Stereo, ratio: float, threshold_db: float, attack_s: float, release_s: float
) -> NDArray[np.float64]:
    hops = -(-stereo.shape[1] // _ENVELOPE_HOP)
    padded = np.pad(np.abs(stereo).max(0), (0, hops * _ENVELOPE_HOP - stereo.shape[1]))
    peaks = padded.reshape(hops, _ENVELOPE_HOP).max(1)
    loud_db = 20.0 * np.log10(peaks / (peaks.max() + _TINY) + 1e-6)
    wanted = np.minimum(0.0, (threshold_db - loud_db) * (1.0 - 1.0 / ratio))
    hop_s = _ENVELOPE_HOP / SAMPLE_RATE_HZ
    rise, fall = math.exp(-hop_s / release_s), math.exp(-hop_s / attack_s)
    found, now = np.empty(hops), 0.0
    for index, target in enumerate(wanted.tolist()):
        keep = fall if target < now else rise
        now = target + (now - target) * keep
        found[index] = now
    return found


def chorused(stereo: Stereo, rate_hz: float, depth_s: float, mix: float) -> Stereo:
    """Return the sound with two moving copies of it a channel, out of step between the channels."""
    seconds = np.arange(stereo.shape[1]) / SAMPLE_RATE_HZ
    result = stereo * np.float32(1.0 - 0.3 * mix)
    for channel, phase in enumerate((0.0, math.pi)):
        for turn, speed in enumerate((1.0, 1.37)):
            delay = (
                0.008 + 0.004 * turn + depth_s * (1.0 + np.sin(2.0 * math.pi * rate_hz * speed * seconds + phase + turn)) / 2.0
            )
            result[channel] += np.float32(0.6 * mix) * delayed(stereo[channel], delay)
    return result


def delayed(mono: NDArray[np.float32], delay_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return a channel read `delay_s` late at each sample."""
    places = np.arange(len(mono)) - delay_s * SAMPLE_RATE_HZ
    return np.asarray(np.interp(places, np.arange(len(mono)), mono, left=0.0), np.float32)


def wavering(stereo: Stereo, rate_hz: float, depth_s: float, phase: float) -> Stereo:
    """Return the sound as a worn tape plays it, up to `depth_s` late or early."""
    seconds = np.arange(stereo.shape[1]) / SAMPLE_RATE_HZ
    slow = np.sin(2.0 * math.pi * rate_hz * seconds + phase) + 0.3 * np.sin(2.0 * math.pi * 6.3 * rate_hz * seconds)
    delay = depth_s * (1.0 + slow / 1.3) / 2.0
    return np.stack([delayed(channel, delay) for channel in stereo])


def crushed(stereo: Stereo, bits: float) -> Stereo:
    """Return the sound in as many bits as said below its peak."""
    peak = float(np.abs(stereo).max()) + _TINY
    steps = 2.0 ** (bits - 1.0) / peak
    return np.asarray(np.rint(stereo * steps) / steps, np.float32)


def widened(stereo: Stereo, amount: float, random: np.random.Generator) -> Stereo:
    """Return the sound spread out: its sides louder, its middle scattered to the sides by a short burst of sparse noise."""
    middle, side = stereo.mean(0), (stereo[0] - stereo[1]) / 2.0
    samples = round(0.018 * SAMPLE_RATE_HZ)
    burst = np.zeros(samples, np.float32)
    places = np.sort(random.choice(samples, 24, replace=False))
    burst[places] = random.choice((-1.0, 1.0), 24) * np.exp(-3.0 * places / samples)
    burst /= np.sqrt(np.sum(burst**2))
    scattered = np.convolve(middle, burst)[: len(middle)]
    scattered = filtered(scattered[None], "high", 110.0, 1)[0]
    side = side * np.float32(1.0 + amount) + scattered * np.float32(0.75 * amount)
    return np.stack([middle + side, middle - side]).astype(np.float32)


def narrowed(stereo: Stereo, width: float) -> Stereo:
    """Return the sound with its sides at `width` of their level."""
    middle = stereo.mean(0)
    result: Stereo = middle + (stereo - middle) * np.float32(width)
    return result
