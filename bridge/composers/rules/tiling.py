"""Given notes laid over the section exactly as they are: repeated where it is longer, cut where it ends."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from bridge.composers.rules.grid import NEAR, Grid
from bridge.music.notes import Note


def whole_bars(beats: float, grid: Grid) -> float:
    """Return a length rounded up to whole bars, one at least."""
    return max(1, math.ceil(beats / grid.bar_beats - NEAR)) * grid.bar_beats


def tiled(notes: Iterable[Note], period_beats: float, start_beat: float, end_beat: float) -> tuple[Note, ...]:
    """Return `notes` starting again every `period_beats` from `start_beat`, until `end_beat`, where the last are cut.

    Pitch, velocity, place and length are those given, exactly, but for the cut.
    """
    given = sorted(notes)
    repeats = math.ceil((end_beat - start_beat) / period_beats - NEAR)
    laid = (note.shifted(start_beat + turn * period_beats) for turn in range(repeats) for note in given)
    cut = (_cut(note, end_beat) for note in laid if note.start_beat < end_beat - NEAR)
    return tuple(sorted(cut))


def _cut(note: Note, end_beat: float) -> Note:
    return replace(note, length_beats=end_beat - note.start_beat) if note.end_beat > end_beat else note


def skyline(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return the highest note of each onset, each ended where the next begins: the tune of a clip with chords."""
    tops: dict[float, Note] = {}
    for note in notes:
        at = round(note.start_beat, 3)
        if at not in tops or tops[at].pitch < note.pitch:
            tops[at] = note
    line = [tops[at] for at in sorted(tops)]
    ends = [note.start_beat for note in line[1:]] + [math.inf]
    return tuple(replace(n, length_beats=min(n.length_beats, end - n.start_beat)) for n, end in zip(line, ends, strict=True))
