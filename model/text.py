"""Words as tokens: a sentence's embedding and the tags that a lexicon found in it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.layers import rearranged

TAG_GAIN = 8.0
"""A few ones among a thousand noughts say little beside 512 numbers of a sentence: without it the style was hardly learnt."""


class TextEncoder(nn.Module):
    """Makes tokens to attend to and one vector to add; an embedding or tags of zeros mean "not said"."""

    def __init__(self, sentence: int, tags: int, width: int, sentence_tokens: int = 3) -> None:
        super().__init__()
        self.sentence_tokens = sentence_tokens
        self.sentence = nn.Linear(sentence, sentence_tokens * width)
        self.tags = nn.Linear(tags, width)
        self.pool = nn.Sequential(nn.SiLU(), nn.Linear((sentence_tokens + 1) * width, width))

    def forward(self, sentence: Tensor, tags: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, sentence) of unit length, (batch, tags) of 0…1 → tokens (batch, tokens, width), vector (batch, width)."""
        # The spread of a unit vector of 512 numbers is 0.044: brought to about 1, like every other input.
        spoken = self.sentence(sentence * sentence.shape[-1] ** 0.5)
        tokens = torch.cat((spoken, self.tags(TAG_GAIN * tags)), -1)
        return rearranged(tokens, self.sentence_tokens + 1), self.pool(tokens)
