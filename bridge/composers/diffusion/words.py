"""What the text says, as the networks hear it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.composers.rules.plan import Plan
from model.score.features import SENTENCE
from model.score.grid import Floats


def tags_in(plan: Plan, card: Mapping[str, Any]) -> Floats:
    """Return which of the card's tags the style has: (tags,).

    A family of the corpus brings the words that describe it, as in training; genres that are no family are played in that of
    their idiom.
    """
    style, described = plan.brief.style, card["described"]
    families = [genre for genre in style.genres if genre in described] or [card["families"][plan.idiom.name]]
    said = {families[0], *described[families[0]], *style.genres, *style.moods}
    return np.array([tag in said for tag in card["tags"]], np.float32)


def sentence_in(plan: Plan) -> Floats:
    """Return the prompt's sentence vector (512,), zeros where there is none."""
    vector = plan.brief.prompt_vector
    return np.array(vector, np.float32) if vector else np.zeros(SENTENCE, np.float32)
