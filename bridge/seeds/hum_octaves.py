"""Tones heard too high or too low by a harmonic: their partials tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bridge.seeds.hum_tracking import FRAME_SECONDS, TRACK_RATE_HZ, Track

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWER_DB, HIGHER_DB = {2: -12.0, 3: -6.0}, {3: -20.0, 2: -20.0}
"""By how many times too high: the partials between the tone's own are no softer than this, so it is lower.
By how many times too low: the partials that the higher tone lacks are so much softer than those it has."""
PARTIALS_MAX, PARTIALS_BELOW_HZ = 12, 5_000.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 2_100.0
PIECE_SECONDS = 0.064
"""Partials from 60 Hz on lie apart in so much."""


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
    waves = np.exp(-2j * np.pi * hz / TRACK_RATE_HZ * np.arange(size)[:, None] * numbers) * np.hanning(size)[:, None]
    power = np.median(np.square(np.abs(pieces @ waves) / (size / 4)), axis=0)
    shared = numbers % factor == 0
    if not shared.any():
        return 0.0
    return float(10.0 * np.log10((power[~shared].sum() + 1e-12) / (power[shared].sum() + 1e-12)))
