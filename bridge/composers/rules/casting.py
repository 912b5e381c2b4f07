"""Which General MIDI program plays each part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from bridge.brief import Brief
from bridge.composers.rules.chance import Chance
from bridge.composers.rules.idiom import Idiom
from bridge.composers.rules.instruments import Instrument, instrument, instrument_of_program
from bridge.music.notes import PART_NAMES

_PART_WORDS = {
    "drum": "drums",
    "drum kit": "drums",
    "drumset": "drums",
    "percussion": "drums",
    "beat": "drums",
    "beats": "drums",
    "drum machine": "drums",
    "bassline": "bass",
    "melody": "lead",
    "chord": "chords",
    "harmony": "chords",
    "pads": "pad",
    "counter melody": "counter",
    "countermelody": "counter",
}
_RANGES = {"lead": (55, 88), "chords": (48, 79), "bass": (28, 52), "drums": (27, 87), "pad": (43, 79), "counter": (50, 79)}
_SEARCHED = 5
"""Instruments of a prompt that are fitted to parts; more than there are parts would mean nothing."""


@dataclass(frozen=True)
class Voice:
    """Who plays a part."""

    program: int
    low: int
    """Lowest MIDI note number used."""
    high: int
    is_silent: bool = False
    """The musician asked for this part not to sound."""


def cast_parts(brief: Brief, idiom: Idiom, chance: Chance) -> dict[str, Voice]:
    """Return who plays each part that exists: prompted instruments, else those of the recalled score, else the idiom's."""
    named = _named(brief.style.instruments, brief.parts)
    silent = {_PART_WORDS.get(word, word) for word in brief.style.exclude}
    banned = {found.program for word in brief.style.exclude if (found := instrument(word)) and word not in PART_NAMES}
    voices = {}
    for part in PART_NAMES:
        program = _program(part, brief, named, banned, (idiom, chance))
        low, high = _range(part, program)
        voices[part] = Voice(program, low, high, part in silent)
    return voices


def _program(part: str, brief: Brief, named: dict[str, Instrument], banned: set[int], fallback: tuple[Idiom, Chance]) -> int:
    idiom, chance = fallback
    given = next((made for made in brief.parts_in if made.name == part), None)
    recalled = brief.recall.part(part) if brief.recall else None
    if given is not None:
        return given.program
    if part == "drums":
        return recalled.program if recalled else idiom.kit
    if part in named:
        return named[part].program
    if recalled is not None:
        return recalled.program
    usual = idiom.programs[part]
    allowed = [program for program in usual if program not in banned] or _others(part, banned)
    weights = [(program, 1.0 / (1 + 2 * rank)) for rank, program in enumerate(allowed)]
    return chance.pick(chance.stream("program", part), weights)


def _others(part: str, banned: set[int]) -> list[int]:
    """Return programs for a part whose usual ones are all unwanted."""
    spare = {"lead": (73, 0, 80), "chords": (0, 4, 25, 48), "bass": (33, 38, 43), "pad": (48, 89), "counter": (73, 48)}[part]
    return [program for program in spare if program not in banned] or [spare[0]]


def _named(names: Sequence[str], parts: Iterable[str]) -> dict[str, Instrument]:
    """Return the part that each prompted instrument takes: the arrangement in which all suit best."""
    known = [found for name in names if (found := instrument(name))][:_SEARCHED]
    open_parts = frozenset(parts)
    best: dict[str, Instrument] = {}
    best_worth = 0.0
    for order in product(*[("", *made.roles) for made in known]):
        pairs = [(part, made) for part, made in zip(order, known, strict=True) if part in open_parts]
        if len({part for part, _ in pairs}) < len(pairs):
            continue
        worth = sum(3.0 - 0.6 * made.roles.index(part) - 0.1 * known.index(made) for part, made in pairs)
        if worth > best_worth + 1e-9:
            best, best_worth = dict(pairs), worth
    if len(known) == 1 and "lead" in open_parts and "lead" in known[0].roles:
        best.setdefault("lead", known[0])
    return best


def _range(part: str, program: int) -> tuple[int, int]:
    low, high = _RANGES[part]
    found = instrument_of_program(program)
    if part == "drums" or found is None:
        return low, high
    low, high = max(low, found.low), min(high, found.high)
    least = 12 if part == "bass" else 17
    return (low, high) if high - low >= least else (found.low, found.high)
