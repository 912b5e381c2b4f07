"""How far performed stems lie from the held-out ones, as musicnn hears them; beside it the codec, Griffin-Lim and the sampler.

Needs the sound corpus and, once, `pip download musicnn==0.1.0 --no-deps`; `MUSICNN_WHEEL` says where that file lies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import scipy.linalg
import soxr
from numpy.typing import NDArray

from bench.musicnn import RATE_HZ, Embedder
from bridge import engines
from bridge.engines.neural.weights import FOLDER, load_codec
from bridge.evaluate.sound_codec import griffin_lim
from bridge.evaluate.sound_held import Held, held_stems
from model.sound.layout import SAMPLE_RATE_HZ

CORPUS = Path("var/sound")
STEMS = 100
Made = Callable[[Held], NDArray[np.float32]]


def frechet(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the Fréchet distance of two sets of embeddings taken as Gaussian (Kilgour et al., 2019)."""
    apart = one.mean(0) - other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = np.real(scipy.linalg.sqrtm(first @ second))
    return float(apart @ apart + np.trace(first) + np.trace(second) - 2.0 * np.trace(root))


def columns() -> Iterator[tuple[str, Made]]:
    """Yield who makes a stem of a held-out one."""
    codec = load_codec(FOLDER, 1)
    neural, sampler = (engines.load(name).perform for name in ("neural", "sampler"))
    yield "codec", lambda held: codec.decode(codec.encode(held.reference.audio))[: len(held.reference.audio)]
    yield "griffin-lim", lambda held: griffin_lim(held.reference.audio)
    yield "neural", lambda held: held.performed(neural)
    yield "sampler, unproduced", lambda held: held.performed(sampler)


def main() -> None:
    """Print a row for each."""
    wheel = os.environ.get("MUSICNN_WHEEL", "")
    if not wheel:
        print(__doc__)
        return
    embedder = Embedder(Path(wheel))
    stems = list(held_stems(CORPUS, STEMS))

    def heard(made: Made) -> NDArray[np.float64]:
        mono = (soxr.resample(made(held).mean(1), SAMPLE_RATE_HZ, RATE_HZ) for held in stems)
        return np.concatenate([embedder(np.asarray(each, np.float32)) for each in mono])

    reference = heard(lambda held: held.reference.audio)
    half = len(reference) // 2
    print(f"| Fréchet distance to {len(stems)} held-out stems (musicnn, 200 numbers) | |\n|---|---:|")
    print(f"| one half of the references to the other | {frechet(reference[:half], reference[half:]):.2f} |")
    for name, made in columns():
        print(f"| {name} | {frechet(reference, heard(made)):.2f} |", flush=True)
