"""What each frame knows besides its latents: place in bar, phrase and form, melody, chords; the same in training and in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.score.grid import STEPS, Floats, Notes

SECTIONS = ("intro", "verse", "prechorus", "chorus", "bridge", "solo", "outro")
PULSES_MAX = 6
PLACE = 35
"""Features of a frame's place."""
LEVELS = slice(31, 35)
"""Where the place features tell loudness and density: whether said, and the value, of each."""
MELODY = 50
"""Features of a frame's melody."""
CHORD = 24
"""A chord as it flows: root one-hot (12) and sounding pitch classes (12), relative to the tonic."""
HARMONY = 50
"""Features of a frame's chord for the arranger."""
NAMED_BPM = 120.0
SENTENCE = 512
"""Width of the multilingual sentence embedding (Universal Sentence Encoder, Yang et al., 2019)."""


@dataclass(frozen=True)
class Place:
    """The form of a stretch of music."""

    pulses: int
    """Frames a bar."""
    is_compound: bool
    is_minor: bool
    bpm: float
    """Frames (pulses) a minute."""
    sections: tuple[tuple[str, int], ...]
    """(Name, bars), one after the other."""
    loudness: float | None = None
    """How loud against the average, in standard deviations; None: as it comes."""
    density: float | None = None
    """How many notes against the average, in standard deviations; None: as it comes."""


def meter_name(pulses: int, *, is_compound: bool) -> str:
    """Return a meter as the composer's card writes it: pulses a bar, and of what kind."""
    return f"{pulses} {'compound' if is_compound else 'simple'}"


def place_features(place: Place) -> Floats:
    """Return (frames, PLACE): where in bar, phrase and section each frame lies, and what holds for all of them."""
    rows = [_section_rows(name, bars, place, index) for index, (name, bars) in enumerate(place.sections)]
    local = np.concatenate(rows)
    whole = np.zeros(11, np.float32)
    whole[min(place.pulses, PULSES_MAX) - 1] = 1.0
    whole[6:9] = place.is_compound, place.is_minor, np.log2(max(place.bpm, 1.0) / NAMED_BPM)
    said = [place.loudness, place.density]
    led = np.array([value for one in said for value in (one is not None, one or 0.0)], np.float32)
    return np.concatenate((local, np.tile(np.concatenate((whole[:9], led)), (len(local), 1))), 1).astype(np.float32)


def _section_rows(name: str, bars: int, place: Place, index: int) -> Floats:
    """Return (frames, 22) of one section."""
    rows = np.zeros((bars, place.pulses, 22), np.float32)
    rows[..., SECTIONS.index(name) if name in SECTIONS else 1] = 1.0
    for pulse in range(place.pulses):
        rows[:, pulse, 7 + min(pulse, PULSES_MAX - 1)] = 1.0
    bar = np.arange(bars)
    for phase in range(4):
        rows[bar % 4 == phase, :, 13 + phase] = 1.0
    rows[..., 17] = ((bar // 4) % 2)[:, None]
    rows[..., 18] = (bar == bars - 1)[:, None]
    rows[..., 19] = (bar == 0)[:, None]
    rows[..., 20] = np.exp(-(bars - 1 - bar) / 2.0)[:, None]
    rows[..., 21] = float(index == len(place.sections) - 1)
    return rows.reshape(-1, 22)


def melody_features(notes: Notes, frames: int) -> Floats:
    """Return (frames, MELODY): pitch classes by length, at the frame's start and at its middle, rhythm, register, presence."""
    out = np.zeros((frames, MELODY), np.float32)
    notes = notes[(notes[:, 0] >= 0) & (notes[:, 0] < frames * STEPS)]
    if not len(notes):
        return out
    start = notes[:, 0].astype(np.int64)
    length = np.minimum(notes[:, 1], frames * STEPS - start).astype(np.int64)
    at = np.repeat(start, length) + _ramp(length)
    pitch = np.repeat(notes[:, 2].astype(np.int64), length)
    frame, step = at // STEPS, at % STEPS
    np.add.at(out, (frame, pitch % 12), 1.0 / STEPS)
    for column, wanted in ((12, 0), (24, STEPS // 2)):
        here = step == wanted
        out[frame[here], column + pitch[here] % 12] = 1.0
    out[start // STEPS, 36 + start % STEPS] = 1.0
    count = np.bincount(frame, minlength=frames)
    height = np.bincount(frame, weights=pitch, minlength=frames) / np.maximum(count, 1)
    out[:, 48] = np.where(count > 0, (height - 66.0) / 12.0, 0.0)
    out[:, 49] = count > 0
    return out


def _ramp(length: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.cumsum(length)
    return np.arange(int(ends[-1])) - np.repeat(ends - length, length)


def chord_frames(root: NDArray[np.integer], mask: NDArray[np.integer]) -> Floats:
    """Return (frames, CHORD) of roots 0–11 and bit masks of pitch classes."""
    root_rows = np.eye(12, dtype=np.float32)[root.astype(np.int64)]
    tones = (mask.astype(np.int64)[:, None] >> np.arange(12)) & 1
    return np.concatenate((root_rows, tones.astype(np.float32)), 1)


def around_root(chord: Floats, root: NDArray[np.integer]) -> Floats:
    """Return (frames, 12): the chord's pitch classes counted from `root` (its root, or its bass for the bass part)."""
    columns = (root.astype(np.int64)[:, None] + np.arange(12)) % 12
    return np.take_along_axis(chord[:, 12:], columns, 1)


def harmony_features(chord: Floats, bass: NDArray[np.integer]) -> Floats:
    """Return (frames, HARMONY): the chord, its tones from its root, its bass from its root, and where it changes."""
    root = chord[:, :12].argmax(1)
    tones = around_root(chord, root)
    inverted = np.eye(12, dtype=np.float32)[(bass.astype(np.int64) - root) % 12]
    changed = np.ones(len(chord), np.float32)
    changed[1:] = np.any(chord[1:] != chord[:-1], 1)
    leaves = np.append(changed[1:], np.float32(0.0))
    return np.concatenate((chord, tones, inverted, changed[:, None], leaves[:, None]), 1).astype(np.float32)


def pitch_class_rolls(parts: Sequence[Notes], frames: int) -> Floats:
    """Return (frames, 12 for each part): sounding pitch classes by length, of parts that exist already."""
    return np.concatenate([melody_features(notes, frames)[:, :12] for notes in parts], 1)
