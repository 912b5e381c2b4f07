"""Crops of the sound corpus, varied in loudness, sides and company."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from model.sound.corpus import SCALE, Shard, shards
from model.sound.layout import FRAME_SAMPLES
from model.sound.spectrum import Floats

MIXED = 0.25
"""Share of crops to which other stems are added."""
MOST_ADDED = 3
GAINS_DB = (-12.0, 3.0)
LOOK_AGAIN_EVERY = 500
"""Batches after which shards that came meanwhile are seen."""


@dataclass
class Crops:
    """Random crops of the training shards in a folder, some of which may still be written."""

    folder: Path
    count: int
    frames: int
    """Latent frames of a crop."""
    _shards: list[Shard] = field(default_factory=list)
    _looked: int = -LOOK_AGAIN_EVERY

    def __call__(self, number: int) -> Floats:
        """Return a batch by its number: (count, samples, 2) within ±1."""
        if abs(number - self._looked) >= LOOK_AGAIN_EVERY or not self._shards:
            self._shards, self._looked = shards(self.folder, "train"), number
        random = np.random.default_rng((2, number))
        return np.stack([self._crop(random) for _ in range(self.count)])

    def _crop(self, random: np.random.Generator) -> Floats:
        added = int(random.integers(1, MOST_ADDED + 1)) if random.random() < MIXED else 0
        found = np.sum([self._stem(random) for _ in range(1 + added)], axis=0)
        return np.asarray(found / max(1.0, float(np.abs(found).max())), np.float32)

    def _stem(self, random: np.random.Generator) -> Floats:
        sizes = [len(shard) for shard in self._shards]
        audio = self._shards[random.choice(len(sizes), p=np.divide(sizes, sum(sizes)))].audio
        first = int(random.integers(0, audio.shape[1] // FRAME_SAMPLES - self.frames + 1)) * FRAME_SAMPLES
        crop = audio[random.integers(len(audio)), first : first + self.frames * FRAME_SAMPLES]
        gain = 10.0 ** (random.uniform(*GAINS_DB) / 20.0) / SCALE
        sides = slice(None, None, -1 if random.random() < 0.5 else None)
        return np.asarray(crop[:, sides] * gain, np.float32)


def held_crops(folder: Path, count: int, frames: int) -> Floats:
    """Return the beginnings of held-out examples, spread over all of them: (count, samples, 2) within ±1."""
    found = [shard.audio[index, : frames * FRAME_SAMPLES] for shard in shards(folder, "held") for index in range(len(shard))]
    chosen = np.linspace(0, len(found) - 1, min(count, len(found))).round().astype(int)
    return np.stack([found[index] for index in chosen]).astype(np.float32) / np.float32(SCALE)
