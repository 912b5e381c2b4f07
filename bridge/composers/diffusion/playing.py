"""From the grid to hands: octaves that the instrument has, and the small unevenness of players."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from bridge.composers.rules.instruments import PAD, instrument
from bridge.composers.rules.performance import loosened, tidy
from bridge.composers.rules.plan import Plan
from bridge.music.notes import Note

_OVER = 5
"""Semitones over the middle of the lead from which chords give way to it."""
_BREATH_BEATS = 0.8
"""Between strokes that are no further apart a bow need not stop."""
_SPECK_BEATS = 0.2
"""What is shorter is no note of a bow's."""
_BELOW = 5
"""Semitones that the middle of a part lies below the middle of the lead, where its instrument can."""


def performed(plan: Plan, part: str, notes: Sequence[Note], lead: Sequence[Note]) -> tuple[Note, ...]:
    """Return a part's notes within its instrument's range and below the lead, played; swing is in the grid already."""
    voice = plan.voices[part]
    middle = median(note.pitch for note in lead) if lead else voice.high
    reached = notes if part == "drums" else _in_range(notes, (voice.low, voice.high), middle)
    if part in {"chords", "pad"}:
        reached = _under(reached, voice.low, middle + _OVER)
        reached = _held(plan, reached) if plan.mood.level <= 0 and _is_bowed(plan, voice.program) else reached
    return tidy(loosened(plan, part, reached), plan.length_beats)


def _under(notes: Iterable[Note], low: int, ceiling: float) -> list[Note]:
    """Return notes with those over a ceiling an octave lower, where the instrument has that: they would hide the tune."""
    return [replace(n, pitch=n.pitch - 12) if n.pitch > ceiling and n.pitch - 12 >= low else n for n in notes]


def _is_bowed(plan: Plan, program: int) -> bool:
    """Return whether the prompt asks for this program, and it is that of many who sound as one: strings, a choir."""
    named = {found for name in plan.brief.style.instruments if (found := instrument(name))}
    return any(found.program == program and found.roles[0] == PAD for found in named)


def _held(plan: Plan, notes: Iterable[Note]) -> list[Note]:
    """Return notes with a pitch that is struck again in a bar held instead, as strings lie under a tune."""
    held: list[Note] = []
    sounding: dict[tuple[int, int], int] = {}
    for note in sorted(notes):
        where = plan.grid.bar(note.start_beat), note.pitch
        before = sounding.get(where)
        if before is not None and note.start_beat - held[before].end_beat < _BREATH_BEATS:
            held[before] = replace(held[before], length_beats=note.end_beat - held[before].start_beat)
        else:
            sounding[where] = len(held)
            held.append(note)
    return [note for note in held if note.length_beats >= _SPECK_BEATS]


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
