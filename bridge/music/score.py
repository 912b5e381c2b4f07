"""A section of the timeline, and the score composed for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.music.chord import ChordSpan
from bridge.music.key import Key
from bridge.music.notes import Note, Part
from bridge.music.tempo import Meter, TempoMap

SECTION_NAMES = ("intro", "verse", "prechorus", "chorus", "bridge", "solo", "outro")
"""The section names that composers know; other names are allowed and composed like a verse."""


@dataclass(frozen=True)
class Section:
    """The stretch of the song asked for; all of its positions are on the song's timeline."""

    name: str = "verse"
    start_bar: int = 1
    bars: int = 8
    meter: Meter = Meter()
    tempo: TempoMap = TempoMap()
    """On the timeline: beat 0 is bar 1 of the song, not of the section."""
    key: Key = Key(0)

    @property
    def start_beat(self) -> float:
        """Quarter notes from bar 1 of the song to the first beat of the section."""
        return self.meter.bar_beat(self.start_bar)

    @property
    def length_beats(self) -> float:
        """Quarter notes in the section."""
        return self.bars * self.meter.beats_per_bar

    @property
    def end_beat(self) -> float:
        """Quarter notes from bar 1 of the song to the first beat after the section."""
        return self.meter.bar_beat(self.start_bar + self.bars)

    @property
    def start_seconds(self) -> float:
        """Seconds from bar 1 of the song to the start of the section."""
        return self.tempo.seconds(self.start_beat)

    @property
    def seconds(self) -> float:
        """Length of the section in seconds."""
        return self.tempo.seconds(self.end_beat) - self.start_seconds

    def start_sample(self, sample_rate_hz: int) -> int:
        """Return the sample of the song at which the section starts."""
        return self.tempo.sample(self.start_beat, sample_rate_hz)

    def frames(self, sample_rate_hz: int) -> int:
        """Return the exact length in samples: end minus start *on the timeline*, so that neighbours join without a gap."""
        return self.tempo.sample(self.end_beat, sample_rate_hz) - self.start_sample(sample_rate_hz)

    def frame(self, beat: float, sample_rate_hz: int) -> int:
        """Return the sample, counted from the start of the section, of a beat counted from there too."""
        return self.tempo.sample(self.start_beat + beat, sample_rate_hz) - self.start_sample(sample_rate_hz)


@dataclass(frozen=True)
class Marker:
    """A name at a beat of the section: where a part of a form begins."""

    beat: float
    name: str


@dataclass(frozen=True)
class Score:
    """The composed notes of all parts; beats count from the start of the section."""

    section: Section
    parts: tuple[Part, ...]
    chords: tuple[ChordSpan, ...] = ()
    markers: tuple[Marker, ...] = field(default=())
    groove: str = ""
    """Name of the pattern that drums and bass play, where the composer has names for them."""

    def part(self, name: str) -> Part | None:
        """Return the part of this name, or None."""
        return next((part for part in self.parts if part.name == name), None)

    def with_parts(self, parts: tuple[Part, ...]) -> Score:
        """Return the same score with other parts."""
        return replace(self, parts=parts)


@dataclass(frozen=True)
class Seed:
    """The melody found in a clip; beats count from the start of the clip."""

    notes: tuple[Note, ...]
    length_beats: float
    """Length of the clip itself: notes may end earlier."""
    tempo: TempoMap | None = None
    """Beat 0 is the start of the clip; None where the clip does not say."""
    meter: Meter | None = None
    key: Key | None = None
    """As written in the clip; None where the clip does not say."""
    likely_key: Key = Key(0)
    """As heard in the notes; `key` itself where that fits them nearly as well."""
    confidence: float = 1.0
    """How sure the notes are, 0…1; 1 for MIDI."""
    start_seconds: tuple[float, ...] = ()
    """Onset of each note in seconds from the start of the clip, before any quantising."""
    warnings: tuple[str, ...] = ()
