"""Several voices at once → notes, by the network of Basic Pitch (Bittner et al., ICASSP 2022), run without its package.

The weights are Spotify's (weights/basic_pitch.onnx, Apache-2.0); what is fed to them and read from them follows their paper.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.seeds.hum_note import HeardNote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frames = NDArray[np.float32]
    """(frames, 88): piano keys, A0 first."""

RATE_HZ = 22_050
FRAME_SAMPLES = 256
WINDOW_SAMPLES = 43_844
"""What the network hears at once: 2 s less a frame."""
EDGE_FRAMES = 15
"""Frames at both ends of a window that lack what comes before or after."""
KEPT_FRAMES = 142
STEP_SAMPLES = KEPT_FRAMES * FRAME_SAMPLES
"""So much it transcribes at once."""
LOWEST_KEY = 21
ONSET_FROM, FRAME_FROM = 0.5, 0.3
"""Activations that begin a note, and that keep it sounding."""
GAP_FRAMES = 11
SHORTEST_FRAMES = 6
"""70 ms."""
_INPUT = "serving_default_input_2:0"
_NOTES, _ONSETS = "StatefulPartitionedCall:1", "StatefulPartitionedCall:2"


@cache
def _network() -> Any:  # noqa: ANN401 - the package is imported only where a recording is read
    import onnxruntime  # noqa: PLC0415 - 0.1 s and 60 MB

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    weights = (resources.files("bridge.seeds") / "weights" / "basic_pitch.onnx").read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def transcribe(samples: NDArray[np.float32]) -> list[HeardNote]:
    """Return all notes of mono audio at 22 050 Hz in order of time; they may sound together."""
    frames, onsets = _activations(samples)
    starts = _starts(frames, onsets)
    left = frames.copy()
    heard = [note for frame, key in starts if (note := _note(frame, key, frames, left)) is not None]
    return sorted(heard)


def _activations(samples: NDArray[np.float32]) -> tuple[Frames, Frames]:
    hop = STEP_SAMPLES
    before = EDGE_FRAMES * FRAME_SAMPLES
    windows = -(-len(samples) // hop)
    padded = np.pad(samples, (before, windows * hop + WINDOW_SAMPLES - len(samples)))
    kept: tuple[list[Frames], list[Frames]] = ([], [])
    for window in range(windows):
        heard = padded[window * hop : window * hop + WINDOW_SAMPLES].reshape(1, -1, 1)
        for output, pieces in zip(_network().run([_NOTES, _ONSETS], {_INPUT: heard}), kept, strict=True):
            pieces.append(output[0, EDGE_FRAMES : EDGE_FRAMES + KEPT_FRAMES])
    count = -(-len(samples) // FRAME_SAMPLES)
    return np.concatenate(kept[0])[:count], np.concatenate(kept[1])[:count]


def _starts(frames: Frames, onsets: Frames) -> list[tuple[int, int]]:
    """Return (frame, key) of onsets, the last first: peaks of what the network takes for onsets, and steep rises of a note."""
    padded = np.pad(frames, ((2, 0), (0, 0)))
    rise = np.clip(np.minimum(frames - padded[1:-1], frames - padded[:-2]), 0.0, None)
    if rise.max(initial=0.0) > 0.0:
        rise *= onsets.max() / rise.max()
    strength = np.maximum(onsets, rise)
    around = np.pad(strength, ((1, 1), (0, 0)))
    peaks = (strength > around[:-2]) & (strength >= around[2:]) & (strength >= ONSET_FROM)
    return [(int(frame), int(key)) for frame, key in np.argwhere(peaks)[::-1]]


def _note(frame: int, key: int, frames: Frames, left: Frames) -> HeardNote | None:
    """Return the note that begins in a frame and lasts while it is heard, and take it out of what is left."""
    quiet = left[frame + 1 :, key] < FRAME_FROM
    runs = np.convolve(quiet, np.ones(GAP_FRAMES), "valid") >= GAP_FRAMES if len(quiet) >= GAP_FRAMES else np.zeros(0, bool)
    ends = np.flatnonzero(runs)
    length = int(ends[0]) + 1 if len(ends) else len(quiet) + 1 - int(np.argmin(quiet[::-1])) if not quiet.all() else 1
    if length < SHORTEST_FRAMES:
        return None
    strength = float(frames[frame : frame + length, key].mean())
    left[frame : frame + length, max(0, key - 1) : key + 2] = 0.0
    seconds = FRAME_SAMPLES / RATE_HZ
    loudness_db = 20.0 * float(np.log10(max(0.01, strength)))
    return HeardNote(frame * seconds, (frame + length) * seconds, float(key + LOWEST_KEY), loudness_db, strength)
