"""A score as the metrics read it: everything relative to the tonic, time in steps of a twelfth of a pulse.

Steps are whole where the music is on the grid and fractions where it is played freely; metrics on the grid round them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bridge.composers.rules.grid import Grid
from bridge.music.chord import ChordSpan
from bridge.music.key import Key
from bridge.music.notes import PART_NAMES, Note
from bridge.music.score import Score
from bridge.music.tempo import Meter

STEPS = 12
"""Steps in a pulse (a quarter note, in compound meters a dotted one)."""
ACCOMPANIMENT = ("chords", "pad", "bass")
"""The parts that make the harmony under a melody."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NONE: Floats = np.zeros((0, 4))


@dataclass(frozen=True)
class Piece:
    """Notes and chords, transposed so that the tonic is C by the nearest shift, −5…+6 semitones."""

    meter: Meter
    bars: int
    key: Key
    """As it was before it was transposed."""
    notes: Mapping[str, Floats]
    """Part → (notes, 4): start and length in steps, MIDI pitch, velocity; in order of time."""
    chord_roots: Ints
    """(pulses): pitch class of the chord's root in each pulse, −1 where none is known."""
    chord_masks: Ints
    """(pulses): bit p is set where pitch class p is in the chord."""
    tune: str = ""
    """Name of the tune, where it is known: two crops or arrangements of one tune have the same."""

    def part(self, name: str) -> Floats:
        """Return the notes of a part, (notes, 4); none at all where there is no such part."""
        return self.notes.get(name, _NONE)

    def with_parts(self, notes: Mapping[str, NDArray[np.number]]) -> Piece:
        """Return the same piece with these parts, (notes, 4) each, in place of its own."""
        return replace(self, notes={**self.notes, **{name: rows.astype(np.float64) for name, rows in notes.items()}})

    def with_chords(self, roots: NDArray[np.integer], masks: NDArray[np.integer]) -> Piece:
        """Return the same piece with these chords, (pulses) each, in place of its own."""
        return replace(self, chord_roots=roots.astype(np.int64), chord_masks=masks.astype(np.int64) & 0xFFF)

    @property
    def bar_steps(self) -> int:
        """Steps in a bar."""
        return self.meter.pulses_per_bar * STEPS

    @property
    def steps(self) -> int:
        """Steps in the whole piece."""
        return self.bars * self.bar_steps

    @cached_property
    def windows(self) -> Ints:
        """The step at which each half bar starts; in meters that do not halve, each group of pulses (3/4: 3, 5/4: 3 + 2)."""
        groups = Grid(self.meter).groups
        inside = np.cumsum((0, *groups[:-1])) * STEPS
        starts: Ints = (np.arange(self.bars)[:, None] * self.bar_steps + inside).ravel()
        return starts

    def pitch_class_steps(self, *parts: str) -> Floats:
        """Return (windows, 12): for how many steps each pitch class sounds in each half bar, voices added up."""
        change = np.zeros((self.steps + 1, 12))
        notes = np.concatenate([_NONE, *(self.part(name) for name in parts)])
        start = np.clip(np.rint(notes[:, 0]), 0, self.steps).astype(int)
        end = np.clip(np.maximum(np.rint(notes[:, 0] + notes[:, 1]), start + 1), 0, self.steps).astype(int)
        pitch_class = notes[:, 2].astype(int) % 12
        np.add.at(change, (start, pitch_class), 1.0)
        np.add.at(change, (end, pitch_class), -1.0)
        return np.add.reduceat(np.cumsum(change[:-1], axis=0), self.windows, axis=0)


def piece_of_score(score: Score) -> Piece:
    """Return a score as a piece; notes that are played off the grid stay where they are."""
    section = score.section
    shift = tonic_shift(section.key.tonic)
    per_beat = STEPS / section.meter.pulse_beats
    notes = {part.name: _rows(part.notes, 0 if part.is_drums else shift, per_beat) for part in score.parts}
    roots, masks = _chord_frames(score.chords, section.bars * section.meter.pulses_per_bar, section.meter.pulse_beats, shift)
    return Piece(section.meter, section.bars, section.key, notes, roots, masks)


def piece_of_arrays(
    meter: Meter, bars: int, key: Key, notes: NDArray[np.integer], chords: tuple[NDArray[np.integer], NDArray[np.integer]]
) -> Piece:
    """Return a piece of what is on the grid and relative to its tonic already.

    `notes` is (notes, 5): part number (the order of PART_NAMES), start step, length in steps, pitch, velocity;
    `chords` are root and mask of each pulse.
    """
    rows = notes.astype(np.float64)
    parts = {name: rows[rows[:, 0] == number, 1:] for number, name in enumerate(PART_NAMES)}
    present = {name: made[np.argsort(made[:, 0], kind="stable")] for name, made in parts.items() if len(made)}
    return Piece(meter, bars, key, present, chords[0].astype(np.int64), chords[1].astype(np.int64) & 0xFFF)


def meter_of(pulses: int, *, is_compound: bool) -> Meter:
    """Return the meter of so many pulses a bar: 4 is 4/4, or 12/8 where pulses divide in three."""
    return Meter(3 * pulses, 8) if is_compound else Meter(pulses, 4)


def tonic_shift(tonic: int) -> int:
    """Return the semitones, −5…+6, by which music on this tonic is moved so that its tonic is C."""
    up = -tonic % 12
    return up - 12 if up > 6 else up


def _rows(notes: Iterable[Note], shift: int, per_beat: float) -> Floats:
    rows = [(n.start_beat * per_beat, n.length_beats * per_beat, n.pitch + shift, n.velocity) for n in sorted(notes)]
    return np.array(rows, np.float64).reshape(-1, 4)


def _chord_frames(chords: tuple[ChordSpan, ...], pulses: int, pulse_beats: float, shift: int) -> tuple[Ints, Ints]:
    """Return root and mask of the chord that sounds in the middle of each pulse."""
    roots, masks = np.full(pulses, -1, np.int64), np.zeros(pulses, np.int64)
    middles = (np.arange(pulses) + 0.5) * pulse_beats
    for span in chords:
        inside = (middles >= span.start_beat) & (middles < span.end_beat)
        roots[inside] = (span.chord.root + shift) % 12
        masks[inside] = sum(1 << (tone + shift) % 12 for tone in span.chord.pitch_classes)
    return roots, masks


def stretched(piece: Piece, bars: int) -> Piece:
    """Return the first bars of a piece; where it is shorter it begins again."""
    turns = range(-(-bars // piece.bars))
    end = bars * piece.bar_steps
    notes = {part: _turned(rows, [turn * piece.steps for turn in turns], end) for part, rows in piece.notes.items()}
    pulses = bars * piece.meter.pulses_per_bar
    roots, masks = (np.tile(each, len(turns))[:pulses] for each in (piece.chord_roots, piece.chord_masks))
    return replace(piece, bars=bars, notes=notes, chord_roots=roots, chord_masks=masks)


def _turned(rows: Floats, shifts: list[int], end: int) -> Floats:
    later: Floats = np.concatenate([rows + np.array([shift, 0.0, 0.0, 0.0]) for shift in shifts])
    kept: Floats = later[np.rint(later[:, 0]) < end]
    kept[:, 1] = np.minimum(kept[:, 1], end - kept[:, 0])
    return kept


def notes_of(piece: Piece, part: str) -> tuple[Note, ...]:
    """Return a part as notes in beats, in the piece's own key: the inverse of `piece_of_score`."""
    per_beat = STEPS / piece.meter.pulse_beats
    shift = 0 if part == "drums" else tonic_shift(piece.key.tonic)
    rows = piece.part(part).tolist()
    made = (Note(start / per_beat, length / per_beat, int(pitch) - shift, int(force)) for start, length, pitch, force in rows)
    return tuple(sorted(made))
