"""What is known of every frame beside the notes: who plays, what a recording says, what is there already."""

from __future__ import annotations

import numpy as np

from model.sound.layout import CHANNELS
from model.sound.notes import Floats

WINDOW, CONTEXT = 128, 32
"""Frames that are written together, in training as in sampling, and how many of them may be there already."""
SHIFT = 3.0
"""How far the flow's times lie towards the noise."""
PROGRAMS, FAMILIES = 128, 16
PLAYER = PROGRAMS + FAMILIES + 1
"""A General MIDI program, its family, and whether the part is drums: then the program is the kit's."""
KNOWN = PLAYER + (CHANNELS + 1) + (CHANNELS + 1) + 1
"""The player; a guide, frame by frame, and whether there is one; a timbre, the same in all frames, and whether there is one;
whether the frame itself is given."""
_GUIDE = slice(PLAYER, PLAYER + CHANNELS + 1)
_TIMBRE = slice(_GUIDE.stop, _GUIDE.stop + CHANNELS + 1)


def known_features(
    frames: int,
    program: int,
    *,
    is_drums: bool,
    guide: Floats | None = None,
    timbre: Floats | None = None,
    given: int = 0,
) -> Floats:
    """Return (frames, KNOWN).

    `guide`: latents of a recording to follow in time, (frames or fewer, CHANNELS); `timbre`: mean latent of a recording
    to sound like, (CHANNELS,); `given`: so many frames at the start are there already.
    """
    found = np.zeros((frames, KNOWN), np.float32)
    if is_drums:
        found[:, PROGRAMS + FAMILIES] = 1.0
    else:
        found[:, PROGRAMS + program // 8] = 1.0
    found[:, program] = 1.0
    if guide is not None:
        found[: len(guide), _GUIDE] = np.pad(guide, ((0, 0), (0, 1)), constant_values=1.0)
    if timbre is not None:
        found[:, _TIMBRE] = np.append(timbre, np.float32(1.0))
    found[:given, -1] = 1.0
    return found
