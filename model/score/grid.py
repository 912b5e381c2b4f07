"""Notes ↔ arrays on the grid: one frame a pulse, twelve steps a frame, so that sixteenths and triplets are both exact.

A pitched part that follows the harmony is written *relative to the root of each frame's chord*: a bass that plays root and
fifth looks the same over every chord. Pitches are relative to the tonic before that (the tonic is C).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEPS = 12
"""Steps a frame."""
Floats = NDArray[np.float32]
Notes = NDArray[np.int16]
"""(notes, 4): start_step, length_steps, pitch, velocity; sorted by start."""

DRUM_CLASSES: tuple[tuple[int, ...], ...] = (
    (36, 35),
    (38, 40),
    (37,),
    (39,),
    (42,),
    (44,),
    (46,),
    (51, 59, 53),
    (49, 57, 55, 52),
    (41, 43, 45),
    (47, 48),
    (50,),
    (70, 69, 82, 54),
    (64, 61, 66),
    (63, 60, 62, 65),
    (56, 75, 76, 77, 67, 68, 81, 73, 74),
)
"""General MIDI percussion keys that count as one; the first stands for all."""
_CLASS_OF_KEY = {key: index for index, keys in enumerate(DRUM_CLASSES) for key in keys}


@dataclass(frozen=True)
class PartGrid:
    """How a part lies on the grid."""

    name: str
    low: int
    """The lowest pitch of the grid (of pitches relative to chord root and tonic)."""
    pitches: int
    follows_bass: bool = False
    """Whether it turns with the chord's bass note instead of its root."""

    @property
    def is_drums(self) -> bool:
        """Whether its pitches are drum classes."""
        return self.name == "drums"


DRUMS = PartGrid("drums", 0, len(DRUM_CLASSES))
BASS = PartGrid("bass", 17, 46, follows_bass=True)
CHORDS = PartGrid("chords", 34, 60)
PAD = PartGrid("pad", 34, 60)
PARTS = (DRUMS, BASS, CHORDS, PAD)
"""The parts that the arranger writes, in the order of their latents."""


@dataclass(frozen=True)
class Roll:
    """A part on the grid."""

    attack: Floats
    """(frames, STEPS, pitches): velocity / 127 where a note starts, else 0."""
    sound: Floats
    """(frames, STEPS, pitches): 1 where a note sounds; empty (0 pitches) for drums, which have no length."""


def turn(root: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return by how many semitones a frame is moved so that its root becomes C: −5…+6 for roots 0…11."""
    wide = root.astype(np.int64)
    return np.where(wide > 6, wide - 12, wide)


def to_roll(notes: Notes, part: PartGrid, roots: NDArray[np.integer]) -> Roll:
    """Return notes on the grid; `roots` (frames,): pitch class of each frame's root (or bass). Notes outside are left out."""
    steps = len(roots) * STEPS
    notes = notes[(notes[:, 0] >= 0) & (notes[:, 0] < steps)]
    if part.is_drums:
        return _drum_roll(notes, len(roots))
    moves = turn(np.repeat(roots, STEPS))
    start = notes[:, 0].astype(np.int64)
    length = np.minimum(notes[:, 1], steps - start)
    pitch = _folded(notes[:, 2].astype(np.int64) - moves[start], part) + moves[start]
    attack = np.zeros((steps, part.pitches), np.float32)
    attack[start, pitch - moves[start] - part.low] = notes[:, 3] / 127.0
    sound = np.zeros((steps, part.pitches), np.float32)
    at = np.repeat(start, length) + _counted(length)
    rows = np.repeat(pitch, length) - moves[at] - part.low
    inside = (rows >= 0) & (rows < part.pitches)
    sound[at[inside], rows[inside]] = 1.0
    shape = (len(roots), STEPS, part.pitches)
    return Roll(attack.reshape(shape), sound.reshape(shape))


def _drum_roll(notes: Notes, frames: int) -> Roll:
    classes = np.array([_CLASS_OF_KEY.get(int(key), -1) for key in notes[:, 2]], np.int64)
    known = classes >= 0
    attack = np.zeros((frames * STEPS, DRUMS.pitches), np.float32)
    np.maximum.at(attack, (notes[known, 0].astype(np.int64), classes[known]), notes[known, 3] / np.float32(127.0))
    return Roll(attack.reshape(frames, STEPS, -1), np.zeros((frames, STEPS, 0), np.float32))


def _folded(pitch: NDArray[np.int64], part: PartGrid) -> NDArray[np.int64]:
    """Return pitches moved by octaves into the grid."""
    below = np.maximum(0, part.low - pitch + 11) // 12
    above = np.maximum(0, pitch - (part.low + part.pitches - 1) + 11) // 12
    folded: NDArray[np.int64] = pitch + 12 * (below - above)
    return folded


def _counted(length: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return 0, 1, … length − 1 for each length, one after the other."""
    ends = np.cumsum(length)
    counted: NDArray[np.int64] = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - length, length)
    return counted


def to_notes(roll: Roll, part: PartGrid, roots: NDArray[np.integer]) -> Notes:
    """Return the notes of a roll: the inverse of `to_roll`. A note lasts while it sounds, and until the next of its pitch."""
    attack = roll.attack.reshape(-1, part.pitches)
    if part.is_drums:
        at, classes = np.nonzero(attack > 0)
        keys = np.array([keys[0] for keys in DRUM_CLASSES])[classes]
        return _packed(at, np.ones_like(at), keys, attack[at, classes])
    moves = turn(np.repeat(roots, STEPS))
    steps, low = len(attack), part.low - 5
    struck = np.zeros((steps, part.pitches + 11), np.float32)
    sounding = np.zeros((steps + 1, part.pitches + 11), bool)
    columns = moves[:, None] + part.low - low + np.arange(part.pitches)[None]
    np.put_along_axis(struck, columns, attack, 1)
    np.put_along_axis(sounding[:steps], columns, roll.sound.reshape(-1, part.pitches) > 0, 1)
    at, rows = np.nonzero(struck > 0)
    return _packed(at, _lengths(struck > 0, sounding, at, rows), rows + low, struck[at, rows])


def _lengths(
    struck: NDArray[np.bool_], sounding: NDArray[np.bool_], at: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how many steps each note sounds: to its first silent step or the next attack of its pitch, at least one."""
    steps = len(struck)
    stops = ~sounding
    stops[:steps] |= struck
    following = np.full(stops.shape, steps, np.int64)
    following[np.nonzero(stops)] = np.nonzero(stops)[0]
    following = np.minimum.accumulate(following[::-1], 0)[::-1]
    after = np.minimum(at + 1, steps)
    lengths: NDArray[np.int64] = np.maximum(1, following[after, rows] - at)
    return lengths


def _packed(start: NDArray[np.int64], length: NDArray[np.int64], pitch: NDArray[np.int64], attack: Floats) -> Notes:
    velocity = np.clip(np.rint(attack * 127.0), 1, 127)
    notes = np.stack((start, length, pitch, velocity.astype(np.int64)), 1).astype(np.int16)
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]
