"""The sound corpus on disk: short stereo stems with their notes, a caption and what production did; needs no torch.

Each shard is two files: `NAME.npy`, 16-bit audio (examples, samples, 2), read by memory map, and `NAME.npz`, all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCALE = 32767.0
"""What full scale is in 16 bits."""


@dataclass(frozen=True, eq=False)
class Example:
    """A crop of one stem."""

    audio: NDArray[np.float32]
    """(samples, 2) within ±1 at SAMPLE_RATE_HZ: a whole number of frames of FRAME_SAMPLES."""
    notes: NDArray[np.float32]
    """(notes, 4): start and length in seconds, pitch (of drums the percussion key), velocity 1–127, in order of start. A start
    below 0 is a note that began before the crop; a note may end after it."""
    program: int
    """General MIDI program 0–127, for drums the kit."""
    part: str
    """lead, chords, bass, drums, pad or counter."""
    caption: str
    language: str
    """en or zh."""
    production: tuple[str, ...]
    """Production words that the caption says and the sound has, () where it is plain."""
    instruments: str
    """Name of the instrument set."""
    split: str
    """train or held."""
    embedding: NDArray[np.float32] = field(default_factory=lambda: np.zeros(512, np.float32))
    """(512,): sentence vector of the caption, of length 1; zeros where it was not made."""

    @property
    def is_drums(self) -> bool:
        """Whether the notes are percussion keys."""
        return self.part == "drums"


@dataclass(frozen=True)
class Shard:
    """Examples on disk; audio is read when it is asked for."""

    path: Path
    """Of the audio, NAME.npy."""

    @cached_property
    def audio(self) -> NDArray[np.int16]:
        """(examples, samples, 2), 16 bits, memory-mapped."""
        mapped: NDArray[np.int16] = np.load(self.path, mmap_mode="r")
        return mapped

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """What is known of each example: program, part, caption, language, production, instruments, split."""
        rows: list[dict[str, Any]] = json.loads(str(self._arrays["rows"]))
        return rows

    @cached_property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        with np.load(self.path.with_suffix(".npz"), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Example:
        row, arrays = self.rows[index], self._arrays
        notes = arrays["notes"][slice(*arrays["note_start"][index : index + 2])]
        audio = self.audio[index].astype(np.float32) / np.float32(SCALE)
        known = {**row, "production": tuple(row["production"])}
        return Example(audio=audio, notes=notes, embedding=arrays["embedding"][index].astype(np.float32), **known)

    def __iter__(self) -> Iterator[Example]:
        return (self[index] for index in range(len(self)))


def shards(folder: Path, split: str) -> list[Shard]:
    """Return the shards of a split ("train" or "held"), in order of their names; only whole ones."""
    return [Shard(path) for path in sorted(folder.glob(f"{split}-*.npy")) if path.with_suffix(".npz").exists()]


def save(examples: list[Example], path: Path) -> None:
    """Write a shard as `path` (.npy) and the .npz beside it, which comes last: a shard is there when both are."""
    audio = np.stack([example.audio for example in examples])
    partial = path.with_name(f".{path.name}")
    np.save(partial, np.rint(np.clip(audio, -1.0, 1.0) * SCALE).astype(np.int16))
    partial.replace(path)
    names = ("program", "part", "caption", "language", "production", "instruments", "split")
    rows = [{name: getattr(example, name) for name in names} for example in examples]
    partial = path.with_name(f".{path.stem}.npz")
    np.savez_compressed(
        partial,
        rows=json.dumps(rows, ensure_ascii=False),
        notes=np.concatenate([example.notes for example in examples]),
        note_start=np.cumsum([0, *(len(example.notes) for example in examples)]),
        embedding=np.stack([example.embedding for example in examples]).astype(np.float16),
    )
    partial.replace(path.with_suffix(".npz"))
