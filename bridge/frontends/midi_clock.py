"""MIDI clock: tempo, song position and bar lines from 24 ticks a quarter note, however unevenly they arrive.

Source of the messages' meaning: MIDI 1.0 Detailed Specification, "System Common" and "System Real Time Messages".
All times are seconds of one clock that the caller chooses; nothing here reads a clock or a port.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import NamedTuple

from bridge.music.tempo import BPM_MAX, BPM_MIN

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6
"""A song position pointer counts sixteenths."""
LOST_SECONDS = 1.0
"""A clock that is silent for so long has stopped: the slowest tempo ticks four times a second."""
TEMPO_TICKS = 8 * TICKS_PER_BEAT
"""The tempo is that of so many ticks at most: ±2 ms of jitter are then about 0.01 BPM at 120, 0.025 at 200."""
TEMPO_TICKS_MIN = TICKS_PER_BEAT
OFF_SECONDS = 0.006
"""Ticks that come this much beside the tempo found so far are left out of it: a busy machine held them up …"""
OFF_DEVIATIONS = 3.0
"""A clock that wavers more itself is given so many standard deviations of its ticks."""
OFF_TICKS = 2 * TICKS_PER_BEAT
"""… unless so many come one after another: then there is a new tempo, or a message was lost."""
LOSS_TICKS = TICKS_PER_BEAT // 2
"""So many ticks that are late by the same whole number of periods show that messages were lost."""
NEAR_TICKS = TICKS_PER_BEAT
"""A moment is placed by so many ticks before and after it."""
HISTORY_TICKS = 100_000
"""What is remembered, and up to twice as much: half an hour at 120 BPM."""
FIT_EVERY_TICKS = 6
RUNS_MAX = 256
EARLY_SECONDS = 0.1
"""A note so little before the song begins belongs to it."""


class Tick(NamedTuple):
    """One clock message."""

    number: float
    """Ticks since the clock was first heard; a silence counts as the ticks that it would have had."""
    seconds: float
    stretch: int = 0
    """How many silences came before."""


class Line(NamedTuple):
    """Evenly spaced ticks."""

    start: Tick
    """A moment on the line; its number need not be whole."""
    period_seconds: float

    def seconds(self, number: float) -> float:
        """Return when this tick is due."""
        return self.start.seconds + (number - self.start.number) * self.period_seconds

    def number(self, seconds: float) -> float:
        """Return which tick, with its fraction, is due at this moment."""
        return self.start.number + (seconds - self.start.seconds) / self.period_seconds


@dataclass
class Run:
    """A stretch in which the song plays on without a jump."""

    start_seconds: float
    offset_beats: float
    """Song position less the beats since the clock was first heard."""
    end_seconds: float = float("inf")


class ClockFollower:
    """Told of each message and its time; tells tempo, position, and where on the bar grid a moment lay, also later."""

    def __init__(self) -> None:
        self.is_playing = False
        self._ticks: list[Tick] = []
        self._steady: deque[Tick] = deque(maxlen=TEMPO_TICKS)
        """Ticks of one tempo, the latest ones."""
        self._line: Line | None = None
        self._off_seconds = OFF_SECONDS
        self._doubted: list[Tick] = []
        """The latest ticks, where they all came late, or all early."""
        self._are_late = False
        self._position = 0
        """Of the next tick while the song plays, in ticks."""
        self._jumped = True
        self._runs: deque[Run] = deque(maxlen=RUNS_MAX)

    # --- what comes in ----------------------------------------------------------------------------------------------

    def tick(self, seconds: float) -> None:
        """Take a timing clock message (F8); where the song plays, it moves on by a 24th of a beat."""
        tick = self._next_tick(seconds)
        self._ticks.append(tick)
        if len(self._ticks) > 2 * HISTORY_TICKS:
            del self._ticks[:HISTORY_TICKS]
        self._follow(tick)
        if self.is_playing:
            if self._jumped:
                self._end_run(seconds)
                self._runs.append(Run(seconds, (self._position - self._ticks[-1].number) / TICKS_PER_BEAT))
                self._jumped = False
            self._position += 1

    def start(self) -> None:
        """Take a start message (FA): the next tick is the song's beginning."""
        self._position, self.is_playing, self._jumped = 0, True, True

    def go_on(self) -> None:
        """Take a continue message (FB): the next tick is where the song stopped, or was set."""
        self._jumped = self._jumped or not self.is_playing
        self.is_playing = True

    def stop(self, seconds: float) -> None:
        """Take a stop message (FC)."""
        self.is_playing = False
        self._end_run(seconds)

    def song_position(self, sixteenths: int) -> None:
        """Take a song position pointer (F2): the song goes on from there."""
        self._position, self._jumped = sixteenths * TICKS_PER_SIXTEENTH, True

    def notice_silence(self, seconds: float) -> bool:
        """Return whether the clock has just been found to have stopped, without a stop message perhaps."""
        if not self.is_alive or seconds - self._ticks[-1].seconds < LOST_SECONDS:
            return False
        self._end_run(self._ticks[-1].seconds)
        self._steady.clear()
        self._doubted.clear()
        self._line, self.is_playing, self._jumped = None, False, True
        return True

    # --- what is known ----------------------------------------------------------------------------------------------

    @property
    def is_alive(self) -> bool:
        """Whether the clock ticks, as far as is known."""
        return bool(self._steady)

    @property
    def bpm(self) -> float | None:
        """Quarter notes a minute; None before a beat of ticks has come, and where they are of no tempo that music has."""
        if self._line is None:
            return None
        bpm = 60.0 / (TICKS_PER_BEAT * self._line.period_seconds)
        return bpm if BPM_MIN <= bpm <= BPM_MAX else None

    @property
    def position_beats(self) -> float:
        """Where the song is, or will go on."""
        return self._position / TICKS_PER_BEAT

    def is_heard(self, seconds: float) -> bool:
        """Return whether the clock ticked about this moment."""
        near = self._near(seconds)
        return len(near) > 1 and any(abs(tick.seconds - seconds) < LOST_SECONDS for tick in near)

    def beat(self, seconds: float) -> float:
        """Return the beats from the clock's first tick to a moment, by the ticks around it; never jumps with the song.

        Only for moments about which it `is_heard`, and those that follow.
        """
        near = self._near(seconds)
        line = _median(near) if len(near) > 2 else _fitted(near)
        punctual = [tick for tick in near if abs(tick.seconds - line.seconds(tick.number)) < OFF_SECONDS]
        return (_fitted(punctual) if len(punctual) > len(near) / 2 else line).number(seconds) / TICKS_PER_BEAT

    def song_offset_beats(self, seconds: float) -> float | None:
        """Return what added to `beat` is the position in the song; None where the song did not play at this moment."""
        run = self._run(seconds)
        return run.offset_beats if run else None

    def went_on_seconds(self, seconds: float) -> float | None:
        """Return since when the song had played without a jump at a moment; None where it did not play."""
        run = self._run(seconds)
        return run.start_seconds if run else None

    # --- how --------------------------------------------------------------------------------------------------------

    def _run(self, seconds: float) -> Run | None:
        latest = next((run for run in reversed(self._runs) if run.start_seconds - EARLY_SECONDS <= seconds), None)
        return latest if latest and seconds <= latest.end_seconds else None

    def _next_tick(self, seconds: float) -> Tick:
        if not self._ticks:
            return Tick(0, seconds)
        last = self._ticks[-1]
        if self.is_alive:
            return Tick(last.number + 1, seconds, last.stretch)
        return Tick(max(last.number + 1, round(_fitted(self._near(last.seconds)).number(seconds))), seconds, last.stretch + 1)

    def _follow(self, tick: Tick) -> None:
        """Have the tempo follow a tick: jitter is averaged out, what comes far off is doubted, and believed after two beats."""
        late = tick.seconds - self._line.seconds(tick.number) if self._line else 0.0
        if abs(late) < self._off_seconds:
            self._doubted.clear()
            self._steady.append(tick)
            if len(self._steady) >= TEMPO_TICKS_MIN and tick.number % FIT_EVERY_TICKS == 0:
                self._fit()
            return
        if (late > 0) != self._are_late:
            self._doubted.clear()
            self._are_late = late > 0
        self._doubted.append(tick)
        lost = self._lost_ticks()
        if lost:
            self._count_in(lost)
        elif len(self._doubted) >= OFF_TICKS:
            self._steady.clear()
            self._steady.extend(self._doubted)
            self._doubted.clear()
            self._fit()

    def _fit(self) -> None:
        self._line = line = _fitted(self._steady)
        missed = fmean((tick.seconds - line.seconds(tick.number)) ** 2 for tick in self._steady) ** 0.5
        self._off_seconds = max(OFF_SECONDS, OFF_DEVIATIONS * missed)

    def _lost_ticks(self) -> int:
        """Return how many messages were lost, if that is why the latest ticks are late: all by so many whole periods."""
        if len(self._doubted) < LOSS_TICKS or self._line is None:
            return 0
        period = self._line.period_seconds
        late = [(tick.seconds - self._line.seconds(tick.number)) / period for tick in self._doubted]
        half = len(late) // 2
        lost = max(0, round(fmean(late)))
        is_even = abs(fmean(late[half:]) - fmean(late[:half])) < 0.1
        return lost if is_even and abs(fmean(late) - lost) < 0.15 else 0

    def _count_in(self, lost: int) -> None:
        """Give the latest ticks the numbers they would have if no message had been lost before them."""
        numbered = [tick._replace(number=tick.number + lost) for tick in self._doubted]
        self._ticks[-len(numbered) :] = numbered
        self._steady.extend(numbered)
        self._doubted.clear()
        if self._runs and self._runs[-1].start_seconds >= numbered[0].seconds:
            self._runs[-1].offset_beats -= lost / TICKS_PER_BEAT  # the song has jumped since: its place was said
        elif self.is_playing:
            self._position += lost

    def _end_run(self, seconds: float) -> None:
        if self._runs:
            self._runs[-1].end_seconds = min(self._runs[-1].end_seconds, seconds)

    def _near(self, seconds: float) -> list[Tick]:
        """Return the ticks before and after a moment that belong together: a silence may end in another tempo."""
        after = bisect.bisect_left(self._ticks, seconds, key=lambda tick: tick.seconds)
        near = self._ticks[max(0, after - NEAR_TICKS) : after + NEAR_TICKS]
        nearest = min(near, key=lambda tick: abs(tick.seconds - seconds), default=None)
        return [tick for tick in near if nearest and tick.stretch == nearest.stretch]


def _fitted(ticks: Collection[Tick]) -> Line:
    """Return the line through ticks with the smallest sum of squared misses in time (ordinary least squares)."""
    number = sum(tick.number for tick in ticks) / len(ticks)
    seconds = sum(tick.seconds for tick in ticks) / len(ticks)
    spread = sum((tick.number - number) ** 2 for tick in ticks)
    period = sum((tick.number - number) * (tick.seconds - seconds) for tick in ticks) / spread if spread else LOST_SECONDS
    return Line(Tick(number, seconds), max(period, 1e-6))


def _median(ticks: Sequence[Tick]) -> Line:
    """Return a line that a third of the ticks may miss by any amount (Theil and Sen's, of pairs half the ticks apart)."""
    half = len(ticks) // 2
    pairs = zip(ticks, ticks[half:], strict=False)
    period = max(median((later.seconds - tick.seconds) / (later.number - tick.number) for tick, later in pairs), 1e-6)
    return Line(Tick(0, median(tick.seconds - tick.number * period for tick in ticks)), period)
