"""The two flows that compose: the harmoniser writes chords, the arranger writes the parts over them."""

from __future__ import annotations

from model.score.autoencoder import LATENTS
from model.score.features import CHORD, HARMONY, MELODY, PLACE
from model.score.grid import PARTS
from model.transformer import TransformerConfig

GIVEN = 27
"""What the harmoniser knows beside the place: pitch classes of given bass and chords, whether each is given, whether the
chord itself is."""
STATES = 2 * len(PARTS)
"""What the arranger knows of each part in a frame: given; not to be written."""
CHANNELS = sum(LATENTS[part.name] for part in PARTS)
"""Channels of the arranger's latent: the parts' latents side by side, in the order of PARTS."""


def slots() -> dict[str, slice]:
    """Return where each part's latent lies in the arranger's."""
    found, start = {}, 0
    for part in PARTS:
        found[part.name] = slice(start, start + LATENTS[part.name])
        start += LATENTS[part.name]
    return found


def harmoniser(tags: int) -> TransformerConfig:
    """Return the configuration of the harmoniser."""
    return TransformerConfig(
        channels=CHORD, known=PLACE + GIVEN, melody=MELODY, tags=tags, width=160, layers=5, melody_layers=3, auxiliary=CHORD
    )


def arranger(tags: int) -> TransformerConfig:
    """Return the configuration of the arranger."""
    known = PLACE + HARMONY + STATES
    return TransformerConfig(channels=CHANNELS, known=known, melody=MELODY, tags=tags, width=256, layers=6, melody_layers=1)
