"""What was played at a MIDI port, as it came → notes in beats, from a bar line where there is one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bridge.music.clip import write_clip
from bridge.music.notes import Note

SHORTEST_BEATS = 1 / 64
EARLY_BEATS = 1 / 8
"""A note so little before a bar line was meant to be on it."""
LATE_BEATS = 1 / 4
"""A last note released so little after a bar line does not ask for another bar."""
REST_BARS = 2
"""A rest of so many bars parts what was just played from what was played before."""


class Played(NamedTuple):
    """A note message, as it came."""

    seconds: float
    pitch: int
    velocity: int
    """0: the key is released."""


class Key(NamedTuple):
    """A key from being struck to being released."""

    on_seconds: float
    off_seconds: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Grid:
    """Where moments lie in beats."""

    beat: Callable[[float], float]
    """From seconds."""
    beats_per_bar: float
    has_bars: bool
    """Whether bar lines are known (every `beats_per_bar` from beat 0): the DAW was playing."""
    has_tempo: bool
    """Whether the tempo is known; where it is only supposed, nothing is drawn to the grid."""

    def bar_beat(self, seconds: float) -> float:
        """Return the bar line at or before a moment, a note a little early counted as on the next one."""
        return math.floor((self.beat(seconds) + EARLY_BEATS) / self.beats_per_bar) * self.beats_per_bar


@dataclass(frozen=True)
class Quantising:
    """How far note starts are drawn to a grid."""

    strength: float = 0.0
    """0 leaves them, 1 puts them on it."""
    grid_beats: float = 0.25

    def beat(self, beat: float) -> float:
        """Return where a note that was played at this beat is to start."""
        return beat + self.strength * (round(beat / self.grid_beats) * self.grid_beats - beat)


def keys(played: Iterable[Played], end_seconds: float) -> list[Key]:
    """Return what was struck, in order of time; a key still held rings to the end."""
    struck: dict[int, Played] = {}
    found: list[Key] = []
    for message in (*played, *(Played(end_seconds, pitch, 0) for pitch in range(128))):
        before = struck.pop(message.pitch, None)
        if before is not None:
            found.append(Key(before.seconds, message.seconds, before.pitch, before.velocity))
        if message.velocity:
            struck[message.pitch] = message
    return sorted(found)


def recording(struck: Sequence[Key], grid: Grid, began_seconds: float, quantising: Quantising) -> bytes:
    """Return all that was struck as a clip of whole bars.

    Where bar lines are known the clip begins at the one nearest to the beginning of the recording, or with the bar of
    the first note if that is earlier; else with the first note.
    """
    start = grid.beat(struck[0].on_seconds)
    if grid.has_bars:
        pressed = round(grid.beat(began_seconds) / grid.beats_per_bar) * grid.beats_per_bar
        start = min(pressed, grid.bar_beat(struck[0].on_seconds))
    return _clip(struck, grid, start, quantising)


def just_played(struck: Sequence[Key], grid: Grid, bars: int, quantising: Quantising) -> bytes:
    """Return the last phrase as a clip of whole bars, so many at most.

    It begins after the last long rest: with the bar of its first note where bar lines are known, else with that note.
    """
    start_beat = grid.bar_beat if grid.has_bars else grid.beat
    after = start_beat(struck[-1].on_seconds) - bars * grid.beats_per_bar
    latest = list(itertools.takewhile(lambda key: start_beat(key.on_seconds) > after, reversed(struck)))
    phrase = _since_rest(latest[::-1], grid)
    return _clip(phrase, grid, start_beat(phrase[0].on_seconds), quantising, bars)


def _since_rest(struck: Sequence[Key], grid: Grid) -> list[Key]:
    phrase: list[Key] = []
    silent_from = -math.inf
    for key in struck:
        if grid.beat(key.on_seconds) - silent_from >= REST_BARS * grid.beats_per_bar:
            phrase = []
        phrase.append(key)
        silent_from = max(silent_from, grid.beat(key.off_seconds))
    return phrase


def _clip(struck: Sequence[Key], grid: Grid, start_beat: float, quantising: Quantising, bars_max: int | None = None) -> bytes:
    """Return a clip that begins at this beat; beside each note it says the second, from its beginning, of playing it."""
    notes = _notes(struck, grid, start_beat, quantising)
    last, end = max(note.start_beat for note in notes), max(note.end_beat for note in notes)
    bar = grid.beats_per_bar
    bars = max(math.floor(last / bar) + 1, math.ceil((end - LATE_BEATS) / bar))
    first = struck[0].on_seconds
    beats_per_second = grid.beat(first + 0.5) - grid.beat(first - 0.5)
    start_seconds = first - (grid.beat(first) - start_beat) / beats_per_second
    seconds = [key.on_seconds - start_seconds for key in struck]
    return write_clip(notes, (bars if bars_max is None else min(bars, bars_max)) * bar, seconds)


def _notes(struck: Sequence[Key], grid: Grid, start_beat: float, quantising: Quantising) -> list[Note]:
    """Return a note for each key, in the same order; two of one pitch are never drawn together into one."""
    notes: list[Note] = []
    free_from: dict[int, float] = {}
    for key in struck:
        played = max(0.0, grid.beat(key.on_seconds) - start_beat)
        beat = max(quantising.beat(played) if grid.has_tempo else played, free_from.get(key.pitch, 0.0))
        length = max(SHORTEST_BEATS, grid.beat(key.off_seconds) - grid.beat(key.on_seconds))
        notes.append(Note(beat, length, key.pitch, key.velocity))
        free_from[key.pitch] = beat + SHORTEST_BEATS
    return notes
