"""Developing a theme as composers do: its bars return, move to other degrees, turn round, break off, and come to a close.

Phrases follow each other as statement, answer, contrast and return (Schoenberg, "Fundamentals of Musical Composition", period
and sentence). An answer begins as the theme did and closes otherwise; a contrast takes a bar of the theme through other
degrees and ends openly; a return sings the theme again and closes. In the tunes of the corpus an answer's four bars are bars of
the theme note for note in 65, 55, 30 and 13 of 100 cases, which is what is aimed at here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes, misfits_of
from bridge.composers.rules.motif import Ladder, Sung, broken, ladder_of, leap, leaps, mirrored, moved, resting_bar
from bridge.composers.rules.plan import Passage, Plan
from bridge.composers.rules.tiling import skyline
from bridge.music.notes import Note

_LETTERS = {1: "s", 2: "sa", 3: "sbr"}
_TURN = "sabr"
"""Phrases of a section: statement, answer, contrast, return."""
_SHIFTS = tuple(range(-4, 5))
_MOVED = 1.4
"""Cost of moving a bar that is wished as it is."""
_STILL = 1.6
"""Cost of leaving a bar where it is that is wished moved."""
_MIRRORED = 0.7
_SUNG_AGAIN = 3.0
"""Cost of a bar that is to be replaced."""
_OFF_CHORD = 2.4
"""Cost of a bar no tone of which fits the chords that are known."""
_SEVENTH = 6
"""Degree of the leading note."""


@dataclass(frozen=True)
class Theme:
    """The tune that melodies refer to."""

    notes: tuple[Note, ...]
    period: float
    """Its length in beats, whole bars."""

    @cached_property
    def line(self) -> tuple[Note, ...]:
        """Its tune, one note at a time."""
        return skyline(self.notes)


class Place(NamedTuple):
    """What is to be developed: an open stretch and what stands around it."""

    passage: Passage
    start: float
    end: float
    before: int | None = None
    """Pitch of the last note before it."""
    after: int | None = None
    """Pitch of the first note after it."""
    is_new: bool = False
    """Whether the theme was stated in another section, of another role: contrast comes first."""
    shunned: tuple[Note, ...] = ()
    """What was sung there before, and is not to be sung again."""


class _Bar(NamedTuple):
    """One way to sing a bar."""

    source: int
    shift: int
    """Degrees."""
    is_whole: bool
    """Whether it is the source as it stands, moved at most."""
    notes: tuple[Sung, ...]
    cost: float = 0.0


class _Wish(NamedTuple):
    """What a bar of a phrase is to be."""

    bar: int
    """From the start of the section asked for."""
    source: int
    is_moved: bool = False
    close: str = ""
    """closed, open or nothing."""
    is_fragment: bool = False


def developed(plan: Plan, theme: Theme, place: Place, changes: Changes | None) -> list[Note]:
    """Return a melody that develops the theme over an open stretch; `changes`: the chords, where they are known already."""
    return _Development(plan, theme, place, changes).notes() if theme.line else []


@dataclass(frozen=True)
class _Development:
    plan: Plan
    theme: Theme
    place: Place
    changes: Changes | None

    @cached_property
    def ladder(self) -> Ladder:
        """The scale of the theme."""
        return ladder_of(self.theme.line, self.plan.key, is_five_liked=self.plan.idiom.lead.scale == "pentatonic")

    @cached_property
    def bars(self) -> tuple[tuple[Sung, ...], ...]:
        """The theme bar by bar."""
        grid = self.plan.grid
        rows: list[list[Sung]] = [[] for _ in range(round(self.theme.period / grid.bar_beats))]
        for note in self.theme.line:
            bar = grid.bar(note.start_beat)
            if bar < len(rows):
                inside = note.start_beat - bar * grid.bar_beats
                rows[bar].append(Sung(inside, note.length_beats, *self.ladder.rung(note.pitch), note.velocity))
        return tuple(map(tuple, rows))

    @cached_property
    def degrees(self) -> tuple[int, ...]:
        """All degrees of the theme."""
        return tuple(sung.degree for bar in self.bars for sung in bar)

    def notes(self) -> list[Note]:
        """Return the melody."""
        wishes = list(self._wishes())
        chosen = self._cheapest([self._ways(wish) for wish in wishes])
        bar_beats = self.plan.grid.bar_beats
        sung = [
            (wish.bar * bar_beats + each.beat, each) for wish, bar in zip(wishes, chosen, strict=True) for each in bar.notes
        ]
        place = self.place
        inside = [(beat, each) for beat, each in sung if place.start - NEAR <= beat < place.end - NEAR]
        return self._sounding(inside)

    def _wishes(self) -> Iterator[_Wish]:
        passage, bar_beats = self.place.passage, self.plan.grid.bar_beats
        letters = _letters(len(passage.phrases), is_new=self.place.is_new)
        for index, (letter, (start, bars)) in enumerate(zip(letters, passage.phrases, strict=True)):
            is_last = index == len(letters) - 1
            for wish in self._phrase(letter, (index, start, bars), is_last=is_last):
                if (wish.bar + 1) * bar_beats > self.place.start + NEAR and wish.bar * bar_beats < self.place.end - NEAR:
                    yield wish

    def _phrase(self, letter: str, where: tuple[int, int, int], *, is_last: bool) -> Iterator[_Wish]:
        index, start, bars = where
        count = len(self.bars)
        first = 4 * index if letter in "sa" and 4 * index + bars <= count else 0
        close = "closed" if is_last or letter in "ar" else "open"
        kept = {"a": (bars + 1) // 2, "b": 0}.get(letter, bars - 1)
        one, other = self._fragments(index)
        for at in range(bars):
            source = (first + at) % count
            if at == bars - 1 and bars > 1:
                yield _Wish(start + at, count - 1 if close == "closed" else min(first + bars, count) - 1, close=close)
            elif letter == "b":
                yield _Wish(start + at, one if at < 2 else other, is_moved=True, is_fragment=at == 2)
            else:
                yield _Wish(start + at, source, is_moved=at >= min(kept, count - first))

    def _fragments(self, phrase: int) -> tuple[int, int]:
        """Return the two bars of the theme that a contrast works with."""
        usable = [bar for bar, notes in enumerate(self.bars) if len(notes) > 1]
        usable = usable or [bar for bar, notes in enumerate(self.bars) if notes]
        stream = self.plan.chance.stream("fragments", self.place.passage.theme, phrase)
        drawn = [self.plan.chance.pick(stream, [(bar, 1.0 / (1 + rank)) for rank, bar in enumerate(usable)]) for _ in range(2)]
        return drawn[0], drawn[1]

    def _ways(self, wish: _Wish) -> list[_Bar]:
        """Return the ways to sing a bar, each with what it costs by itself."""
        source = self.bars[wish.source]
        ways: list[_Bar] = []
        for shift in _SHIFTS:
            notes = moved(source, shift, len(self.ladder.steps))
            far = 0.12 * abs(shift)
            if wish.close:
                ways += self._closes(notes, wish, shift)
                continue
            still = _STILL if wish.is_moved and not shift else _MOVED if shift and not wish.is_moved else 0.0
            ways.append(_Bar(wish.source, shift, is_whole=True, notes=notes, cost=far + still))
            if wish.is_moved:
                ways.append(_Bar(wish.source, shift, is_whole=False, notes=mirrored(notes), cost=far + _MIRRORED))
            if wish.is_fragment:
                ways += [_Bar(wish.source, shift, is_whole=False, notes=n, cost=far) for n in broken(notes, self.plan.grid)]
        stream = self.plan.chance.stream("developed", self.place.passage.theme, wish.bar - self.place.passage.start_bar)
        noise = self.plan.chance.noise
        return [way._replace(cost=way.cost + self._own_cost(way.notes, wish.bar) + noise(stream, 0.18)) for way in ways]

    def _closes(self, notes: tuple[Sung, ...], wish: _Wish, shift: int) -> Iterator[_Bar]:
        """Yield the bar brought to rest on a tone that closes, or (open) on one that asks for more."""
        resting = resting_bar(notes, self.plan.grid)
        if not resting:
            return
        count, last = len(self.ladder.steps), resting[-1]
        for goal in self._goals(wish, last.beat):
            degree = min((goal - count, goal, goal + count), key=lambda d: abs(d + last.degree // count * count - last.degree))
            degree += last.degree // count * count
            head = resting[:-1]
            if head and abs(head[-1].degree - degree) > 2:
                step = 1 if head[-1].degree > degree else -1
                head = (*head[:-1], head[-1]._replace(degree=degree + step, raised=0))
            ended = (*head, last._replace(degree=degree, raised=0))
            changed = sum(one.degree != other.degree for one, other in zip(ended, resting, strict=True))
            jumps = max(0.0, leaps(ended) - leaps(resting))
            yield _Bar(wish.source, shift, is_whole=False, notes=ended, cost=0.1 * abs(shift) + 0.3 * changed + 0.6 * jumps)

    def _goals(self, wish: _Wish, beat: float) -> tuple[int, ...]:
        """Return the degrees, 0 the tonic, on which a bar may come to rest."""
        count = len(self.ladder.steps)
        if self.changes is None:
            return (0,) if wish.close == "closed" else (count - 3, 1, 2)
        chord = self.changes.at(wish.bar * self.plan.grid.bar_beats + beat).chord.pitch_classes[:3]
        rungs = tuple(degree for degree in range(count) if self.ladder.pitch(degree) % 12 in chord)
        return (0,) if wish.close == "closed" and 0 in rungs else rungs or (0,)

    def _own_cost(self, notes: tuple[Sung, ...], bar: int) -> float:
        """Return what a bar costs that leaves the theme's register, or the chords where they are known."""
        if not notes:
            return 0.0
        low, high = min(self.degrees), max(self.degrees)
        mean = sum(sung.degree for sung in notes) / len(notes)
        wished = sum(self.degrees) / len(self.degrees) + 0.25 * self.place.passage.role.lead_shift
        outside = max(0, low - 2 - min(s.degree for s in notes), max(s.degree for s in notes) - high - 2)
        again = _SUNG_AGAIN * (self._sung_in(bar) == [(round(s.beat, 3), self.ladder.pitch(s.degree)) for s in notes])
        return 0.1 * abs(mean - wished) + 0.7 * outside + again + self._off_chord(notes, bar)

    def _sung_in(self, bar: int) -> list[tuple[float, int]]:
        start, bar_beats = bar * self.plan.grid.bar_beats, self.plan.grid.bar_beats
        before = (n for n in self.place.shunned if start - NEAR <= n.start_beat < start + bar_beats - NEAR)
        return [(round(note.start_beat - start, 3), note.pitch) for note in before]

    def _off_chord(self, notes: tuple[Sung, ...], bar: int) -> float:
        if self.changes is None:
            return 0.0
        start, cost, total = bar * self.plan.grid.bar_beats, 0.0, 0.0
        for sung in notes:
            weight = self.plan.grid.weight(sung.beat) * min(sung.length_beats, 2.0)
            pitch = self.ladder.pitch(sung.degree) + sung.raised
            cost += weight * misfits_of(self.changes.at(start + sung.beat).chord)[pitch % 12]
            total += weight
        return _OFF_CHORD * cost / max(total, NEAR)

    def _cheapest(self, rows: Sequence[Sequence[_Bar]]) -> list[_Bar]:
        """Return one way a bar such that all together, with the steps between them, cost least (Viterbi)."""
        costs: list[float] = []
        back: list[list[int]] = []
        for at, row in enumerate(rows):
            if not at:
                costs = [way.cost + self._from_before(way) for way in row]
                continue
            totals = [[cost + _join(old, new) for cost, old in zip(costs, rows[at - 1], strict=True)] for new in row]
            origins = [min(range(len(total)), key=total.__getitem__) for total in totals]
            back.append(origins)
            costs = [way.cost + total[origin] for way, total, origin in zip(row, totals, origins, strict=True)]
        if not rows:
            return []
        costs = [cost + self._to_after(way) for cost, way in zip(costs, rows[-1], strict=True)]
        path = [min(range(len(costs)), key=costs.__getitem__)]
        for origins in reversed(back):
            path.append(origins[path[-1]])
        return [row[index] for row, index in zip(rows, reversed(path), strict=True)]

    def _from_before(self, way: _Bar) -> float:
        before = self.place.before
        return leap(way.notes[0].degree - self.ladder.rung(before)[0]) if before is not None and way.notes else 0.0

    def _to_after(self, way: _Bar) -> float:
        after = self.place.after
        return leap(way.notes[-1].degree - self.ladder.rung(after)[0]) if after is not None and way.notes else 0.0

    def _sounding(self, sung: Sequence[tuple[float, Sung]]) -> list[Note]:
        """Return the notes, each ended where the next begins; strong ones that rub against a known chord step aside."""
        force = self.place.passage.role.force if not self.place.passage.is_alone else 1.0
        stops = [*(beat for beat, _ in sung[1:]), self.place.end][: len(sung)]
        following = [*(each.degree for _, each in sung[1:]), None][: len(sung)]
        notes = []
        for (beat, each), stop, after in zip(sung, stops, following, strict=True):
            pitch = self._mended(self._led(each, after), beat)
            velocity = max(20, min(122, round(each.velocity * force)))
            notes.append(Note(beat, min(each.length_beats, stop - beat), max(0, min(127, pitch)), velocity))
        return notes

    def _led(self, each: Sung, after: int | None) -> int:
        """Return the pitch of a note; in minor a seventh that leads to the tonic is raised where the theme raises it too."""
        pitch = self.ladder.pitch(each.degree) + each.raised
        is_seventh = self.plan.key.is_minor and len(self.ladder.steps) > _SEVENTH and each.degree % 7 == _SEVENTH
        return pitch + 1 if is_seventh and not each.raised and after == each.degree + 1 and self._raises else pitch

    @cached_property
    def _raises(self) -> bool:
        return any(sung.raised and sung.degree % 7 == _SEVENTH for bar in self.bars for sung in bar)

    def _mended(self, pitch: int, beat: float) -> int:
        if self.changes is None or self.plan.grid.weight(beat) < 0.75:
            return pitch
        misfits = misfits_of(self.changes.at(beat).chord)
        if misfits[pitch % 12] < 0.7:
            return pitch
        return min((pitch - 2, pitch - 1, pitch + 1, pitch + 2), key=lambda near: misfits[near % 12])


def _letters(phrases: int, *, is_new: bool) -> str:
    """Return what each phrase of a passage is; the last one closes."""
    whole = _LETTERS.get(phrases) or (_TURN * phrases)[: phrases - 1] + "r"
    return "b" + whole[1:] if is_new else whole


def _join(one: _Bar, other: _Bar) -> float:
    """Return what it costs to go on from a bar to the next: nothing where both are moved alike and the theme goes so too."""
    if not one.notes or not other.notes:
        return 0.0
    if one.is_whole and one.shift == other.shift and other.source == one.source + 1:
        return 0.0
    again = 0.0
    if one.is_whole and other.is_whole and one.source == other.source:
        again = (1.5, 0.0, 0.1)[min(2, abs(one.shift - other.shift))]
    return again + leap(other.notes[0].degree - one.notes[-1].degree)
