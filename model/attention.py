"""Linear attention: its cost grows with the number of frames, not with its square."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.layers import rotate

Positions = tuple[Tensor, Tensor]
EPSILON = 1e-6


def linear_attention(query: Tensor, key: Tensor, value: Tensor, positions: Positions) -> Tensor:
    """Return attention with a ReLU kernel: (batch, heads, frames, width) three times → (batch, heads, frames, width).

    Katharopoulos et al., "Transformers are RNNs", 2020, eq. 5, with the ReLU kernel of EfficientViT; rotary positions turn the
    numerator only, so that the denominator stays positive (RoFormer, eq. 19).
    """
    query, key = functional.relu(query), functional.relu(key)
    memory = rotate(key, positions).transpose(-1, -2) @ value
    total = query @ key.sum(-2, keepdim=True).transpose(-1, -2)
    return (rotate(query, positions) @ memory) / (total + EPSILON)


def _heads(x: Tensor, heads: int) -> Tensor:
    batch, frames, width = x.shape
    return x.view(batch, frames, heads, width // heads).transpose(1, 2)


def _joined(x: Tensor) -> Tensor:
    batch, heads, frames, width = x.shape
    return x.transpose(1, 2).reshape(batch, frames, heads * width)


class SelfAttention(nn.Module):
    """Frames attend to all frames, linearly."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, positions: Positions) -> Tensor:
        """(batch, frames, width) → the same."""
        query, key, value = (_heads(part, self.heads) for part in self.project(x).chunk(3, -1))
        out: Tensor = self.out(_joined(linear_attention(query, key, value, positions)))
        return out


class MelodyAttention(nn.Module):
    """Frames attend to the melody's frames, linearly, with the positions of both: without them the melody is lost."""

    def __init__(self, width: int, melody_width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, inner, bias=False)
        self.memory = nn.Linear(melody_width, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width)

    def forward(self, x: Tensor, melody: Tensor, positions: Positions) -> Tensor:
        """(batch, frames, width), (batch, frames, melody width) → (batch, frames, width)."""
        query = _heads(self.query(x), self.heads)
        key, value = (_heads(part, self.heads) for part in self.memory(melody).chunk(2, -1))
        out: Tensor = self.out(_joined(linear_attention(query, key, value, positions)))
        return out


class TextAttention(nn.Module):
    """Frames attend to the few tokens of the text by softmax; there is nothing to save with so few."""

    def __init__(self, width: int, text_width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, inner, bias=False)
        self.memory = nn.Linear(text_width, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width)

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """(batch, frames, width), (batch, tokens, text width) → (batch, frames, width)."""
        query = _heads(self.query(x), self.heads)
        key, value = (_heads(part, self.heads) for part in self.memory(text).chunk(2, -1))
        scores = torch.softmax(query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5, -1)
        out: Tensor = self.out(_joined(scores @ value))
        return out
