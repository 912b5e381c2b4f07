"""Trains the score autoencoder, one part after the other in each step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.score.autoencoder import Autoencoders, Cells, PartAutoencoder, divergence, reconstruction
from model.score.grid import PARTS, PartGrid
from model.train.crops import Prepared, draw, rolls
from model.train.loop import Pace, Run

KL_WEIGHT = 0.02
FROZEN_AT = 0.6
"""Share of the run after which the encoders stand still: latents can be made while the decoders go on."""


def with_part(songs: Sequence[Prepared], part: PartGrid) -> list[Prepared]:
    """Return the songs in which a part plays."""
    return [song for song in songs if part.name in song.parts]


def train(songs: Sequence[Prepared], held: Sequence[Prepared], folder: Path, pace: Pace, frames: int = 32) -> Run:
    """Train on the crops of songs; returns the finished run."""
    module = Autoencoders()
    run = Run(module, folder, pace)
    banks = {part.name: with_part(songs, part) for part in PARTS}
    held_banks = {part.name: with_part(held, part) for part in PARTS}

    def losses(step: int) -> dict[str, Tensor]:
        progress = min(1.0, run.spent_seconds / pace.seconds)
        random = np.random.default_rng((1, step))
        found = {}
        for part in PARTS:
            cells = _batch(banks[part.name], part, pace.crops, frames, random)
            found[part.name] = _loss(module.of(part.name), cells, progress)
        return {"loss": torch.stack(list(found.values())).sum() / 100.0, **found}

    def heard(run: Run) -> None:
        run.note(**{f"{part.name}_f1": f1(module.of(part.name), held_banks[part.name], part) for part in PARTS})

    run.learn(losses, heard)
    return run


def _batch(
    bank: Sequence[Prepared], part: PartGrid, batch: int, frames: int, random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    found = rolls(bank, draw(bank, frames, batch, random), part, frames)
    return tuple(torch.from_numpy(array) for array in found)  # type: ignore[return-value]


def _loss(module: PartAutoencoder, batch: tuple[Tensor, Tensor, Tensor], progress: float) -> Tensor:
    attack, sound, chord = batch
    weight = 3.0 - 1.5 * min(1.0, progress / FROZEN_AT)
    if progress < FROZEN_AT:
        cells, mean, log_variance = module(attack, sound, chord)
        return (reconstruction(cells, attack, sound, weight) + KL_WEIGHT * divergence(mean, log_variance)).mean()
    with torch.no_grad():
        mean, _ = module.encoder(attack, sound, chord)
        # What the flow will hand over is never quite a latent: the decoder learns to forgive.
        latent = mean + torch.randn_like(mean) * mean.std() * 0.2 * torch.rand(len(mean), 1, 1)
    return reconstruction(module.decoder(latent, chord), attack, sound, weight).mean()


@torch.no_grad()
def f1(module: PartAutoencoder, bank: Sequence[Prepared], part: PartGrid, count: int = 48, frames: int = 32) -> list[float]:
    """Return the F1 of attacks, and for pitched parts that of sounding cells, on the same held-out crops every time."""
    attack, sound, chord = _batch(bank, part, count, frames, np.random.default_rng(7))
    mean, _ = module.encoder(attack, sound, chord)
    cells: Cells = module.decoder(mean, chord)
    scores = [_f1(cells.attack > 0, attack > 0)]
    return [*scores, _f1(cells.sound > 0, sound > 0)] if sound.shape[-1] else scores


def _f1(found: Tensor, true: Tensor) -> float:
    hits = float((found & true).sum())
    return round(2 * hits / max(1.0, float(found.sum() + true.sum())), 4)
