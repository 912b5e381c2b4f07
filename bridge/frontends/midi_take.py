"""What was played at a MIDI port, as it came → notes in beats, from a bar line where there is one."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
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
HELD_SECONDS = 20.0
"""A key that is never released rings so long at most after the last message: it hangs, as after a cable was pulled."""
CHORD_SECONDS = 0.05
"""Notes struck within this are one chord; under a pedal, what is struck later ends them."""
PEDAL, EVERY_KEY = -1, -2


class Played(NamedTuple):
    """A message about notes, as it came."""

    seconds: float
    pitch: int
    """Or PEDAL, the sustain pedal; or EVERY_KEY, of which there is only the release."""
    velocity: int
    """0: the key or the pedal is released."""
    channel: int = 0


class Key(NamedTuple):
    """A key from being struck to being released."""

    on_seconds: float
    off_seconds: float
    pitch: int
    velocity: int
    channel: int = 0
    is_held: bool = False
    """Whether it was not released before the end."""


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
    """Return what was struck, in order of time; a key still held rings to the end, one under the pedal to the next note."""
    messages = list(played)
    if messages:
        end_seconds = min(end_seconds, messages[-1].seconds + HELD_SECONDS)
    struck: dict[tuple[int, int], Played] = {}
    found: list[Key] = []
    for message in messages:
        found += [Key(on.seconds, message.seconds, on.pitch, on.velocity, on.channel) for on in _ended(struck, message)]
        if message.velocity and message.pitch >= 0:
            struck[message.channel, message.pitch] = message
    found += [Key(on.seconds, end_seconds, on.pitch, on.velocity, on.channel, is_held=True) for on in struck.values()]
    return _pedalled(sorted(found), _pedals(messages, end_seconds))


def _ended(struck: dict[tuple[int, int], Played], message: Played) -> list[Played]:
    """Take out of the keys that are down those that a message ends, struck again or released, and return them."""
    if message.pitch == EVERY_KEY:
        ended = [key for key in struck if key[0] == message.channel]
    else:
        ended = [key for key in ((message.channel, message.pitch),) if key in struck]
    return [struck.pop(key) for key in ended]


def _pedals(messages: Iterable[Played], end_seconds: float) -> list[tuple[int, float, float]]:
    """Return when the sustain pedal was down: (channel, from, to)."""
    down: dict[int, float] = {}
    found = []
    for message in (message for message in messages if message.pitch == PEDAL):
        if message.velocity:
            down.setdefault(message.channel, message.seconds)
        elif message.channel in down:
            found.append((message.channel, down.pop(message.channel), message.seconds))
    return [*found, *((channel, since, end_seconds) for channel, since in down.items())]


def _pedalled(struck: Sequence[Key], pedals: Sequence[tuple[int, float, float]]) -> list[Key]:
    """Return the keys with those that were released over a pedal ringing on: until it is let go, or the next is struck.

    All that rings under a pedal at once would hide the tune from whoever reads the clip.
    """
    starts = [key.on_seconds for key in struck]
    found = []
    for key in struck:
        let_go = (up for channel, down, up in pedals if channel == key.channel and down <= key.off_seconds < up)
        after = bisect_right(starts, key.on_seconds + CHORD_SECONDS)
        following = starts[after] if after < len(starts) else math.inf
        found.append(key._replace(off_seconds=max(key.off_seconds, min(next(let_go, 0.0), following))))
    return found


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
        if not key.is_held:
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
