"""Recordings to whose sound, not tune, a part is to lean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.brief import LIKENESS_RATE_HZ
from bridge.errors import ClipError
from bridge.seeds.hum_audio import SILENT_PEAK, audio_kind, read_recording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIMBRE_SECONDS = 5.12
"""As much as the sound model learns a timbre from: a window of its frames."""


def read_guide(data: bytes) -> NDArray[np.float32]:
    """Return a recording, mono at LIKENESS_RATE_HZ; raises ClipError (`bad_clip`) where it is none, or silent."""
    if audio_kind(data) is None:
        raise ClipError("is no recording; send a wav, flac, ogg, mp3, aiff, caf, m4a or webm of the sound that is meant")
    recording = read_recording(data, LIKENESS_RATE_HZ)
    if recording.peak < SILENT_PEAK:
        raise ClipError("is silent; send a recording of the sound that is meant")
    return recording.samples


def read_timbre(data: bytes) -> NDArray[np.float32]:
    """Return the loudest TIMBRE_SECONDS of a recording, as `read_guide` reads it."""
    import numpy as np  # noqa: PLC0415 - only recordings need it

    samples = read_guide(data)
    length = min(len(samples), round(TIMBRE_SECONDS * LIKENESS_RATE_HZ))
    energy = np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64))))
    start = int((energy[length:] - energy[:-length]).argmax())
    return samples[start : start + length].copy()
