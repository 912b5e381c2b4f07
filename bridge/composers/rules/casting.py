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
from bridge.style import Style

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
_DRUMS = frozenset(
    {"drums", "cymbals", "hand drums", "congas", "bongos", "taiko", "tabla", "tambourine", "shaker", "castanets", "claps"}
    | {word for word, part in _PART_WORDS.items() if part == "drums"}
)
"""Instruments that the drums part plays."""
_LEFT_HAND = 43
"""Who plays chords to a solo and reaches below this note plays the bass too."""
_RANGES = {"lead": (55, 88), "chords": (48, 79), "bass": (28, 52), "drums": (27, 87), "pad": (43, 79), "counter": (50, 79)}
ELECTRONIC = frozenset({5, 38, 39, 50, 51, 62, 63, *range(80, 104)})
"""Programs that sound out of place beside a piano and strings."""
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
    """The musician asked for this part not to sound, or for a soloist without it."""
    is_asked: bool = False
    """The prompt's own words ask for this part; known of the drums only."""


def cast_parts(brief: Brief, idiom: Idiom, chance: Chance) -> dict[str, Voice]:
    """Return who plays each part that exists: prompted instruments, else those of the recalled score, else the idiom's."""
    style = brief.style
    # What is only guessed at does not change who played in the score that is recalled.
    wanted = [name for name in style.instruments if brief.recall is None or name not in style.guessed]
    named = (_solo if style.solo else _named)(wanted, brief.parts)
    asks_drums = not _DRUMS.isdisjoint(set(style.instruments) - set(style.guessed))
    silent = {_PART_WORDS.get(word, word) for word in style.exclude}
    if style.solo and not asks_drums:
        silent.add("drums")
    banned = _banned(style)
    voices: dict[str, Voice] = {}
    for part in PART_NAMES:
        if part == "bass" and style.solo and not voices["chords"].is_silent:
            named = _accompanist(voices["chords"]) | named
        program = _program(part, brief, named, banned, (idiom, chance))
        low, high = _range(part, program)
        is_silent = part in silent or (style.solo and not _accompanies(part, brief, named))
        voices[part] = Voice(program, low, high, is_silent, is_asked=part == "drums" and asks_drums)
    return voices


def _banned(style: Style) -> set[int]:
    """Return the programs that nobody is to play unless named: unwanted ones, and electronic ones where all named are not."""
    unwanted = {found.program for word in style.exclude if (found := instrument(word)) and word not in PART_NAMES}
    named = {found.program for word in style.instruments if word not in style.guessed and (found := instrument(word))}
    return unwanted | (ELECTRONIC if named and named.isdisjoint(ELECTRONIC) else set())


def _accompanies(part: str, brief: Brief, named: dict[str, Instrument]) -> bool:
    """Return whether a part sounds in a solo: the soloist plays it, or it was named, given, or there before."""
    recalled = brief.recall.part(part) if brief.recall else None
    is_played = recalled is not None and bool(recalled.notes)
    return part in {"lead", "drums"} or part in named or part in brief.named_parts or is_played


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


def _solo(names: Sequence[str], parts: Iterable[str]) -> dict[str, Instrument]:
    """Return the same where the first instrument is a soloist: it leads, and accompanies itself where it plays chords."""
    soloist = next((name for name in names if instrument(name)), None)
    found = instrument(soloist) if soloist else None
    if found is None:
        return _named(names, parts)
    others = _named([name for name in names if name != soloist], [part for part in parts if part != "lead"])
    own = ("lead", "chords") if "chords" in found.roles and found.low < _LEFT_HAND else ("lead",)
    return dict.fromkeys(own, found) | others


def _accompanist(chords: Voice) -> dict[str, Instrument]:
    """Return the player of the chords as that of the bass, if deep enough."""
    found = instrument_of_program(chords.program)
    return {"bass": found} if found is not None and found.low < _LEFT_HAND else {}


def _range(part: str, program: int) -> tuple[int, int]:
    low, high = _RANGES[part]
    found = instrument_of_program(program)
    if part == "drums" or found is None:
        return low, high
    low, high = max(low, found.low), min(high, found.high)
    least = 12 if part == "bass" else 17
    return (low, high) if high - low >= least else (found.low, found.high)
