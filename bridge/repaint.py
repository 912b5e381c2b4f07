"""Repainting a take: everything outside the window and the parts stays identical, notes to the tick and samples to the bit."""

from __future__ import annotations

from dataclasses import replace

from bridge.errors import RequestError
from bridge.music.chord import ChordSpan
from bridge.music.notes import Part, within
from bridge.music.score import Score
from bridge.request import Request

EARLY_BEATS = 0.05
"""A player who is this much early still means the beat: such a note belongs to the bar it leads into."""


def window_beats(request: Request, score: Score) -> tuple[float, float]:
    """Return the window in beats from the start of the section; without bars given, all of it.

    Raises RequestError where no bar of the section lies in it.
    """
    section = score.section
    first = section.start_bar if request.from_bar is None else request.from_bar
    last = section.start_bar + section.bars if request.to_bar is None else request.to_bar
    if request.from_bar == request.to_bar is not None:
        last = first + 1
    start = section.meter.bar_beat(first) - section.start_beat
    end = section.meter.bar_beat(last) - section.start_beat
    if end <= 0.0 or start >= section.length_beats:
        raise RequestError(
            f"from_bar: bars {first} to {last} lie outside the take, which has bars {section.start_bar} to "
            f"{section.start_bar + section.bars - 1}",
            field="from_bar",
        )
    return max(0.0, start), min(section.length_beats, end)


def splice_score(new: Score, old: Score, request: Request) -> Score:
    """Return the old score with the notes that start in the window, of the parts asked for, taken from the new one."""
    start, end = window_beats(request, old)
    changed = set(request.parts or (part.name for part in old.parts))
    parts = tuple(
        _spliced(part, new.part(part.name), (start, end), old.section.length_beats) if part.name in changed else part
        for part in old.parts
    )
    return replace(old, parts=parts, chords=_spliced_chords(new.chords, old.chords, start, end))


def _spliced(old: Part, new: Part | None, window: tuple[float, float], section_beats: float) -> Part:
    """Return a part with new notes in the window; old ones that lead into a bar line early are that bar's, at both ends."""
    start, end = window
    last = end if end >= section_beats else end - EARLY_BEATS
    kept = [note for note in old.notes if not start <= note.start_beat < last]
    there = {note.pitch for note in kept if start - EARLY_BEATS <= note.start_beat < start}
    fresh = within(new.notes, start - EARLY_BEATS, last) if new else ()
    moved = [replace(note, start_beat=max(start, note.start_beat)) for note in fresh]
    struck = (note for note in moved if note.start_beat >= start + EARLY_BEATS or note.pitch not in there)
    return replace(old, notes=tuple(sorted((*kept, *struck))))


def _spliced_chords(new: tuple[ChordSpan, ...], old: tuple[ChordSpan, ...], start: float, end: float) -> tuple[ChordSpan, ...]:
    spans = (*_cut_chords(old, 0.0, start), *_cut_chords(new, start, end), *_cut_chords(old, end, float("inf")))
    return tuple(spans)


def _cut_chords(chords: tuple[ChordSpan, ...], start: float, end: float) -> list[ChordSpan]:
    pieces = ((max(chord.start_beat, start), min(chord.end_beat, end), chord.chord) for chord in chords)
    return [ChordSpan(first, last - first, chord) for first, last, chord in pieces if last > first]
