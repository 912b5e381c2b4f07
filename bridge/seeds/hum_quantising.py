"""Heard notes → notes on the grid and in the key."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.music.key import Key, likely_key
from bridge.music.notes import Note
from bridge.seeds.hum_note import HeardNote
from bridge.seeds.hum_tempo import Pulse

GRIDS = ((1.0, 0.0), (0.5, 0.02), (0.25, 0.06), (1 / 3, 0.09))
"""Steps in beats that a note may lie on, and how many beats nearer a finer one must be."""
FOLLOWS = 0.25
"""How much of each note's lateness the singer's beat takes over."""
OUTSIDE_COST = 0.15
"""How much nearer in semitones a pitch outside the key must be."""
SHORTEST_BEATS = 0.25
FILLS_BEATS = 0.3
"""A rest shorter than this was a breath."""


@dataclass(frozen=True)
class Placed:
    """Notes on the grid, and what they were before."""

    notes: tuple[Note, ...]
    heard: tuple[HeardNote, ...]
    key: Key
    fit: float
    """How near the onsets lay to the grid, 0…1."""


def place(heard: Sequence[HeardNote], pulse: Pulse, beats_per_bar: float) -> Placed:
    """Return heard notes (in order of time, one at a time) as notes; beat 0 is the pulse's first beat."""
    starts, misses = _starts([pulse.beats(note.start_seconds) for note in heard])
    key = likely_key(_notes(heard, starts, pulse, None), beats_per_bar=beats_per_bar)
    kept = [index for index, start in enumerate(starts) if index + 1 == len(starts) or starts[index + 1] > start]
    heard, starts = [heard[index] for index in kept], [starts[index] for index in kept]
    fit = 1.0 - min(1.0, 4.0 * sum(misses) / len(misses))
    return Placed(tuple(_notes(heard, starts, pulse, key)), tuple(heard), key, fit)


def moved(placed: Placed, beats: float) -> Placed:
    """Return the same notes this many beats later."""
    return replace(placed, notes=tuple(note.shifted(beats) for note in placed.notes))


def _starts(beats: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the grid line of each onset and how far it was; the grid follows a singer who hurries or drags."""
    late, starts, misses = 0.0, [], []
    for beat in beats:
        line = _nearest_line(beat - late)
        miss = beat - late - line
        late += FOLLOWS * miss
        starts.append(line)
        misses.append(abs(miss))
    return starts, misses


def _nearest_line(beat: float) -> float:
    lines = ((round(beat / step) * step, cost) for step, cost in GRIDS)
    return min(lines, key=lambda line: abs(beat - line[0]) + line[1])[0]


def _notes(heard: Sequence[HeardNote], starts: Sequence[float], pulse: Pulse, key: Key | None) -> list[Note]:
    loudest = max(note.loudness_db for note in heard)
    notes = []
    for (note, start), following in itertools.zip_longest(zip(heard, starts, strict=True), starts[1:]):
        length = max(SHORTEST_BEATS, _nearest_line(note.seconds * pulse.bpm / 60.0))
        if following is not None and following > start:
            room = following - start
            length = room if room - length < FILLS_BEATS else length
        notes.append(Note(start, length, _pitch(note.pitch, key), _velocity(note.loudness_db - loudest)))
    return notes


def _pitch(pitch: float, key: Key | None) -> int:
    """Return the semitone of a pitch; one that lies between two belongs to the key."""
    low = math.floor(pitch)
    return min(
        (low, low + 1), key=lambda each: abs(pitch - each) + OUTSIDE_COST * (key is not None and each % 12 not in key.scale)
    )


def _velocity(below_loudest_db: float) -> int:
    return round(min(112.0, max(40.0, 104.0 + 2.0 * below_loudest_db)))
