"""From the grid to hands: octaves that the instrument has, and the small unevenness of players."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bridge.composers.rules.performance import loosened, tidy
from bridge.composers.rules.plan import Plan
from bridge.music.notes import Note


def performed(plan: Plan, part: str, notes: Sequence[Note]) -> tuple[Note, ...]:
    """Return a part's notes within its instrument's range, played; swing is in the grid already."""
    reached = notes if part == "drums" else _in_range(notes, plan.voices[part].low, plan.voices[part].high)
    return tidy(loosened(plan, part, reached), plan.length_beats)


def _in_range(notes: Sequence[Note], low: int, high: int) -> Iterable[Note]:
    """Return notes moved by whole octaves: the part as one where that serves, then each note that is still outside."""
    pitches = [note.pitch for note in notes]
    shift = min((-24, -12, 0, 12, 24), key=lambda octave: (sum(not low <= p + octave <= high for p in pitches), abs(octave)))
    return [replace(note, pitch=_folded(note.pitch + shift, low, high)) for note in notes]


def _folded(pitch: int, low: int, high: int) -> int:
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch
