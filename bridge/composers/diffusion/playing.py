"""From the grid to hands: octaves that the instrument has, and the small unevenness of players."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from bridge.composers.rules.performance import loosened, tidy
from bridge.composers.rules.plan import Plan
from bridge.music.notes import Note

_BELOW = 5
"""Semitones that the middle of a part lies below the middle of the lead, where its instrument can."""


def performed(plan: Plan, part: str, notes: Sequence[Note], lead: Sequence[Note]) -> tuple[Note, ...]:
    """Return a part's notes within its instrument's range and below the lead, played; swing is in the grid already."""
    voice = plan.voices[part]
    middle = median(note.pitch for note in lead) if lead else voice.high
    reached = notes if part == "drums" else _in_range(notes, (voice.low, voice.high), middle)
    return tidy(loosened(plan, part, reached), plan.length_beats)


def _in_range(notes: Sequence[Note], within: tuple[int, int], lead: float) -> Iterable[Note]:
    """Return notes moved by whole octaves: the part as one where that serves, then each note that is still outside.

    A part that lies as high as the lead gives way to it.
    """
    pitches = [note.pitch for note in notes]
    low, high = within

    def worth(octave: int) -> tuple[int, bool, int]:
        moved = [pitch + octave for pitch in pitches]
        return sum(not low <= pitch <= high for pitch in moved), median(moved) > lead - _BELOW, abs(octave)

    shift = min((-24, -12, 0, 12, 24), key=worth)
    return [replace(note, pitch=_folded(note.pitch + shift, low, high)) for note in notes]


def _folded(pitch: int, low: int, high: int) -> int:
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch
