"""Songs ↔ shards on disk; the format is described where it is read, in `model/score/corpus.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from bridge.corpus.song import Song


def save_shard(songs: Sequence[Song], path: Path) -> None:
    """Write songs as one `.npz`, appearing under its name only when it is complete."""
    partial = path.with_name(f".{path.name}")
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            meta=np.array(json.dumps([song.meta for song in songs], ensure_ascii=False)),
            chord_root=np.concatenate([song.chord_root for song in songs]),
            chord_mask=np.concatenate([song.chord_mask for song in songs]),
            chord_bass=np.concatenate([song.chord_bass for song in songs]),
            frame_start=_offsets([len(song.chord_root) for song in songs]),
            notes=np.concatenate([song.notes for song in songs]),
            note_start=_offsets([len(song.notes) for song in songs]),
        )
    partial.replace(path)


def _offsets(lengths: list[int]) -> np.ndarray:
    return np.array([0, *accumulate(lengths)], dtype=np.int64)
