"""Captions of stems: who plays and what production did, in English and Chinese, in many wordings (captions.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from random import Random
from string import Formatter
from typing import Any, cast

import yaml

LANGUAGES = ("en", "zh")
HELD_EVERY = 5
"""Every so many templates one is held out."""
SLIGHTLY_BELOW, VERY_FROM = 0.45, 0.8
"""Strengths at which a word is said weaker or stronger."""
_SAID = 0.5
"""How often a strength outside of the middle is said."""
_NO_INSTRUMENT = 0.12
"""How often the caption speaks of the sound alone, where there is something to say of it."""
_A = re.compile(r"\b([Aa]) (?=[aio]|e(?!u)|u[npr])")
"""The article before a vowel that is heard as one."""
_TWICE = re.compile(r"\b(\w+) \1\b")
"""As in "synth lead lead"."""


def programs(part: str) -> tuple[int, ...]:
    """Return the General MIDI programs that suit a part; for drums the kits."""
    return tuple(_data()["parts"][part])


def caption(program: int, part: str, strengths: Mapping[str, float], language: str, split: str, random: Random) -> str:
    """Return a sentence that says who plays and every word of `strengths`; "held" uses templates that "train" never does."""
    said = [_word(word, strength, language, random) for word, strength in strengths.items()]
    random.shuffle(said)
    with_player = not said or random.random() >= _NO_INSTRUMENT
    usable = [
        template
        for template in _templates(language, split)
        if template.count("{word") == len(said) and ("{player}" in template) == with_player
    ]
    words = {f"word{index}": word for index, word in enumerate(said, 1)}
    text = random.choice(usable).format(player=player(program, part, language, random), **words)
    return _A.sub(r"\1n ", _TWICE.sub(r"\1", text))


def player(program: int, part: str, language: str, random: Random) -> str:
    """Return a name of an instrument or kit, at times with its part."""
    data = _data()
    names = data["kits" if part == "drums" else "instruments"][program]
    roles = data["roles"][part][language]
    return str(random.choice(roles)).format(random.choice(names[language]))


def _word(word: str, strength: float, language: str, random: Random) -> str:
    """Return a wording of a production word; a graded one may say that the word holds a little or very much."""
    data = _data()
    wordings = data["words"][word]
    degree = "slightly" if strength < SLIGHTLY_BELOW else "very" if strength >= VERY_FROM else ""
    if degree and "graded" in wordings and random.random() < _SAID:
        graded = random.choice(wordings["graded"][language])
        return str(random.choice(data["degrees"][degree][language])).format(graded)
    plain = [text for sort in wordings.values() for text in sort[language]]
    return str(random.choice(plain))


def _templates(language: str, split: str) -> list[str]:
    """Return the templates of a split; of each sort, those with the same slots, some are held out."""
    sorts: dict[tuple[str, ...], list[str]] = {}
    for template in _data()["templates"][language]:
        slots = tuple(sorted(slot for _, slot, _, _ in Formatter().parse(template) if slot))
        sorts.setdefault(slots, []).append(template)
    kept = []
    for templates in sorts.values():
        held = templates[HELD_EVERY - 1 :: HELD_EVERY]
        kept += (held or templates) if split == "held" else [template for template in templates if template not in held]
    return kept


@cache
def _data() -> dict[str, Any]:
    return cast(
        "dict[str, Any]",
        yaml.safe_load(files("bridge.corpus.sound").joinpath("captions.yaml").read_text(encoding="utf-8")),
    )
