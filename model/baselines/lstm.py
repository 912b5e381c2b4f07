"""An autoregressive recurrent composer in the manner of MusicVAE + LSTM (Roberts et al., 2018; Simon, Oore, 2017).

It writes the same chords and the same latents as the flows, one frame after the other, each drawn from a distribution that
the frames before it and the conditions decide; the conditions are heard in both directions first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.layers import rearranged

State = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class LstmConfig:
    """Sizes of one recurrent writer."""

    channels: int
    """Numbers that it writes a frame."""
    known: int
    """Features of each frame that are always known, the melody's among them."""
    text: int
    """Numbers of the text: sentence vector and tags."""
    width: int = 320
    layers: int = 2
    mixtures: int = 6


class Mixture(NamedTuple):
    """Gaussians that a frame is drawn from (Bishop, "Mixture density networks", 1994)."""

    logits: Tensor
    """(batch, frames, mixtures)"""
    mean: Tensor
    """(batch, frames, mixtures, channels)"""
    log_spread: Tensor
    """The same shape: logarithm of the standard deviation."""


class Lstm(nn.Module):
    """Known features, text and the frame before → what the frame is drawn from."""

    def __init__(self, config: LstmConfig) -> None:
        super().__init__()
        self.config = config
        self.text = nn.Linear(config.text, 64)
        self.hear = nn.LSTM(config.known + 64, config.width // 2, batch_first=True, bidirectional=True)
        self.enter = nn.Linear(config.width + config.channels, config.width)
        self.lstm = nn.LSTM(config.width, config.width, config.layers, batch_first=True)
        self.leave = nn.Linear(config.width, config.mixtures * (1 + 2 * config.channels))

    def encode(self, known: Tensor, text: Tensor) -> Tensor:
        """Known (batch, frames, known), text (batch, text) → what each frame hears of all of them (batch, frames, width)."""
        words = self.text(text)[:, None].expand(-1, known.shape[1], -1)
        heard: Tensor = self.hear(torch.cat((known, words), -1))[0]
        return heard

    def forward(self, before: Tensor, heard: Tensor, state: State | None = None) -> tuple[Mixture, State]:
        """Frames before (batch, frames, channels), what is heard of the conditions (batch, frames, width) → mixture, state."""
        x = functional.silu(self.enter(torch.cat((before, heard), -1)))
        x, state = self.lstm(x, state)
        return self._mixture(self.leave(x)), state

    def _mixture(self, x: Tensor) -> Mixture:
        config = self.config
        logits, gaussians = x[..., : config.mixtures], x[..., config.mixtures :]
        mean, log_spread = (rearranged(half, config.mixtures) for half in gaussians.chunk(2, -1))
        return Mixture(logits, mean, log_spread.clamp(-3.5, 1.0))


def surprise(mixture: Mixture, frames: Tensor, weight: Tensor) -> Tensor:
    """Return −log p of frames (batch, frames, channels) in nats a number: (batch, frames); `weight` 0 leaves a number out."""
    off = (frames[..., None, :] - mixture.mean) * (-mixture.log_spread).exp()
    each = -0.5 * off.square() - mixture.log_spread - 0.5 * math.log(2 * math.pi)
    together = (each * weight[..., None, :]).sum(-1) + functional.log_softmax(mixture.logits, -1)
    return -together.logsumexp(-1) / weight.sum(-1).clamp(min=1.0)
