"""The two flows that compose: the harmoniser writes chords, the arranger writes the parts over them."""

from __future__ import annotations

from typing import Literal

from model.score.features import CHORD, HARMONY, MELODY, PLACE
from model.score.layout import CHANNELS, GIVEN, STATES
from model.transformer import TransformerConfig

Size = Literal["small", "full"]
"""`small` for processors (2.0 M and 5.1 M parameters), `full` for a GPU (11 M and 39 M)."""
_HARMONISERS: dict[Size, dict[str, int]] = {
    "small": {"width": 160, "layers": 5, "melody_layers": 3},
    "full": {"width": 320, "layers": 8, "heads": 8, "inner": 128, "melody_width": 192, "melody_layers": 4},
}
_ARRANGERS: dict[Size, dict[str, int]] = {
    "small": {"width": 256, "layers": 6, "melody_layers": 1},
    "full": {"width": 576, "layers": 10, "heads": 9, "inner": 128, "melody_width": 192, "melody_layers": 2},
}


def harmoniser(tags: int, size: Size = "small") -> TransformerConfig:
    """Return the configuration of the harmoniser."""
    return TransformerConfig(
        channels=CHORD, known=PLACE + GIVEN, melody=MELODY, tags=tags, auxiliary=CHORD, **_HARMONISERS[size]
    )


def arranger(tags: int, size: Size = "small") -> TransformerConfig:
    """Return the configuration of the arranger."""
    known = PLACE + HARMONY + STATES
    return TransformerConfig(channels=CHANNELS, known=known, melody=MELODY, tags=tags, **_ARRANGERS[size])
