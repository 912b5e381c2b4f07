"""Small scores whose figures can be worked out by hand."""

from __future__ import annotations

from bridge.evaluate.piece import Piece, piece_of_score
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.music.tempo import Meter, TempoMap

Row = tuple[float, float, int]
"""Start and length in beats, and pitch."""


def score(
    parts: dict[str, list[Row]], chords: str = "", *, bars: int = 2, meter: str = "4/4", key: str = "C", beats_each: float = 2.0
) -> Score:
    """A score of (start, length, pitch), its chords of `beats_each` beats."""
    section = Section("verse", 1, bars, Meter.parse(meter), TempoMap.constant(120.0), Key.parse(key))
    made = tuple(Part(name, tuple(Note(*row) for row in sorted(rows))) for name, rows in parts.items())
    spans = tuple(ChordSpan(at * beats_each, beats_each, Chord.parse(symbol)) for at, symbol in enumerate(chords.split()))
    return Score(section, made, spans)


def piece(
    parts: dict[str, list[Row]], chords: str = "", *, bars: int = 2, meter: str = "4/4", key: str = "C", beats_each: float = 2.0
) -> Piece:
    """The same as the metrics read it."""
    return piece_of_score(score(parts, chords, bars=bars, meter=meter, key=key, beats_each=beats_each))


def block(start: float, length: float, *pitches: int) -> list[Row]:
    """A chord struck at once."""
    return [(start, length, pitch) for pitch in pitches]
