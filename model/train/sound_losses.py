"""What a decoded spectrum is judged by."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from model.sound.autoencoder import Decoded
from model.sound.layout import SAMPLE_RATE_HZ
from model.sound.spectrum import BANDS, BINS, EDGE, FLOOR, HOP_SAMPLES, LOUDEST, SLICES, TONAL, WINDOW_SAMPLES, bands, mel

MEL_BANDS = 128
NEAR = 4
"""Bins on either side among which a peak is the highest."""


@cache
def mel_bands(device: torch.device) -> Tensor:
    """Return triangles of equal breadth on the mel scale: (BINS, MEL_BANDS)."""
    return torch.from_numpy(bands(MEL_BANDS)).to(device)


@cache
def stereo_bands(device: torch.device) -> Tensor:
    """Return what averages bins to bands of direction: (BINS, BANDS)."""
    return torch.from_numpy(bands() / bands().sum(0)).to(device)


@cache
def importance(device: torch.device) -> Tensor:
    """Return the weight of each bin: half of it equal, half as much of the mel scale as the bin covers; mean 1."""
    breadth = np.gradient(mel(np.arange(BINS) * SAMPLE_RATE_HZ / WINDOW_SAMPLES))
    weights = 0.5 + 0.5 * breadth / breadth.mean()
    return torch.from_numpy(weights.astype(np.float32)).to(device)


def spectral(found: Decoded, true: Decoded) -> dict[str, Tensor]:
    """Return the losses by name: log magnitudes, magnitudes (spectral convergence), mel bands, frequencies, sides."""
    level, frequency, stereo = true
    one, other = found.level.clamp(-8.0, LOUDEST + 1.0).exp(), level.exp()
    error = (one - other).square().sum((-2, -1)).sqrt()
    size = other.square().sum((-2, -1)).sqrt()
    melodic = [(sound @ mel_bands(sound.device) + FLOOR).log() for sound in (one, other)]
    heard = (level.reshape(*stereo.shape[:2], SLICES, BINS).mean(2) - math.log(FLOOR)) @ stereo_bands(level.device)
    apart = (found.stereo - stereo).abs().reshape(*stereo.shape[:2], 2, BANDS) * (heard / LOUDEST).clamp(max=1.0)[..., None, :]
    return {
        "log": ((found.level - level).abs() * importance(level.device)).mean(),
        "convergence": (error / (size + 1.0)).mean(),
        "mel": (melodic[0] - melodic[1]).abs().mean(),
        "frequency": ((found.frequency - frequency).abs() * tonality(level)).mean(),
        "stereo": apart.mean(),
    }


def tonality(level: Tensor) -> Tensor:
    """Return how much the frequency of each low bin matters: 1 on average, most at peaks, nothing where it is silent."""
    low = level[..., : TONAL + NEAR]
    highest = torch.nn.functional.max_pool1d(low.flatten(0, 1), 2 * NEAR + 1, 1, NEAR).reshape(low.shape)
    weights = torch.exp(2.0 * (low - highest))[..., :TONAL] * ((low[..., :TONAL] - math.log(FLOOR)) / LOUDEST).clamp(0.0, 1.0)
    return weights / (weights.mean() + 1e-6)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of latents from a standard normal, summed over channels, mean over frames."""
    return (0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)).sum(-1).mean()


RESOLUTIONS = ((512, 50, 240), (1024, 120, 600), (2048, 240, 1200))
"""Transform, hop and window in samples (Yamamoto et al., "Parallel WaveGAN", 2020; the defaults of auraloss)."""


def resounded(found: Tensor, level: Tensor, audio: Tensor, number: int) -> Tensor:
    """Return the multi-resolution loss of the sounds that decoded and true levels give with the phases of the true sound.

    One resolution a step, the next in turn: (batch, slices, BINS) twice, (batch, samples, 2), step.
    """
    hann = torch.hann_window(WINDOW_SAMPLES, device=audio.device)
    padded = torch.nn.functional.pad(audio.mean(-1), (EDGE, EDGE))
    phases = torch.stft(padded, WINDOW_SAMPLES, HOP_SAMPLES, window=hann, center=False, return_complex=True).angle().mT
    fft, hop, window = RESOLUTIONS[number % len(RESOLUTIONS)]
    short = torch.hann_window(window, device=audio.device)
    sizes = []
    for one in (found.clamp(max=LOUDEST + 1.0), level):
        pieces = torch.fft.irfft(torch.polar(one.exp(), phases), WINDOW_SAMPLES) * hann
        sounds = _overlapped(pieces)
        transform = torch.stft(sounds, fft, hop, window, short, return_complex=True)
        sizes.append((transform.real.square() + transform.imag.square()).clamp(min=1e-8).sqrt())
    one, other = sizes
    error = (one - other).square().sum((-2, -1)).sqrt() / (other.square().sum((-2, -1)).sqrt() + 1.0)
    return error.mean() + (one.log() - other.log()).abs().mean()


def _overlapped(pieces: Tensor) -> Tensor:
    """Return overlapping windowed pieces added up, scaled to the sound: (batch, slices, WINDOW_SAMPLES) → (batch, samples)."""
    length = (pieces.shape[1] - 1) * HOP_SAMPLES + WINDOW_SAMPLES
    added = torch.nn.functional.fold(pieces.mT, (1, length), (1, WINDOW_SAMPLES), stride=(1, HOP_SAMPLES))
    steady = WINDOW_SAMPLES * 3.0 / 8.0 / HOP_SAMPLES
    return added[:, 0, 0, EDGE:-EDGE] / steady
