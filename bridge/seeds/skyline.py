"""The tune on top: one melodic line out of a track in which chords sound.

The plain skyline (the highest note that sounds; Uitdenbogerd & Zobel 1998) is misled by rolled chords, by accompaniment
in the rests of the tune and by a pad held above it; each is dealt with here.
"""

from __future__ import annotations

import heapq
import itertools
import statistics
from bisect import bisect_left
from collections.abc import Sequence

from bridge.music.notes import Note

TOGETHER_BEATS = 0.07
"""Notes that begin within this time belong to one, perhaps rolled, chord."""
LEGATO_BEATS, LEGATO_SHARE = 0.25, 1 / 3
"""Notes of one line that overlap by no more than this, and this share of the shorter one, are played legato."""
ACCOMPANIMENT_SEMITONES = 12
"""What lies further below the middle of the tune, and only sounds in its rests, is accompaniment."""
HELD_BEATS = 4.0
HELD_RATIO = 4.0
"""A held note is at least so many times as long as the notes that move below it."""
HELD_VOICES_MAX = 6
TUNE_PITCH_MIN = 55
"""G3: what moves lower is a bass, not a tune."""


def melody_line(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Return the melody in these notes, in order of time.

    Every note of it is as it was played, legato and held notes too: what is locked is locked note for note.
    """
    in_time = sorted(notes)
    if is_line(in_time):
        return tuple(in_time)
    return tuple(_without_accompaniment(_skyline(_without_held(in_time)), in_time))


def is_line(notes: Sequence[Note]) -> bool:
    """Return whether notes in order of time follow each other, overlapping at most as legato playing does."""
    for before, note in itertools.pairwise(notes):
        overlap = before.end_beat - note.start_beat
        if overlap > min(LEGATO_BEATS, LEGATO_SHARE * min(before.length_beats, note.length_beats)):
            return False
    return True


def polyphony(notes: Sequence[Note]) -> float:
    """Return how many notes sound at once on average, where any sound: 1.0 for a melody, about 3 for triads."""
    covered, sounding_to = 0.0, 0.0
    for note in sorted(notes):
        covered += max(0.0, note.end_beat - max(note.start_beat, sounding_to))
        sounding_to = max(sounding_to, note.end_beat)
    return max(1.0, sum(note.length_beats for note in notes) / covered) if covered > 0 else 1.0


def _skyline(notes: Sequence[Note]) -> list[Note]:
    """Return the highest note of each chord, unless a higher note of the line sounds through most of it."""
    line: list[Note] = []
    sounding: dict[int, float] = {}
    for top in _tops(notes):
        middle = top.start_beat + top.length_beats / 2
        sounding = {pitch: end_beat for pitch, end_beat in sounding.items() if end_beat > top.start_beat}
        if not any(pitch > top.pitch and end_beat > middle for pitch, end_beat in sounding.items()):
            line.append(top)
            sounding[top.pitch] = max(top.end_beat, sounding.get(top.pitch, 0.0))
    return line


def _tops(notes: Sequence[Note]) -> list[Note]:
    """Return the highest note of each group of notes that begin together (the longest of equals)."""
    groups: list[list[Note]] = []
    for note in notes:
        if groups and _belongs(note, groups[-1]):
            groups[-1].append(note)
        else:
            groups.append([note])
    return [max(group, key=lambda note: (note.pitch, note.length_beats)) for group in groups]


def _belongs(note: Note, group: Sequence[Note]) -> bool:
    first = group[0]
    return note.start_beat - first.start_beat <= min(TOGETHER_BEATS, first.length_beats / 2)


def _without_held(notes: Sequence[Note]) -> Sequence[Note]:
    """Return the notes without those held above or within a tune that moves, the highest of a held chord first."""
    for _ in range(HELD_VOICES_MAX):
        held = _held(notes)
        if not held:
            break
        notes = [note for note in notes if note not in held]
    return notes


def _held(notes: Sequence[Note]) -> set[Note]:
    starts = [note.start_beat for note in notes]
    held: set[Note] = set()
    looked_at: dict[int, float] = {}
    for note in _skyline(notes):
        if note.length_beats < HELD_BEATS or note.start_beat < looked_at.get(note.pitch, 0.0):
            continue
        looked_at[note.pitch] = note.end_beat
        during = notes[bisect_left(starts, note.start_beat) : bisect_left(starts, note.end_beat)]
        if _covers_tune(note, during):
            held.add(note)
    return held


def _covers_tune(held: Note, during: Sequence[Note]) -> bool:
    """Return whether a tune moves while a note is held: short notes, by step, not as low as a bass, some below it."""
    tune = _skyline([note for note in during if note.length_beats * HELD_RATIO <= held.length_beats])
    moves = [abs(after.pitch - before.pitch) for before, after in itertools.pairwise(tune) if after.pitch != before.pitch]
    return (
        len(tune) >= 4
        and len({note.pitch for note in tune}) >= 3
        and min(note.pitch for note in tune) < held.pitch
        and statistics.mean(note.pitch for note in tune) >= TUNE_PITCH_MIN
        and sum(move <= 2 for move in moves) * 2 >= len(moves)
    )


def _without_accompaniment(line: list[Note], notes: Sequence[Note]) -> list[Note]:
    """Return the line without the notes far below it that were only on top because the tune rests."""
    chords = _chord_tops(line, notes)
    floor = statistics.median(note.pitch for note in chords or line) - ACCOMPANIMENT_SEMITONES
    return [note for note in line if note.pitch >= floor]


def _chord_tops(line: Sequence[Note], notes: Sequence[Note]) -> list[Note]:
    """Return those notes of a line below which others sound when they begin."""
    tops = []
    sounding: list[tuple[int, float]] = []
    coming = 0
    for top in line:
        while coming < len(notes) and notes[coming].start_beat <= top.start_beat:
            heapq.heappush(sounding, (notes[coming].pitch, notes[coming].end_beat))
            coming += 1
        while sounding and sounding[0][1] <= top.start_beat:
            heapq.heappop(sounding)
        if sounding and sounding[0][0] < top.pitch:
            tops.append(top)
    return tops
