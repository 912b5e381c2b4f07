"""The melody encoder: convolutions over neighbouring frames, then a layer of linear attention over all of them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from model.attention import Positions, SelfAttention
from model.layers import FeedForward, shifted


class MelodyEncoder(nn.Module):
    """A CNN-Transformer over melody features (after Sound Model Lab's Music ControlNet and ACE-Step's lyric encoder)."""

    def __init__(self, features: int, width: int, heads: int) -> None:
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.near = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.before_attention, self.before_feed_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.feed_forward = FeedForward(width, width)
        self.leave = nn.LayerNorm(width)

    def forward(self, melody: Tensor, positions: Positions) -> Tensor:
        """(batch, frames, features) → (batch, frames, width); a frame sees its neighbours first, then the whole tune."""
        x = self.enter(melody)
        for layer in self.near:
            x = x + functional.silu(layer(shifted(x)))
        x = x + self.attention(self.before_attention(x), positions)
        x = x + self.feed_forward(self.before_feed_forward(x))
        out: Tensor = self.leave(x)
        return out
