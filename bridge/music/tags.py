"""What an audio file says about itself, in the words of music; each file format writes as much of it as it can."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.music.score import Marker, Section

# XML 1.0 §2.2 allows no other characters; NUL would also end a RIFF string early.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return the text without the characters that no XML file and no RIFF chunk can hold."""
    return _UNPRINTABLE.sub("", text)


@dataclass(frozen=True)
class Cue:
    """A named frame of a file."""

    frame: int
    label: str


@dataclass(frozen=True)
class Tags:
    """Where a file belongs on the timeline, and how it was made."""

    title: str = ""
    project: str = ""
    prompt: str = ""
    section: Section = Section()
    markers: tuple[Marker, ...] = ()
    """Beats count from the start of the section."""
    is_tail: bool = False
    """Whether the file rings on *after* the section: its place is the section's end, and it has no bars."""
    is_tonal: bool = True
    """Whether the section's key means anything for this file; it does not for drums."""
    software: str = "stepbridge"
    composer: str = ""
    engine: str = ""
    random_seed: int = 0
    reference: str = ""
    """The job and variation the file comes from."""
    created: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    lufs: float | None = None
    true_peak_db: float | None = None

    def start_sample(self, sample_rate_hz: int) -> int:
        """Return the sample of the song at which the file starts."""
        start = self.section.end_beat if self.is_tail else self.section.start_beat
        return self.section.tempo.sample(start, sample_rate_hz)

    @property
    def tempo_is_steady(self) -> bool:
        """Whether one tempo holds for the whole section."""
        start, end = self.section.start_beat, self.section.end_beat
        return not any(start < change.beat < end for change in self.section.tempo.changes)

    @property
    def bpm(self) -> float:
        """The tempo of the section in quarter notes a minute; its mean where it changes."""
        if self.tempo_is_steady:
            return self.section.tempo.bpm_at(self.section.start_beat)
        return 60.0 * self.section.length_beats / self.section.seconds

    def cues(self, sample_rate_hz: int) -> tuple[Cue, ...]:
        """Return the start of each bar of the section, named after what begins there, and markers between bars."""
        if self.is_tail:
            return ()
        names = {round(marker.beat, 6): marker.name for marker in self.markers}
        names.setdefault(0.0, self.section.name)
        bars = {round(bar * self.section.meter.beats_per_bar, 6): f"Bar {bar + 1}" for bar in range(self.section.bars)}
        inside = sorted(beat for beat in {*bars, *names} if 0.0 <= beat < self.section.length_beats)
        labels = (": ".join(filter(None, (bars.get(beat), names.get(beat)))) for beat in inside)
        return tuple(
            Cue(self.section.frame(beat, sample_rate_hz), printable(label)) for beat, label in zip(inside, labels, strict=True)
        )

    @property
    def facts(self) -> str:
        """Everything but the prompt in one line of plain text, for formats with few fields."""
        section = self.section
        last_bar = section.start_bar + section.bars - 1
        facts = [
            f"{section.name}, bars {section.start_bar}-{last_bar}",
            f"{self.bpm:g} BPM",
            f"{section.meter}",
            f"{section.key}",
        ]
        made_by = {"engine": self.engine, "composer": self.composer, "seed": str(self.random_seed)}
        return printable(", ".join([*facts, *(f"{name} {value}" for name, value in made_by.items() if value)]))
