"""Where things lie in the composer's latents and features: shared by the training and by the daemon, which has no torch."""

from __future__ import annotations

from model.score.grid import PARTS

LATENTS = {"drums": 16, "bass": 12, "chords": 24, "pad": 12}
"""Part → channels of its latent."""
GIVEN = 27
"""What the harmoniser knows beside the place: pitch classes of given bass and chords, whether each is given, whether the
chord itself is."""
STATES = 2 * len(PARTS)
"""What the arranger knows of each part in a frame: given; not to be written."""
CHANNELS = sum(LATENTS[part.name] for part in PARTS)
"""Channels of the arranger's latent: the parts' latents side by side, in the order of PARTS."""
HARMONIES = ("plain", "idiomatic")
"""How chords may be found: from the melody alone, or as the idiom likes them. The harmoniser is told, beside the tags."""
SHIFT = 5.0
"""How far the flows' times lie towards the noise. A groove returns every bar, so that sixty frames together betray it at a
tenth of the way: at even times the network reads it off its input and never learns to hear words, chords or place."""


def slots() -> dict[str, slice]:
    """Return where each part's latent lies in the arranger's."""
    found, start = {}, 0
    for part in PARTS:
        found[part.name] = slice(start, start + LATENTS[part.name])
        start += LATENTS[part.name]
    return found
