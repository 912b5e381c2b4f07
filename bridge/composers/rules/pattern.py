"""Patterns: rhythms written as text, one group of signs a pulse, that fit themselves into any meter.

``"x.x. x..x ..x. x..."`` is a bar of four pulses in sixteenths; three signs a pulse are triplets, or the eighths of a
compound meter. ``.`` rests, ``-`` holds on, anything else starts an event; ``|`` divides the bars of a longer pattern.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from bridge.composers.rules.grid import Grid

_ORDERS: dict[tuple[int, int], tuple[tuple[int, ...], ...]] = {
    (4, 2): ((0, 1), (2, 3)),
    (4, 3): ((0, 1, 3),),
    (4, 5): ((0, 1, 3, 2, 3),),
    (3, 2): ((0, 1), (0, 2)),
    (3, 4): ((0, 1, 0, 2),),
    (3, 5): ((0, 1, 2, 0, 1),),
    (2, 3): ((0, 1, 1),),
    (2, 4): ((0, 1, 0, 1),),
    (2, 5): ((0, 1, 1, 0, 1),),
}
"""(Pulses of the pattern, pulses of the meter) → which pulses of the pattern each bar plays; four in two takes two bars."""


class Event(NamedTuple):
    """Something that a pattern starts."""

    beat: float
    """From the start of the bar."""
    length_beats: float
    sign: str


@lru_cache(maxsize=8192)
def events(pattern: str, grid: Grid, bar: int, *, flows: bool = False) -> tuple[Event, ...]:
    """Return what `pattern` starts in this bar (counted from 0) of a meter.

    `flows`: the line keeps time (a hi-hat), so that in compound meters its eighths stay even instead of limping.
    """
    bars = _in_meter(pattern, grid, flows=flows)
    found = []
    for position, sign, steps in _starts(bars):
        if position // grid.pulses == bar % len(bars):
            found.append(Event((position % grid.pulses) * grid.pulse_beats, steps * grid.pulse_beats, sign))
    return tuple(found)


@lru_cache(maxsize=2048)
def _in_meter(pattern: str, grid: Grid, *, flows: bool) -> tuple[tuple[str, ...], ...]:
    bars: list[tuple[str, ...]] = []
    for text in pattern.split("|"):
        cells = text.split()
        whole = (tuple(index % len(cells) for index in range(grid.pulses)),)
        orders = _ORDERS.get((len(cells), grid.pulses), whole)
        bars += [
            tuple(_cell(cells[index], flows=flows) if grid.meter.is_compound else cells[index] for index in o) for o in orders
        ]
    return tuple(bars)


def _cell(cell: str, *, flows: bool) -> str:
    """Return a pulse in three parts instead of two or four."""
    if len(cell) in {3, 6}:
        return cell
    four = {1: f"{cell}---", 2: f"{cell[0]}-{cell[-1]}-"}.get(len(cell), cell[:: len(cell) // 4])
    first, second, third, fourth = tuple(four[:4])
    last = fourth if third in ".-" and fourth not in ".-" else third
    middle = first if flows and first not in ".-" and last not in ".-" else second
    return first + middle + last


def _starts(bars: tuple[tuple[str, ...], ...]) -> list[tuple[float, str, float]]:
    """Return (position, sign, length) of every event of the cycle, in pulses."""
    found: list[tuple[float, str, float]] = []
    cells = [cell for bar in bars for cell in bar]
    sounding = False
    for pulse, cell in enumerate(cells):
        for index, sign in enumerate(cell):
            step = 1.0 / len(cell)
            if sign == "-":
                if sounding:
                    position, what, length = found[-1]
                    found[-1] = (position, what, length + step)
                continue
            sounding = sign != "."
            if sounding:
                found.append((pulse + index * step, sign, step))
    return found
