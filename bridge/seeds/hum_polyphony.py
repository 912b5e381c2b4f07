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
    voices = Voices(samples)
    return voices.notes(range(voices.windows))


class Voices:
    """What sounds in mono audio at 22 050 Hz, heard window by window, each once and only when it is asked for."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.windows = max(1, -(-len(samples) // STEP_SAMPLES))
        """Windows of STEP_SAMPLES, counted from 0; the last may be shorter."""
        self.seconds = len(samples) / RATE_HZ
        self._frames = -(-len(samples) // FRAME_SAMPLES)
        after = self.windows * STEP_SAMPLES + WINDOW_SAMPLES - len(samples)
        self._padded = np.pad(samples, (EDGE_FRAMES * FRAME_SAMPLES, after))
        self._heard: dict[int, tuple[Frames, Frames]] = {}

    def notes(self, windows: range) -> list[HeardNote]:
        """Return the notes of adjacent windows in order of time, which is that of the whole; what goes on after them is cut."""
        first = windows.start * KEPT_FRAMES
        heard = zip(*(self._activations(window) for window in windows), strict=True)
        frames, onsets = (np.concatenate(pieces)[: self._frames - first] for pieces in heard)
        left = frames.copy()
        notes = (_note(frame, key, frames, left, first) for frame, key in _starts(frames, onsets))
        return sorted(note for note in notes if note is not None)

    def _activations(self, window: int) -> tuple[Frames, Frames]:
        if window not in self._heard:
            start = window * STEP_SAMPLES
            sound = self._padded[start : start + WINDOW_SAMPLES].reshape(1, -1, 1)
            kept = slice(EDGE_FRAMES, EDGE_FRAMES + KEPT_FRAMES)
            frames, onsets = (output[0, kept] for output in _network().run([_NOTES, _ONSETS], {_INPUT: sound}))
            self._heard[window] = frames, onsets
        return self._heard[window]


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


def _note(frame: int, key: int, frames: Frames, left: Frames, first: int) -> HeardNote | None:
    """Return the note that begins in a frame and lasts while it is heard, and take it out of what is left.

    `first` is where the frames begin in the whole.
    """
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
    start, end = ((first + place) * seconds for place in (frame, frame + length))
    return HeardNote(start, end, float(key + LOWEST_KEY), loudness_db, strength)
