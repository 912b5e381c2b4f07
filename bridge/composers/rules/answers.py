"""The optional parts: `pad` holds the harmony, `counter` answers where the lead rests."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.melody import Register, Tone, pitches
from bridge.composers.rules.plan import Plan
from bridge.composers.rules.voicing import Voicings
from bridge.music.notes import Note


def pad_part(plan: Plan, changes: Changes, voicings: Voicings) -> list[Note]:
    """Return held chords; a tone that the next chord shares is held on."""
    held: dict[int, Note] = {}
    notes: list[Note] = []
    for span, chord in zip(changes.spans, voicings.pitches, strict=True):
        role = plan.passage(plan.grid.bar(span.start_beat)).role
        velocity = max(24, min(100, round(62 * role.force + 0.6 * plan.mood.velocity)))
        kept = {}
        for pitch in chord:
            before = held.pop(pitch, None)
            start = before.start_beat if before else span.start_beat
            kept[pitch] = Note(start, span.end_beat - start, pitch, before.velocity if before else velocity)
        notes += held.values()
        held = kept
    return sorted([*notes, *held.values()])


def counter_part(plan: Plan, changes: Changes, lead: Sequence[Note]) -> list[Note]:
    """Return a second voice: short answers in the lead's rests, and long guide tones under it."""
    voice = plan.voices["counter"]
    centre = max(voice.low + 7.0, min(voice.high - 7.0, 64.0 + plan.mood.register))
    register = Register(max(voice.low, round(centre - 9)), min(voice.high, round(centre + 9)), pull=0.12)
    tones = [tone._replace(target=centre) for tone in _places(plan, changes, lead)]
    found = pitches(plan, tones, changes, register, plan.chance.stream("counter"))
    notes = []
    for tone, pitch in zip(tones, found, strict=True):
        role = plan.passage(plan.grid.bar(tone.beat)).role
        velocity = (66 + 10 * plan.grid.weight(tone.beat)) * role.force + 0.7 * plan.mood.velocity
        notes.append(Note(tone.beat, tone.length_beats * 0.96, pitch, max(24, min(112, round(velocity)))))
    return notes


def _places(plan: Plan, changes: Changes, lead: Sequence[Note]) -> list[Tone]:
    """Return the answers and guide tones, without pitches, in order."""
    gaps = _gaps(plan, lead)
    tones = [tone for gap in gaps for tone in _answer(plan, *gap)]
    starts = sorted((start, end) for start, end in gaps)
    for span in changes.spans:
        clear = _before_gap(span.start_beat, span.end_beat, starts)
        if clear - span.start_beat >= plan.grid.pulse_beats - NEAR:
            tones += _guide(plan, span.start_beat, clear)
    return sorted(tones)


def _gaps(plan: Plan, lead: Sequence[Note]) -> list[tuple[float, float]]:
    """Return the stretches of a pulse and more in which the lead rests, rounded inwards to half pulses."""
    half = plan.grid.pulse_beats / (3 if plan.grid.meter.is_compound else 2)
    gaps = []
    silent_from = 0.0
    for note in [*sorted(lead), Note(plan.length_beats, 0.0, 60)]:
        start = half * -(-(silent_from - 0.12) // half)
        end = min(note.start_beat, plan.length_beats)
        if end - start >= plan.grid.pulse_beats - 0.13:
            gaps.append((start, end))
        silent_from = max(silent_from, note.end_beat)
    return [(start, min(end, start + plan.grid.bar_beats)) for start, end in gaps]


def _answer(plan: Plan, start: float, end: float) -> list[Tone]:
    """Return steps in half pulses, the last one long."""
    step = plan.grid.pulse_beats / (3 if plan.grid.meter.is_compound else 2)
    count = max(1, min(4, int((end - start) / step + NEAR) - 1))
    begins = [start + index * step for index in range(count)]
    stops = [*begins[1:], end]
    return [Tone(begin, stop - begin, 0.0) for begin, stop in zip(begins, stops, strict=True)]


def _guide(plan: Plan, start: float, end: float) -> list[Tone]:
    """Return a long tone, with a step to the next on the last pulse where there is time for one."""
    last = end - plan.grid.pulse_beats
    if last - start < 2 * plan.grid.pulse_beats - NEAR:
        return [Tone(start, end - start, 0.0)]
    return [Tone(start, last - start, 0.0), Tone(last, end - last, 0.0)]


def _before_gap(start: float, end: float, gaps: list[tuple[float, float]]) -> float:
    """Return how far a note from `start` may ring before an answer begins; `start` itself where one sounds there."""
    if any(first - NEAR <= start < last - NEAR for first, last in gaps):
        return start
    return min([end, *(first for first, _ in gaps if first > start)])
