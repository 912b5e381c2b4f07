"""Themes that return: a second verse sings the first again and leaves it only for another close."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.melody import Tone, pitches
from bridge.composers.rules.plan import Passage, Plan
from bridge.composers.rules.rhythm import Onset, bar_rhythm, cadence_rhythm
from bridge.composers.rules.themes import register_of, sung
from bridge.music.notes import Note

Statement = tuple[Passage, Sequence[Note]]
"""A passage and what it sang."""


def returned(plan: Plan, passage: Passage, made: Sequence[Note], first: Statement, changes: Changes) -> list[Note]:
    """Return the melody of a passage whose theme was sung before.

    Its bars are those of the `first` one, note for note, where the chords are the same, else as `made`. But for choruses,
    and at temperature 0, the last half phrase is new: another rhythm, another close, led on from what comes before.
    """
    bar_beats = plan.grid.bar_beats
    shift = (passage.start_bar - first[0].start_bar) * bar_beats
    same = {bar for bar in range(passage.start_bar, passage.end_bar) if _has_same_chords(plan, bar, first[0], shift, changes)}
    again = [note.shifted(shift) for note in first[1] if plan.grid.bar(note.start_beat + shift) in same]
    other = [note for note in made if plan.grid.bar(note.start_beat) not in same]
    melody = _unbroken(sorted((*again, *other)), passage.end_bar * bar_beats)
    if passage.role.name == "chorus" or passage.has_ending or plan.chance.temperature <= 0:
        return melody
    start_bar, bars = passage.phrases[-1]
    turn = start_bar + (bars + 1) // 2
    return _turned(plan, passage, melody, turn, changes) if turn < passage.end_bar else melody


def _has_same_chords(plan: Plan, bar: int, first: Passage, shift: float, changes: Changes) -> bool:
    start, end = bar * plan.grid.bar_beats, (bar + 1) * plan.grid.bar_beats
    now, before = (
        tuple((max(span.start_beat - at, 0.0), span.chord) for span in changes.inside(at, at + end - start))
        for at in (start, start - shift)
    )
    return start - shift < first.end_bar * plan.grid.bar_beats - NEAR and now == before


def _unbroken(notes: Sequence[Note], end_beat: float) -> list[Note]:
    """Return a line whose notes end where the next begins, the last at the end."""
    stops = [*(note.start_beat for note in notes[1:]), end_beat]
    return [replace(n, length_beats=min(n.length_beats, stop - n.start_beat)) for n, stop in zip(notes, stops, strict=False)]


def _turned(plan: Plan, passage: Passage, melody: Sequence[Note], turn: int, changes: Changes) -> list[Note]:
    """Return a melody with another end from bar `turn` on."""
    at = bisect_left(melody, turn * plan.grid.bar_beats - NEAR, key=lambda note: note.start_beat)
    kept, replaced = _unbroken(melody[:at], turn * plan.grid.bar_beats), melody[at:]
    stream = plan.chance.stream("turn", passage.theme, passage.occurrence)
    rows = [bar_rhythm(plan, passage, bar, stream) for bar in range(turn, passage.end_bar - 1)]
    tones = _led(plan, turn, [*rows, cadence_rhythm(plan, stream)], _path(plan, passage, kept))
    chord = changes.at(tones[-1].beat).chord.pitch_classes
    usual = replaced[-1].pitch % 12 if replaced else -1
    closes = [(tone, 1.0 / (1 + rank)) for rank, tone in enumerate(chord[:3]) if tone != usual]
    tones[-1] = tones[-1]._replace(goal=plan.chance.pick(stream, closes))
    register = replace(register_of(plan, passage, turn), before=kept[-1].pitch if kept else None)
    found = pitches(plan, tones, changes, register, stream)
    return [*kept, *sung(plan, passage, list(zip(tones, found, strict=True)))]


def _path(plan: Plan, passage: Passage, kept: Sequence[Note]) -> Callable[[float], float]:
    """Return the height of the end by the share of it that has passed: from where the line is towards the next section."""
    register = register_of(plan, passage, passage.end_bar - 1)
    middle = (register.low + register.high) / 2
    begin = float(kept[-1].pitch) if kept else middle
    rises = passage.following is not None and passage.following.lead_shift > passage.role.lead_shift
    end = middle + (4.0 if rises else -2.0)
    return lambda share: begin + (end - begin) * share


def _led(plan: Plan, turn: int, rows: Sequence[tuple[Onset, ...]], height: Callable[[float], float]) -> list[Tone]:
    total = len(rows) * plan.grid.bar_beats
    places = [(bar * plan.grid.bar_beats + onset.beat, onset.length_beats) for bar, row in enumerate(rows) for onset in row]
    return [Tone(turn * plan.grid.bar_beats + beat, length, height(beat / total)) for beat, length in places]
