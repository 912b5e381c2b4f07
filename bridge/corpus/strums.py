"""Chords without their strums: the strings of a chord start together, at a step where chords are struck."""

from __future__ import annotations

from bridge.corpus.song import stepped
from bridge.corpus.tunes import STEPS
from bridge.music.notes import Note

STRUM_STEPS = 3
"""A strum lasts at most so long, each string at most a step after the one before."""
_NEAREST = {False: {1: 0, 5: 6, 7: 6, 11: 12}, True: {1: 0, 5: 4, 7: 8, 11: 12}}
"""Whether the meter is compound → steps of a pulse that no division of it falls on, and where they are moved."""


def unstrummed(notes: list[tuple[int, int, int, int]], end_step: int, *, is_compound: bool) -> list[tuple[int, int, int, int]]:
    """Return stepped notes of which those that start within a strum start with its first; each ends where it did."""
    together = _first_of_strum({start for start, _, _, _ in notes})
    moved = []
    for start, length, pitch, velocity in notes:
        pulse, inside = divmod(together[start], STEPS)
        struck = pulse * STEPS + _NEAREST[is_compound].get(inside, inside)
        moved.append(Note(struck, max(1, start + length - struck), pitch, velocity))
    return stepped(moved, 1.0, end_step)


def _first_of_strum(starts: set[int]) -> dict[int, int]:
    """Return start → the start of the strum that it belongs to."""
    firsts: dict[int, int] = {}
    first = before = -STEPS
    for start in sorted(starts):
        if start - before > 1 or start - first > STRUM_STEPS:
            first = start
        firsts[start] = first
        before = start
    return firsts
