"""Bars of a theme on the rungs of its scale, and what can be done to them: moved, mirrored, broken off, brought to rest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bridge.composers.rules.grid import NEAR, Grid
from bridge.music.key import Key
from bridge.music.notes import Note

_LEAPS = (0.25, 0.0, 0.1, 0.3, 0.55, 0.85, 1.6, 1.3)
"""Cost of a melodic step by degrees, an octave at the end; more is dearer still."""
_PENTATONIC = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 7, 10)}


class Sung(NamedTuple):
    """A note of a bar of the theme, on a rung of the ladder."""

    beat: float
    """From the start of its bar."""
    length_beats: float
    degree: int
    raised: int
    """Semitones above its degree."""
    velocity: int


@dataclass(frozen=True)
class Ladder:
    """The scale of a theme as rungs, counted from the tonic below MIDI note 12."""

    tonic: int
    steps: tuple[int, ...]

    def rung(self, pitch: int) -> tuple[int, int]:
        """Return the degree at or below a pitch, and how many semitones the pitch is above it."""
        octave, inside = divmod(pitch - self.tonic, 12)
        at = bisect_right(self.steps, inside) - 1
        return octave * len(self.steps) + at, inside - self.steps[at]

    def pitch(self, degree: int) -> int:
        """Return the pitch of a degree."""
        octave, at = divmod(degree, len(self.steps))
        return self.tonic + 12 * octave + self.steps[at]


def ladder_of(line: Sequence[Note], key: Key, *, is_five_liked: bool) -> Ladder:
    """Return the scale of a tune: five notes where it has no others and the idiom likes them, else the key's."""
    five = _PENTATONIC[key.mode]
    is_five = is_five_liked and all((note.pitch - key.tonic) % 12 in five for note in line)
    return Ladder(key.tonic, five if is_five else tuple((tone - key.tonic) % 12 for tone in key.scale))


def moved(notes: tuple[Sung, ...], shift: int, rungs: int) -> tuple[Sung, ...]:
    """Return notes on other degrees; what is raised stays so in another octave only."""
    keeps = shift % rungs == 0
    return tuple(s._replace(degree=s.degree + shift, raised=s.raised if keeps else 0) for s in notes)


def mirrored(notes: tuple[Sung, ...]) -> tuple[Sung, ...]:
    """Return notes turned upside down about the first."""
    return tuple(s._replace(degree=2 * notes[0].degree - s.degree, raised=0) for s in notes)


def resting_bar(notes: tuple[Sung, ...], grid: Grid) -> tuple[Sung, ...]:
    """Return a bar that comes to rest: as it is where its last note is long, else with a long one in its second half."""
    if not notes or notes[-1].length_beats >= grid.pulse_beats - NEAR:
        return notes
    half = grid.group_starts[-1] or grid.pulse_beats
    head = tuple(sung for sung in notes if sung.beat < half - NEAR)
    return (*head, notes[-1]._replace(beat=half, length_beats=grid.bar_beats - half, raised=0))


def broken(notes: tuple[Sung, ...], grid: Grid) -> Iterator[tuple[Sung, ...]]:
    """Yield a bar whose first half is sung twice, the second time a degree lower or higher."""
    half = grid.bar_beats / 2
    first = tuple(sung for sung in notes if sung.beat < half - NEAR)
    if grid.pulses % 2 == 0 and len(first) > 1:
        for step in (-1, 1):
            yield (*first, *(s._replace(beat=s.beat + half, degree=s.degree + step, raised=0) for s in first))


def leap(degrees: int) -> float:
    """Return what a melodic step by so many degrees costs."""
    size = abs(degrees)
    return _LEAPS[size] if size < len(_LEAPS) else 1.6 + 0.3 * (size - 7)


def leaps(notes: Sequence[Sung]) -> float:
    """Return the cost of all steps of a bar."""
    return sum(leap(second.degree - first.degree) for first, second in pairwise(notes))
