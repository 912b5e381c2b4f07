"""Harmony: the cheapest chords for a melody, found by dynamic programming (Viterbi) over half bars.

A chord costs by how its tones fit the notes that sound (weighted by length and metric strength), by how naturally it
follows the one before, by how far it leaves the idiom's progression, and by what the phrase needs at its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import groupby, zip_longest
from typing import NamedTuple

from bridge.composers.rules.colour import coloured
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.plan import Passage, Plan
from bridge.composers.rules.vocabulary import DOMINANT, Candidate, candidates, chord_of, plain, transitions
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.notes import Note

FIT = 5.5
"""Cost of a chord that no note fits."""


@dataclass(frozen=True)
class Changes:
    """The chords of the whole score, in order, without a gap."""

    spans: tuple[ChordSpan, ...]

    @cached_property
    def _starts(self) -> list[float]:
        return [span.start_beat - NEAR for span in self.spans]

    def index(self, beat: float) -> int:
        """Return which chord sounds at a beat."""
        return max(0, bisect_right(self._starts, beat) - 1)

    def at(self, beat: float) -> ChordSpan:
        """Return the chord that sounds at a beat."""
        return self.spans[self.index(beat)]

    def after(self, beat: float) -> ChordSpan:
        """Return the chord after the one that sounds at a beat (the last one at the end)."""
        return self.spans[min(self.index(beat) + 1, len(self.spans) - 1)]

    def inside(self, start_beat: float, end_beat: float) -> tuple[ChordSpan, ...]:
        """Return the chords that sound in a stretch."""
        return self.spans[self.index(start_beat) : self.index(end_beat - 2 * NEAR) + 1]


class Slot(NamedTuple):
    """A stretch that has one chord."""

    start: float
    end: float
    bar: int
    is_bar_start: bool


class Given(NamedTuple):
    """What is known before harmony is chosen."""

    melody: tuple[Note, ...]
    bass: tuple[Note, ...]
    chords: tuple[Note, ...]
    wished: tuple[ChordSpan, ...]
    """Chords of a score that is continued or mended: followed unless the notes speak against them."""


def harmonise(plan: Plan, given: Given) -> Changes:
    """Return the chords of the score: those fixed by the brief or around repainted bars as they are, others chosen."""
    memory: dict[object, tuple[Chord, ...]] = {}
    spans: list[ChordSpan] = []
    previous: Chord | None = None
    for passage in plan.passages:
        slots = _slots(plan, passage)
        weights = _Weights(plan, slots, given)
        chosen = _passage_chords(plan, passage, (slots, weights, previous), memory)
        previous = chosen[-1]
        spans += [ChordSpan(slot.start, slot.end - slot.start, c) for slot, c in zip(slots, chosen, strict=True)]
    standing = given.wished if plan.brief.open_beats else ()
    return Changes(with_fixed(list(laid_over(merged_spans(spans), standing, plan.length_beats)), plan))


def _passage_chords(
    plan: Plan, passage: Passage, found: tuple[list[Slot], _Weights, Chord | None], memory: dict[object, tuple[Chord, ...]]
) -> tuple[Chord, ...]:
    """Return a chord a slot; a passage that is like an earlier one (a second chorus) has the same."""
    slots, weights, previous = found
    alike = (passage.role.name, passage.bars, passage.has_ending, weights.signature())
    if alike not in memory:
        made = candidates(plan.idiom.harmony, plan.key, plan.mood.borrowed)
        if weights.has_chords:
            made = _widened(made)
        path = _viterbi(plan, passage, slots, (made, weights, previous))
        memory[alike] = _coloured(plan, [made[index].chord for index in path], slots, weights)
    return memory[alike]


def _coloured(plan: Plan, triads: list[Chord], slots: list[Slot], weights: _Weights) -> tuple[Chord, ...]:
    """Return the triads in the idiom's colours, one colour as long as a triad stays."""
    found: list[Chord] = []
    runs = [list(run) for _, run in groupby(range(len(triads)), key=lambda at: triads[at])]
    for run, following in zip_longest(runs, runs[1:]):
        melody: Counter[int] = Counter()
        for at in run:
            melody.update(weights.melody[at])
        next_root = triads[following[0]].root if following else -1
        found += [coloured(triads[run[0]], next_root, plan, (slots[run[0]].bar, melody))] * len(run)
    return tuple(found)


def _slots(plan: Plan, passage: Passage) -> list[Slot]:
    """Return the slots of a passage: the groups of pulses of each bar; the last bar of an ending is one."""
    slots = []
    for bar in range(passage.start_bar, passage.end_bar):
        start = bar * plan.grid.bar_beats
        whole = passage.has_ending and bar == passage.end_bar - 1
        begins = (0.0,) if whole else plan.grid.group_starts
        ends = (*begins[1:], plan.grid.bar_beats)
        slots += [Slot(start + b, start + e, bar, b < NEAR) for b, e in zip(begins, ends, strict=True)]
    return slots


class _Weights:
    """How much of each pitch class sounds in each slot."""

    def __init__(self, plan: Plan, slots: list[Slot], given: Given) -> None:
        self._slots = slots
        self.melody = _pitch_weights(plan, slots, given.melody)
        self.bass = _pitch_weights(plan, slots, given.bass)
        self.chords = _pitch_weights(plan, slots, given.chords)
        found = [_wished(given.wished, slot.start) for slot in slots] if given.wished else []
        self.wished = found if any(found) else []

    @property
    def has_chords(self) -> bool:
        """Whether a chords part was given."""
        return any(self.chords)

    def signature(self) -> tuple[object, ...]:
        """Return what tells passages apart whose notes differ."""
        rows = (self.melody, self.bass, self.chords)
        notes = tuple(tuple(tuple(sorted((pc, round(w, 3)) for pc, w in row.items())) for row in part) for part in rows)
        return (*notes, tuple(self.wished))

    def emission(self, at: int, candidate: Candidate) -> float:
        """Return how badly a chord fits what sounds in a slot."""
        cost = FIT * _misfit(candidate, self.melody[at]) + 1.3 * FIT * _misfit(candidate, self.chords[at])
        if self.bass[at]:
            cost += FIT * _bass_misfit(candidate, self.bass[at])
        if self.wished and self.wished[at] is not None:
            cost += 0.0 if self.wished[at] == plain(candidate.chord) else 1.8
        return cost


def _wished(spans: tuple[ChordSpan, ...], beat: float) -> Chord | None:
    span = Changes(spans).at(beat)
    return plain(span.chord) if span.start_beat - NEAR <= beat < span.end_beat - NEAR else None


def _misfit(candidate: Candidate, weights: dict[int, float]) -> float:
    if not weights:
        return 0.0
    misfits = misfits_of(candidate.chord)
    total = sum(weights.values())
    return sum(weight * misfits[pc] for pc, weight in weights.items()) / (total + 0.25)


@lru_cache(maxsize=512)
def misfits_of(chord: Chord) -> tuple[float, ...]:
    """Return how badly each pitch class fits a chord, 0…1: roots and thirds best, a semitone above a chord tone worst."""
    costs = [0.75] * 12
    tones = chord.pitch_classes[:3]
    for tone in tones:
        costs[(tone + 1) % 12] = 1.0
    for tone, cost in zip(chord.pitch_classes, (0.0, 0.04, 0.1, 0.3, 0.4, 0.4), strict=False):
        costs[tone] = cost
    costs[(chord.root + 10) % 12] = min(costs[(chord.root + 10) % 12], 0.6)
    return tuple(costs)


def _bass_misfit(candidate: Candidate, weights: dict[int, float]) -> float:
    strongest = max(weights.items(), key=lambda item: item[1])[0]
    root, *others = candidate.triad
    return 0.0 if strongest == root else 0.45 if others and strongest == others[0] else 0.7 if strongest in others else 1.2


def _pitch_weights(plan: Plan, slots: list[Slot], notes: tuple[Note, ...]) -> list[dict[int, float]]:
    """Return pitch class → weight for each slot: length in it times metric strength; short passing notes count little."""
    rows: list[dict[int, float]] = [{} for _ in slots]
    starts = [slot.start - NEAR for slot in slots]
    end = slots[-1].end
    first = bisect_right(notes, slots[0].start - 8 * plan.grid.bar_beats, key=lambda note: note.start_beat)
    for index in range(first, len(notes)):
        note = notes[index]
        if note.start_beat >= end - NEAR:
            break
        if note.end_beat <= slots[0].start + NEAR:
            continue
        strength = 0.3 + 1.5 * plan.grid.weight(note.start_beat) ** 2
        if _is_passing(plan, notes, index):
            strength *= 0.35
        at = max(0, bisect_right(starts, note.start_beat) - 1)
        while at < len(slots) and slots[at].start < note.end_beat - NEAR:
            overlap = min(note.end_beat, slots[at].end) - max(note.start_beat, slots[at].start)
            pc = note.pitch % 12
            rows[at][pc] = rows[at].get(pc, 0.0) + max(overlap, 0.05) * strength
            at += 1
    return rows


def _is_passing(plan: Plan, notes: tuple[Note, ...], index: int) -> bool:
    """Return whether a short note off the pulse is reached or left by step."""
    note = notes[index]
    if note.length_beats > 0.6 * plan.grid.pulse_beats or plan.grid.weight(note.start_beat) >= 0.5:
        return False
    near = notes[max(0, index - 1) : index + 2]
    return any(0 < abs(other.pitch - note.pitch) <= 2 for other in near)


def _viterbi(
    plan: Plan, passage: Passage, slots: list[Slot], known: tuple[tuple[Candidate, ...], _Weights, Chord | None]
) -> list[int]:
    made, weights, previous = known
    grammar = plan.idiom.harmony.grammar
    steps = transitions(made, grammar)
    stay = _stay_cost(plan, made)
    needs = _Needs(plan, passage, made)
    stream = plan.chance.stream("harmony", passage.role.name)
    before = None if previous is None else next((i for i, c in enumerate(made) if c.chord == plain(previous)), None)
    costs = [0.4 * c.cost + (0.0 if before is None else 0.5 * steps[i][before]) for i, c in enumerate(made)]
    back: list[list[int]] = []
    for at, slot in enumerate(slots):
        here = [
            weights.emission(at, candidate)
            + needs.cost(slot, index, is_free=not weights.melody[at])
            + plan.chance.noise(stream, 0.22 if slot.is_bar_start else 0.05)
            for index, candidate in enumerate(made)
        ]
        if at:
            costs, origins = _advance(costs, steps, stay if slot.is_bar_start else None, _change_cost(plan, slot))
            back.append(origins)
        costs = [cost + extra for cost, extra in zip(costs, here, strict=True)]
    path = [min(range(len(made)), key=costs.__getitem__)]
    for origins in reversed(back):
        path.append(origins[path[-1]])
    return path[::-1]


def _advance(
    costs: list[float], steps: tuple[tuple[float, ...], ...], stay: float | None, change: float
) -> tuple[list[float], list[int]]:
    """Return the cheapest cost of reaching each candidate, and from which one."""
    reached, origins = [], []
    for index, row in enumerate(steps):
        totals = [cost + step for cost, step in zip(costs, row, strict=True)]
        if change:
            totals = [total + change for total in totals]
        totals[index] = costs[index] + (stay or 0.0)
        origin = min(range(len(totals)), key=totals.__getitem__)
        reached.append(totals[origin])
        origins.append(origin)
    return reached, origins


def _stay_cost(plan: Plan, made: tuple[Candidate, ...]) -> float:
    """Return what it costs to keep a chord over a bar line: more in idioms that move often."""
    return 0.35 * plan.idiom.harmony.moves * min(1.0, len(made) / 7)


def _change_cost(plan: Plan, slot: Slot) -> float:
    """Return what a change of chord costs at a slot: changes within the bar are for idioms that like them."""
    return 0.0 if slot.is_bar_start else 1.5 - 0.65 * plan.idiom.harmony.moves


class _Needs:
    """What the place in the passage asks of a chord: progression, opening, cadences."""

    def __init__(self, plan: Plan, passage: Passage, made: tuple[Candidate, ...]) -> None:
        self._plan, self._passage = plan, passage
        self._harmony = plan.idiom.harmony
        self._loop = _progression(plan, passage)
        self._roots = [(candidate.chord, plain(candidate.chord)) for candidate in made]
        self._is_dominant = [c.function == DOMINANT and (c.chord.root - plan.key.tonic) % 12 in {7, 10} for c in made]
        self._is_five = [(c.chord.root - plan.key.tonic) % 12 == 7 and c.chord.quality == "" for c in made]
        self._is_tonic = [c.chord.root == plan.key.tonic and c.chord.quality in {"", "m"} for c in made]
        self._ends = {start + bars - 1: index for index, (start, bars) in enumerate(passage.phrases)}

    def cost(self, slot: Slot, index: int, *, is_free: bool) -> float:
        """Return the cost of candidate `index` in a slot; the progression yields where a melody is given."""
        return self._off_loop(slot, index) * (1.0 if is_free else 0.6) + self._cadence(slot, index)

    def _off_loop(self, slot: Slot, index: int) -> float:
        bar = slot.bar - self._passage.start_bar
        chords = self._loop[bar % len(self._loop)]
        wished = chords[0] if slot.is_bar_start else chords[-1]
        return 0.0 if self._roots[index][1] == wished else 0.9 * self._harmony.loop

    def _cadence(self, slot: Slot, index: int) -> float:
        passage, grammar = self._passage, 0.4 + 0.6 * self._harmony.grammar
        if passage.has_ending and slot.bar == passage.end_bar - 1:
            return 0.0 if self._is_tonic[index] else 6.0
        if slot.bar == passage.start_bar and slot.is_bar_start:
            return 0.0 if self._is_tonic[index] or passage.role.name in {"bridge", "prechorus"} else 0.45 * grammar
        phrase = self._ends.get(slot.bar)
        if phrase is None:
            return self._approach(slot, index, grammar)
        is_last = slot.bar == passage.end_bar - 1
        kind = passage.role.end if is_last and not passage.is_alone else ("authentic" if is_last or phrase % 2 else "half")
        if kind == "authentic" and slot.is_bar_start and len(self._plan.grid.group_starts) > 1 and self._is_five[index]:
            return 0.35 * grammar
        wanted = self._is_tonic[index] if kind == "authentic" else self._is_five[index] or 0.5 * self._is_dominant[index]
        return grammar * (1.0 - wanted) * (1.8 if is_last else 0.7)

    def _approach(self, slot: Slot, index: int, grammar: float) -> float:
        """Return the cost before the last bar of a passage that closes: the dominant is wanted there."""
        closes = self._passage.role.end == "authentic" or self._passage.is_alone
        if not closes or slot.bar != self._passage.end_bar - 2 or (slot.is_bar_start and len(self._plan.grid.group_starts) > 1):
            return 0.0
        return 0.0 if self._is_dominant[index] else 0.5 * grammar


def _progression(plan: Plan, passage: Passage) -> tuple[tuple[Chord, ...], ...]:
    """Return the idiom's progression for a passage, a bar each; other roles than verse tend to take another one."""
    harmony = plan.idiom.harmony
    loops = harmony.minor if plan.key.is_minor else harmony.major
    turn = {"chorus": 1, "prechorus": 2, "bridge": 2, "solo": 0, "intro": 0, "outro": 0}.get(passage.role.name, 0)
    turned = loops[turn % len(loops) :] + loops[: turn % len(loops)]
    stream = plan.chance.stream("progression", "verse" if turn == 0 else passage.role.name)
    chosen = plan.chance.pick(stream, [(loop, 1.0 / (1 + rank)) for rank, loop in enumerate(turned)])
    return _bars_of(chosen, plan.key)


@lru_cache(maxsize=512)
def _bars_of(progression: str, key: Key) -> tuple[tuple[Chord, ...], ...]:
    return tuple(tuple(plain(chord_of(roman, key)) for roman in bar.split("-")) for bar in progression.split())


def _widened(made: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the candidates with every other major and minor triad, dear: a given chords part may be in any of them."""
    known = {candidate.chord for candidate in made}
    others = (Chord(root, quality) for root in range(12) for quality in ("", "m"))
    return (*made, *(Candidate(chord, 1.0, DOMINANT) for chord in others if chord not in known))


def merged_spans(spans: Iterable[ChordSpan]) -> list[ChordSpan]:
    """Return spans in order, neighbours of the same chord as one."""
    merged: list[ChordSpan] = []
    for span in spans:
        if merged and merged[-1].chord == span.chord:
            merged[-1] = replace(merged[-1], length_beats=span.end_beat - merged[-1].start_beat)
        else:
            merged.append(span)
    return merged


def with_fixed(spans: list[ChordSpan], plan: Plan) -> tuple[ChordSpan, ...]:
    """Return the chosen chords with the brief's fixed ones laid over them."""
    return laid_over(spans, plan.brief.chords, plan.length_beats)


def laid_over(spans: list[ChordSpan], chords: Iterable[ChordSpan], length_beats: float) -> tuple[ChordSpan, ...]:
    """Return chords as far as the music is long, in place of the `spans` that are there."""
    fixed = [span for span in chords if span.start_beat < length_beats - NEAR and span.length_beats > NEAR]
    if not fixed:
        return tuple(spans)
    laid: list[ChordSpan] = []
    position = 0.0
    for span in sorted(fixed, key=lambda span: span.start_beat):
        laid += between(spans, position, span.start_beat)
        end = min(span.end_beat, length_beats)
        laid.append(span if end == span.end_beat else replace(span, length_beats=end - span.start_beat))
        position = end
    return (*laid, *between(spans, position, length_beats))


def between(spans: Iterable[ChordSpan], start: float, end: float) -> list[ChordSpan]:
    """Return what of the chords lies in a stretch."""
    cut = ((max(span.start_beat, start), min(span.end_beat, end), span.chord) for span in spans)
    return [ChordSpan(first, last - first, chord) for first, last, chord in cut if last - first > NEAR]
