"""The training set on disk: songs as arrays of notes and chords, relative to the tonic (the tonic is C)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PART_NUMBERS = {"lead": 0, "chords": 1, "bass": 2, "drums": 3, "pad": 4, "counter": 5}


@dataclass(frozen=True)
class Song:
    """One song: a tune, its chords, and the accompaniment that a teacher wrote for it."""

    meta: dict[str, Any]
    """tune split source groove family words instruments mode tonic pulses is_compound bars bpm sections parts"""
    root: NDArray[np.int8]
    """(frames,): root of the chord, 0–11, 0 is the tonic."""
    mask: NDArray[np.int16]
    """(frames,): bit p is set where pitch class p sounds in the chord."""
    bass: NDArray[np.int8]
    """(frames,): the chord's bass note, 0–11."""
    notes: NDArray[np.int16]
    """(notes, 5): part number, start_step, length_steps, pitch, velocity."""

    @property
    def frames(self) -> int:
        """Pulses of the song."""
        return len(self.root)

    def part(self, name: str) -> NDArray[np.int16]:
        """Return the notes of a part: (notes, 4), start_step, length_steps, pitch, velocity."""
        return self.notes[self.notes[:, 0] == PART_NUMBERS[name], 1:]


def songs(path: Path) -> Iterator[Song]:
    """Yield the songs of one shard."""
    with np.load(path, allow_pickle=False) as shard:
        arrays = {name: shard[name] for name in shard.files}
    for index, meta in enumerate(json.loads(str(arrays["meta"]))):
        frames = slice(*arrays["frame_start"][index : index + 2])
        notes = slice(*arrays["note_start"][index : index + 2])
        root, mask, bass = (arrays[name][frames] for name in ("chord_root", "chord_mask", "chord_bass"))
        yield Song(meta, root, mask, bass, arrays["notes"][notes])


def load(folder: Path) -> list[Song]:
    """Return all songs of a corpus, in the order of its shards' names."""
    return [song for path in sorted(folder.glob("songs-*.npz")) for song in songs(path)]
