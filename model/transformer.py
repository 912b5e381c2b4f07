"""The backbone of both latent spaces: a linear transformer that predicts the velocity of a rectified flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.attention import MelodyAttention, Positions, SelfAttention, TextAttention
from model.layers import FeedForward, rotary, time_features
from model.melody import MelodyEncoder
from model.text import TextEncoder


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of a backbone."""

    channels: int
    """Channels of the latent that flows."""
    known: int
    """Features of each frame that are always known: position, section, given parts …"""
    melody: int
    """Features of each frame's melody."""
    tags: int
    """Tags of the text."""
    sentence: int = 512
    """Numbers of the text's sentence vector."""
    width: int = 256
    layers: int = 6
    heads: int = 4
    inner: int = 64
    """Width of the cross-attentions."""
    melody_width: int = 96
    melody_layers: int = 2
    """The lowest so many layers attend to the melody: it steers low, the text steers high."""
    auxiliary: int = 0
    """Numbers a frame that an auxiliary head predicts from the last layer but one (0: no head)."""


class Conditions(NamedTuple):
    """What the music is led by; a strength of 0 is how "not given" looks, in training and in sampling."""

    known: Tensor
    """(batch, frames, known)"""
    melody: Tensor
    """(batch, frames, melody)"""
    melody_strength: Tensor
    """(batch, frames), 0…1"""
    sentence: Tensor
    """(batch, sentence)"""
    tags: Tensor
    """(batch, tags)"""
    text_strength: Tensor
    """(batch, frames), 0…1"""


class Encoded(NamedTuple):
    """Conditions encoded: the same over all steps of a sampling."""

    added: Tensor
    """(batch, frames, width)"""
    memory: Tensor
    """The melody: (batch, frames, melody width)"""
    tokens: Tensor
    """(batch, tokens, inner)"""
    led: Tensor
    """How strongly the text leads: (batch, frames, 1)"""


class Block(nn.Module):
    """Self-attention, cross-attentions and feed-forward, each under adaptive layer norm."""

    def __init__(self, config: TransformerConfig, *, hears_melody: bool) -> None:
        super().__init__()
        width = config.width
        # AdaLN-single (Chen et al., "PixArt-α", 2023): one modulation for all layers, a learned offset for each.
        self.offset = nn.Parameter(torch.randn(6, width) * width**-0.5)
        self.attention = SelfAttention(width, config.heads)
        self.text = TextAttention(width, config.inner, config.inner, 2)
        self.melody = MelodyAttention(width, config.melody_width, config.inner, 2) if hears_melody else None
        self.feed_forward = FeedForward(width, 2 * width)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)

    def forward(self, x: Tensor, modulation: Tensor, encoded: Encoded, positions: tuple[Positions, Positions]) -> Tensor:
        """(batch, frames, width), modulation (batch, 6, width) → (batch, frames, width)."""
        parts = (modulation + self.offset)[:, :, None].unbind(1)
        x = x + parts[2] * self.attention(self.norm(x) * (1.0 + parts[1]) + parts[0], positions[0])
        x = x + encoded.led * self.text(x, encoded.tokens)
        if self.melody is not None:
            x = x + self.melody(x, encoded.memory, positions[1])
        out: Tensor = x + parts[5] * self.feed_forward(self.norm(x) * (1.0 + parts[4]) + parts[3])
        return out


class FlowTransformer(nn.Module):
    """Predicts the velocity of latents under text, melody and what is known of each frame."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.melody = MelodyEncoder(config.melody, config.melody_width, 2)
        self.text = TextEncoder(config.sentence, config.tags, config.inner)
        self.enter = nn.Linear(config.channels, width)
        self.known = nn.Linear(config.known, width)
        self.add_melody = nn.Linear(config.melody_width, width)
        self.add_text = nn.Linear(config.inner, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 6 * width))
        blocks = (Block(config, hears_melody=index < config.melody_layers) for index in range(config.layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.leave = nn.Linear(width, config.channels)
        self.auxiliary = nn.Linear(width, config.auxiliary) if config.auxiliary else None
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def encode(self, conditions: Conditions) -> Encoded:
        """Return the conditions encoded, once for all steps."""
        strength = conditions.melody_strength[..., None]
        positions = rotary(conditions.known.shape[1], self.config.melody_width // 2, conditions.known.device)
        melody = self.melody(conditions.melody * strength, positions) * strength
        tokens, said = self.text(conditions.sentence, conditions.tags)
        text_strength = conditions.text_strength[..., None]
        added = self.known(conditions.known) + self.add_melody(melody) + text_strength * self.add_text(said)[:, None]
        return Encoded(added, melody, tokens, text_strength)

    def velocity(self, x: Tensor, time: Tensor, encoded: Encoded) -> tuple[Tensor, Tensor | None]:
        """Return the velocity (batch, frames, channels) and what the auxiliary head says, (batch, frames, auxiliary).

        `x`: (batch, frames, channels); `time`: (batch,), 0…1.
        """
        config = self.config
        modulation = self.time(time_features(time, config.width)).view(-1, 6, config.width)
        frames, device = x.shape[1], x.device
        positions = (rotary(frames, config.width // config.heads, device), rotary(frames, config.inner // 2, device))
        h = self.enter(x) + encoded.added
        said = None
        for index, block in enumerate(self.blocks):
            h = block(h, modulation, encoded, positions)
            if self.auxiliary is not None and index == config.layers - 2:
                said = self.auxiliary(self.norm(h))
        return self.leave(self.norm(h)), said

    def forward(self, x: Tensor, time: Tensor, conditions: Conditions) -> tuple[Tensor, Tensor | None]:
        """Return `velocity` under conditions not yet encoded."""
        return self.velocity(x, time, self.encode(conditions))
