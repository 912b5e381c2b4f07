"""The chords that an idiom may use in a key, and how naturally one follows another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bridge.composers.rules.idiom import Harmony
from bridge.music.chord import QUALITIES, Chord
from bridge.music.key import Key

_DEGREES = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}
_ROMAN = re.compile(r"^([b#]?)([IV]+|[iv]+)([^/]*)(?:/([b#]?[iIvV]+))?$")
_MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
_DIATONIC_MAJOR = {"I": 0.0, "ii": 0.25, "iii": 0.6, "IV": 0.1, "V": 0.1, "vi": 0.2, "viio": 2.4}
_DIATONIC_MINOR = {"i": 0.0, "iio": 1.5, "III": 0.35, "iv": 0.15, "V": 0.15, "v": 0.8, "VI": 0.2, "VII": 0.3}
"""Roman numeral → how unlikely the chord is by itself."""
_EXTRA = 0.8
TONIC, SUBDOMINANT, DOMINANT = "tonic", "subdominant", "dominant"
_FUNCTIONS = (TONIC, DOMINANT, SUBDOMINANT, TONIC, TONIC, SUBDOMINANT, DOMINANT, DOMINANT, TONIC, TONIC, DOMINANT, DOMINANT)
"""By semitones above the tonic; the flat seventh degree serves as a dominant in rock as in natural minor."""
_FLOW = {
    (TONIC, TONIC): 0.5,
    (TONIC, SUBDOMINANT): 0.15,
    (TONIC, DOMINANT): 0.25,
    (SUBDOMINANT, TONIC): 0.4,
    (SUBDOMINANT, SUBDOMINANT): 0.5,
    (SUBDOMINANT, DOMINANT): 0.0,
    (DOMINANT, TONIC): 0.0,
    (DOMINANT, SUBDOMINANT): 0.9,
    (DOMINANT, DOMINANT): 0.6,
}
_ROOT_MOTION = (0.0, 0.2, -0.05, 0.05, 0.1, -0.3, 0.6, 0.0, 0.0, -0.1, 0.1, 0.3)
"""By semitones that the root rises; falling fifths (5) are the smoothest, tritones (6) the hardest."""


@dataclass(frozen=True)
class Candidate:
    """A chord that may be chosen."""

    chord: Chord
    """A triad, or as the idiom's progression writes it."""
    cost: float
    function: str
    target: int | None = None
    """Root that an applied dominant resolves to."""

    @property
    def triad(self) -> tuple[int, ...]:
        """Pitch classes of root, third and fifth (fewer for a power chord)."""
        return self.chord.pitch_classes[:3]


@lru_cache(maxsize=1024)
def chord_of(roman: str, key: Key) -> Chord:
    """Return the chord of a roman numeral: ``"ii7"``, ``"bVII"``, ``"V/vi"``; III, VI and VII of minor are natural."""
    match = _ROMAN.match(roman)
    if match is None:
        raise ValueError(f"{roman!r} is no roman numeral")
    accidental, numeral, suffix, applied_to = match.groups()
    if applied_to:
        return Chord((chord_of(applied_to, key).root + 7) % 12, "7")
    scale = key.scale if not accidental else tuple((key.tonic + step) % 12 for step in _MAJOR_STEPS)
    shift = {"b": -1, "#": 1, "": 0}[accidental]
    root = (scale[_DEGREES[numeral.upper()]] + shift) % 12
    return Chord(root, _quality(suffix, is_minor=numeral.islower()))


def _quality(suffix: str, *, is_minor: bool) -> str:
    plain = {"o": "dim", "ø7": "m7b5", "o7": "dim7"}.get(suffix)
    if plain is not None:
        return plain
    minor = f"m{suffix}"
    return minor if is_minor and minor in QUALITIES else suffix


def function_of(chord: Chord, key: Key) -> str:
    """Return the harmonic function of a chord by its root."""
    return _FUNCTIONS[(chord.root - key.tonic) % 12]


@lru_cache(maxsize=256)
def candidates(harmony: Harmony, key: Key, borrowed: float = 0.0) -> tuple[Candidate, ...]:
    """Return the chords of an idiom in a key: diatonic, applied, borrowed, and those of its progressions.

    `borrowed`: how welcome the extra chords are, −1…1.
    """
    diatonic = _DIATONIC_MINOR if key.is_minor else _DIATONIC_MAJOR
    extra = harmony.extra_minor if key.is_minor else harmony.extra_major
    costs = dict(diatonic) | dict.fromkeys(extra, _EXTRA - 0.4 * borrowed)
    found: dict[Chord, Candidate] = {}
    for roman, cost in costs.items():
        chord = chord_of(roman, key)
        target = chord_of(roman.partition("/")[2], key).root if "/" in roman else None
        triad = Chord(chord.root, "") if target is not None else chord
        if triad not in found:
            found[triad] = Candidate(triad, cost, function_of(triad, key), target)
    for progression in harmony.minor if key.is_minor else harmony.major:
        for roman in progression.replace("-", " ").split():
            chord = plain(chord_of(roman, key))
            found.setdefault(chord, Candidate(chord, 0.6, function_of(chord, key)))
    return tuple(found.values())


def plain(chord: Chord) -> Chord:
    """Return the triad under a chord."""
    intervals = chord.intervals
    third = 3 if 3 in intervals and 4 not in intervals else 4
    fifth = next((step for step in (7, 6, 8) if step in intervals), 7)
    return Chord(chord.root, {(4, 7): "", (3, 7): "m", (3, 6): "dim", (4, 8): "aug", (4, 6): ""}.get((third, fifth), "m"))


@lru_cache(maxsize=256)
def transitions(made: tuple[Candidate, ...], grammar: float) -> tuple[tuple[float, ...], ...]:
    """Return [to][from]: the cost of one candidate following another, by function, root motion and resolution."""
    return tuple(tuple(_step(before, after, grammar) for before in made) for after in made)


def _step(before: Candidate, after: Candidate, grammar: float) -> float:
    if before.chord == after.chord:
        return 0.0
    if before.target is not None:
        return grammar * (-0.3 if after.chord.root == before.target else 1.0 / grammar + 0.8)
    flow = _FLOW[before.function, after.function] + _ROOT_MOTION[(after.chord.root - before.chord.root) % 12]
    return grammar * flow + after.cost * 0.5
