"""Notes drawn to the loudness that the sampler gives them: a performer's own wanders by some decibels from note to note."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.networks import Floats

TOGETHER_S = 0.05
"""Notes that begin within this are one chord."""
HEARD_S = 0.2
"""How long of a note says how loud it is."""
RISE_S = 0.02
"""Before a note begins, the gain goes over to its own for so long."""
LEAST_DB = 3.0
"""Smaller differences are left."""
SHARE = 0.6
"""Of the rest, so much is made good: production is heard in dynamics, too."""
MOST_DB = 9.0
SILENT_DB = -60.0
"""What the sampler plays softer than this below its loudest note says nothing."""


def ridden(audio: Floats, reference: Floats, rates_hz: tuple[int, int], starts_s: Sequence[float]) -> Floats:
    """Return audio (samples, 2) with its notes, which begin at `starts_s`, drawn to the loudness that they have in `reference`.

    The rates are those of audio and reference. How loud the whole is may change.
    """
    begins = _chords(starts_s, len(audio) / rates_hz[0])
    if len(begins) < 2:
        return audio
    apart_db = _differences(audio, reference, rates_hz, begins)
    gains_db = np.clip(SHARE * np.sign(apart_db) * np.maximum(np.abs(apart_db) - LEAST_DB, 0.0), -MOST_DB, MOST_DB)
    places = np.stack((begins - RISE_S, begins), 1)
    places[1:, 0] = np.maximum(places[1:, 0], begins[:-1])
    levels = np.stack((np.concatenate((gains_db[:1], gains_db[:-1])), gains_db), 1)
    found = audio.copy()
    for first in range(0, len(found), rates_hz[0]):  # a second at once: a curve as long as a song would take twice its memory
        piece = found[first : first + rates_hz[0]]
        curve_db = np.interp((first + np.arange(len(piece))) / rates_hz[0], places.ravel(), levels.ravel())
        piece *= (10.0 ** (curve_db / 20.0)).astype(np.float32)[:, None]
    return found


def _chords(starts_s: Sequence[float], end_s: float) -> Floats:
    found: list[float] = []
    for start in sorted(starts_s):
        if start < end_s and (not found or start - found[-1] > TOGETHER_S):
            found.append(start)
    return np.array(found, np.float32)


def _differences(audio: Floats, reference: Floats, rates_hz: tuple[int, int], begins: Floats) -> Floats:
    """Return by how many decibels each note is too soft, beside the others."""
    ends = np.minimum(begins + HEARD_S, np.concatenate((begins[1:], begins[-1:] + HEARD_S)))
    own, wanted = (_levels(sound, rate, begins, ends) for sound, rate in zip((audio, reference), rates_hz, strict=True))
    says = (wanted > wanted.max() + SILENT_DB) & (own > own.max() + SILENT_DB)
    apart = np.where(says, wanted - own, np.nan)
    return np.nan_to_num(apart - np.nanmedian(apart)) if says.any() else np.zeros_like(begins)


def _levels(sound: Floats, rate_hz: int, begins: Floats, ends: Floats) -> Floats:
    """Return decibels of stretches of sound."""
    edges = [(round(float(begin) * rate_hz), round(float(end) * rate_hz)) for begin, end in zip(begins, ends, strict=True)]
    powers = [float(np.mean(np.square(sound[first:last]))) if first < min(last, len(sound)) else 0.0 for first, last in edges]
    return np.asarray(10.0 * np.log10(np.maximum(powers, 1e-12)), np.float32)
