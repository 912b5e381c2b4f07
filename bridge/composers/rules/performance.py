"""From written to played: swing, strums, small deviations of time and force; and no pitch struck while it sounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter
from random import Random

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.plan import Plan
from bridge.music.notes import Note

_LOOSEST_SECONDS, _LOOSEST_OF_PULSE = 0.03, 30
"""A player strays by no more than this, nor by more than this fraction of a pulse: in fast music ensembles are tighter."""
_SHORTEST_BEATS = 0.03
_STRUMMED = frozenset({24, 25, 26, 27, 28, 29, 30, 15, 46, 104, 105, 106, 107})
"""Programs whose chords are strummed."""


def played(plan: Plan, part: str, notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return composed notes as a player would give them, inside the section, no pitch twice at once.

    A lead that goes on from a clip keeps the clip's time: it is not swung.
    """
    stream = plan.chance.stream("played", part)
    strummed = _strummed(plan, part, list(notes))
    is_swung = part != "lead" or plan.brief.seed is None or plan.brief.seed_mode in {"inspire", "free"}
    swings = (plan.idiom_at(plan.grid.bar(note.start_beat)).swing if is_swung else 0.0 for note in strummed)
    loose = (_loose(plan, part, note, stream, swing=swing) for note, swing in zip(strummed, swings, strict=True))
    return tidy(loose, plan.length_beats)


def loosened(plan: Plan, part: str, notes: Iterable[Note]) -> Iterable[Note]:
    """Return notes moved a little in time and force, as players do; without swing."""
    stream = plan.chance.stream("played", part)
    return [_loose(plan, part, note, stream, swing=0.0) for note in notes]


def _loose(plan: Plan, part: str, note: Note, stream: Random, *, swing: float) -> Note:
    """Return a note swung, and moved a little in time and force; downbeats less than the rest."""
    idiom = plan.idiom_at(plan.grid.bar(note.start_beat))
    deviation = 0.0 if part == "lead" else plan.chance.noise(stream, idiom.loose_ms / 1000.0 * plan.bpm / 60.0)
    limit = min(_LOOSEST_SECONDS * plan.bpm / 60.0, plan.grid.pulse_beats / _LOOSEST_OF_PULSE)
    delayed = _sung if part == "lead" else swung
    late = delayed(plan, note.start_beat, swing) - note.start_beat
    start = max(0.0, note.start_beat + late + max(-limit, min(limit, deviation)))
    length = max(_SHORTEST_BEATS, note.length_beats - late + delayed(plan, note.end_beat, swing) - note.end_beat)
    velocity = round(note.velocity + plan.chance.noise(stream, 3.0))
    return Note(start, length, note.pitch, max(1, min(127, velocity)))


def _sung(plan: Plan, beat: float, swing: float) -> float:
    """Return a beat of a melody delayed: in full swing all of the pulse bends with its eighth, but for triplets."""
    inside = beat / plan.grid.pulse_beats % 1.0
    is_triplet = min(abs(inside - 1 / 3), abs(inside - 2 / 3)) < 0.02
    if swing < 1.0 or plan.grid.meter.is_compound or is_triplet:
        return swung(plan, beat, swing)
    return beat + plan.grid.pulse_beats * min(inside, 1.0 - inside) / 3.0


def swung(plan: Plan, beat: float, swing: float) -> float:
    """Return a beat delayed where it falls between pulses: eighths in full swing, sixteenths in lighter ones."""
    if not swing or plan.grid.meter.is_compound:
        return beat
    inside = beat / plan.grid.pulse_beats % 1.0
    if swing >= 1.0:
        return beat + plan.grid.pulse_beats / 6.0 if abs(inside - 0.5) < 0.02 else beat
    return beat + swing * plan.grid.pulse_beats / 12.0 if abs(inside - 0.25) < 0.02 or abs(inside - 0.75) < 0.02 else beat


def _strummed(plan: Plan, part: str, notes: list[Note]) -> list[Note]:
    """Return chords of plucked instruments spread over the strings, from the lowest up on the pulse, down between."""
    if part != "chords" or plan.voices[part].program not in _STRUMMED or not plan.idiom.strum_ms:
        return notes
    spread = plan.idiom.strum_ms / 1000.0 * plan.bpm / 60.0
    chords: dict[float, list[Note]] = {}
    for note in notes:
        chords.setdefault(note.start_beat, []).append(note)
    moved = []
    for start, chord in chords.items():
        order = sorted(chord, key=lambda note: note.pitch, reverse=plan.grid.weight(start) < 0.5)
        step = spread / max(1, len(order) - 1)
        moved += [
            replace(n, start_beat=start + i * step, length_beats=max(_SHORTEST_BEATS, n.length_beats - i * step))
            for i, n in enumerate(order)
        ]
    return moved


def tidy(notes: Iterable[Note], length_beats: float) -> tuple[Note, ...]:
    """Return notes in order, cut at the end of the section and where the same pitch is struck again."""
    last: dict[int, int] = {}
    kept: list[Note] = []
    for note in sorted(notes, key=attrgetter("start_beat", "pitch")):
        if note.start_beat > length_beats - _SHORTEST_BEATS:
            continue
        cut = replace(note, length_beats=length_beats - note.start_beat) if note.end_beat > length_beats else note
        before = last.get(note.pitch)
        if before is not None and kept[before].end_beat > cut.start_beat - NEAR:
            room = cut.start_beat - kept[before].start_beat
            if room < _SHORTEST_BEATS:
                continue
            kept[before] = replace(kept[before], length_beats=room)
        last[note.pitch] = len(kept)
        kept.append(cut)
    return tuple(kept)
