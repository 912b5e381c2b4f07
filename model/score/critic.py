"""The critic hears whether an accompaniment fits its melody, hangs together, and sounds like the style asked for."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from model.layers import rotary
from model.melody import MelodyEncoder


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of a critic."""

    features: int
    """Numbers of a frame: place, melody, chord and the parts' latents."""
    families: int
    width: int = 128


class Critic(nn.Module):
    """Frames → how real the whole is, and which family it sounds like."""

    def __init__(self, config: CriticConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = MelodyEncoder(config.features, config.width, 2)
        self.real = nn.Linear(config.width, 1)
        self.family = nn.Linear(config.width, config.families)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, frames, features) → logit that it is a teacher's (batch,), logits of families (batch, families)."""
        heard = self.encoder(frames, rotary(frames.shape[1], self.config.width // 2, frames.device))
        return self.real(heard).mean((1, 2)), self.family(heard.mean(1))
