"""The plan of a score: its idiom, passages, players and chances, settled before the first note."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property

from bridge.brief import Brief, FormSection
from bridge.composers.rules.casting import Voice, cast_parts
from bridge.composers.rules.chance import Chance
from bridge.composers.rules.grid import NEAR, Grid
from bridge.composers.rules.idiom import Groove, Idiom, groove
from bridge.composers.rules.idioms import IDIOMS, idiom_named
from bridge.composers.rules.instruments import CHINESE, instrument
from bridge.composers.rules.moods import Mood, mood_of
from bridge.composers.rules.roles import Role, role_of
from bridge.music.key import Key

PHRASE_BARS = 4
_UNDER_A_SOLO = (
    groove("o--- ---- ---- ----", "r--- ---- ---- ----"),
    groove("1--- 2--- 3--- ----", "r--- ---- ---- ----"),
    groove("1--- 2--- 3--- 2---", "r--- ---- r--- ----"),
)
"""How chords and bass accompany a soloist, calm to full."""


@dataclass(frozen=True)
class Passage:
    """One section of the form. Bars count from 0 at the start of the section asked for."""

    name: str
    role: Role
    start_bar: int
    bars: int
    occurrence: int
    """How many passages of the same role came before."""
    following: Role | None
    """Role of the next passage, None at the end."""
    is_alone: bool
    """Whether the form is this passage only."""

    @property
    def end_bar(self) -> int:
        """The first bar after it."""
        return self.start_bar + self.bars

    @property
    def theme(self) -> str:
        """Which theme it sings: its role's; where the name says no role, that of the name ("A", "B", "A2")."""
        is_named = self.role.name != "verse" or re.search("verse|主歌", self.name.lower())
        return self.role.name if is_named else re.sub(r"[\W\d_]+", "", self.name.lower()) or self.role.name

    @property
    def has_ending(self) -> bool:
        """Whether the music comes to rest in its last bar."""
        return self.role.name == "outro" and self.following is None

    @cached_property
    def phrases(self) -> tuple[tuple[int, int], ...]:
        """(First bar, bars) of each phrase: fours, with a rest of one joined to the last."""
        starts = list(range(self.start_bar, self.end_bar, PHRASE_BARS))
        if len(starts) > 1 and self.end_bar - starts[-1] == 1:
            starts.pop()
        return tuple((start, end - start) for start, end in zip(starts, [*starts[1:], self.end_bar], strict=True))


@dataclass(frozen=True)
class Plan:
    """All decisions that hold for the whole score."""

    brief: Brief
    grid: Grid
    idiom: Idiom
    neutral: Idiom
    """The idiom where the text leads less than half."""
    mood: Mood
    passages: tuple[Passage, ...]
    voices: dict[str, Voice]
    chance: Chance
    bpm: float

    @property
    def key(self) -> Key:
        """The key of the section."""
        return self.brief.section.key

    @property
    def bars(self) -> int:
        """Bars of the section."""
        return self.brief.section.bars

    @property
    def length_beats(self) -> float:
        """Beats of the section."""
        return self.bars * self.grid.bar_beats

    @property
    def continues(self) -> bool:
        """Whether an earlier section is continued, not mended."""
        recall = self.brief.recall
        return recall is not None and recall.section.start_bar != self.brief.section.start_bar

    @property
    def is_harmony_open(self) -> bool:
        """Whether chords are free: none are given, and of a score that is mended no part stays that plays them."""
        brief = self.brief
        is_played = any(part.name in {"chords", "bass", "pad"} for part in brief.parts_in)
        return not brief.chords and not is_played and (brief.recall is None or brief.open_beats is not None)

    @cached_property
    def _starts(self) -> list[int]:
        return [passage.start_bar for passage in self.passages]

    def passage(self, bar: int) -> Passage:
        """Return the passage of a bar."""
        return self.passages[max(0, bisect_right(self._starts, bar) - 1)]

    @cached_property
    def _neutral_bars(self) -> frozenset[int]:
        weak = [window for window in self.brief.strengths if window.text < 0.5]
        middles = ((bar, (bar + 0.5) * self.grid.bar_beats) for bar in range(self.bars) if weak)
        return frozenset(bar for bar, middle in middles if any(w.start_beat <= middle < w.end_beat for w in weak))

    def idiom_at(self, bar: int) -> Idiom:
        """Return the idiom of a bar."""
        return self.neutral if bar in self._neutral_bars else self.idiom

    def groove(self, bar: int, level: int) -> Groove:
        """Return the groove of a bar at a level, moved by mood and kept within calm and full; under a soloist a light one."""
        shifted = max(0, min(2, level + self.mood.level))
        found = self.idiom_at(bar).groove(shifted, self.grid.pulses, is_compound=self.grid.meter.is_compound)
        light = _UNDER_A_SOLO[shifted]
        return replace(found, chords=light.chords, bass=light.bass) if self.brief.style.solo else found

    def melody_strength(self, beat: float) -> float:
        """Return how strongly the melody leads at a beat, 0…1."""
        here = (w.melody for w in self.brief.strengths if w.start_beat - NEAR <= beat < w.end_beat - NEAR)
        return next(here, 1.0)

    def free_beats(self) -> tuple[tuple[float, float], ...]:
        """Return the stretches (start, end) in which the melody does not lead; one that goes on by itself, less than half."""
        led = NEAR if self.brief.seed_mode == "lock" else 0.5
        weak = [(w.start_beat, min(w.end_beat, self.length_beats)) for w in self.brief.strengths if w.melody < led]
        joined: list[tuple[float, float]] = []
        for start, end in sorted(weak):
            if joined and start <= joined[-1][1] + NEAR:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            elif end > start:
                joined.append((max(0.0, start), end))
        return tuple(joined)


def make_plan(brief: Brief) -> Plan:
    """Return the plan for a brief."""
    section = brief.section
    chance = Chance(brief.random_seed, 1.0 if brief.temperature is None else brief.temperature)
    bpm = section.tempo.bpm_at(section.start_beat)
    grid = Grid(section.meter)
    neutral = _neutral(grid, bpm)
    idiom = _idiom(brief) or neutral
    mood = mood_of((*brief.style.moods, *brief.style.genres, *brief.style.dynamics))
    voices = cast_parts(brief, idiom, chance)
    return Plan(brief, grid, idiom, neutral, mood, _passages(brief), voices, chance, bpm)


def _idiom(brief: Brief) -> Idiom | None:
    """Return the idiom that the prompt names, or that its instruments suggest."""
    for genre in brief.style.genres:
        if found := idiom_named(genre):
            return found
    if any(name in CHINESE for name in brief.style.instruments):
        return IDIOMS["chinese"]
    suggested = (made.idiom for name in brief.style.instruments if (made := instrument(name)) and made.idiom)
    return next((IDIOMS[name] for name in suggested), None)


def _neutral(grid: Grid, bpm: float) -> Idiom:
    """Return the idiom that tempo and meter suggest by themselves."""
    if grid.meter.is_compound or bpm < 92:
        return IDIOMS["ballad"]
    if grid.pulses == 3:
        return IDIOMS["folk"] if bpm < 150 else IDIOMS["waltz"]
    return IDIOMS["pop"] if bpm < 138 else IDIOMS["rock"]


def _passages(brief: Brief) -> tuple[Passage, ...]:
    form = brief.form or (FormSection(brief.section.name, 1, brief.section.bars),)
    roles = [role_of(part.name) for part in form]
    seen: dict[str, int] = {}
    passages = []
    for index, (part, role) in enumerate(zip(form, roles, strict=True)):
        following = roles[index + 1] if index + 1 < len(roles) else None
        occurrence = seen.get(role.name, 0)
        seen[role.name] = occurrence + 1
        passages.append(Passage(part.name, role, part.start_bar - 1, part.bars, occurrence, following, len(form) == 1))
    return tuple(passages)
