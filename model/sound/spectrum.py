"""Stereo sound ↔ a spectrogram: one log-magnitude plane at 100 Hz for what sounds, few bands at 25 Hz for where it sounds.

The level is that of both channels together, so that nothing cancels; direction and width are told as in parametric stereo
(Breebaart et al., "Parametric coding of stereo audio", EURASIP JASP 2005). Needs no torch.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.special
from numpy.typing import NDArray

from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ

Floats = NDArray[np.float32]
Complex = NDArray[np.complex64]

WINDOW_SAMPLES = 2_048
HOP_SAMPLES = 480
BINS = WINDOW_SAMPLES // 2 + 1
SLICES = FRAME_SAMPLES // HOP_SAMPLES
"""Slices of the spectrogram in a latent frame."""
TONAL = 64
"""Lowest bins, up to 1.5 kHz, of which the frequency is told: a blurred peak alone would put bass notes out of tune."""
MOST_BINS = 2.0
"""Largest deviation of a frequency from its bin's centre that slices so far apart can tell."""
BANDS = 32
"""Bands of direction and width, of equal breadth on the mel scale."""
STEREO = 2 * BANDS
FLOOR = 1e-3
"""Magnitude that counts as silence: −114 dB below a full-scale tone's, and above the noise of 16 bits."""
LOUDEST = 7.0
"""Log magnitude that no sound within ±1 exceeds (log of the window's sum, 1 024)."""
FARTHEST = 3.0
"""Largest half log ratio of the channels' energies: 26 dB."""
EDGE = (WINDOW_SAMPLES - HOP_SAMPLES) // 2
"""Samples that a slice's window reaches beyond the slice on either side."""
REACH = WINDOW_SAMPLES // HOP_SAMPLES
"""Slices on either side whose windows overlap one's own."""
RIPPLE = 32.0
"""Bins in which the phases of a wide sound's sides swing to and fro: so near that a window holds what they delay."""


class Spectrum(NamedTuple):
    """What the network sees and makes; leading axes are those of the sound."""

    level: Floats
    """(…, slices, BINS): log magnitude of both channels' mean energy, log(FLOOR)…LOUDEST"""
    frequency: Floats
    """(…, slices, TONAL): how far the instantaneous frequency of the lowest bins lies from their centres, in bins"""
    stereo: Floats
    """(…, frames, STEREO): for each band half the log ratio of left to right energy, then for each their correlation −1…1"""


@cache
def window() -> Floats:
    """Return the periodic Hann window, for analysis and synthesis."""
    turn = 2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    return np.asarray(0.5 - 0.5 * np.cos(turn), np.float32)


def mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a frequency on O'Shaughnessy's mel scale."""
    return 2595.0 * np.log10(1.0 + frequency_hz / 700.0)


@cache
def bands(count: int = BANDS) -> Floats:
    """Return triangles of equal breadth on the mel scale that add up to one in each bin: (BINS, count)."""
    place = mel(np.arange(BINS) * SAMPLE_RATE_HZ / WINDOW_SAMPLES)
    at = place / place[-1] * (count - 1)
    return np.asarray(np.clip(1.0 - np.abs(at[:, None] - np.arange(count)), 0.0, None), np.float32)


def analysis(samples: Floats) -> Complex:
    """Return the transform of each slice: (…, samples) → (…, slices, BINS), a slice to each HOP_SAMPLES."""
    padded = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(EDGE, EDGE)])
    cut = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES, -1)[..., ::HOP_SAMPLES, :]
    return np.asarray(scipy.fft.rfft(cut * window(), axis=-1), np.complex64)


def synthesis(slices: Complex) -> Floats:
    """Return the sound whose transform is nearest (Griffin and Lim, 1984): (slices, BINS) → (slices × HOP_SAMPLES,)."""
    pieces = scipy.fft.irfft(slices, WINDOW_SAMPLES, axis=-1).astype(np.float32) * window()
    squares = np.broadcast_to(window() ** 2, pieces.shape)
    return np.asarray(overlapped(pieces) / np.maximum(overlapped(squares), 1e-3), np.float32)


def overlapped(pieces: Floats) -> Floats:
    """Return the sum of windowed pieces, each at its slice: (slices, WINDOW_SAMPLES) → (slices × HOP_SAMPLES,)."""
    count, length = len(pieces), -(-WINDOW_SAMPLES // HOP_SAMPLES)
    padded = np.pad(pieces, ((0, 0), (0, length * HOP_SAMPLES - WINDOW_SAMPLES))).reshape(count, length, HOP_SAMPLES)
    found = np.zeros((count + length - 1, HOP_SAMPLES), np.float32)
    for place in range(length):
        found[place : place + count] += padded[:, place]
    return found.reshape(-1)[EDGE : EDGE + count * HOP_SAMPLES]


def analyse(audio: Floats) -> Spectrum:
    """Return the spectrum of sound within ±1: (…, samples, 2), a whole number of frames."""
    left, right = analysis(audio[..., 0]), analysis(audio[..., 1])
    energies = [np.square(one.real) + np.square(one.imag) for one in (left, right)]
    level = 0.5 * np.log(np.maximum(0.5 * (energies[0] + energies[1]), FLOOR**2))
    frequency = np.where(level[..., :TONAL] > np.log(FLOOR), _frequencies(left, right), 0.0)
    shared = left.real * right.real + left.imag * right.imag
    one, other, common = (_banded(each) for each in (*energies, shared))
    quiet = np.float32(FLOOR**2)
    side = np.clip(0.5 * np.log((one + quiet) / (other + quiet)), -FARTHEST, FARTHEST)
    together = (common + quiet) / (np.sqrt(one * other) + quiet)
    return Spectrum(level, frequency, np.concatenate((side, np.clip(together, -1.0, 1.0)), -1))


def _frequencies(left: Complex, right: Complex) -> Floats:
    """Return instantaneous frequencies as deviations in bins, from how phases turn from slice to slice."""
    turned = sum((one[..., 1:, :TONAL] * one[..., :-1, :TONAL].conj() for one in (left, right)), np.complex64(0))
    expected = 2.0 * np.pi * np.arange(TONAL) * HOP_SAMPLES / WINDOW_SAMPLES
    apart = np.mod(np.angle(turned) - expected + np.pi, 2.0 * np.pi) - np.pi
    bins = np.clip(apart * WINDOW_SAMPLES / (2.0 * np.pi * HOP_SAMPLES), -MOST_BINS, MOST_BINS)
    return np.asarray(np.concatenate((bins[..., :1, :], bins), -2), np.float32)


def _banded(energy: Floats) -> Floats:
    """Return energies of bands and frames: (…, slices, BINS) → (…, frames, BANDS)."""
    framed = energy.reshape(*energy.shape[:-2], -1, SLICES, BINS).sum(-2)
    found: Floats = framed @ bands()
    return found


def magnitude(level: Floats) -> Floats:
    """Return the magnitudes of levels; what is next to the floor is silent."""
    found: Floats = np.where(level > np.log(FLOOR) + 0.3, np.exp(np.minimum(level, LOUDEST)), 0.0).astype(np.float32)
    return found


def widened(middle: Complex, stereo: Floats) -> tuple[Complex, Complex]:
    """Return left and right of a mono transform: (slices, BINS) in directions and widths (slices / SLICES, STEREO).

    Width turns the phases of both sides apart, to and fro along the frequencies, and leaves magnitudes alone; over one such
    RIPPLE the mean cosine of an angle that swings by twice `swing` is Bessel's function J0 of it, the correlation asked for.
    """
    side, together = (np.repeat(half @ bands().T, SLICES, 0) for half in (stereo[:, :BANDS], stereo[:, BANDS:]))
    swings = np.linspace(0.0, 1.9, 96)
    swing = np.interp(-together, -scipy.special.j0(2.0 * swings), swings)
    turn = np.exp(1j * swing * np.sin(2.0 * np.pi * np.arange(BINS) / RIPPLE))
    left, right = (np.sqrt(2.0 / (1.0 + np.exp(-2.0 * sign * side))) for sign in (1.0, -1.0))
    return (left * middle * turn).astype(np.complex64), (right * middle * turn.conj()).astype(np.complex64)
