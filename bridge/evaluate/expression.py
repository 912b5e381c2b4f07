"""How lively a score is played: how force, time and density vary."""

from __future__ import annotations

import numpy as np

from bridge.evaluate.form import PLAYERS, density_variation
from bridge.evaluate.piece import STEPS, Piece


def expression(piece: Piece) -> dict[str, float]:
    """Return how much an accompaniment varies; NaN where it is silent.

    `velocity_sd` is the standard deviation of MIDI velocity inside a part, `timing_sd` that of onsets from the grid of
    twelfths, in hundredths of a pulse, both averaged over the parts that play; `density_cv` is that of onsets a bar over
    their mean (`form.density_variation`).
    """
    playing = [piece.part(part) for part in PLAYERS if len(piece.part(part)) > 1]
    if not playing:
        return dict.fromkeys(("velocity_sd", "timing_sd", "density_cv"), float("nan"))
    late = [notes[:, 0] - np.rint(notes[:, 0]) for notes in playing]
    return {
        "velocity_sd": float(np.mean([notes[:, 3].std() for notes in playing])),
        "timing_sd": float(np.mean([100.0 * offsets.std() / STEPS for offsets in late])),
        "density_cv": density_variation(piece),
    }
