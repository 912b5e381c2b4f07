"""What the text says, as the networks hear it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.composers.rules.plan import Plan
from model.score.features import SENTENCE, meter_name
from model.score.grid import Floats
from model.score.layout import HARMONIES


def family_of(plan: Plan, card: Mapping[str, Any]) -> str:
    """Return the family of the corpus that the style is played in: a genre that is one, else that of the idiom."""
    known: dict[str, str] = {family.replace("-", " "): family for family in card["described"]}
    named = (known[name] for genre in plan.brief.style.genres if (name := genre.replace("-", " ")) in known)
    return next(named, str(card["families"][plan.idiom.name]))


def groove_of(plan: Plan, card: Mapping[str, Any]) -> str:
    """Return which groove is played: the recalled score's, else one drawn from those of the family in this meter, or "".

    Grooves for all the parts that are asked for come first; what the corpus has more songs of was learnt better, and comes as
    much more often.
    """
    grid = plan.grid
    meter = meter_name(grid.pulses, is_compound=grid.meter.is_compound)
    songs = card["played"].get(family_of(plan, card), {}).get(meter, {})
    recalled = plan.brief.recall.groove if plan.brief.recall else ""
    if recalled in songs:
        return recalled
    if not songs:
        return ""
    missing = {name: len(set(card["lacking"].get(_book(name), ())) & set(plan.brief.parts)) for name in songs}
    fitting = {name: count for name, count in songs.items() if missing[name] == min(missing.values())}
    return str(plan.chance.stream("groove").choices(tuple(fitting), tuple(fitting.values()))[0])


def _book(groove: str) -> str:
    """Return the pattern book that a groove stands in."""
    return groove.split(":", maxsplit=1)[0]


def is_of_rules(groove: str) -> bool:
    """Return whether the rules taught a groove; the other teacher's are named by library and file."""
    return bool(groove) and "/" not in groove


def groove_in(groove: str, card: Mapping[str, Any]) -> Floats:
    """Return which groove is played, (grooves,), by its name and by its family of patterns; zeros for none."""
    names = {groove, _book(groove)}
    return np.array([known in names for known in card["grooves"]], np.float32)


def harmony_in(*, is_led: bool) -> Floats:
    """Return how chords are to be found, (harmonies,): from the melody or the parts that lead, else as the idiom likes them."""
    return np.array([name == HARMONIES[0 if is_led else 1] for name in HARMONIES], np.float32)


def tags_in(plan: Plan, card: Mapping[str, Any]) -> Floats:
    """Return which of the card's tags the style has: (tags,).

    A family brings the words that describe it, as in training.
    """
    style, family = plan.brief.style, family_of(plan, card)
    said = {family, *card["described"][family], *style.genres, *style.moods}
    return np.array([tag in said for tag in card["tags"]], np.float32)


def sentence_in(plan: Plan) -> Floats:
    """Return the prompt's sentence vector (512,), zeros where there is none."""
    vector = plan.brief.prompt_vector
    return np.array(vector, np.float32) if vector else np.zeros(SENTENCE, np.float32)
