"""Rhythms of melodies: bars put together from one figure a pulse."""

from __future__ import annotations

import math
from random import Random
from typing import NamedTuple

from bridge.composers.rules.grid import Grid
from bridge.composers.rules.plan import Passage, Plan

_SIMPLE = ("x---", "x-x-", "x--x", "x-xx", "xx--", "--x-", "-x--", "..x-", "----", "xxxx", "--xx")
_COMPOUND = ("x--", "x-x", "xxx", "--x", "---", "..x")
_OFF = frozenset({"--x-", "-x--", "..x-", "--x", "..x", "--xx", "x--x", "xx--"})
_FAST_BPM = 132.0
"""Above this tempo sixteenths become unsingable and figures thin out."""


class Onset(NamedTuple):
    """A note of a rhythm, from the start of its bar."""

    beat: float
    length_beats: float


def bar_rhythm(plan: Plan, passage: Passage, bar: int, stream: Random) -> tuple[Onset, ...]:
    """Return a bar of melody rhythm as dense and syncopated as idiom, role and mood ask for."""
    manner = plan.idiom_at(bar).lead
    tempo = min(1.0, _FAST_BPM / max(plan.bpm / plan.grid.pulse_beats, 1.0)) ** 0.7
    density = manner.density * passage.role.lead_density * plan.mood.density * tempo
    cells = [_figure(plan, pulse, (density, manner.syncopation), stream) for pulse in range(plan.grid.pulses)]
    return _onsets(cells, plan.grid) or (Onset(0.0, plan.grid.bar_beats),)


def cadence_rhythm(plan: Plan, stream: Random) -> tuple[Onset, ...]:
    """Return the last bar of a phrase: at most two steps to a long note, then a breath."""
    grid = plan.grid
    breath = grid.pulse_beats if grid.pulses > 2 else grid.pulse_beats / 2
    options: list[tuple[tuple[str, ...], float]] = [(("x" + "-" * 3,), 3.0)]
    if grid.pulses > 2:
        options.append((("x-x-" if not grid.meter.is_compound else "x-x", "x---"), 2.0))
        options.append((("x---", "x---"), 1.5))
    cells = plan.chance.pick(stream, options)
    onsets = _onsets([*cells, *["---"] * (grid.pulses - len(cells))], grid)
    last = onsets[-1]
    return (*onsets[:-1], Onset(last.beat, grid.bar_beats - last.beat - breath))


def _figure(plan: Plan, pulse: int, wish: tuple[float, float], stream: Random) -> str:
    density, syncopation = wish
    is_start = pulse == 0
    options = []
    for cell in _COMPOUND if plan.grid.meter.is_compound else _SIMPLE:
        notes = cell.count("x") * (0.75 if plan.grid.meter.is_compound else 1.0)
        weight = math.exp(-1.6 * (notes - density) ** 2)
        if cell in _OFF:
            weight *= 0.08 + 1.1 * syncopation
        if is_start and cell[0] != "x":
            weight *= 0.15
        if cell == "xxxx":
            weight *= 0.3
        options.append((cell, weight + 1e-6))
    return plan.chance.pick(stream, options)


def _onsets(cells: list[str], grid: Grid) -> tuple[Onset, ...]:
    found: list[Onset] = []
    sounding = False
    for pulse, cell in enumerate(cells):
        step = grid.pulse_beats / len(cell)
        for index, sign in enumerate(cell):
            if sign == "x":
                found.append(Onset(pulse * grid.pulse_beats + index * step, step))
            elif sign == "-" and sounding:
                found[-1] = Onset(found[-1].beat, found[-1].length_beats + step)
            sounding = sign == "x" or (sign == "-" and sounding)
    return tuple(found)
