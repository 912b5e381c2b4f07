"""Crops of tunes in the meter that an accompaniment needs: whole phrases, rebarred where the meter is another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from bridge.corpus.tunes import STEPS, Tune

PHRASE_BARS = 4
SHORTEST, LONGEST = 16, 32
"""Bars of a crop."""


def fits(tune: Tune, meter: str) -> bool:
    """Whether a tune is in a meter or can be rebarred to it."""
    return tune.meter in _SOURCES[meter]


def crop(tune: Tune, meter: str, random: Random) -> Tune:
    """Return 16–32 bars of a tune in a meter that it `fits`, in C, from the start of a phrase; short tunes come again."""
    rebarred = _SOURCES[meter][tune.meter](tune)
    whole = rebarred.bars // PHRASE_BARS * PHRASE_BARS
    if whole < SHORTEST:
        times = -(-SHORTEST // max(whole, PHRASE_BARS))
        return in_c(_repeated(rebarred.cut(0, max(whole, PHRASE_BARS)), times))
    bars = random.choice([bars for bars in (16, 16, 24, 32, 32) if bars <= whole])
    start = random.choice(range(0, whole - bars + 1, 2 * PHRASE_BARS))
    return in_c(rebarred.cut(start, bars))


def in_c(tune: Tune) -> Tune:
    """Return a tune moved to the nearest C, −5…+6 semitones."""
    shift = -tune.tonic % 12
    shift -= 12 if shift > 6 else 0
    return replace(tune, tonic=0, notes=tuple((start, length, pitch + shift) for start, length, pitch in tune.notes))


def _repeated(tune: Tune, times: int) -> Tune:
    span = tune.bars * tune.bar_steps
    notes = tuple((start + turn * span, length, pitch) for turn in range(times) for start, length, pitch in tune.notes)
    return replace(tune, bars=tune.bars * times, notes=notes)


def _same(tune: Tune) -> Tune:
    return tune


def _doubled(tune: Tune) -> Tune:
    """Return a tune in 2/4 as 4/4, all values doubled."""
    return replace(tune, meter="4/4", notes=tuple((2 * start, 2 * length, pitch) for start, length, pitch in tune.notes))


def _paired(tune: Tune) -> Tune:
    """Return a tune in 6/8 as 12/8, two bars in one."""
    return replace(tune, meter="12/8", bars=tune.bars // 2)


def _in_five(tune: Tune) -> Tune:
    """Return a tune in 4/4 as 5/4: the first half of each bar is a pulse longer, so that it groups 3 + 2."""
    notes = []
    for start, length, pitch in tune.notes:
        first, last = _five_step(start), _five_step(start + length)
        notes.append((first, last - first, pitch))
    return replace(tune, meter="5/4", notes=tuple(notes))


def _five_step(step: int) -> int:
    bar, inside = divmod(step, 4 * STEPS)
    return bar * 5 * STEPS + inside + (STEPS if inside >= 2 * STEPS else 0)


_SOURCES: dict[str, dict[str, Callable[[Tune], Tune]]] = {
    "4/4": {"4/4": _same, "2/4": _doubled},
    "2/4": {"2/4": _same},
    "3/4": {"3/4": _same},
    "5/4": {"4/4": _in_five, "2/4": lambda tune: _in_five(_doubled(tune))},
    "6/8": {"6/8": _same},
    "12/8": {"12/8": _same, "6/8": _paired},
}
"""Meter → the meters of tunes that can be had in it, and how."""
