"""Songs cut into crops of equal length that begin at a bar line, as batches of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.score.corpus import Song
from model.score.features import (
    Place,
    around_root,
    chord_frames,
    harmony_features,
    melody_features,
    pitch_class_rolls,
    place_features,
)
from model.score.grid import PARTS, STEPS, Floats, PartGrid, to_roll


@dataclass(frozen=True)
class Level:
    """How loud and how dense songs are on average, and how far they spread."""

    loudness: tuple[float, float]
    """Mean and standard deviation of the mean velocity."""
    density: tuple[float, float]
    """The same of the logarithm of notes a frame."""

    @classmethod
    def of(cls, songs: Sequence[Song]) -> Level:
        """Return the level of a corpus."""
        found = np.array([_raw_level(song) for song in songs])
        return cls(*((float(column.mean()), float(column.std()) + 1e-6) for column in found.T))

    def said(self, song: Song) -> tuple[float, float]:
        """Return a song's loudness and density in standard deviations."""
        raw = _raw_level(song)
        return (raw[0] - self.loudness[0]) / self.loudness[1], (raw[1] - self.density[0]) / self.density[1]


def _raw_level(song: Song) -> tuple[float, float]:
    notes = song.notes[song.notes[:, 0] > 0]
    loudness = float(notes[:, 4].mean()) if len(notes) else 0.0
    return loudness, float(np.log(1 + len(notes) / max(1, song.frames)))


@dataclass(frozen=True)
class Prepared:
    """A song with all features of its frames, ready to be cut."""

    meta: dict[str, Any]
    place: Floats
    melody: Floats
    chord: Floats
    harmony: Floats
    given: Floats
    """(frames, 24): pitch classes of bass and of chords."""
    turned: tuple[Floats, Floats]
    """Chord tones from the root, and from the bass: (frames, 12) each."""
    roots: tuple[NDArray[np.int8], NDArray[np.int8]]
    """Root and bass of each frame."""
    parts: dict[str, NDArray[np.int16]]
    levels: tuple[float, float]

    @property
    def frames(self) -> int:
        """Pulses of the song."""
        return len(self.place)


def prepare(song: Song, level: Level) -> Prepared:
    """Return a song with its features."""
    meta = song.meta
    sections = tuple((name, bars) for name, bars in meta["sections"])
    place = Place(meta["pulses"], meta["is_compound"], meta["mode"] == "minor", meta["bpm"], sections, 0.0, 0.0)
    chord = chord_frames(song.root, song.mask)
    parts = {part.name: song.part(part.name) for part in PARTS if part.name in meta["parts"]}
    given = pitch_class_rolls([song.part("bass"), song.part("chords")], song.frames)
    turned = (around_root(chord, song.root), around_root(chord, song.bass))
    melody = melody_features(song.part("lead"), song.frames)
    harmony = harmony_features(chord, song.bass)
    levels = level.said(song)
    return Prepared(meta, place_features(place), melody, chord, harmony, given, turned, (song.root, song.bass), parts, levels)


@dataclass(frozen=True)
class Crop:
    """Where a crop lies."""

    song: int
    start: int
    """Frame."""


def draw(songs: Sequence[Prepared], frames: int, count: int, random: np.random.Generator) -> list[Crop]:
    """Return crops of `frames` frames, each from a song that is as long or (padded with silence) shorter."""
    crops = []
    for index in random.integers(0, len(songs), count):
        song = songs[index]
        bars = max(0, song.frames - frames) // song.meta["pulses"]
        crops.append(Crop(int(index), int(random.integers(0, bars + 1)) * song.meta["pulses"]))
    return crops


def cut(rows: Floats, start: int, frames: int) -> Floats:
    """Return `frames` rows from `start`, padded with zeros."""
    found = rows[start : start + frames]
    return np.pad(found, ((0, frames - len(found)), *((0, 0) for _ in rows.shape[1:])))


def rolls_of(song: Prepared, part: PartGrid, start: int, frames: int) -> tuple[Floats, Floats, Floats]:
    """Return a stretch of a part: attack and sound (frames, STEPS, pitches), the chord (frames, 12) as the part sees it."""
    seen = 1 if part.follows_bass else 0
    root = song.roots[seen][start : start + frames]
    root = np.pad(root, (0, frames - len(root)))
    notes = song.parts[part.name]
    first, last = np.searchsorted(notes[:, 0], (start * STEPS, (start + frames) * STEPS))
    moved = notes[first:last].copy()
    moved[:, 0] -= start * STEPS
    roll = to_roll(moved, part, root)
    chord = np.zeros((frames, 12), np.float32) if part.is_drums else cut(song.turned[seen], start, frames)
    return roll.attack, roll.sound, chord


def rolls(songs: Sequence[Prepared], crops: Sequence[Crop], part: PartGrid, frames: int) -> tuple[Floats, Floats, Floats]:
    """Return `rolls_of` of each crop, as a batch."""
    found = [rolls_of(songs[crop.song], part, crop.start, frames) for crop in crops]
    attack, sound, chord = (np.stack(arrays) for arrays in zip(*found, strict=True))
    return attack, sound, chord
