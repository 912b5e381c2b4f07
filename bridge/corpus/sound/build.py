"""Builds the sound corpus on disk, shard by shard, each from its own seed, so that a build can be taken up again."""

from __future__ import annotations

import math
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import count
from pathlib import Path

from bridge.corpus.sound.stream import FRAMES, group
from model.sound.corpus import Example, save
from model.sound.layout import FRAME_RATE_HZ

SHARD_EXAMPLES = 100
_TURNS_APART = 1000
"""Stems of one shard never reach those of the next."""


def build(folder: Path, corpus_folder: Path, *, hours: float, held: int, seed: int, processes: int) -> None:
    """Write `hours` of examples to train on and `held` held-out ones to a folder; shards that are there are passed over.

    Raises BridgeError where there are no songs or no instruments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"held": held, "train": math.ceil(hours * 3600.0 * FRAME_RATE_HZ / FRAMES)}
    jobs = [(split, number, size) for split, total in wanted.items() for number, size in enumerate(_sizes(total))]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(written, folder, corpus_folder, *job, seed) for job in jobs]):
            sys.stdout.write(f"{done.result()}\n")
            sys.stdout.flush()


def _sizes(total: int) -> list[int]:
    whole, rest = divmod(total, SHARD_EXAMPLES)
    return [SHARD_EXAMPLES] * whole + ([rest] if rest else [])


def written(folder: Path, corpus_folder: Path, split: str, number: int, size: int, seed: int) -> str:
    """Make a shard of `size` examples unless it is there; return a line about it."""
    path = folder / f"{split}-{number:03}.npy"
    if path.with_suffix(".npz").exists():
        return f"{path.stem}: there already"
    start = time.monotonic()
    made: list[Example] = []
    for turn in count(number * _TURNS_APART):
        made += group(corpus_folder, seed, turn, split)
        if len(made) >= size:
            break
    save(made[:size], path)
    return f"{path.stem}: {size} examples in {time.monotonic() - start:.0f} s"
