"""Tones heard too high or too low by a harmonic: their partials tell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bridge.seeds.hum_tracking import FRAME_SECONDS, TRACK_RATE_HZ, Track

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Curve = NDArray[np.float64]

LOWER_DB, HIGHER_DB = {2: -12.0, 3: -10.0}, {3: -20.0, 2: -20.0}
"""By how many times too high: the partials between the tone's own are no softer than this, so it is lower.
By how many times too low: the partials that the higher tone lacks are so much softer than those it has."""
PARTIALS_MAX, PARTIALS_BELOW_HZ = 12, 5_000.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 2_100.0
PIECE_SECONDS = 0.064
"""Partials from 60 Hz on lie apart in so much."""
SAME_CLASS_SEMITONES = 0.6
"""Between two frames of one tone, octaves aside, vibrato moves the pitch less."""
HIGHER_OF_TWO_DB = -11.0
"""Odd partials of a tone are louder than this against the even ones; what breath or bow stirs at half its pitch is softer."""
STEADY_FRAMES = 9
SPECTRUM_SIZE = 2048


def octaves_steadied(track: Track) -> Track:
    """Return the track with tones that are heard now in one octave, now in another, put where their partials say."""
    pitch = track.pitch.copy()
    for first, last in _stretches(track):
        octaves = np.rint((pitch[first:last] - pitch[first:last].min()) / 12.0)
        if octaves.any():
            lowest = pitch[first:last] - 12.0 * octaves
            pitch[first:last] = lowest + 12.0 * _octaves_up(lowest, int(octaves.max()), _spectra(first, last, track.samples))
    return replace(track, pitch=pitch)


def _stretches(track: Track) -> Iterator[tuple[int, int]]:
    """Return (first frame, frame after the last) of what is voiced and keeps one pitch but for octaves."""
    is_voiced = track.confidence >= 0.5
    moved = np.abs((np.diff(track.pitch) + 6.0) % 12.0 - 6.0)
    goes_on = is_voiced[1:] & is_voiced[:-1] & (moved < SAME_CLASS_SEMITONES)
    bounds = [0, *(np.flatnonzero(~goes_on) + 1).tolist(), len(is_voiced)]
    return ((first, last) for first, last in itertools.pairwise(bounds) if last - first > 1)


def _octaves_up(lowest: Curve, octaves_max: int, spectra: Curve) -> Curve:
    """Return by how many octaves each frame's tone lies above the lowest pitch it may have."""
    up = np.zeros(len(lowest))
    is_higher = np.ones(len(lowest), bool)
    for octave in range(octaves_max):
        hz = 440.0 * 2.0 ** ((lowest + 12.0 * octave - 69.0) / 12.0)
        around = np.pad(_odd_db(hz, spectra), STEADY_FRAMES // 2, mode="edge")
        steady = np.median(np.lib.stride_tricks.sliding_window_view(around, STEADY_FRAMES), axis=1)
        is_higher &= steady < HIGHER_OF_TWO_DB
        up += is_higher
    return up


def _spectra(first: int, last: int, samples: NDArray[np.float32]) -> Curve:
    """Return the power in each bin around each of the frames."""
    size, hop = int(PIECE_SECONDS * TRACK_RATE_HZ), int(FRAME_SECONDS * TRACK_RATE_HZ)
    before = max(0, size // 2 - first * hop)
    padded = np.pad(samples[max(0, first * hop - size // 2) : last * hop + size], (before, size))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, size)[: (last - first) * hop : hop]
    return np.asarray(np.square(np.abs(np.fft.rfft(pieces * np.hanning(size), SPECTRUM_SIZE, axis=1)) / (size / 4)))


def _odd_db(hz: Curve, spectra: Curve) -> Curve:
    """Return how loud the odd partials of a tone are against the even ones, frame by frame."""
    partials = hz[:, None] * np.arange(1, PARTIALS_MAX + 1)
    bins = np.minimum(np.rint(partials / TRACK_RATE_HZ * SPECTRUM_SIZE).astype(int), spectra.shape[1] - 2)
    frames = np.arange(len(hz))[:, None]
    power = np.max([spectra[frames, bins + away] for away in (-1, 0, 1)], axis=0) * (partials < PARTIALS_BELOW_HZ)
    return np.asarray(10.0 * np.log10((power[:, ::2].sum(axis=1) + 1e-12) / (power[:, 1::2].sum(axis=1) + 1e-12)))


def octaves_corrected(track: Track, spans: Sequence[tuple[int, int, int]]) -> Track:
    """Return the track with the pitch put right in each stretch (first frame, frame after the last, semitone) that is off."""
    pitch = track.pitch.copy()
    for first, last, _ in spans:
        hz = float(440.0 * 2.0 ** ((np.median(track.pitch[first:last]) - 69.0) / 12.0))
        pitch[first:last] += 12.0 * np.log2(_times_too_low(hz, first, last, track.samples))
    return replace(track, pitch=pitch)


def _times_too_low(hz: float, first: int, last: int, samples: NDArray[np.float32]) -> float:
    """Return what the frequency of a stretch of frames must be multiplied by: 1 where it is right."""
    pieces = _pieces(first, last, samples)
    for factor, threshold_db in LOWER_DB.items():
        if hz / factor >= LOWEST_HZ and _between_db(hz / factor, factor, pieces) > threshold_db:
            return 1.0 / factor
    for factor, threshold_db in HIGHER_DB.items():
        if hz * factor <= HIGHEST_HZ and _between_db(hz, factor, pieces) < threshold_db:
            return float(factor)
    return 1.0


def _pieces(first: int, last: int, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return up to eight pieces of audio, evenly from a stretch of frames."""
    size, hop = int(PIECE_SECONDS * TRACK_RATE_HZ), int(FRAME_SECONDS * TRACK_RATE_HZ)
    starts = np.linspace(first * hop, max(first * hop, last * hop - size), 8).astype(int)
    padded = np.pad(samples[first * hop : last * hop + size], (0, size))
    return np.stack([padded[start - first * hop :][:size] for start in starts])


def _between_db(hz: float, factor: int, pieces: NDArray[np.float32]) -> float:
    """Return how loud the partials of a tone are that one `factor` times as high lacks, against those that it has."""
    numbers = np.arange(1, PARTIALS_MAX + 1)
    numbers = numbers[numbers * hz < PARTIALS_BELOW_HZ]
    size = pieces.shape[1]
    turns = np.exp(-2j * np.pi * hz / TRACK_RATE_HZ * np.arange(size)).astype(np.complex64)
    waves = np.cumprod(np.tile(turns[:, None], len(numbers)), axis=1)  # their powers are the partials, a tenth of the cost
    power = np.median(np.square(np.abs((pieces * np.hanning(size).astype(np.float32)) @ waves) / (size / 4)), axis=0)
    shared = numbers % factor == 0
    if not shared.any():
        return 0.0
    return float(10.0 * np.log10((power[~shared].sum() + 1e-12) / (power[shared].sum() + 1e-12)))
