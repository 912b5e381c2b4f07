"""Notes and parts, in beats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

PART_NAMES = ("lead", "chords", "bass", "drums", "pad", "counter")
"""The roles a part can have, in the order in which stems are listed."""
ALWAYS_PARTS = ("lead", "chords", "bass", "drums")
"""The parts a take has unless the request says otherwise."""
DRUM_CHANNEL = 9
"""MIDI channel of percussion, counted from 0."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One note; in a score its beats count from the start of the section."""

    start_beat: float
    length_beats: float
    pitch: int
    """MIDI note number, 0–127; 60 is middle C. For drums, the General MIDI percussion key."""
    velocity: int = 90
    """1–127."""

    @property
    def end_beat(self) -> float:
        """The beat at which the note is released."""
        return self.start_beat + self.length_beats

    def shifted(self, beats: float) -> Note:
        """Return the same note this many beats later."""
        return replace(self, start_beat=self.start_beat + beats)


@dataclass(frozen=True)
class Part:
    """One musical role: its notes in order of time, and the General MIDI program that plays it."""

    name: str
    """One of PART_NAMES."""
    notes: tuple[Note, ...]
    program: int = 0
    """General MIDI program, 0–127; for drums the kit."""

    @property
    def is_drums(self) -> bool:
        """Whether the notes are percussion keys."""
        return self.name == "drums"


def within(notes: Iterable[Note], start_beat: float, end_beat: float) -> tuple[Note, ...]:
    """Return the notes that start in [start_beat, end_beat), those that ring longer cut at the end, in order of time."""
    inside = (note for note in notes if start_beat <= note.start_beat < end_beat)
    cut = (note if note.end_beat <= end_beat else replace(note, length_beats=end_beat - note.start_beat) for note in inside)
    return tuple(sorted(cut))


def pitch_class_weights(notes: Iterable[Note]) -> list[float]:
    """Return the summed length in beats of each pitch class, C first: the input of `key.key_fit`."""
    weights = [0.0] * 12
    for note in notes:
        weights[note.pitch % 12] += note.length_beats
    return weights
