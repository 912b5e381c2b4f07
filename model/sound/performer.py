"""The performer: a rectified flow over the latents of one stem, led by its notes, its player and words."""

from __future__ import annotations

from typing import Literal

from model.sound.known import KNOWN
from model.sound.layout import CHANNELS
from model.sound.notes import FEATURES
from model.transformer import TransformerConfig

Size = Literal["tiny", "small", "full"]
SIZES: dict[Size, dict[str, int]] = {
    "tiny": {"width": 16, "layers": 2, "heads": 2, "inner": 8, "melody_width": 16, "melody_layers": 1},
    "small": {"width": 192, "layers": 4, "heads": 4, "inner": 48, "melody_width": 128, "melody_layers": 2},
    "full": {"width": 640, "layers": 12, "heads": 10, "inner": 160, "melody_width": 320, "melody_layers": 4},
}
"""Size → the backbone's: `tiny` for tests, `small` for processors (2.3 M parameters), `full` for a GPU (58 M)."""


def performer(tags: int, size: Size) -> TransformerConfig:
    """Return the configuration of a performer that knows so many tags."""
    return TransformerConfig(channels=CHANNELS, known=KNOWN, melody=FEATURES, tags=tags, **SIZES[size])
