"""Trains the critic: true accompaniments against ones put over another tune, cut and shuffled, or blurred."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.score.critic import Critic, CriticConfig
from model.score.features import CHORD, LEVELS, MELODY, PLACE
from model.score.layout import CHANNELS
from model.train.loop import Pace, Run
from model.train.score_composer import Bank, Draw

FAMILIES = "families.json"
FEATURES = PLACE + MELODY + CHORD + CHANNELS
_HEARD = slice(PLACE + MELODY, FEATURES)


def families_of(bank: Bank) -> tuple[str, ...]:
    """Return the families of a bank, in the order of the critic's logits."""
    return tuple(sorted({song.meta["family"] for song in bank.songs}))


def frames_of(drawn: Draw) -> Tensor:
    """Return what the critic hears of true crops: (batch, frames, FEATURES)."""
    place = drawn.rows(lambda crop: drawn.song(crop).place)
    place[..., LEVELS] = 0.0
    melody = drawn.rows(lambda crop: drawn.song(crop).melody)
    chord = drawn.rows(lambda crop: drawn.song(crop).chord)
    latents = drawn.rows(lambda crop: drawn.bank.latents[crop.song]).astype(np.float32)
    return torch.from_numpy(np.concatenate((place, melody, chord, latents), -1)).float()


def spoilt(frames: Tensor, random: torch.Generator) -> Tensor:
    """Return the frames made false: a third over another tune, a third cut into pieces in another order, a third blurred."""
    false = frames.clone()
    third = len(frames) // 3
    false[:third, :, _HEARD] = frames[:third, :, _HEARD].roll(1, 0)
    order = torch.randperm(frames.shape[1] // 4, generator=random)
    at = (4 * order[:, None] + torch.arange(4)).flatten()
    false[third : 2 * third, :, _HEARD] = frames[third : 2 * third, :, _HEARD][:, at]
    latents = false[2 * third :, :, -CHANNELS:]
    blur = 0.3 + 0.7 * torch.rand(len(latents), 1, 1, generator=random)
    false[2 * third :, :, -CHANNELS:] = latents + blur * torch.randn(latents.shape, generator=random)
    return false


def train(bank: Bank, folder: Path, pace: Pace, heard: Callable[[Run], None], frames: int = 64) -> Run:
    """Train the critic; returns the finished run."""
    families = families_of(bank)
    module = Critic(CriticConfig(FEATURES, len(families)))
    run = Run(module, folder, pace)
    (folder / FAMILIES).write_text(json.dumps(families), encoding="utf-8")

    def losses(step: int) -> dict[str, Tensor]:
        drawn = Draw(bank, pace.crops, frames, np.random.default_rng((4, step)))
        true = frames_of(drawn)
        named = torch.tensor([families.index(drawn.song(crop).meta["family"]) for crop in drawn.crops])
        real, family = module(true)
        false, _ = module(spoilt(true, torch.Generator().manual_seed(step)))
        told = functional.softplus(-real).mean() + functional.softplus(false).mean()
        styled = functional.cross_entropy(family, named)
        return {
            "loss": told + styled,
            "told": told,
            "styled": styled,
            "right": (family.argmax(-1) == named).float().mean(),
            "caught": ((real > 0).float().mean() + (false < 0).float().mean()) / 2,
        }

    run.learn(losses, heard)
    return run
