"""What an audio autoencoder loses: the distances that papers print, and whether the same notes are heard before and after."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.fft
import soxr
from numpy.typing import NDArray

from bridge.evaluate.results import finite
from bridge.seeds.hum_note import HeardNote
from bridge.seeds.hum_polyphony import RATE_HZ, transcribe
from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ
from model.sound.phase import agreed
from model.sound.spectrum import Floats, analysis, bands, synthesis

RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
"""Transform, hop and window in samples: auraloss's defaults (Steinmetz and Reiss, 2020), after "Parallel WaveGAN"."""
MEL_RESOLUTION = (1024, 256, 1024)
MEL_BANDS = 128
LEAST_POWER = 1e-8
ONSET_S = 0.05
BASELINE_BANDS, BASELINE_PASSES = 128, 32
PUBLISHED = {
    "Stable Audio Open VAE (21.5 Hz × 64, stereo)": (1.19, 0.71),
    "Stable Audio 1 VAE (43 Hz × 64, stereo)": (1.19, 0.67),
    "DAC 8 kbps (86 Hz, mono)": (0.96, 0.52),
    "EnCodec 32 kHz of MusicGen (50 Hz, mono)": (1.82, 1.12),
}
"""Codec → STFT and mel distance on real music, as printed in "Long-form music generation with latent diffusion", 2024."""
AIMED = (1.2, 0.7)
"""STFT and mel distance that we aim at."""
PITCHLESS = "drums"
"""The group whose notes are no pitches."""
Coded = Callable[[Floats], Floats]
"""(samples, 2) → (samples, 2): what a codec gives back."""


@dataclass(frozen=True)
class CodecFigures:
    """What became of some sounds; distances are means over sounds, lower is better."""

    group: str
    sounds: int
    stft: float
    mel: float
    note_f1: float
    """Notes of the decoded sound against those of the original, both as transcribed; NaN where none were heard."""

    def as_json(self) -> dict[str, str | float | None]:
        """Return it for a JSON file."""
        rounded = {name: finite(getattr(self, name)) for name in ("stft", "mel", "note_f1")}
        return {"group": self.group, "sounds": self.sounds, **rounded}


def distances(found: Floats, true: Floats) -> tuple[float, float]:
    """Return STFT and mel distance of sounds (samples, 2) at SAMPLE_RATE_HZ, as auraloss 0.4 does by default."""
    spectral = [_distance(*(_magnitudes(sound, *shape) for sound in (found, true))) for shape in RESOLUTIONS]
    melodic = [_magnitudes(sound, *MEL_RESOLUTION) @ slaney(MEL_RESOLUTION[0]) for sound in (found, true)]
    return float(np.mean(spectral)), _distance(*melodic)


def _magnitudes(sound: Floats, size: int, hop: int, window: int) -> Floats:
    """Return magnitudes (2, slices, bins) of centred windows, reflected at the ends."""
    padded = np.pad(sound.T, ((0, 0), (size // 2, size // 2)), mode="reflect")
    left = (size - window) // 2
    shape = np.zeros(size, np.float32)
    shape[left : left + window] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    cut = np.lib.stride_tricks.sliding_window_view(padded, size, -1)[:, ::hop]
    transform = scipy.fft.rfft(cut * shape, axis=-1)
    return np.asarray(np.sqrt(np.maximum(transform.real**2 + transform.imag**2, LEAST_POWER)), np.float32)


def _distance(found: Floats, true: Floats) -> float:
    """Return spectral convergence plus the mean distance of log magnitudes."""
    convergence = np.linalg.norm((true - found).ravel()) / max(float(np.linalg.norm(true.ravel())), 1e-12)
    with np.errstate(divide="ignore"):
        logs = np.abs(np.log(np.maximum(found, 1e-12)) - np.log(np.maximum(true, 1e-12)))
    return float(convergence + logs.mean())


@cache
def slaney(size: int) -> Floats:
    """Return Slaney's mel filters as librosa makes them: (size / 2 + 1, MEL_BANDS)."""
    edges_hz = _slaney_hz(np.linspace(0.0, _slaney_mel(SAMPLE_RATE_HZ / 2), MEL_BANDS + 2))
    bins_hz = np.arange(size // 2 + 1) * SAMPLE_RATE_HZ / size
    rise = (bins_hz[:, None] - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
    fall = (edges_hz[2:] - bins_hz[:, None]) / np.diff(edges_hz)[1:]
    return np.asarray(np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (edges_hz[2:] - edges_hz[:-2]), np.float32)


def _slaney_mel(hz: float) -> float:
    return hz * 3.0 / 200.0 if hz < 1000.0 else 15.0 + math.log(hz / 1000.0) * 27.0 / math.log(6.4)


def _slaney_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp((mels - 15.0) * math.log(6.4) / 27.0))


def heard_notes(sound: Floats) -> list[HeardNote]:
    """Return the notes that Basic Pitch's network hears in sound (samples, 2)."""
    mono = sound.mean(1)
    loudest = float(np.abs(mono).max(initial=0.0))
    if loudest == 0.0:
        return []
    return transcribe(np.asarray(soxr.resample(mono * (0.7 / loudest), SAMPLE_RATE_HZ, RATE_HZ), np.float32))


def note_f1(found: Sequence[HeardNote], true: Sequence[HeardNote]) -> float:
    """Return F1 of notes with the same key and an onset within ONSET_S, matched one to one; NaN where none are true."""
    left = list(found)
    hits = 0
    for note in true:
        same = [one for one in left if round(one.pitch) == round(note.pitch)]
        near = min(same, key=lambda one: abs(one.start_seconds - note.start_seconds), default=None)
        if near is not None and abs(near.start_seconds - note.start_seconds) <= ONSET_S:
            left.remove(near)
            hits += 1
    return 2.0 * hits / (len(found) + len(true)) if true else math.nan


def griffin_lim(sound: Floats) -> Floats:
    """Return what Griffin and Lim make of a mel spectrogram of 128 bands at 100 Hz, each channel by itself: no compression."""
    pooled = bands(BASELINE_BANDS) / np.maximum(bands(BASELINE_BANDS).sum(0), 1e-6)
    random = np.random.default_rng(0)

    def channel(samples: Floats) -> Floats:
        energies = np.abs(analysis(samples)) ** 2 @ pooled
        magnitudes = np.sqrt(energies @ bands(BASELINE_BANDS).T).astype(np.float32)
        phases = random.uniform(0.0, 2.0 * np.pi, magnitudes.shape).astype(np.float32)
        return synthesis(agreed(magnitudes, phases, BASELINE_PASSES))

    return np.stack([channel(sound[:, side]) for side in (0, 1)], -1)


def figures(coded: Coded, groups: Iterable[tuple[str, Sequence[Floats]]]) -> list[CodecFigures]:
    """Return what a codec loses of each group of sounds (samples, 2)."""
    found = []
    for name, sounds in groups:
        whole = [sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES] for sound in sounds]
        pairs = [(coded(sound), sound) for sound in whole]
        apart = np.mean([distances(*pair) for pair in pairs], 0)
        scores = [note_f1(*(heard_notes(sound) for sound in pair)) for pair in pairs] if name != PITCHLESS else []
        heard = [score for score in scores if not math.isnan(score)]
        f1 = float(np.mean(heard)) if heard else math.nan
        found.append(CodecFigures(name, len(pairs), stft=float(apart[0]), mel=float(apart[1]), note_f1=f1))
    return found


def is_reached(found: Sequence[CodecFigures]) -> bool:
    """Return whether the mean over groups reaches what we aim at."""
    means = [float(np.mean([getattr(figures, name) for figures in found])) for name in ("stft", "mel")]
    return all(mean <= aimed for mean, aimed in zip(means, AIMED, strict=True))
