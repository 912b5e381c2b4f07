"""The sound autoencoder: a spectrum at 100 Hz ↔ 64 numbers at 25 Hz.

Time is folded into channels around a residual shortcut (Chen et al., "Deep compression autoencoder", ICLR 2025). The shortcut
is linear, the principal components of a frame of the data, and stands still, so that the layers only learn what is not linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from model.layers import FeedForward
from model.sound.layout import CHANNELS
from model.sound.spectrum import BINS, SLICES, STEREO, TONAL

Size = Literal["tiny", "small", "full"]
FOLDED = SLICES * BINS + STEREO
"""Numbers of a frame of spectrum."""
NARROWEST = -6.0
"""Least log variance of a latent."""


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of both halves; the wide layers run at 25 Hz, the narrow ones at 100 Hz."""

    entry: int
    """Width of the encoder's first layer, at 100 Hz."""
    encoder: int
    encoder_layers: int
    decoder: int
    decoder_hidden: int
    decoder_layers: int
    slices: int
    """Width of the decoder's last layers, at 100 Hz."""
    slice_layers: int


SIZES: dict[Size, AutoencoderConfig] = {
    "tiny": AutoencoderConfig(8, 16, 1, 16, 16, 1, 16, 1),
    "small": AutoencoderConfig(160, 384, 2, 512, 768, 3, 320, 3),
    "full": AutoencoderConfig(320, 640, 3, 768, 1280, 4, 512, 4),
}
"""Size → configuration: `tiny` for tests, `small` for processors (7 M parameters), `full` for a GPU (23 M)."""


class Decoded(NamedTuple):
    """A spectrum as the decoder gives it; see Spectrum."""

    level: Tensor
    frequency: Tensor
    stereo: Tensor


class Scale(nn.Module):
    """What is mean and spread of the data; kept with the weights."""

    centre: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(BINS))
        self.register_buffer("spread", torch.ones(()))


def folded(level: Tensor, stereo: Tensor) -> Tensor:
    """(batch, slices, BINS), (batch, frames, STEREO) → (batch, frames, FOLDED)."""
    return torch.cat((level.reshape(*stereo.shape[:2], -1), stereo), -1)


def unfolded(x: Tensor) -> tuple[Tensor, Tensor]:
    """(batch, frames, FOLDED) → (batch, slices, BINS), (batch, frames, STEREO)."""
    level, stereo = x[..., :-STEREO], x[..., -STEREO:]
    return level.reshape(x.shape[0], -1, BINS), stereo


class Layer(nn.Module):
    """A gated layer over a frame and its two neighbours, beside a shortcut."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, width) → the same."""
        out: Tensor = x + self.feed_forward(self.before(x))
        return out


class SoundEncoder(nn.Module):
    """A spectrum → mean and log variance of its latent."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.scale = Scale()
        self.enter = nn.Linear(BINS, config.entry)
        self.enter_frequency = nn.Linear(TONAL, config.entry)
        self.fold = nn.Linear(SLICES * config.entry + STEREO, config.encoder)
        self.layers = nn.Sequential(*(Layer(config.encoder, config.encoder) for _ in range(config.encoder_layers)))
        self.before_leaving = nn.LayerNorm(config.encoder)
        self.leave = nn.Linear(config.encoder, 2 * CHANNELS)
        self.shortcut = nn.Linear(FOLDED, CHANNELS)

    def forward(self, level: Tensor, frequency: Tensor, stereo: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, slices, BINS), (batch, slices, TONAL), (batch, frames, STEREO) → two of (batch, frames, CHANNELS)."""
        level = (level - self.scale.centre) / self.scale.spread
        entered = nn.functional.silu(self.enter(level) + self.enter_frequency(frequency)).reshape(*stereo.shape[:2], -1)
        x = self.layers(self.fold(torch.cat((entered, stereo), -1)))
        mean, log_variance = self.leave(self.before_leaving(x)).chunk(2, -1)
        return self.shortcut(folded(level, stereo)) + mean, (log_variance - 4.0).clamp(NARROWEST, 0.0)


class SoundDecoder(nn.Module):
    """A latent → the spectrum."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.scale = Scale()
        self.slices = config.slices
        self.enter = nn.Linear(CHANNELS, config.decoder)
        self.layers = nn.Sequential(*(Layer(config.decoder, config.decoder_hidden) for _ in range(config.decoder_layers)))
        self.where = nn.Linear(config.decoder, STEREO)
        self.unfold = nn.Linear(config.decoder, SLICES * config.slices)
        self.slice_layers = nn.Sequential(*(Layer(config.slices, config.slices) for _ in range(config.slice_layers)))
        self.before_leaving = nn.LayerNorm(config.slices)
        self.leave = nn.Linear(config.slices, BINS)
        self.leave_frequency = nn.Linear(config.slices, TONAL)
        self.shortcut = nn.Linear(CHANNELS, FOLDED)

    def forward(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, frames, CHANNELS) → the fields of Decoded."""
        x = self.layers(self.enter(latent))
        slices = self.unfold(x).reshape(x.shape[0], -1, self.slices)
        level, stereo = unfolded(self.shortcut(latent))
        seen = self.before_leaving(self.slice_layers(slices))
        level = (level + self.leave(seen)) * self.scale.spread + self.scale.centre
        return level, self.leave_frequency(seen), stereo + self.where(x)


class SoundAutoencoder(nn.Module):
    """Both halves."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = SoundEncoder(config), SoundDecoder(config)
        for last in (self.decoder.leave, self.decoder.leave_frequency, self.decoder.where, self.encoder.leave):
            nn.init.normal_(last.weight, std=1e-3)
            nn.init.zeros_(last.bias)
        for shortcut in (self.encoder.shortcut, self.decoder.shortcut):
            shortcut.requires_grad_(requires_grad=False)

    @torch.no_grad()
    def begin_with(self, level: Tensor, stereo: Tensor) -> None:
        """Set scales and shortcuts to mean and principal components of data: (batch, slices, BINS), (batch, frames, STEREO)."""
        centre = level.mean((0, 1))
        spread = (level - centre).std()
        x = folded((level - centre) / spread, stereo).flatten(0, 1)
        mean = x.mean(0)
        _, size, axes = torch.pca_lowrank(x - mean, CHANNELS, center=False, niter=4)
        deviation = size / len(x) ** 0.5
        self.encoder.shortcut.weight.copy_(axes.T / deviation[:, None])
        self.encoder.shortcut.bias.copy_(-(axes.T @ mean) / deviation)
        self.decoder.shortcut.weight.copy_(axes * deviation)
        self.decoder.shortcut.bias.copy_(mean)
        for scale in (self.encoder.scale, self.decoder.scale):
            scale.centre.copy_(centre)
            scale.spread.copy_(spread)

    def forward(self, level: Tensor, frequency: Tensor, stereo: Tensor) -> tuple[Decoded, Tensor, Tensor]:
        """Return the spectrum that a sample of the latent gives, the latent's mean and its log variance."""
        mean, log_variance = self.encoder(level, frequency, stereo)
        latent = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        return Decoded(*self.decoder(latent)), mean, log_variance
