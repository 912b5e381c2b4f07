"""Melodies of our own: a free theme, and one like a given one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.melody import Register, Tone, pitches
from bridge.composers.rules.plan import Passage, Plan
from bridge.composers.rules.rhythm import Onset, bar_rhythm, cadence_rhythm
from bridge.music.notes import Note

_SHAPES = (("arch", 3.0), ("rise", 1.6), ("fall", 1.4), ("wave", 1.6))


def centre_of(plan: Plan, passage: Passage) -> float:
    """Return the middle pitch of the lead in a passage."""
    voice = plan.voices["lead"]
    middle = max(58.0, min(73.0, (voice.low + voice.high) / 2))
    wished = middle + passage.role.lead_shift + plan.mood.register
    return max(voice.low + 6.0, min(voice.high - 6.0, wished))


def register_of(plan: Plan, passage: Passage, bar: int, pull: float = 0.16) -> Register:
    """Return where the lead lies in a passage."""
    voice, manner = plan.voices["lead"], plan.idiom_at(bar).lead
    centre = centre_of(plan, passage)
    low, high = max(voice.low, round(centre - 9)), min(voice.high, round(centre + 10))
    return Register(low, high, scale=manner.scale, pull=pull)


def free_phrase(plan: Plan, passage: Passage, changes: Changes) -> list[Note]:
    """Return the first phrase of a passage: an idea of two bars, its answer with the same rhythm, a close and a breath."""
    start_bar, bars = passage.phrases[0]
    stream = plan.chance.stream("theme", plan.idiom.name, passage.theme)
    shape = plan.chance.pick(stream, _SHAPES)
    rhythms = [bar_rhythm(plan, passage, start_bar, stream) for _ in range(2)]
    close = cadence_rhythm(plan, stream)
    rows = [close if bar == bars - 1 else rhythms[bar % 2] for bar in range(bars)]
    if bars > 2 and plan.chance.pick(stream, ((True, 2.0), (False, 1.0))):
        rows[1] = rhythms[0]
    tones = _contour(plan, passage, (start_bar, rows, shape))
    tones[-1] = tones[-1]._replace(goal=_goal(plan, passage, changes.at(tones[-1].beat).chord.pitch_classes))
    return sung(plan, passage, _echoed(plan, passage, (start_bar, tones), changes, stream))


def _contour(plan: Plan, passage: Passage, what: tuple[int, list[tuple[Onset, ...]], str]) -> list[Tone]:
    start_bar, rows, shape = what
    span = plan.idiom_at(start_bar).lead.span
    centre = centre_of(plan, passage)
    total = len(rows) * plan.grid.bar_beats
    tones = []
    for bar, row in enumerate(rows):
        for onset in row:
            at = (bar * plan.grid.bar_beats + onset.beat) / total
            target = centre + span * (_height(shape, at) - 0.5)
            tones.append(Tone((start_bar + bar) * plan.grid.bar_beats + onset.beat, onset.length_beats, target))
    return tones


def _height(shape: str, at: float) -> float:
    """Return the height, 0…1, of a contour at a share of the phrase."""
    return {
        "arch": math.sin(math.pi * min(1.0, at * 1.1)) ** 1.2 if at < 0.9 else 0.25,
        "rise": 0.15 + 0.8 * at,
        "fall": 0.9 - 0.75 * at,
        "wave": 0.5 + 0.42 * math.sin(2 * math.pi * at * 1.25),
    }[shape]


def _echoed(
    plan: Plan, passage: Passage, what: tuple[int, list[Tone]], changes: Changes, stream: Random
) -> list[tuple[Tone, int]]:
    """Return pitched tones; the later bars of the phrase take over the intervals of its first."""
    start_bar, tones = what
    register = register_of(plan, passage, start_bar)
    halfway = (start_bar + 2) * plan.grid.bar_beats - 1e-6
    idea = [tone for tone in tones if tone.beat < halfway]
    answer = tones[len(idea) :]
    first = pitches(plan, idea, changes, register, stream)
    steps = [second - one for one, second in pairwise(first)]
    wished = [tone._replace(step=step) for tone, step in zip(answer, [None, *steps], strict=False)]
    answer = wished + answer[len(wished) :]
    second = pitches(plan, answer, changes, replace(register, before=first[-1] if first else None), stream)
    return list(zip(tones, [*first, *second], strict=True))


def _goal(plan: Plan, passage: Passage, chord: tuple[int, ...]) -> int:
    """Return the pitch class the phrase closes on: the tonic where it is the only one, else another tone of the chord."""
    if len(passage.phrases) == 1 and plan.key.tonic in chord:
        return plan.key.tonic
    return chord[1] if len(chord) > 2 else chord[0]


def sung(plan: Plan, passage: Passage, pitched: Sequence[tuple[Tone, int]]) -> list[Note]:
    """Return notes with the length and force of a singer's."""
    centre = centre_of(plan, passage)
    notes = []
    for tone, pitch in pitched:
        length = plan.idiom_at(plan.grid.bar(tone.beat)).lead.length
        velocity = 78 + 16 * plan.grid.weight(tone.beat) + 0.7 * (pitch - centre)
        velocity = velocity * passage.role.force + plan.mood.velocity
        notes.append(Note(tone.beat, tone.length_beats * length, pitch, max(30, min(122, round(velocity)))))
    return notes


def inspired(plan: Plan, passage: Passage, what: tuple[Sequence[Note], float, float], changes: Changes) -> list[Note]:
    """Return new notes with the contour and the density of a theme.

    `what`: the theme's notes (beats from its start), where it starts, where the music ends.
    """
    theme, start, end = what
    stream = plan.chance.stream("inspired", passage.role.name)
    grid = plan.grid
    moved = []
    for note in theme:
        bar = grid.bar(note.start_beat)
        inside = note.start_beat - bar * grid.bar_beats
        turned = (inside + grid.group_starts[-1]) % grid.bar_beats if bar % 2 and len(grid.group_starts) > 1 else inside
        moved.append(replace(note, start_beat=bar * grid.bar_beats + turned))
    heard = [note for note in sorted(moved) if start + note.start_beat < end - 1e-6]
    shift = plan.chance.pick(stream, ((2.0, 1.0), (-2.0, 1.0), (3.0, 0.7)))
    tones = _copied(heard, (start, end), shift)
    at = {round(start + note.start_beat, 3): note.pitch for note in theme}
    tones = [tone._replace(shunned=at.get(round(tone.beat, 3))) for tone in tones]
    return _closed(plan, passage, tones, changes, stream)


def _copied(heard: Sequence[Note], within: tuple[float, float], shift: float) -> list[Tone]:
    """Return the tones of a theme moved to a beat and by semitones, each ended by the next one or by the end."""
    start, end = within
    starts = [start + note.start_beat for note in heard]
    ends = [*starts[1:], end][: len(starts)]
    return [
        Tone(begin, min(note.length_beats, stop - begin), note.pitch + shift)
        for note, begin, stop in zip(heard, starts, ends, strict=True)
    ]


def _closed(plan: Plan, passage: Passage, tones: list[Tone], changes: Changes, stream: Random) -> list[Note]:
    """Return pitched notes, the last one on a tone that closes."""
    if not tones:
        return []
    chord = changes.at(tones[-1].beat).chord.pitch_classes
    tones[-1] = tones[-1]._replace(goal=plan.key.tonic if plan.key.tonic in chord else chord[0])
    voice = plan.voices["lead"]
    targets = [tone.target for tone in tones]
    low, high = min(voice.low, round(min(targets)) - 2), max(voice.high, round(max(targets)) + 2)
    scale = plan.idiom_at(plan.grid.bar(tones[0].beat)).lead.scale
    register = Register(max(0, low), min(127, high), scale="diatonic" if scale == "blues" else scale, pull=0.3)
    found = pitches(plan, tones, changes, register, stream)
    return [
        replace(note, length_beats=tone.length_beats)
        for note, tone in zip(sung(plan, passage, list(zip(tones, found, strict=True))), tones, strict=True)
    ]
