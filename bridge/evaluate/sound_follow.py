"""Does a stem play its notes? Pitch, harmony and onsets of audio against the score, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from bridge.seeds.hum_tracking import FRAME_SECONDS, TRACK_RATE_HZ, track_voice

Mono = NDArray[np.float32]
Rows = NDArray[np.float64]
"""(notes, 4): start and length in seconds, pitch, velocity."""
CHROMA_RATE_HZ = 24_000
_CHROMA_WINDOW, _CHROMA_HOP = 8192, 960
_CHROMA_HZ = (60.0, 4000.0)
ONSET_TOLERANCE_S = 0.05
ONSET_RATE_HZ = 24_000
_ONSET_HOP = 240
_ONSET_SILENCE = 10
"""Frames of silence put before the sound: what is there from the start has an onset too."""
_ONSET_MEDIAN_S, _ONSET_APART_S = 0.25, 0.06


class _Ear(NamedTuple):
    """How onsets are listened for."""

    window: int
    bands: int
    lag: int
    """Frames over which a band must rise."""
    later: int
    """Frames from the start of the rise to what counts as its time."""
    rise: float
    """How far the flux must stand above what is around it, as a share of the strongest."""


_EARS = {True: _Ear(1024, 40, 2, 1, 0.12), False: _Ear(2048, 160, 3, 3, 0.2)}
"""For drums, and for what beats and vibrates: of several, those that hear the notes of training renders best."""


class Follows(NamedTuple):
    """How a stem follows a score; NaN where it cannot be said."""

    melody: float
    """Share of the frames with one note in which the pitch tracker hears its pitch class (as in "Music ControlNet", 2023)."""
    pitch: float
    """The same with the octave right too."""
    chroma: float
    """Mean cosine of the chroma heard and the score's, over frames with notes."""
    onsets: float
    """F1 of onsets within ±50 ms."""


def follows(samples: NDArray[np.float32], sample_rate_hz: int, notes: Rows, *, is_drums: bool) -> Follows:
    """Return how a stem, (frames, 2), follows notes; drums have onsets only."""
    mono = samples.mean(1)
    heard, wanted = onsets_heard(mono, sample_rate_hz, is_drums=is_drums), onsets_of(notes)
    if is_drums:
        return Follows(math.nan, math.nan, math.nan, f1(heard, wanted))
    melody, pitch = melody_accuracy(mono, sample_rate_hz, notes)
    return Follows(melody, pitch, chroma_cosine(mono, sample_rate_hz, notes), f1(heard, wanted))


def melody_accuracy(mono: Mono, sample_rate_hz: int, notes: Rows) -> tuple[float, float]:
    """Return the shares of frames with one note in which its pitch class, and its pitch, are heard; unvoiced is wrong."""
    if not len(notes) or not mono.any():
        return math.nan if not len(notes) else 0.0, math.nan if not len(notes) else 0.0
    loud = mono * np.float32(0.7 / np.abs(mono).max())
    track = track_voice(np.asarray(soxr.resample(loud, sample_rate_hz, TRACK_RATE_HZ), np.float32))
    at = np.arange(len(track.pitch)) * FRAME_SECONDS
    sounding = (at[:, None] >= notes[:, 0]) & (at[:, None] < notes[:, 0] + notes[:, 1])
    one = sounding.sum(1) == 1
    if not one.any():
        return math.nan, math.nan
    away = track.pitch[one] - notes[sounding[one].argmax(1), 2]
    voiced = track.confidence[one] >= 0.5
    turned = np.abs((away + 6.0) % 12.0 - 6.0)
    return float(np.mean(voiced & (turned < 0.5))), float(np.mean(voiced & (np.abs(away) < 0.5)))


def chroma_cosine(mono: Mono, sample_rate_hz: int, notes: Rows) -> float:
    """Return the mean cosine of two chromagrams at 25 Hz over the frames with notes: of the audio, and of the notes held."""
    heard = chroma(mono, sample_rate_hz)
    at = np.arange(len(heard)) * _CHROMA_HOP / CHROMA_RATE_HZ
    held = ((at[:, None] >= notes[:, 0]) & (at[:, None] < notes[:, 0] + notes[:, 1])).astype(np.float64)
    wanted = held @ np.eye(12)[notes[:, 2].astype(int) % 12] if len(notes) else np.zeros((len(at), 12))
    there = wanted.any(1)
    if not there.any():
        return math.nan
    heard, wanted = heard[there], wanted[there]
    lengths = np.linalg.norm(heard, axis=1) * np.linalg.norm(wanted, axis=1)
    return float(np.mean((heard * wanted).sum(1) / np.maximum(lengths, 1e-9)))


def chroma(mono: Mono, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return magnitudes by pitch class at 25 Hz, (frames, 12), of frames centred at their times."""
    x = np.asarray(soxr.resample(mono, sample_rate_hz, CHROMA_RATE_HZ), np.float64)
    padded = np.pad(x, _CHROMA_WINDOW // 2)
    cut = np.lib.stride_tricks.sliding_window_view(padded, _CHROMA_WINDOW)[::_CHROMA_HOP]
    size = np.abs(np.fft.rfft(cut * np.hanning(_CHROMA_WINDOW), axis=1))
    frequencies = np.fft.rfftfreq(_CHROMA_WINDOW, 1.0 / CHROMA_RATE_HZ)
    inside = (frequencies >= _CHROMA_HZ[0]) & (frequencies <= _CHROMA_HZ[1])
    pitch = 69.0 + 12.0 * np.log2(frequencies[inside] / 440.0)
    near = np.exp(-0.5 * ((pitch - np.rint(pitch)) / 0.2) ** 2)
    folding = np.zeros((inside.sum(), 12))
    # A bin's share falls with its pitch, as many bins of a high tone's neighbourhood fold onto one class.
    folding[np.arange(inside.sum()), np.rint(pitch).astype(int) % 12] = near / frequencies[inside]
    found: NDArray[np.float64] = size[:, inside] @ folding
    return found


def onsets_of(notes: Rows) -> list[float]:
    """Return the times at which something starts, those of a chord once."""
    found: list[float] = []
    for start in sorted(float(start) for start in notes[:, 0] if start >= 0.0):
        if not found or start - found[-1] > ONSET_TOLERANCE_S:
            found.append(start)
    return found


def onsets_heard(mono: Mono, sample_rate_hz: int, *, is_drums: bool) -> list[float]:
    """Return the times of onsets: peaks of spectral flux in bands, above what is around them (Dixon, 2006)."""
    ear = _EARS[is_drums]
    flux = _flux(np.asarray(soxr.resample(mono, sample_rate_hz, ONSET_RATE_HZ), np.float64), ear)
    rate = ONSET_RATE_HZ / _ONSET_HOP
    reach = round(_ONSET_MEDIAN_S * rate)
    padded = np.pad(flux, reach, mode="edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    stands = flux - around
    floor = ear.rise * float(np.percentile(stands, 99.0)) if len(stands) else 0.0
    inner = stands[1:-1]
    is_peak = (inner > stands[:-2]) & (inner >= stands[2:]) & (inner > max(floor, 1e-6))
    found: list[float] = []
    for time in (np.flatnonzero(is_peak) + 1) / rate:
        if not found or time - found[-1] >= _ONSET_APART_S:
            found.append(float(time))
    return [max(0.0, time - (_ONSET_SILENCE - ear.later) / rate) for time in found]


def _flux(x: NDArray[np.float64], ear: _Ear) -> NDArray[np.float64]:
    """Return how far the level of bands rises from each time on, at 100 Hz, of compressed magnitudes."""
    ahead = ear.window // 2 + _ONSET_HOP * _ONSET_SILENCE
    cut = np.lib.stride_tricks.sliding_window_view(np.pad(x, (ahead, ear.window)), ear.window)[::_ONSET_HOP]
    size = np.abs(np.fft.rfft(cut * np.hanning(ear.window), axis=1))
    edges = np.unique(np.geomspace(2, ear.window // 2, ear.bands).astype(int))
    bands = np.add.reduceat(size, edges, axis=1)
    level = np.log1p(100.0 * bands / max(float(bands.max()), 1e-9))
    rise: NDArray[np.float64] = np.maximum(0.0, level[ear.lag :] - level[: -ear.lag]).sum(1)
    return rise


def f1(heard: Sequence[float], wanted: Sequence[float], tolerance_s: float = ONSET_TOLERANCE_S) -> float:
    """Return F1 of times matched one to one within a tolerance; NaN where nothing is wanted."""
    if not wanted:
        return math.nan
    hits, at = 0, 0
    for time in sorted(wanted):
        while at < len(heard) and heard[at] < time - tolerance_s:
            at += 1
        if at < len(heard) and heard[at] <= time + tolerance_s:
            hits, at = hits + 1, at + 1
    return 2.0 * hits / max(len(heard) + len(wanted), 1)
