"""One voice → its pitch and loudness in time, with the singer's own tuning taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.seeds.hum_note import HeardNote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Curve = NDArray[np.float64]

TRACK_RATE_HZ = 16_000
"""What the network hears."""
FRAME_SECONDS = 0.016
ENVELOPE_HOP = 64
ENVELOPE_SECONDS = ENVELOPE_HOP / TRACK_RATE_HZ
ENVELOPE_WINDOW = 320
"""20 ms: one period of the lowest voice."""
FLOOR_DB = -90.0
TUNING_SECONDS = 3.0
"""Detune is taken as constant over about this long."""


@dataclass(frozen=True, eq=False)
class Track:
    """A voice, frame by frame (16 ms) and, for its level, four times as fine."""

    pitch: Curve
    """MIDI pitch with fractions; means nothing where the confidence is low."""
    confidence: Curve
    """0…1; a frame is voiced from 0.5 on."""
    envelope_db: Curve
    """Level every 4 ms."""
    tuning: Curve
    """How many semitones above A440 tuning the singer is, in each frame."""
    samples: NDArray[np.float32]
    """What was heard: mono at TRACK_RATE_HZ."""

    @property
    def tuned(self) -> Curve:
        """The pitch with the singer's tuning taken out."""
        return np.asarray(self.pitch - self.tuning)


@cache
def _network() -> Any:  # noqa: ANN401 - the package is imported only where a recording is read
    from swift_f0 import SwiftF0  # noqa: PLC0415 - ONNX Runtime takes 0.1 s and 60 MB

    return SwiftF0(threads=1, spin=False)


def track_voice(samples: NDArray[np.float32]) -> Track:
    """Return the pitch track of mono audio at 16 kHz whose peak is near full scale (SwiftF0, Nieradzik 2025)."""
    found = _network().detect(samples, TRACK_RATE_HZ)
    pitch = 69.0 + 12.0 * np.log2(found.pitch_hz / 440.0)
    return Track(pitch, found.confidence, envelope_db(samples), _tuning(pitch, found.confidence), samples)


def envelope_db(samples: NDArray[np.float32]) -> Curve:
    """Return the level in dB of mono audio at 16 kHz every 4 ms, against full scale."""
    power = np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64))))
    centres = np.arange(0, len(samples), ENVELOPE_HOP)
    first, last = np.maximum(0, centres - ENVELOPE_WINDOW // 2), np.minimum(len(samples), centres + ENVELOPE_WINDOW // 2)
    mean = np.maximum(0.0, (power[last] - power[first]) / np.maximum(1, last - first))
    return np.asarray(np.maximum(FLOOR_DB, 10.0 * np.log10(mean + 1e-12)))


def _tuning(pitch: Curve, confidence: Curve) -> Curve:
    """Return the distance from the nearest semitones, followed through the recording: a circular mean over a few seconds.

    It starts within half a semitone of A440 tuning, and what the singer drifts from there on is followed without a jump.
    """
    padded = np.pad(pitch, 2, mode="edge")
    moved = np.abs(padded[4:] - padded[:-4])
    weights = np.where((confidence > 0.6) & (moved < 0.5), confidence, 0.0)
    if weights.sum() == 0.0:
        return np.zeros(len(pitch))
    turns = weights * np.exp(2j * np.pi * pitch)
    reach = int(TUNING_SECONDS / FRAME_SECONDS)
    window = np.hanning(2 * reach + 1)
    smooth = np.convolve(turns, window, "full")[reach : reach + len(turns)] + 1e-3 * turns.sum()
    return np.asarray(np.unwrap(np.angle(smooth)) / (2 * np.pi))


def as_sung(voice: Sequence[HeardNote], track: Track) -> list[HeardNote]:
    """Return notes with the singer's tuning put back, as who hears without knowing it hears them."""
    middles = [int((note.start_seconds + note.end_seconds) / 2 / FRAME_SECONDS) for note in voice]
    return [replace(note, pitch=note.pitch + track.tuning[middle]) for note, middle in zip(voice, middles, strict=True)]
