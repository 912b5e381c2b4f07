"""The two flows that compose: the harmoniser writes chords, the arranger writes the parts over them."""

from __future__ import annotations

from model.score.features import CHORD, HARMONY, MELODY, PLACE
from model.score.layout import CHANNELS, GIVEN, STATES
from model.transformer import TransformerConfig


def harmoniser(tags: int) -> TransformerConfig:
    """Return the configuration of the harmoniser."""
    return TransformerConfig(
        channels=CHORD, known=PLACE + GIVEN, melody=MELODY, tags=tags, width=160, layers=5, melody_layers=3, auxiliary=CHORD
    )


def arranger(tags: int) -> TransformerConfig:
    """Return the configuration of the arranger."""
    known = PLACE + HARMONY + STATES
    return TransformerConfig(channels=CHANNELS, known=known, melody=MELODY, tags=tags, width=256, layers=6, melody_layers=1)
