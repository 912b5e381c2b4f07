"""Pitches for a rhythm: the line that fits the chords, the wished contour and a singer best, by dynamic programming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import NamedTuple

from bridge.composers.rules.harmony import Changes, misfits_of
from bridge.composers.rules.plan import Plan
from bridge.music.chord import Chord
from bridge.music.key import Key

_LEAP = (0.6, 0.0, 0.0, 0.25, 0.35, 0.6, 1.6, 0.8, 1.6, 1.7, 2.6, 3.0, 1.4)
"""Cost of a melodic interval by semitones, an octave at the end; more is dearer still."""
_PENTATONIC: dict[str, tuple[int, ...]] = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 7, 10)}
_BLUES: dict[str, tuple[int, ...]] = {"major": (0, 2, 3, 4, 7, 9), "minor": (0, 3, 5, 6, 7, 10)}


class Tone(NamedTuple):
    """A note whose pitch is to be found."""

    beat: float
    length_beats: float
    target: float
    """Wished pitch."""
    step: int | None = None
    """Wished interval from the note before, in semitones."""
    goal: int | None = None
    """Pitch class to close on."""
    shunned: int | None = None
    """Pitch to stay away from."""


@dataclass(frozen=True)
class Register:
    """Where a line lies, and where it comes from and goes to."""

    low: int
    high: int
    before: int | None = None
    """Pitch of the note before the line."""
    after: int | None = None
    """Pitch of the note after it."""
    scale: str = "diatonic"
    pull: float = 0.16
    """Cost of each semitone away from a target."""


def pitches(plan: Plan, tones: Sequence[Tone], changes: Changes, register: Register, stream: Random) -> list[int]:
    """Return a pitch a tone."""
    if not tones:
        return []
    rows: list[tuple[tuple[int, ...], list[float]]] = []
    back: list[list[int]] = []
    for tone in tones:
        states, here = _emissions(plan, tone, changes, register, stream)
        if rows:
            here, origins = _reached(rows[-1], states, here, tone.step)
            back.append(origins)
        elif register.before is not None:
            here = [cost + _leap(register.before, pitch) for pitch, cost in zip(states, here, strict=True)]
        rows.append((states, here))
    states, costs = rows[-1]
    if register.after is not None:
        costs = [cost + _leap(pitch, register.after) for pitch, cost in zip(states, costs, strict=True)]
    best = min(range(len(states)), key=costs.__getitem__)
    path = [best]
    for origins in reversed(back):
        path.append(origins[path[-1]])
    return [states[index] for (states, _), index in zip(rows, reversed(path), strict=True)]


def _emissions(
    plan: Plan, tone: Tone, changes: Changes, register: Register, stream: Random
) -> tuple[tuple[int, ...], list[float]]:
    chord = changes.at(tone.beat).chord
    states = _states(chord, plan.key, register)
    misfits = misfits_of(chord)
    strength = 0.35 + 1.5 * plan.grid.weight(tone.beat) + min(0.8, 0.4 * tone.length_beats)
    costs = []
    for pitch in states:
        cost = strength * misfits[pitch % 12] + register.pull * abs(pitch - tone.target) + plan.chance.noise(stream, 0.22)
        if tone.goal is not None and pitch % 12 != tone.goal:
            cost += 1.6
        if pitch == tone.shunned:
            cost += 1.5
        costs.append(cost)
    return states, costs


def _reached(
    before: tuple[tuple[int, ...], list[float]], states: tuple[int, ...], here: list[float], step: int | None
) -> tuple[list[float], list[int]]:
    costs, origins = [], []
    table = _leaps(before[0], states, step)
    for cost, row in zip(here, table, strict=True):
        totals = [old + leap for old, leap in zip(before[1], row, strict=True)]
        origin = min(range(len(totals)), key=totals.__getitem__)
        costs.append(cost + totals[origin])
        origins.append(origin)
    return costs, origins


@lru_cache(maxsize=4096)
def _leaps(before: tuple[int, ...], states: tuple[int, ...], step: int | None) -> tuple[tuple[float, ...], ...]:
    wished = 0.0 if step is None else 0.3
    return tuple(tuple(_leap(old, new) + wished * abs(new - old - (step or 0)) for old in before) for new in states)


def _leap(old: int, new: int) -> float:
    size = abs(new - old)
    return _LEAP[size] if size <= 12 else 3.0 + 0.3 * (size - 12)


@lru_cache(maxsize=4096)
def _states(chord: Chord, key: Key, register: Register) -> tuple[int, ...]:
    allowed = scale_over(chord, key, register.scale)
    found = tuple(pitch for pitch in range(register.low, register.high + 1) if pitch % 12 in allowed)
    return found or (register.low,)


@lru_cache(maxsize=2048)
def scale_over(chord: Chord, key: Key, scale: str = "diatonic") -> frozenset[int]:
    """Return the pitch classes a melody may use over a chord: the scale, with what the chord alters put in its place."""
    steps = {"pentatonic": _PENTATONIC, "blues": _BLUES}.get(scale)
    usual = key.scale if steps is None else tuple((key.tonic + step) % 12 for step in steps[key.mode])
    tones = set(chord.pitch_classes)
    altered = {tone for tone in tones if tone not in key.scale}
    return frozenset({pc for pc in usual if not any((pc - tone) % 12 in {1, 11} for tone in altered)} | tones)
