"""The chords part: grooves of strokes and arpeggios, played on the voicings.

Signs: ``x`` stroke, ``X`` accent, ``o`` soft, ``u`` up-stroke of the upper strings, ``m`` muted, ``1``–``6`` one voice
from below, ``b`` bass note alone, ``B`` bass note and chord.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.pattern import Event, events
from bridge.composers.rules.plan import Passage, Plan
from bridge.composers.rules.voicing import Voicings
from bridge.music.notes import Note

_FORCE = {"X": 92, "B": 90, "x": 80, "o": 64, "u": 68, "m": 58, "b": 78}
_BROKEN = 72
"""Velocity of one note of an arpeggio."""


def chords_part(plan: Plan, changes: Changes, voicings: Voicings) -> list[Note]:
    """Return the notes of the chords part."""
    notes: list[Note] = []
    for passage in plan.passages:
        for bar in range(passage.start_bar, passage.end_bar):
            level = level_at(passage, bar, passage.role.chords)
            for event in bar_events(plan, passage, bar, plan.groove(bar, level).chords, "X"):
                notes += _struck(plan, passage, event, (changes, voicings))
    return notes


def level_at(passage: Passage, bar: int, level: int) -> int:
    """Return the level of a bar: repeats after eight bars gain one in long passages of their own, and fall back."""
    inside = bar - passage.start_bar
    grows = passage.is_alone and passage.bars >= 16 and passage.role.name in {"verse", "solo"} and (inside // 8) % 2 == 1
    return min(2, level + 1) if grows else level


def bar_events(plan: Plan, passage: Passage, bar: int, pattern: str, last: str) -> tuple[Event, ...]:
    """Return what a pattern starts in a bar, on the section's beats; the last bar of an ending is `last`, held."""
    start = bar * plan.grid.bar_beats
    if passage.has_ending and bar == passage.end_bar - 1:
        return (Event(start, plan.grid.bar_beats, last),)
    found = events(pattern, plan.grid, bar - passage.start_bar)
    return tuple(Event(start + event.beat, event.length_beats, event.sign) for event in found)


def pieces(event: Event, plan: Plan, changes: Changes) -> Iterator[tuple[float, float, int]]:
    """Yield (start, end, chord index) of an event cut where the chord changes.

    An anticipation (a short start before the change) belongs to the new chord; a short rest of the old one is dropped.
    """
    end = min(event.beat + event.length_beats, plan.length_beats)
    first, last = changes.index(event.beat), changes.index(end - 2 * NEAR)
    start = event.beat
    for index in range(first, last + 1):
        stop = min(end, changes.spans[index].end_beat)
        is_anticipation = index < last and stop - start < 0.6 * plan.grid.pulse_beats and start == event.beat
        if is_anticipation:
            continue
        if stop - start > 0.2 * plan.grid.pulse_beats or index == first:
            yield start, stop, index
        start = stop


def _struck(plan: Plan, passage: Passage, event: Event, found: tuple[Changes, Voicings]) -> Iterator[Note]:
    changes, voicings = found
    for start, end, index in pieces(event, plan, changes):
        pitches = _picked(event.sign, voicings.pitches[index], voicings.bass[index], voicings.ceilings[index])
        length = 0.12 * plan.grid.pulse_beats if event.sign == "m" else (end - start) * 0.97
        force = (_FORCE.get(event.sign, _BROKEN) + 8 * plan.grid.weight(start)) * passage.role.force - 6
        top = pitches[-1] + 12
        doubled = (top,) if passage.role.doubles and event.sign in "xXB" and top < voicings.ceilings[index] else ()
        for rank, pitch in enumerate((*pitches, *doubled)):
            inner = 0 if rank in {0, len(pitches) - 1} else -4
            yield Note(start, length, pitch, _clamped(force + inner + plan.mood.velocity))


def _picked(sign: str, pitches: tuple[int, ...], bass: int, ceiling: int) -> tuple[int, ...]:
    low = bass + 12 if bass + 12 < pitches[0] else bass
    if sign.isdigit():
        rank = int(sign) - 1
        pitch = pitches[rank % len(pitches)] + 12 * (rank // len(pitches))
        return (pitch - 12 if pitch >= ceiling and rank >= len(pitches) else pitch,)
    if sign == "b":
        return (low,)
    if sign == "B":
        return (low, *pitches)
    return pitches[-3:] if sign == "u" else pitches


def _clamped(velocity: float) -> int:
    return max(20, min(124, round(velocity)))
