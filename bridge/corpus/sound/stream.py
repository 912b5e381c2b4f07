"""Examples without end, made as they are needed: seeded, in this process or in several."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

import numpy as np

from bridge.corpus.sound.captions import LANGUAGES, caption
from bridge.corpus.sound.production import drawn, produced
from bridge.corpus.sound.stems import LEAD_IN_S, Stem, stem
from bridge.seeds.sentence_encoder import load_encoder
from model.sound.corpus import Example
from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ

FRAMES = 128
"""Latent frames of an example unless said otherwise: 5.12 s."""
CROPS = 6
"""Examples cut from a stem that is played once; each is produced in its own way."""
_AHEAD = 2
"""Stems a process that are made before they are asked for."""
_QUIET = 1e-3
"""A crop whose peak is lower is left out."""


def examples(corpus_folder: Path, seed: int, split: str = "train", *, frames: int = FRAMES) -> Iterator[Example]:
    """Yield examples of a split of the score corpus ("train" or "held") without end; the same seed gives the same ones."""
    for turn in count():
        yield from group(corpus_folder, seed, turn, split, frames=frames)


def group(corpus_folder: Path, seed: int, turn: int, split: str = "train", *, frames: int = FRAMES) -> list[Example]:
    """Return the examples of one stem, up to CROPS; they depend on the arguments and the instruments present alone.

    Raises BridgeError where there are no songs or no instruments.
    """
    random = Random(f"{seed}/{split}/{turn}")  # noqa: S311 - music, not secrets
    played = stem(corpus_folder, random, split, CROPS * frames)
    found = [_crop(played, index * frames, frames, split, random) for index in range(CROPS)]
    kept = [example for example in found if len(example.notes) and np.abs(example.audio).max() > _QUIET]
    encoder = load_encoder()
    if encoder is None or not kept:
        return kept
    vectors = encoder.encode([example.caption for example in kept]).astype(np.float32)
    return [replace(example, embedding=vector) for example, vector in zip(kept, vectors, strict=True)]


def _crop(played: Stem, first_frame: int, frames: int, split: str, random: Random) -> Example:
    """Return the example that starts at a frame; it is produced with what sounds before it, so that rooms ring over."""
    start, length = first_frame * FRAME_SAMPLES, frames * FRAME_SAMPLES
    lead_in = round(LEAD_IN_S * SAMPLE_RATE_HZ)
    production = drawn(random)
    language = random.choice(LANGUAGES)
    audio = produced(played.audio[start : start + lead_in + length], production)[lead_in:]
    start_s, length_s = start / SAMPLE_RATE_HZ, length / SAMPLE_RATE_HZ
    notes = played.notes - np.array([start_s, 0.0, 0.0, 0.0], np.float32)
    notes = notes[(notes[:, 0] < length_s) & (notes[:, 0] + notes[:, 1] > 0.0)]
    text = caption(played.program, played.part, production.strengths, language, split, random)
    return Example(
        audio=audio,
        notes=notes,
        program=played.program,
        part=played.part,
        caption=text,
        language=language,
        production=tuple(production.strengths),
        instruments=played.instruments.name,
        split=split,
    )


def stream(
    corpus_folder: Path, seed: int, split: str = "train", *, batch: int, processes: int, frames: int = FRAMES
) -> Iterator[list[Example]]:
    """Yield batches made by worker processes, a few ahead at most; order and content depend on the arguments alone.

    A batch takes one crop of each of `batch` stems, and the next batches the others; a stem with silent crops gives some twice.
    """
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        try:
            yield from _batches(pool, (corpus_folder, seed), split, (batch, _AHEAD * processes, frames))
        finally:
            pool.shutdown(cancel_futures=True)


def _batches(
    pool: ProcessPoolExecutor, source: tuple[Path, int], split: str, sizes: tuple[int, int, int]
) -> Iterator[list[Example]]:
    """Yield batches of stems taken in turn; `sizes` are the batch, stems made ahead, and frames of an example."""
    batch, ahead, frames = sizes
    waiting: deque[Future[list[Example]]] = deque()
    turns = count()
    held: list[list[Example]] = []
    while True:
        while len(waiting) < max(batch, ahead):
            waiting.append(pool.submit(group, *source, next(turns), split, frames=frames))
        made = waiting.popleft().result()
        held += [made] if made else []
        if len(held) == batch:
            for crop in range(CROPS):
                yield [stems[crop % len(stems)] for stems in held]
            held = []
