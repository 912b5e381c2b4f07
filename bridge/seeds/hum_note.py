"""Notes as they were heard in a recording, in seconds and with the fractions of a semitone still there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class HeardNote:
    """One note of a recording."""

    start_seconds: float
    """From the start of the recording."""
    end_seconds: float
    pitch: float
    """MIDI pitch with fractions, detune and drift of the whole recording taken out."""
    loudness_db: float = -20.0
    """Against full scale, of a recording brought to full scale."""
    confidence: float = 1.0
    """How sure it is that this note was sung, 0…1."""

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end_seconds - self.start_seconds


def sounding_seconds(notes: Iterable[HeardNote]) -> float:
    """Return how long any of the notes sounds."""
    covered, sounding_to = 0.0, 0.0
    for note in sorted(notes):
        covered += max(0.0, note.end_seconds - max(note.start_seconds, sounding_to))
        sounding_to = max(sounding_to, note.end_seconds)
    return covered
