"""Small scores for the engine's tests."""

from __future__ import annotations

from bridge.brief import Brief, FormSection
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.music.tempo import Meter, TempoMap
from bridge.style import Style

LEAD = Part("lead", tuple(Note(beat, 0.9, 69 + beat % 5, 90) for beat in range(8)), 73)
CHORDS = Part("chords", tuple(Note(4.0 * bar, 3.9, key, 70) for bar in range(2) for key in (57, 60, 64)), 0)
BASS = Part("bass", tuple(Note(beat / 2, 0.45, 33, 80 + beat) for beat in range(16)), 33)
DRUMS = Part("drums", tuple(Note(beat / 2, 0.1, 36 if beat % 2 else 42, 100) for beat in range(16)), 0)


def score(*parts: Part, tempo: TempoMap | None = None, start_bar: int = 1, bars: int = 2, meter: str = "4/4") -> Score:
    """Return a score of two bars of 4/4 at 120, unless said otherwise."""
    return Score(Section("verse", start_bar, bars, Meter.parse(meter), tempo or TempoMap.constant(120.0)), parts)


def brief(asked: Score, sample_rate_hz: int = 48000, genres: tuple[str, ...] = ()) -> Brief:
    """Return a brief for the score."""
    section = asked.section
    return Brief(section, (FormSection("verse", 1, section.bars),), Style(genres=genres), sample_rate_hz=sample_rate_hz)
