"""The bars and the tempo of a song that is made of sections, each of which was asked for by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bridge.music.midi import MeterChange
from bridge.music.score import Section
from bridge.music.tempo import TempoChange, TempoMap

Thing = TypeVar("Thing")


def layered(things: Iterable[Thing], span: Callable[[Thing], tuple[float, float]]) -> list[list[Thing]]:
    """Return the things in layers without overlaps; each is in the first that has room for it when it comes."""
    layers: list[list[Thing]] = []
    for thing in things:
        start, end = span(thing)
        spans = ([span(other) for other in layer] for layer in layers)
        free = (index for index, taken in enumerate(spans) if all(end <= first or last <= start for first, last in taken))
        index = next(free, len(layers))
        if index == len(layers):
            layers.append([])
        layers[index].append(thing)
    return layers


@dataclass(frozen=True)
class _Stretch:
    """From the end of one section (or bar 1) to the end of the next, counted and timed as that one was asked for."""

    from_bar: int
    from_beat: float
    section: Section

    @property
    def shift(self) -> float:
        """How many beats the song is ahead of the section's own count, which knows no meter but its own."""
        return self.from_beat - self.section.meter.bar_beat(self.from_bar)

    def tempo(self, end_beat: float) -> list[TempoChange]:
        """Return the tempo of the song from the start of the stretch up to a beat of the song."""
        own = self.section.tempo
        first = TempoChange(self.from_beat, own.bpm_at(self.from_beat - self.shift))
        later = (TempoChange(change.beat + self.shift, change.bpm) for change in own.changes)
        return [first, *(change for change in later if self.from_beat < change.beat < end_beat)]


@dataclass(frozen=True)
class SongGrid:
    """Where the bars and beats of a song are."""

    stretches: tuple[_Stretch, ...]
    """In order of time; at least one."""

    @classmethod
    def of(cls, sections: Iterable[Section]) -> SongGrid:
        """Return the grid that one or more sections have in common; of those that overlap, the first one is asked."""
        kept = layered(sections, lambda section: (section.start_bar, section.start_bar + section.bars))[0]
        stretches: list[_Stretch] = []
        bar, beat = 1, 0.0
        for section in sorted(kept, key=lambda section: section.start_bar):
            stretches.append(_Stretch(bar, beat, section))
            bar, beat = section.start_bar + section.bars, section.end_beat + stretches[-1].shift
        return cls(tuple(stretches))

    def beat(self, bar: int) -> float:
        """Return the quarter notes from bar 1 to the start of a bar."""
        stretch = [stretch for stretch in self.stretches if stretch.from_bar <= bar][-1]
        return stretch.section.meter.bar_beat(bar) + stretch.shift

    @property
    def meters(self) -> tuple[MeterChange, ...]:
        """The meter of bar 1, and every change of it."""
        meters: list[MeterChange] = []
        for stretch in self.stretches:
            if not meters or meters[-1].meter != stretch.section.meter:
                meters.append(MeterChange(stretch.from_beat, stretch.section.meter))
        return tuple(meters)

    @property
    def tempo(self) -> TempoMap:
        """The tempo of the song; after the last section, what that one says."""
        ends = [*(stretch.from_beat for stretch in self.stretches[1:]), float("inf")]
        changes: list[TempoChange] = []
        for stretch, end_beat in zip(self.stretches, ends, strict=True):
            for change in stretch.tempo(end_beat):
                if not changes or changes[-1].bpm != change.bpm:
                    changes.append(change)
        return TempoMap(tuple(changes))

    def is_that_of(self, section: Section) -> bool:
        """Return whether a section, put at its bar, has the meter and the tempo of the song there."""
        start = self.beat(section.start_bar)
        if self.beat(section.start_bar + section.bars) - start != section.length_beats:
            return False
        shift, tempo = start - section.start_beat, self.tempo
        changes = {change.beat for change in section.tempo.changes} | {change.beat - shift for change in tempo.changes}
        beats = (section.start_beat, *(beat for beat in changes if section.start_beat < beat < section.end_beat))
        return all(section.tempo.bpm_at(beat) == tempo.bpm_at(beat + shift) for beat in beats)
