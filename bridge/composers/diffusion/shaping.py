"""What the form of a song asks of parts that were written as one piece: entries, force, fills, cymbals, fuller choruses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from statistics import fmean

from bridge.composers.rules.drumming import LIGHT, cymbal, fill, fill_beats
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.idiom import DRUM_KEYS
from bridge.composers.rules.plan import Passage, Plan
from bridge.composers.rules.roles import Role, role_of
from bridge.music.notes import Note

_LIGHT_KEYS = frozenset(DRUM_KEYS[line] for line in LIGHT)
_GAIN = (0.75, 1.25)
"""Bounds of what is done to the force of a passage."""
_OWN, _ROLE = 0.35, 0.65
"""How much of a passage's force is its own, and how much its role's."""
_FEWEST = 4.0
"""Strokes a bar below which drums only colour: such a groove has no fills and cymbals."""
_FILL_BARS = 8
"""After so many bars of a section a fill is due, and at its end."""
_KICKS = frozenset({35, 36})
_TURNS = (38, 40, 50, 48, 47, 45, 43, 41)
"""Snares and toms, in the order in which the end of a phrase goes through them."""
_FEWEST_TURNED = 2
_STRONG = 0.5
"""Metric weight of the beats whose chords are doubled."""


def shaped(plan: Plan, part: str, notes: Sequence[Note]) -> Sequence[Note]:
    """Return a part's notes as the sections of its form want them; a score in which bars are repainted is shaped already."""
    if plan.brief.open_beats is not None:
        return notes
    passages = [(passage, _inside(plan, passage, notes)) for passage in plan.passages]
    entered = [(passage, _entered(plan, part, passage, inside)) for passage, inside in passages]
    forced = _forced(entered, _heard_before(plan, part))
    if part == "drums":
        return [note for passage, inside in forced for note in _marked(plan, passage, inside)]
    if part == "chords":
        return [note for passage, inside in forced for note in _doubled(plan, passage, inside)]
    return [note for _, inside in forced for note in inside]


def _inside(plan: Plan, passage: Passage, notes: Iterable[Note]) -> list[Note]:
    bar = plan.grid.bar
    return [note for note in notes if passage.start_bar <= bar(note.start_beat) < passage.end_bar]


def _entered(plan: Plan, part: str, passage: Passage, notes: list[Note]) -> list[Note]:
    """Return the notes that play already: where a role lets bass or drums wait, only light strokes sound before their entry."""
    waits = {"drums": passage.role.drums_from, "bass": passage.role.bass_from}.get(part, 0.0)
    entry = passage.start_bar + round(passage.bars * waits) if passage.bars > 1 else passage.start_bar
    light = _LIGHT_KEYS if part == "drums" else frozenset()
    return [note for note in notes if plan.grid.bar(note.start_beat) >= entry or note.pitch in light]


def _heard_before(plan: Plan, part: str) -> tuple[float, float] | None:
    """Return how strong a part should have been in the section that is continued, and how strong it was; None where none is."""
    recall = plan.brief.recall if plan.continues else None
    old = recall.part(part) if recall is not None else None
    if recall is None or old is None or not old.notes:
        return None
    return _wanted(role_of(recall.section.name)), fmean(note.velocity for note in old.notes)


def _wanted(role: Role) -> float:
    return _OWN + _ROLE * role.force


def _forced(
    passages: Sequence[tuple[Passage, list[Note]]], before: tuple[float, float] | None
) -> list[tuple[Passage, list[Note]]]:
    """Return passages as strong against each other, and against what came `before`, as their roles are.

    What is so already stays.
    """
    sounding = [(passage, notes) for passage, notes in passages if notes]
    wanted = {passage.start_bar: _wanted(passage.role) for passage, _ in sounding}
    found = {passage.start_bar: fmean(note.velocity for note in notes) for passage, notes in sounding}
    if before is not None:
        ratio = before[1] / before[0]
    elif len(sounding) > 1:
        ratio = fmean(found.values()) / fmean(wanted.values())
    else:
        return list(passages)
    return [
        (passage, _louder(notes, ratio * wanted[passage.start_bar] / found[passage.start_bar])) for passage, notes in sounding
    ]


def _louder(notes: Sequence[Note], gain: float) -> list[Note]:
    bounded = min(max(gain, _GAIN[0]), _GAIN[1])
    return [replace(note, velocity=max(1, min(127, round(note.velocity * bounded)))) for note in notes]


def _marked(plan: Plan, passage: Passage, notes: list[Note]) -> Iterator[Note]:
    """Return drums with the cymbals that open sections and the fills that lead on."""
    if len(notes) < _FEWEST * passage.bars:
        yield from notes
        return
    by_bar = {bar: list(group) for bar, group in groupby(sorted(notes), key=lambda note: plan.grid.bar(note.start_beat))}
    for bar in range(passage.start_bar, passage.end_bar):
        yield from _bar(plan, passage, bar, by_bar.get(bar, []))


def _bar(plan: Plan, passage: Passage, bar: int, strokes: list[Note]) -> Iterator[Note]:
    end = (bar + 1) * plan.grid.bar_beats
    is_due = bar == passage.end_bar - 1 or (bar + 1 - passage.start_bar) % _FILL_BARS == 0
    fill_from = end - fill_beats(plan, passage, bar)
    filling = list(fill(plan, passage, bar, fill_from)) if is_due else _revoiced(plan, bar, strokes, fill_from)
    yield from (note for note in strokes if not filling or note.start_beat < fill_from - NEAR)
    yield from filling
    opening = [note.pitch for note in strokes if note.start_beat < end - plan.grid.bar_beats + plan.grid.pulse_beats]
    if DRUM_KEYS["crash"] not in opening:
        yield from cymbal(plan, passage, bar)


def _revoiced(plan: Plan, bar: int, strokes: list[Note], fill_from: float) -> list[Note]:
    """Return the strokes that end a phrase on snare and toms, growing, in the groove's own rhythm; [] where it has too few."""
    last = sorted(note for note in strokes if note.start_beat >= fill_from - NEAR)
    kicks = [note for note in last if note.pitch in _KICKS]
    by_time = {round(note.start_beat, 2): note for note in last if note.pitch not in _KICKS}
    lines = dict.fromkeys(DRUM_KEYS[line] for fills in plan.idiom_at(bar).fills for line in fills)
    palette = sorted((key for key in lines if key in _TURNS), key=_TURNS.index)
    if len(by_time) < _FEWEST_TURNED or not palette:
        return []
    loud = max(note.velocity for note in strokes)
    turned = [
        replace(note, pitch=palette[index * len(palette) // len(by_time)], velocity=round(loud * (0.75 + 0.25 * share)))
        for index, note in enumerate(by_time.values())
        for share in (index / (len(by_time) - 1),)
    ]
    return [*kicks, *turned]


def _doubled(plan: Plan, passage: Passage, notes: list[Note]) -> Iterator[Note]:
    """Return chords with their highest voice an octave above on strong beats, where the role asks for it."""
    yield from notes
    if not passage.role.doubles or (passage.is_alone and not plan.continues):
        return
    ceiling = plan.voices["chords"].high
    for start, group in groupby(sorted(notes), key=attrgetter("start_beat")):
        struck = list(group)
        top = max(struck, key=attrgetter("pitch"))
        if len(struck) > 2 and plan.grid.weight(start) >= _STRONG and top.pitch + 12 <= ceiling:
            yield replace(top, pitch=top.pitch + 12)
