"""Trains the performer on stems and their notes: what is heard, what is given and what is noised is drawn anew each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.sound.corpus import Shard
from model.sound.known import CONTEXT, SHIFT, known_features
from model.sound.notes import Floats, note_features
from model.sound.performer import Size, performer
from model.train.loop import Pace, Run, device
from model.train.score_composer import Losses
from model.transformer import Conditions, FlowTransformer

Encode = Callable[[Floats], Floats]
"""Audio (samples, 2) → latents (frames, CHANNELS)."""
TAGS_MAX = 64
_TAG_SEEN = 8
"""A production word heard less often is not learnt."""


@dataclass(frozen=True)
class Scale:
    """What brings latents to a spread of about 1."""

    mean: Floats
    """(CHANNELS,)"""
    spread: float

    @classmethod
    def of(cls, latents: Floats) -> Scale:
        """Return the scale of latents (examples, frames, CHANNELS): one spread, for channels that say little are to stay so."""
        mean = latents.mean((0, 1))
        return cls(mean.astype(np.float32), float((latents - mean).std()))


@dataclass(frozen=True)
class Stem:
    """What is known of an example beside its sound."""

    notes: Floats
    program: int
    is_drums: bool
    tags: Floats
    sentence: Floats


@dataclass(frozen=True)
class Bank:
    """Examples to draw from."""

    stems: Sequence[Stem]
    latents: NDArray[np.float16]
    """(examples, frames, CHANNELS), scaled."""

    @property
    def frames(self) -> int:
        """Frames of each example."""
        return int(self.latents.shape[1])


def vocabulary(shards: Sequence[Shard]) -> tuple[str, ...]:
    """Return the production words of a corpus, the most frequent first."""
    counts = Counter(word for shard in shards for row in shard.rows for word in row["production"])
    return tuple(word for word, count in counts.most_common(TAGS_MAX) if count >= _TAG_SEEN)


def encoded(shards: Sequence[Shard], encode: Encode, folder: Path, name: str) -> Floats:
    """Return the latents of shards as the autoencoder `name` has them, (examples, frames, CHANNELS); kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for shard in shards:
        path = folder / f"{shard.path.stem}-{name}.npy"
        if not path.exists():
            latents = np.stack([encode(example.audio) for example in shard]).astype(np.float16)
            partial = path.with_suffix(".partial.npy")
            np.save(partial, latents)
            partial.replace(path)
        found.append(np.load(path))
    return np.concatenate(found).astype(np.float32)


def bank(shards: Sequence[Shard], latents: Floats, scale: Scale, tags: Sequence[str]) -> Bank:
    """Return the examples of shards with their latents, as the flow has them."""
    stems = [
        Stem(
            example.notes,
            example.program,
            example.is_drums,
            np.array([tag in example.production for tag in tags], np.float32),
            example.embedding,
        )
        for shard in shards
        for example in shard
    ]
    return Bank(stems, ((latents - scale.mean) / scale.spread).astype(np.float16))


class Draw:
    """A batch of examples with its own chances."""

    def __init__(self, bank: Bank, batch: int, random: np.random.Generator) -> None:
        self.bank, self.random = bank, random
        self.chosen = random.integers(0, len(bank.stems), batch)
        self.data = bank.latents[self.chosen].astype(np.float32)

    def chance(self, share: float) -> NDArray[np.bool_]:
        """Return which examples are hit: (batch,)."""
        return self.random.random(len(self.chosen)) < share

    def conditions(self) -> tuple[Tensor, Conditions]:
        """Return where something is to be written, (batch, frames, 1), and what leads it."""
        frames = self.bank.frames
        given = np.where(self.chance(0.5), min(CONTEXT, frames // 2), 0)
        writes = np.arange(frames)[None] >= given[:, None]
        stems = [self.bank.stems[index] for index in self.chosen]
        sentence = np.stack([stem.sentence for stem in stems])
        tags = np.stack([stem.tags for stem in stems])
        sentence[self.chance(0.3)] = 0.0
        tags[self.chance(0.3)] = 0.0
        arrays = (
            self._known(stems, given),
            np.stack([note_features(stem.notes, frames, is_drums=stem.is_drums) for stem in stems]),
            self._strength(self.chance(0.1)),
            sentence,
            tags,
            self._strength(self.chance(0.15)),
        )
        tensors = (torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays)
        return torch.from_numpy(writes[..., None]).float(), Conditions(*tensors)

    def _known(self, stems: Sequence[Stem], given: NDArray[np.int64]) -> Floats:
        guided, likened = self.chance(0.08), self.chance(0.15)
        rows = [
            known_features(
                self.bank.frames,
                stem.program,
                is_drums=stem.is_drums,
                guide=self._guide(self.data[at]) if guided[at] else None,
                timbre=self.data[at].mean(0) if likened[at] else None,
                given=int(given[at]),
            )
            for at, stem in enumerate(stems)
        ]
        return np.stack(rows)

    def _guide(self, latents: Floats) -> Floats:
        """Return latents as blurred as a recording of something else would guide: mixed with noise, spread kept."""
        share = self.random.uniform(0.4, 0.9)
        noise = self.random.standard_normal(latents.shape).astype(np.float32)
        return np.asarray(np.sqrt(1.0 - share**2) * latents + share * noise, np.float32)

    def _strength(self, dropped: NDArray[np.bool_]) -> Floats:
        """Return how strongly a condition leads: nothing where it is dropped, and in a stretch of one example in 16."""
        frames = self.bank.frames
        strength = np.ones((len(self.chosen), frames), np.float32)
        strength[dropped] = 0.0
        for at in np.flatnonzero(self.chance(1 / 16)):
            start = self.random.integers(0, frames)
            strength[at, start : start + self.random.integers(1, frames // 2)] = 0.0
        return strength


def train_performer(
    heard_bank: Bank, tags: int, size: Size, folder: Path, pace: Pace, heard: Callable[[Run], None] = lambda _run: None
) -> Run:
    """Train the performer; returns the finished run. On a GPU compiled, in bfloat16."""
    module = FlowTransformer(performer(tags, size)).to(device())
    run = Run(module, folder, pace)
    losses_of = Losses(module, SHIFT)

    def losses(step: int) -> dict[str, Tensor]:
        drawn = Draw(heard_bank, pace.crops, np.random.default_rng((5, step)))
        writes, conditions = drawn.conditions()
        error, _ = losses_of(torch.from_numpy(drawn.data), writes, conditions, torch.Generator().manual_seed(step))
        return {"loss": error.sum() / (writes.sum() * drawn.data.shape[-1])}

    run.learn(losses, heard)
    return run
