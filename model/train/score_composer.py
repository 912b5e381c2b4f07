"""Trains the two flows that compose: what is given, what is withheld and what is noised is drawn anew for every crop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model import flow
from model.score.features import LEVELS
from model.score.grid import PARTS, Floats
from model.score.layout import SHIFT, slots
from model.train.captions import Captions, tags_of
from model.train.crops import Crop, Prepared, cut, draw
from model.train.loop import Pace, Run, device, in_bfloat16
from model.transformer import Conditions, FlowTransformer

AUXILIARY_WEIGHT = 0.1
REFRESHED_STEPS = 100
"""Steps after which the guide is the averaged weights anew."""


@dataclass(frozen=True)
class Bank:
    """Songs to draw crops from."""

    songs: Sequence[Prepared]
    captions: Captions
    tags: tuple[str, ...]
    grooves: tuple[str, ...] = ()
    """Which pattern is played: what words leave open. For the harmoniser: how chords are found."""
    latents: Sequence[Floats] = ()
    """(frames, channels) of each song; the harmoniser needs none."""


class Draw:
    """One batch of crops with its own chances."""

    def __init__(self, bank: Bank, batch: int, frames: int, random: np.random.Generator) -> None:
        self.bank, self.frames, self.random = bank, frames, random
        self.crops = draw(bank.songs, frames, batch, random)

    def rows(self, of: Callable[[Crop], Floats]) -> Floats:
        """Return an array of each crop's song, cut: (batch, frames, channels)."""
        return np.stack([cut(of(crop), crop.start, self.frames) for crop in self.crops])

    def song(self, crop: Crop) -> Prepared:
        """Return the song of a crop."""
        return self.bank.songs[crop.song]

    def chance(self, share: float) -> NDArrayBool:
        """Return which crops are hit: (batch,)."""
        return self.random.random(len(self.crops)) < share

    def plays(self, part: str) -> NDArrayBool:
        """Return which crops have a part: (batch,)."""
        return np.array([part in self.song(crop).parts for crop in self.crops])

    def span(self) -> NDArrayBool:
        """Return a stretch of 4 to half of the frames in each crop: (batch, frames)."""
        start = self.random.integers(0, self.frames - 4, len(self.crops))[:, None]
        length = self.random.integers(4, self.frames // 2, len(self.crops))[:, None]
        at = np.arange(self.frames)[None]
        return (at >= start) & (at < start + length)

    def strength(self, dropped: NDArrayBool) -> Floats:
        """Return how strongly a condition leads: nothing where it is dropped, and in a stretch of one crop in 16."""
        strength = np.ones((len(self.crops), self.frames), np.float32)
        strength[dropped] = 0.0
        strength[self.span() & self.chance(1 / 16)[:, None]] = 0.0
        return strength

    def places(self) -> Floats:
        """Return the place features, with loudness and density said for half of the crops each."""
        rows = self.rows(lambda crop: self.song(crop).place)
        levels = np.zeros((len(self.crops), 4), np.float32)
        for column, said in ((0, self.chance(0.5)), (1, self.chance(0.5))):
            values = np.array([self.song(crop).levels[column] for crop in self.crops])
            levels[:, 2 * column], levels[:, 2 * column + 1] = said, np.where(said, values, 0.0)
        rows[..., LEVELS] = levels[:, None]
        return rows

    def _grooves(self) -> Floats:
        """Return which groove (or harmony) each crop has, said of most crops: (batch, grooves)."""
        rows = np.stack([tags_of(self.song(crop).meta, self.bank.grooves) for crop in self.crops])
        rows[self.chance(0.15)] = 0.0
        return rows

    def conditions(self, known: Floats, melody_dropped: NDArrayBool) -> Conditions:
        """Return what leads each crop; of the text there is the sentence, or the tags, or both, or nothing."""
        sentence = np.stack([self.bank.captions.draw(self.song(crop).meta["family"], self.random) for crop in self.crops])
        tags = np.stack([tags_of(self.song(crop).meta, self.bank.tags) for crop in self.crops])
        tags *= self.random.random(tags.shape) < 0.8
        sentence[self.chance(0.3)] = 0.0
        tags[self.chance(0.2)] = 0.0
        tags = np.concatenate((tags, self._grooves()), 1)
        melody = self.rows(lambda crop: self.song(crop).melody)
        arrays = (known, melody, self.strength(melody_dropped), sentence, tags, self.strength(self.chance(0.12)))
        return Conditions(*(torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays))


NDArrayBool = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def harmony_batch(drawn: Draw) -> tuple[Tensor, Tensor, Conditions]:
    """Return chords (batch, frames, CHORD), where they are to be written (batch, frames, 1), and the conditions."""
    chord = drawn.rows(lambda crop: drawn.song(crop).chord)
    given = drawn.rows(lambda crop: drawn.song(crop).given)
    bass, chords = (drawn.chance(share) & drawn.plays(name) for name, share in (("bass", 0.22), ("chords", 0.15)))
    flags = np.stack((bass, chords), 1).astype(np.float32)[:, None]
    given = given * np.repeat(flags, 12, -1)
    known = drawn.span() & drawn.chance(0.15)[:, None]
    parts = (drawn.places(), given, np.broadcast_to(flags, (*known.shape, 2)), known[..., None])
    melody_dropped = drawn.chance(0.1) | ((bass | chords) & drawn.chance(0.45))
    conditions = drawn.conditions(np.concatenate(parts, -1), melody_dropped)
    return torch.from_numpy(2.0 * chord - 0.5), torch.from_numpy(~known[..., None]).float(), conditions


def arranger_batch(drawn: Draw) -> tuple[Tensor, Tensor, Conditions]:
    """Return latents (batch, frames, channels), where they are to be written (the same shape), and the conditions."""
    latents = drawn.rows(lambda crop: drawn.bank.latents[crop.song])
    given, absent = _states(drawn)
    flags = np.concatenate((given, absent), -1).astype(np.float32)
    known = np.concatenate((drawn.places(), drawn.rows(lambda crop: drawn.song(crop).harmony), flags), -1)
    some = given.any((1, 2))
    conditions = drawn.conditions(known, drawn.chance(0.12) | (some & drawn.chance(0.45)))
    writes = np.concatenate([_wide(~(given | absent)[..., i], part.name) for i, part in enumerate(PARTS)], -1)
    latents = latents * np.concatenate([_wide(~absent[..., i], part.name) for i, part in enumerate(PARTS)], -1)
    return torch.from_numpy(latents).float(), torch.from_numpy(writes).float(), conditions


def _wide(flags: NDArrayBool, part: str) -> NDArrayBool:
    where = slots()[part]
    return np.repeat(flags[..., None], where.stop - where.start, -1)


def _states(drawn: Draw) -> tuple[NDArrayBool, NDArrayBool]:
    """Return which parts are given and which are not to be written: (batch, frames, parts) each."""
    count, frames, parts = len(drawn.crops), drawn.frames, len(PARTS)
    plays = np.array([[part.name in drawn.song(crop).parts for part in PARTS] for crop in drawn.crops])
    absent = ~plays
    whole = (drawn.random.random((count, parts)) < 0.4) & drawn.chance(0.3)[:, None]
    given = np.broadcast_to(whole[:, None], (count, frames, parts)).copy()
    mended = drawn.chance(0.2)
    given[mended] |= ~drawn.span()[mended][..., None]
    padded = np.stack([np.arange(frames) >= drawn.song(crop).frames - crop.start for crop in drawn.crops])
    nothing = np.broadcast_to(absent[:, None], given.shape) | padded[..., None]
    return given & ~nothing, nothing


class Guide:
    """What guidance on the words would add to a velocity: a network that learns it needs no second branch when it samples.

    Tang et al., "Diffusion models without classifier-free guidance", 2025, eq. 8, with the averaged weights as the teacher.
    """

    def __init__(self, run: Run, module: FlowTransformer, weight: float) -> None:
        self._run, self._module, self._weight = run, module.eval().requires_grad_(requires_grad=False), weight
        self._at_step = -REFRESHED_STEPS

    @torch.no_grad()
    def more(self, state: Tensor, time: Tensor, conditions: Conditions) -> Tensor:
        """Return what to add to the velocity to be learnt: (batch, frames, channels), nothing where nothing was said."""
        if self._run.step >= self._at_step + REFRESHED_STEPS:
            self._module.load_state_dict(self._run.averaged)
            self._at_step = self._run.step
        silent = conditions._replace(text_strength=torch.zeros_like(conditions.text_strength))
        said, unsaid = (self._module(state, time, each)[0] for each in (conditions, silent))
        added: Tensor = (self._weight - 1.0) * (said - unsaid)
        return added


def noised(data: Tensor, writes: Tensor, random: torch.Generator, shift: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return states on the way from noise to data, their times (batch,), and the noise.

    What is given stays as it is at every time, here as in sampling. Times are logit-normal (Esser et al., 2024),
    moved towards the noise by `shift` as in `flow.times`.
    """
    even = torch.sigmoid(torch.randn(len(data), generator=random)).to(data.device)
    time = even / (shift + (1.0 - shift) * even)
    noise = torch.randn(data.shape, generator=random).to(data.device)
    return torch.where(writes > 0, flow.on_path(data, noise, time[:, None, None]), data), time, noise


def flow_losses(
    module: FlowTransformer,
    data: Tensor,
    writes: Tensor,
    conditions: Conditions,
    random: torch.Generator,
    shift: float,
    *,
    guide: Guide | None = None,
) -> tuple[Tensor, Tensor | None]:
    """Return the squared error of the velocity (batch, frames, channels), nothing where all is given, and the auxiliary's.

    `random` and `shift` as for `noised`.
    """
    state, time, noise = noised(data, writes, random, shift)
    velocity, said = module(state, time, conditions)
    target = flow.target(data, noise)
    if guide is not None:
        target = target + guide.more(state, time, conditions)
    return (velocity - target).square() * writes, said


class Losses:
    """The losses of a flow where its module lies: on a GPU compiled, and in bfloat16 where it is quicker."""

    def __init__(self, module: FlowTransformer, shift: float, guide: Guide | None = None) -> None:
        self._where = next(module.parameters()).device
        self._forward: Any = torch.compile(module) if self._where.type == "cuda" else module
        self._shift, self._guide = shift, guide

    def __call__(
        self, data: Tensor, writes: Tensor, conditions: Conditions, random: torch.Generator
    ) -> tuple[Tensor, Tensor | None]:
        """Return what `flow_losses` does, in full precision; the tensors may lie anywhere, the losses lie where they do."""
        led = Conditions(*(tensor.to(self._where) for tensor in conditions))
        there = data.to(self._where), writes.to(self._where)
        with in_bfloat16(self._where):
            error, said = flow_losses(self._forward, *there, led, random, self._shift, guide=self._guide)
        return error.float().to(data.device), None if said is None else said.float().to(data.device)


def train_harmoniser(
    module: FlowTransformer, bank: Bank, folder: Path, pace: Pace, heard: Callable[[Run], None], frames: int = 64
) -> Run:
    """Train the harmoniser; returns the finished run."""
    run = Run(module.to(device()), folder, pace)
    losses_of = Losses(module, SHIFT)

    def losses(step: int) -> dict[str, Tensor]:
        drawn = Draw(bank, pace.crops, frames, np.random.default_rng((2, step)))
        data, writes, conditions = harmony_batch(drawn)
        error, said = losses_of(data, writes, conditions, torch.Generator().manual_seed(step))
        flowing = error.sum() / (writes.sum() * data.shape[-1])
        auxiliary = functional.binary_cross_entropy_with_logits(cast("Tensor", said), (data > 0.5).float())
        return {"loss": flowing + AUXILIARY_WEIGHT * auxiliary, "flow": flowing, "auxiliary": auxiliary}

    run.learn(losses, heard)
    return run


def train_arranger(
    module: FlowTransformer,
    bank: Bank,
    folder: Path,
    pace: Pace,
    heard: Callable[[Run], None],
    *,
    wording: float = 1.0,
    frames: int = 64,
) -> Run:
    """Train the arranger; returns the finished run. One step in six sees crops of twice the length.

    With `wording` above 1 it learns to be led so much more by the words: to begin when words are heard already.
    """
    run = Run(module.to(device()), folder, pace)
    guide = Guide(run, FlowTransformer(module.config).to(device()), wording) if wording > 1.0 else None
    losses_of = Losses(module, SHIFT, guide)

    def losses(step: int) -> dict[str, Tensor]:
        long = 2 if step % 6 == 5 else 1
        drawn = Draw(bank, max(1, pace.crops // long), frames * long, np.random.default_rng((3, step)))
        data, writes, conditions = arranger_batch(drawn)
        error, _ = losses_of(data, writes, conditions, torch.Generator().manual_seed(step))
        found = {name: error[..., where].sum() / writes[..., where].sum().clamp(min=1.0) for name, where in slots().items()}
        return {"loss": torch.stack(list(found.values())).mean(), **found}

    run.learn(losses, heard)
    return run
