"""A recording whose sound a part is to lean to: its loudest seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.brief import TIMBRE_RATE_HZ
from bridge.errors import ClipError
from bridge.seeds.hum_audio import audio_kind, read_recording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIMBRE_SECONDS = 5.12
"""As much as the sound model learns a timbre from: a window of its frames."""
SILENT_PEAK = 1e-3
"""-60 dB of full scale."""


def read_timbre(data: bytes) -> NDArray[np.float32]:
    """Return the loudest TIMBRE_SECONDS of a recording, mono at TIMBRE_RATE_HZ; raises ClipError (`bad_clip`)."""
    import numpy as np  # noqa: PLC0415 - only recordings need it

    if audio_kind(data) is None:
        raise ClipError("is no recording; a timbre is a wav, flac, ogg, mp3, aiff or m4a of the sound that is meant")
    recording = read_recording(data, TIMBRE_RATE_HZ)
    if recording.peak < SILENT_PEAK:
        raise ClipError("is silent; send a recording of the sound that is meant")
    length = min(len(recording.samples), round(TIMBRE_SECONDS * TIMBRE_RATE_HZ))
    energy = np.concatenate(([0.0], np.cumsum(np.square(recording.samples, dtype=np.float64))))
    start = int((energy[length:] - energy[:-length]).argmax())
    return recording.samples[start : start + length].copy()
