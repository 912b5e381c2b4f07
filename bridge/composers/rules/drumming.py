"""The drums part: grooves by level, entries and builds, cymbals that open sections, fills that lead into the next.

Signs: ``X`` accent, ``x`` stroke, ``o`` soft, ``g`` ghost, ``?`` now and then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.composers.rules.comping import level_at
from bridge.composers.rules.idiom import DRUM_KEYS, TIME_KEEPERS
from bridge.composers.rules.pattern import events
from bridge.composers.rules.plan import Passage, Plan
from bridge.music.notes import Note

_FORCE = {"X": 112, "x": 94, "o": 70, "g": 40, "?": 52}
_STROKE_BEATS = 0.2
LIGHT = frozenset({"hat", "ride", "shaker", "rim", "triangle", "tambourine", "pedal_hat", "clave", "wood"})
"""Lines that go on where the kit is thinned out."""
_FEWEST = 2.0
"""Strokes a bar below which drums are better left out."""


def drums_part(plan: Plan) -> list[Note]:
    """Return the notes of the drums part."""
    notes: list[Note] = []
    plays = [not _is_sparse(plan, passage) for passage in plan.passages]
    for index, passage in enumerate(plan.passages):
        if not plays[index]:
            notes += _pick_up(plan, passage) if any(plays[index + 1 : index + 2]) else ()
            continue
        for bar in range(passage.start_bar, passage.end_bar):
            notes += _ending(plan, bar) if passage.has_ending and bar == passage.end_bar - 1 else _bar(plan, passage, bar)
    return notes


def _is_sparse(plan: Plan, passage: Passage) -> bool:
    """Return whether so few strokes would sound that none are better, where the prompt does not ask for drums.

    Fewer than two a bar besides fills are; in a calm mood so is a single line that only marks the pulse.
    """
    if plan.voices["drums"].is_asked:
        return False
    strokes = 0
    pulse_only = plan.mood.level < 0
    for bar in range(passage.start_bar, passage.end_bar):
        lines = _lines(plan, passage, bar, plan.groove(bar, level_at(passage, bar, passage.role.drums)).drums)
        found = [len(events(pattern, plan.grid, bar - passage.start_bar)) for pattern in lines.values()]
        strokes += sum(found)
        pulse_only = pulse_only and lines.keys() <= TIME_KEEPERS and len(lines) <= 1 and sum(found) <= plan.grid.pulses
    return pulse_only or strokes < _FEWEST * passage.bars


def _pick_up(plan: Plan, passage: Passage) -> Iterator[Note]:
    """Return the fill that leads from a passage without drums into one with them."""
    bar = passage.end_bar - 1
    return fill(plan, passage, bar, (bar + 1) * plan.grid.bar_beats - fill_beats(plan, passage, bar))


def _bar(plan: Plan, passage: Passage, bar: int) -> Iterator[Note]:
    start = bar * plan.grid.bar_beats
    groove = plan.groove(bar, level_at(passage, bar, passage.role.drums))
    fill_from = start + plan.grid.bar_beats - fill_beats(plan, passage, bar)
    lines = _lines(plan, passage, bar, groove.drums)
    force = _force(plan, passage, bar)
    for line, pattern in lines.items():
        key = DRUM_KEYS["ride" if passage.role.ride and line == "hat" else line]
        for event in events(pattern, plan.grid, bar - passage.start_bar, flows=line in TIME_KEEPERS):
            beat = start + event.beat
            if beat < fill_from - 1e-6:
                yield from _stroke(plan, beat, key, (event.sign, force))
    if "crash" not in lines:
        yield from cymbal(plan, passage, bar)
    yield from fill(plan, passage, bar, fill_from)


def cymbal(plan: Plan, passage: Passage, bar: int) -> Iterator[Note]:
    """Return the crash that opens a bar, if one does."""
    if _opens(plan, passage, bar):
        velocity = _velocity(98 * _force(plan, passage, bar) + plan.mood.velocity)
        yield Note(bar * plan.grid.bar_beats, 1.0, DRUM_KEYS["crash"], velocity)


def _stroke(plan: Plan, beat: float, key: int, how: tuple[str, float]) -> Iterator[Note]:
    sign, force = how
    stream = plan.chance.stream("maybe", key, round(beat * 48)) if sign == "?" else None
    if stream is None or plan.chance.pick(stream, ((False, 2.0), (True, 1.0))):
        accent = 0.92 + 0.1 * plan.grid.weight(beat)
        yield Note(beat, _STROKE_BEATS, key, _velocity(_FORCE[sign] * force * accent + 0.7 * plan.mood.velocity))


def _force(plan: Plan, passage: Passage, bar: int) -> float:
    """Return the factor on velocities in a bar: role and idiom, growing through a build."""
    inside = (bar - passage.start_bar) / max(1, passage.bars)
    growth = 0.9 + 0.2 * inside if passage.role.build else 1.0
    return (0.35 + 0.65 * passage.role.force) * growth * min(1.08, plan.idiom_at(bar).loudness)


def _lines(plan: Plan, passage: Passage, bar: int, drums: Mapping[str, str]) -> dict[str, str]:
    """Return the lines that play in a bar: before the kit's entry only the light ones, in a build the snare presses."""
    waits = passage.role.drums_from if passage.bars >= 2 else 0.0
    if (bar - passage.start_bar) < round(passage.bars * waits):
        return {line: pattern for line, pattern in drums.items() if line in LIGHT}
    lines = dict(drums)
    if passage.role.thin:
        lines = {line: pattern.lower().replace("x", "o") if line == "kick" else pattern for line, pattern in lines.items()}
    if passage.role.build and bar >= passage.end_bar - max(1, passage.bars // 4) and "snare" in plan.groove(bar, 2).drums:
        lines["snare"] = "x.o. x.o. x.o. xoxo" if plan.grid.pulses != 3 else "x.o. x.o. xoxo"
    return lines


def fill_beats(plan: Plan, passage: Passage, bar: int) -> float:
    """Return how much of a bar is a fill: half of it before the next section, a pulse at the end of a phrase, else nothing."""
    if passage.has_ending and bar >= passage.end_bar - 1:
        return 0.0
    if bar == passage.end_bar - 1:
        return plan.grid.pulse_beats * max(1, plan.grid.pulses // 2)
    ends_phrase = any(bar == start + bars - 1 for start, bars in passage.phrases)
    is_lively = passage.role.force > 0.8
    return plan.grid.pulse_beats if ends_phrase and is_lively and plan.grid.pulses > 2 else 0.0


def fill(plan: Plan, passage: Passage, bar: int, fill_from: float) -> Iterator[Note]:
    """Return the idiom's fill from a beat to the end of the bar, as strong as what follows."""
    start = bar * plan.grid.bar_beats
    end = start + plan.grid.bar_beats
    fills = plan.idiom_at(bar).fills
    if fill_from >= end - 1e-6 or not fills:
        return
    following = passage.following.force if passage.following and bar == passage.end_bar - 1 else passage.role.force
    force = (0.4 + 0.6 * following) * min(1.05, plan.idiom_at(bar).loudness)
    stream = plan.chance.stream("fill", bar)
    chosen = plan.chance.pick(stream, [(each, 1.0) for each in fills])
    for line, pattern in chosen.items():
        for event in events(pattern, plan.grid, plan.grid.meter.pulses_per_bar == 2):
            beat = start + event.beat
            if beat >= fill_from - 1e-6:
                growth = 0.85 + 0.2 * (beat - fill_from) / max(0.5, end - fill_from)
                yield from _stroke(plan, beat, DRUM_KEYS[line], (event.sign, force * growth))


def _opens(plan: Plan, passage: Passage, bar: int) -> bool:
    """Return whether a cymbal marks a bar: the start of a big section, and every eight bars of it."""
    inside = bar - passage.start_bar
    return passage.role.crash and inside % 8 == 0 and "kick" in plan.groove(bar, 2).drums and plan.idiom_at(bar).loudness > 0.85


def _ending(plan: Plan, bar: int) -> Iterator[Note]:
    """Return the last hit."""
    start = bar * plan.grid.bar_beats
    lines = plan.groove(bar, 2).drums
    if not lines:
        return
    is_loud = plan.idiom_at(bar).loudness > 0.85
    force = min(1.05, plan.idiom_at(bar).loudness) * 0.85
    names = (
        "kick" if "kick" in lines else "floor" if "floor" in lines else next(iter(lines)),
        "crash" if is_loud else "triangle",
    )
    for line in names:
        yield Note(start, 1.0, DRUM_KEYS[line], _velocity(100 * force + plan.mood.velocity))


def _velocity(velocity: float) -> int:
    return max(18, min(127, round(velocity)))
