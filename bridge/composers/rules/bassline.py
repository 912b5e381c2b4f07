"""The bass part: roots on the changes, idiomatic figures between, approach notes and walking lines.

Signs: ``R`` root, ``r`` soft root, ``3 5 6 7 8`` steps of the chord above it, ``L`` the fifth below, ``a`` approach to the
next root, ``w`` a walking step, ``x`` a skipped ghost of a walk, ``g`` dead note.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.composers.rules.comping import bar_events, level_at, pieces
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.melody import scale_over
from bridge.composers.rules.pattern import Event
from bridge.composers.rules.plan import Passage, Plan
from bridge.music.chord import Chord
from bridge.music.notes import Note

_FORCE = {"R": 92, "r": 70, "g": 44, "8": 88, "a": 80, "x": 54}
KICK_KEYS = frozenset({35, 36})


def bass_part(plan: Plan, changes: Changes, roots: tuple[int, ...], drums: Iterable[Note] = ()) -> list[Note]:
    """Return the notes of the bass part; where `drums` are given, it plays with their kick."""
    kicks = _kicks(plan, drums)
    notes: list[Note] = []
    sounded = -1
    for passage in plan.passages:
        first = passage.start_bar + _waits(passage)
        for bar in range(first, passage.end_bar):
            level = level_at(passage, bar, passage.role.bass)
            found = bar_events(plan, passage, bar, plan.groove(bar, level).bass, "R")
            if bar in kicks and not (passage.has_ending and bar == passage.end_bar - 1):
                found = _on_kicks(plan, bar, kicks[bar], changes)
            for event in found:
                for start, end, index in pieces(event, plan, changes):
                    sign = event.sign if start == event.beat and index == sounded else "R"
                    pitch = _pitch(plan, (sign, start), (changes, roots, index), notes)
                    notes.append(_played(plan, passage, Event(start, end - start, sign), pitch))
                    sounded = index
    return notes


def _waits(passage: Passage) -> int:
    """Return the bars before the bass comes in: none in an intro of less than four bars or that stands alone."""
    return round(passage.bars * passage.role.bass_from) if passage.bars >= 4 and not passage.is_alone else 0


def _kicks(plan: Plan, drums: Iterable[Note]) -> dict[int, list[float]]:
    """Return the kick strokes of given drums by bar."""
    found: dict[int, list[float]] = {}
    for note in drums:
        if note.pitch in KICK_KEYS:
            found.setdefault(plan.grid.bar(note.start_beat + 0.06), []).append(note.start_beat)
    return found


def _on_kicks(plan: Plan, bar: int, kicks: list[float], changes: Changes) -> tuple[Event, ...]:
    start, end = bar * plan.grid.bar_beats, (bar + 1) * plan.grid.bar_beats
    roots = [span.start_beat for span in changes.inside(start, end) if span.start_beat >= start - NEAR]
    at = sorted({round(max(start, beat) * 48) / 48 for beat in (*kicks, *roots)})
    stops = [*at[1:], end]
    return tuple(Event(begin, min(stop - begin, 2 * plan.grid.pulse_beats), "R") for begin, stop in zip(at, stops, strict=True))


def _pitch(plan: Plan, what: tuple[str, float], known: tuple[Changes, tuple[int, ...], int], notes: list[Note]) -> int:
    sign, start = what
    changes, roots, index = known
    root, chord = roots[index], changes.spans[index].chord
    voice = plan.voices["bass"]
    following = roots[min(index + 1, len(roots) - 1)]
    last = notes[-1].pitch if notes else root
    if sign == "a":
        ends = changes.spans[index].end_beat
        is_last = ends - start <= plan.grid.pulse_beats + NEAR
        return _approach(plan, following if is_last else root, last, start)
    if sign == "w":
        left = max(1, round((changes.spans[index].end_beat - start) / plan.grid.pulse_beats))
        return _walk(plan, (chord, following, left), last, start)
    if sign == "x":
        return last
    return _within(root + _interval(sign, chord), voice.low, voice.high)


def _interval(sign: str, chord: Chord) -> int:
    steps = chord.intervals
    third = next((step for step in steps if step in {3, 4}), 7)
    fifth = next((step for step in steps if step in {6, 7, 8}), 7)
    seventh = next((step for step in steps if step in {10, 11}), 10 if third == 3 else 9)
    return {"3": third, "5": fifth, "6": 9, "7": seventh, "8": 12, "L": fifth - 12}.get(sign, 0)


def _within(pitch: int, low: int, high: int) -> int:
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch


def _approach(plan: Plan, goal: int, last: int, start: float) -> int:
    """Return a step to the goal from the side the line comes from: a semitone, or a tone of the key."""
    side = -1 if last < goal else 1
    stream = plan.chance.stream("approach", round(start * 48))
    key_step = next((step for step in (1, 2) if (goal + side * step) % 12 in plan.key.scale), 1)
    step = plan.chance.pick(stream, ((key_step, 2.0), (1, 1.0)))
    voice = plan.voices["bass"]
    return _within(goal + side * step, voice.low, voice.high)


def _walk(plan: Plan, goal: tuple[Chord, int, int], last: int, start: float) -> int:
    """Return the next note of a walk that reaches the following root in `left` steps: chord or scale, never the same twice."""
    chord, following, left = goal
    if left == 1:
        return _approach(plan, following, last, start)
    voice = plan.voices["bass"]
    wished = last + (following - last) / left + (2.5 if following - last >= 0 else -2.5) * (left > 2)
    scale = scale_over(chord, plan.key)
    stream = plan.chance.stream("walk", round(start * 48))
    options = [p for p in range(max(voice.low, last - 5), min(voice.high, last + 5) + 1) if p != last and p % 12 in scale]
    costs = {
        p: abs(p - wished) - (1.2 if p % 12 in chord.pitch_classes else 0.0) + plan.chance.noise(stream, 0.8) for p in options
    }
    return min(options, key=costs.__getitem__, default=last)


def _played(plan: Plan, passage: Passage, event: Event, pitch: int) -> Note:
    is_short = event.sign in {"g", "x"}
    length = 0.2 * plan.grid.pulse_beats if is_short else event.length_beats * 0.95
    force = (_FORCE.get(event.sign, 84) + 6 * plan.grid.weight(event.beat)) * (0.5 + 0.5 * passage.role.force)
    velocity = max(20, min(124, round(force + 0.6 * plan.mood.velocity)))
    return Note(event.beat, min(length, event.length_beats), pitch, velocity)
