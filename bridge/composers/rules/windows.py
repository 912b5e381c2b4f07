"""Windows in which a clip leads less than fully: its notes that weigh least give way to new ones at the same places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.melody import Register, Tone, pitches
from bridge.composers.rules.plan import Plan
from bridge.music.notes import Note

_AWAY = 3.0
"""Semitones that the wished pitch of a new note lies away from the clip's."""
_ROOM = 5
"""Semitones that new notes may go beyond the clip's range in a window."""


def led(plan: Plan, notes: Sequence[Note]) -> tuple[list[Note], list[Note]]:
    """Return the notes of a locked clip that stand, and those that give way: of each window the share that it asks for.

    Bar by bar those stand that are long and on strong beats. Where the melody leads not at all, nothing is returned.
    """
    stand: list[Note] = []
    give_way: list[Note] = []
    for strength, group in groupby(sorted(notes), key=lambda note: plan.melody_strength(note.start_beat)):
        if strength >= 1.0:
            stand += group
        elif strength > 0.0:
            kept, others = _shared(plan, list(group), strength)
            stand += kept
            give_way += others
    return stand, give_way


def _shared(plan: Plan, notes: Sequence[Note], strength: float) -> tuple[list[Note], list[Note]]:
    """Return the notes of a window that stand and those that do not; what a bar is owed is carried over to the next."""
    stand: list[Note] = []
    give_way: list[Note] = []
    heard = 0
    for _, group in groupby(notes, key=lambda note: plan.grid.bar(note.start_beat)):
        bar = list(group)
        heard += len(bar)
        share = round(strength * heard) - len(stand)
        heaviest = sorted(bar, key=lambda note: (-_weight(plan, note), note.start_beat))[: max(0, share)]
        stand += heaviest
        give_way += [note for note in bar if note not in heaviest]
    return stand, give_way


def _weight(plan: Plan, note: Note) -> float:
    return plan.grid.weight(note.start_beat) + 0.25 * min(note.length_beats, plan.grid.bar_beats)


def varied(plan: Plan, give_way: Sequence[Note], stand: Sequence[Note], changes: Changes) -> list[Note]:
    """Return new notes in place of those that give way, led from and to what stands around them."""
    around = sorted([*((note, False) for note in stand), *((note, True) for note in give_way)])
    made: list[Note] = []
    before: int | None = None
    runs = [(is_new, [note for note, _ in run]) for is_new, run in groupby(around, key=lambda pair: pair[1])]
    for index, (is_new, run) in enumerate(runs):
        after = runs[index + 1][1][0].pitch if index + 1 < len(runs) else None
        sung = _anew(plan, run, (before, after), changes) if is_new else run
        made += sung if is_new else ()
        before = sung[-1].pitch
    return made


def _anew(plan: Plan, run: Sequence[Note], around: tuple[int | None, int | None], changes: Changes) -> list[Note]:
    """Return a run of notes at other pitches, in turn above and below the clip's."""
    before, after = around
    stream = plan.chance.stream("varied", round(run[0].start_beat, 3))
    side = stream.choice((-_AWAY, _AWAY))
    tones = [
        Tone(note.start_beat, note.length_beats, note.pitch + side * (-1) ** index, shunned=note.pitch)
        for index, note in enumerate(run)
    ]
    near = [*(note.pitch for note in run), *(pitch for pitch in around if pitch is not None)]
    register = Register(max(0, min(near) - _ROOM), min(127, max(near) + _ROOM), before, after)
    found = pitches(plan, tones, changes, register, stream)
    return [replace(note, pitch=pitch) for note, pitch in zip(run, found, strict=True)]


def without_free(plan: Plan, start: float, end: float) -> list[tuple[float, float]]:
    """Return the pieces of a stretch in which the melody leads."""
    pieces = []
    for first, last in plan.free_beats():
        if first - start > NEAR:
            pieces.append((start, min(first, end)))
        start = max(start, last)
        if start >= end - NEAR:
            break
    return [piece for piece in (*pieces, (start, end)) if piece[1] - piece[0] > NEAR]
