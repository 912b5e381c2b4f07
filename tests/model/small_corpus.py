"""A corpus of a few made-up songs, in the format of the real one."""

import json
from pathlib import Path
from typing import Any

import numpy as np

FAMILIES = ("rock", "waltz")
BARS = 16


def write_corpus(folder: Path, songs: int = 8) -> Path:
    """Write songs in two families, the last two held out, and captions with random vectors."""
    made = [song(index, "held" if index >= songs - 2 else "train") for index in range(songs)]
    metas, roots, notes = zip(*made, strict=True)
    root = np.concatenate(roots)
    mask = sum(1 << ((root + tone) % 12) for tone in (0, 4, 7))
    np.savez(
        folder / "songs-made-000.npz",
        meta=np.array(json.dumps(metas)),
        chord_root=root.astype(np.int8),
        chord_mask=np.asarray(mask, np.int16),
        chord_bass=root.astype(np.int8),
        frame_start=np.cumsum([0, *map(len, roots)]),
        notes=np.concatenate(notes),
        note_start=np.cumsum([0, *map(len, notes)]),
    )
    random = np.random.default_rng(0)
    family = np.repeat(FAMILIES, 4)
    embedding = random.standard_normal((8, 512)).astype(np.float32) / 512**0.5
    np.savez(folder / "captions.npz", family=family, split=np.array(["train"] * 8), embedding=embedding)
    return folder


def song(index: int, split: str) -> tuple[dict[str, Any], Any, Any]:
    """Return meta, roots and notes of one song: a tune in eighths over block chords, bass, drums and, at times, a pad."""
    random = np.random.default_rng(index)
    pulses = (4, 3)[index % 2]
    root = np.repeat(random.choice([0, 5, 7, 9], BARS), pulses)
    parts = ["lead", "chords", "bass", "drums", *(["pad"] if index % 3 else [])]
    rows = []
    for frame, low in enumerate(root):
        at = frame * 12
        rows += [(0, at + step, 6, int(60 + random.choice([0, 2, 4, 7])), 80) for step in (0, 6)]
        rows += [(1, at, 6, 60 + int(low) % 12 + tone, 70) for tone in (0, 4, 7)]
        rows += [(2, at, 11, 36 + int(low), 90), (3, at, 1, 36 if frame % 2 else 38, 100)]
        rows += [(4, at, 12, 60 + int(low), 50)] if "pad" in parts else []
    meta = {
        "tune": f"made/{index}",
        "split": split,
        "source": "made",
        "groove": "straight",
        "family": FAMILIES[index % 2],
        "words": ["loud"],
        "mode": "major",
        "pulses": pulses,
        "is_compound": False,
        "bars": BARS,
        "bpm": 120.0,
        "sections": [["verse", 8], ["chorus", 8]],
        "parts": parts,
    }
    return meta, root, np.array(sorted(rows), np.int16)
