"""Briefs for the tests of composers."""

from __future__ import annotations

from typing import Any

from bridge.brief import Brief, FormSection
from bridge.music.key import Key
from bridge.music.notes import Note
from bridge.music.score import Section, Seed
from bridge.music.tempo import Meter, TempoMap
from bridge.style import Style

TWINKLE = Seed(
    tuple(
        Note(float(start), float(length), pitch, 90)
        for start, length, pitch in (
            (0, 1, 72), (1, 1, 72), (2, 1, 79), (3, 1, 79), (4, 1, 81), (5, 1, 81), (6, 2, 79),
            (8, 1, 77), (9, 1, 77), (10, 1, 76), (11, 1, 76), (12, 1, 74), (13, 1, 74), (14, 2, 72),
        )
    ),
    16.0,
    key=Key(0),
    likely_key=Key(0),
)  # fmt: skip
SONG = "intro:4 verse:8 prechorus:4 chorus:8 verse:8 chorus:8 bridge:4 solo:8 outro:4"


def brief(
    genre: str = "pop",
    *,
    name: str = "verse",
    bars: int = 8,
    meter: str = "4/4",
    key: str = "C",
    bpm: float = 112,
    **fields: Any,
) -> Brief:
    """Return a brief for one section."""
    section = Section(name, 1, bars, Meter.parse(meter), TempoMap.constant(bpm), Key.parse(key))
    fields.setdefault("style", Style(genres=(genre,)))
    return Brief(section, (FormSection(name, 1, bars),), **fields)


def song(genre: str = "pop", form: str = SONG, *, meter: str = "4/4", key: str = "C", **fields: Any) -> Brief:
    """Return a brief for a form."""
    sections = []
    bar = 1
    for word in form.split():
        name, _, bars = word.partition(":")
        sections.append(FormSection(name, bar, int(bars)))
        bar += int(bars)
    section = Section("song", 1, bar - 1, Meter.parse(meter), TempoMap.constant(112.0), Key.parse(key))
    fields.setdefault("style", Style(genres=(genre,)))
    return Brief(section, tuple(sections), **fields)
