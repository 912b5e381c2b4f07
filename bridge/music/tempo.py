"""Tempo and meter: the only place where bars, beats, seconds and samples meet.

Conventions
-----------
Bars count from 1, as DAWs show them. Beats are quarter notes, counted from 0 at bar 1.
Seconds and samples are counted from 0 at bar 1 as well.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

DEFAULT_BPM = 120.0
BPM_MIN, BPM_MAX = 10.0, 400.0
_DIGITS = re.compile(r"\s*[0-9]{1,3}\s*")


@dataclass(frozen=True)
class Meter:
    """A time signature, such as 6/8."""

    numerator: int = 4
    denominator: int = 4
    """A power of two up to 64."""

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= 255 or self.denominator not in {1, 2, 4, 8, 16, 32, 64}:
            raise ValueError(f"there is no meter {self.numerator}/{self.denominator}; a meter is written like 3/4")

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Return the meter written as ``"3/4"``; raises ValueError for anything else."""
        numerator, slash, denominator = text.strip().partition("/")
        if not (slash and _DIGITS.fullmatch(numerator) and _DIGITS.fullmatch(denominator)):
            raise ValueError(f"a meter is written like 3/4, not {text!r}")
        return cls(int(numerator), int(denominator))

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @property
    def beats_per_bar(self) -> float:
        """Quarter notes in one bar: 3.0 for 6/8."""
        return 4.0 * self.numerator / self.denominator

    @property
    def is_compound(self) -> bool:
        """Whether pulses divide in three: 6/8, 9/8, 12/8."""
        return self.denominator >= 8 and self.numerator % 3 == 0 and self.numerator > 3

    @property
    def pulse_beats(self) -> float:
        """Length in quarter notes of the pulse one taps: 1.5 in 6/8, 1.0 in 4/4."""
        return 12.0 / self.denominator if self.is_compound else 4.0 / self.denominator

    @property
    def pulses_per_bar(self) -> int:
        """Pulses one taps in a bar: 2 in 6/8, 4 in 12/8, 5 in 5/4."""
        return self.numerator // 3 if self.is_compound else self.numerator

    def bar_beat(self, bar: float) -> float:
        """Return the beat at which a bar (counted from 1) starts."""
        return (bar - 1) * self.beats_per_bar


KNOWN_METERS = tuple(Meter.parse(text) for text in ("2/4", "3/4", "4/4", "5/4", "6/8", "12/8"))
"""The meters a section may have; a clip may be in any."""


@dataclass(frozen=True)
class TempoChange:
    """From this beat on, this many quarter notes a minute (a step, no ramp)."""

    beat: float
    bpm: float


@dataclass(frozen=True)
class TempoMap:
    """Steps of tempo along the timeline; the first one also holds for everything before it."""

    changes: tuple[TempoChange, ...] = (TempoChange(0.0, DEFAULT_BPM),)

    def __post_init__(self) -> None:
        beats = [change.beat for change in self.changes]
        if not beats or any(later <= earlier for earlier, later in itertools.pairwise(beats)):
            raise ValueError("a tempo map needs at least one change, in rising order of beats")
        if not all(math.isfinite(change.beat) and 0.0 < change.bpm < math.inf for change in self.changes):
            raise ValueError("the beats and tempi of a tempo map must be finite, and every tempo above 0 BPM")
        if beats[0] != 0.0:
            object.__setattr__(self, "changes", self._from_zero())

    def _from_zero(self) -> tuple[TempoChange, ...]:
        """Return the changes with the first one holding from beat 0 (one that lies before 0 is moved there)."""
        late = [change for change in self.changes if change.beat > 0.0]
        early = [change for change in self.changes if change.beat <= 0.0]
        first = early[-1] if early else self.changes[0]
        return (TempoChange(0.0, first.bpm), *(late if early else late[1:]))

    @classmethod
    def constant(cls, bpm: float) -> TempoMap:
        """Return the map of a piece that never changes its tempo."""
        return cls((TempoChange(0.0, float(bpm)),))

    @cached_property
    def _beats(self) -> tuple[float, ...]:
        return tuple(change.beat for change in self.changes)

    @cached_property
    def _seconds(self) -> tuple[float, ...]:
        """Seconds at which each change happens."""
        seconds = [0.0]
        for before, after in zip(self.changes, self.changes[1:], strict=False):
            seconds.append(seconds[-1] + (after.beat - before.beat) * 60.0 / before.bpm)
        return tuple(seconds)

    def bpm_at(self, beat: float) -> float:
        """Return the tempo in quarter notes a minute at this beat."""
        return self.changes[max(0, bisect_right(self._beats, beat) - 1)].bpm

    def seconds(self, beat: float) -> float:
        """Return the seconds from beat 0 to this beat (negative before it)."""
        index = max(0, bisect_right(self._beats, beat) - 1)
        change = self.changes[index]
        return self._seconds[index] + (beat - change.beat) * 60.0 / change.bpm

    def beat(self, seconds: float) -> float:
        """Return the beat reached after this many seconds: the inverse of `seconds`."""
        index = max(0, bisect_right(self._seconds, seconds) - 1)
        change = self.changes[index]
        return change.beat + (seconds - self._seconds[index]) * change.bpm / 60.0

    def sample(self, beat: float, sample_rate_hz: int) -> int:
        """Return the nearest sample to this beat, counted from beat 0."""
        return round(self.seconds(beat) * sample_rate_hz)

    def shifted(self, beats: float) -> TempoMap:
        """Return the same map with every change this many beats later; the first tempo fills the gap."""
        return TempoMap(tuple(TempoChange(change.beat + beats, change.bpm) for change in self.changes))
