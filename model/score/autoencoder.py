"""The score autoencoder: one small latent a frame and part, from which the notes come back.

The parts that follow the harmony are seen relative to the root of the frame's chord, and the decoder is told the chord's
tones: the latent holds *how* a chord is played, not which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.layers import rearranged, shifted
from model.score.grid import PARTS, STEPS, PartGrid
from model.score.layout import LATENTS

WIDTHS = {"drums": 192, "bass": 192, "chords": 256, "pad": 160}
"""Part → width of its layers."""


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of one part's autoencoder."""

    latent: int
    pitches: int
    has_length: bool
    """Whether notes have a length; drum strokes have none."""
    width: int
    step_width: int = 32

    @classmethod
    def of(cls, part: PartGrid) -> AutoencoderConfig:
        """Return the configuration for a part."""
        return cls(LATENTS[part.name], part.pitches, has_length=not part.is_drums, width=WIDTHS[part.name])


class Cells(NamedTuple):
    """What the decoder says of each cell of the grid."""

    attack: Tensor
    """(batch, frames, STEPS, pitches): logits that a note starts."""
    sound: Tensor
    """(batch, frames, STEPS, pitches): logits that a note sounds; 0 pitches for drums."""
    velocity: Tensor
    """(batch, frames, STEPS, pitches or 1): velocity / 127 of a note that starts here."""


class Near(nn.Module):
    """A residual layer that sees the frames beside its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, width) → the same."""
        out: Tensor = x + self.two(functional.silu(self.one(shifted(self.norm(x)))))
        return out


class PartEncoder(nn.Module):
    """Cells and chord → mean and log variance of the latent."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        channels = config.pitches * (2 if config.has_length else 1)
        self.step = nn.Linear(channels, config.step_width)
        self.frame = nn.Linear(STEPS * config.step_width + 12, config.width)
        self.near = Near(config.width)
        self.leave = nn.Linear(config.width, 2 * config.latent)

    def forward(self, attack: Tensor, sound: Tensor, chord: Tensor) -> tuple[Tensor, Tensor]:
        """Cells (batch, frames, STEPS, pitches), chord (batch, frames, 12) → twice (batch, frames, latent)."""
        steps = functional.silu(self.step(torch.cat((attack, sound), -1)))
        x = functional.silu(self.frame(torch.cat((steps.flatten(2), chord), -1)))
        mean, log_variance = self.leave(self.near(x)).chunk(2, -1)
        return mean, log_variance.clamp(-12.0, 4.0)


class PartDecoder(nn.Module):
    """Latent and chord → cells."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Linear(config.latent + 12, config.width)
        self.near = nn.ModuleList(Near(config.width) for _ in range(2))
        self.norm = nn.LayerNorm(config.width, elementwise_affine=False)
        self.steps = nn.Linear(config.width, STEPS * 2 * config.step_width)
        sounds = config.pitches if config.has_length else 0
        loudness = 1 if config.has_length else config.pitches
        self.sizes = (config.pitches, sounds, loudness)
        self.leave = nn.Linear(2 * config.step_width, sum(self.sizes))
        # Of all cells 1 in 100 is struck: begin there, or the first hundreds of steps go into learning silence.
        nn.init.constant_(self.leave.bias[: config.pitches + sounds], -3.0)

    def forward(self, latent: Tensor, chord: Tensor) -> Cells:
        """(batch, frames, latent), (batch, frames, 12) → cells."""
        x = functional.silu(self.enter(torch.cat((latent, chord), -1)))
        for layer in self.near:
            x = layer(x)
        steps = functional.silu(self.steps(self.norm(x)))
        cells = self.leave(rearranged(steps, STEPS))
        return Cells(*cells.split(self.sizes, -1))


class PartAutoencoder(nn.Module):
    """A variational autoencoder of one part (Kingma, Welling, 2014)."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = PartEncoder(config)
        self.decoder = PartDecoder(config)

    def forward(self, attack: Tensor, sound: Tensor, chord: Tensor) -> tuple[Cells, Tensor, Tensor]:
        """Return the cells of a latent drawn from what the encoder says, and its mean and log variance."""
        mean, log_variance = self.encoder(attack, sound, chord)
        latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(latent, chord), mean, log_variance


class Autoencoders(nn.ModuleDict):
    """The autoencoders of all parts."""

    def __init__(self) -> None:
        super().__init__({part.name: PartAutoencoder(AutoencoderConfig.of(part)) for part in PARTS})

    def of(self, part: str) -> PartAutoencoder:
        """Return that of a part."""
        return cast("PartAutoencoder", self[part])


def reconstruction(cells: Cells, attack: Tensor, sound: Tensor, attack_weight: float) -> Tensor:
    """Return the loss of cells against what was played, in nats a frame: (batch, frames)."""
    struck = (attack > 0).float()
    weight = torch.tensor(attack_weight)
    onset = functional.binary_cross_entropy_with_logits(cells.attack, struck, pos_weight=weight, reduction="none")
    held = functional.binary_cross_entropy_with_logits(cells.sound, sound, reduction="none")
    if cells.velocity.shape[-1] == 1:
        count = struck.sum(-1, keepdim=True)
        loudness = attack.sum(-1, keepdim=True) / count.clamp(min=1.0)
        off = (cells.velocity - loudness).square() * (count > 0)
    else:
        off = (cells.velocity - attack).square() * struck
    return onset.sum((-1, -2)) + 0.5 * held.sum((-1, -2)) + 20.0 * off.sum((-1, -2))


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the Kullback–Leibler divergence from a standard normal, in nats a frame: (batch, frames)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(-1)
