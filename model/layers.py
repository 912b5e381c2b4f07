"""Layers that both latent spaces share; tensors are (batch, frames, channels) unless said otherwise."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


def shifted(x: Tensor) -> Tensor:
    """Return x with a quarter of its channels from the frame before and a quarter from the frame after.

    Mixes neighbours without a convolution (Zhang et al., "Token shift transformer", 2021): a depthwise convolution's backward
    pass alone took half of a training step on a CPU. (batch, frames, channels) → the same.
    """
    quarter = x.shape[-1] // 4
    before = functional.pad(x[..., :quarter], (0, 0, 1, 0))[:, :-1]
    after = functional.pad(x[..., quarter : 2 * quarter], (0, 0, 0, 1))[:, 1:]
    return torch.cat((before, after, x[..., 2 * quarter :]), -1)


def rearranged(x: Tensor, rows: int) -> Tensor:
    """Return the last axis as `rows` rows: (…, rows × columns) → (…, rows, columns)."""
    return x.view(*x.shape[:-1], rows, x.shape[-1] // rows)


class FeedForward(nn.Module):
    """Gated feed-forward (Shazeer, "GLU variants improve transformer", 2020) behind a token shift."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, 2 * hidden)
        self.out = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, width) → the same."""
        gate, value = self.gate(shifted(x)).chunk(2, -1)
        out: Tensor = self.out(functional.silu(gate) * value)
        return out


def time_features(time: Tensor, width: int) -> Tensor:
    """Return sines and cosines of the flow's time: (batch,) in 0…1 → (batch, width)."""
    half = width // 2
    rates = torch.exp(-math.log(1000.0) * torch.arange(half, device=time.device, dtype=torch.float32) / half)
    angles = 1000.0 * time[:, None].float() * rates[None]
    return torch.cat((angles.sin(), angles.cos()), -1)


def rotary(frames: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return cosines and sines of rotary positions (Su et al., "RoFormer", 2021): each (frames, width / 2)."""
    rates = 1.0 / (10000.0 ** (torch.arange(0, width, 2, device=device, dtype=torch.float32) / width))
    angles = torch.arange(frames, device=device, dtype=torch.float32)[:, None] * rates[None]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, positions: tuple[Tensor, Tensor]) -> Tensor:
    """Return x turned by its positions: (batch, heads, frames, width) → the same."""
    cosine, sine = positions
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, first * sine + second * cosine), -1)
