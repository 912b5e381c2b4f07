"""What the text says, as the networks hear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bridge.composers.rules.plan import Plan
from model.score.features import SENTENCE
from model.score.grid import Floats


def tags_in(plan: Plan, tags: Sequence[str], families: Mapping[str, str]) -> Floats:
    """Return which tags the style has: (tags,). Its idiom stands for genres that are no tag; nothing said is all zeros."""
    style = plan.brief.style
    said = {*style.genres, *style.moods}
    said |= {families[name] for name in (*style.genres, plan.idiom.name) if name in families}
    return np.array([tag in said for tag in tags], np.float32)


def sentence_in(plan: Plan) -> Floats:
    """Return the prompt's sentence vector (512,), zeros where there is none."""
    vector = plan.brief.prompt_vector
    return np.array(vector, np.float32) if vector else np.zeros(SENTENCE, np.float32)
