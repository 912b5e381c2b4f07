"""One accompanied tune as the model learns it: notes and chords on the grid of twelve steps a pulse, in C."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridge.corpus.tunes import STEPS
from bridge.music.chord import ChordSpan
from bridge.music.notes import PART_NAMES, Note
from bridge.music.tempo import Meter


@dataclass(frozen=True)
class Song:
    """Arrays as a shard holds them; see `model/score/corpus.py` for what each is."""

    meta: dict[str, Any]
    chord_root: np.ndarray
    chord_mask: np.ndarray
    chord_bass: np.ndarray
    notes: np.ndarray


def stepped(notes: Iterable[Note], step_beats: float, end_step: int) -> list[tuple[int, int, int, int]]:
    """Return notes as (start step, length, pitch, velocity), no pitch struck while it sounds, none after `end_step`."""
    last: dict[int, int] = {}
    found: list[list[int]] = []
    for note in sorted(notes):
        start = max(0, round(note.start_beat / step_beats))
        end = min(end_step, max(start + 1, round(note.end_beat / step_beats)))
        if start >= end_step:
            continue
        before = last.get(note.pitch)
        if before is not None and found[before][0] == start:
            found[before][1] = max(found[before][1], end - start)
            found[before][3] = max(found[before][3], note.velocity)
            continue
        if before is not None and sum(found[before][:2]) > start:
            found[before][1] = start - found[before][0]
        last[note.pitch] = len(found)
        found.append([start, end - start, note.pitch, note.velocity])
    return [(start, length, pitch, velocity) for start, length, pitch, velocity in sorted(found)]


def built(
    meta: dict[str, Any], meter: Meter, chords: Sequence[ChordSpan], parts: dict[str, list[tuple[int, int, int, int]]]
) -> Song:
    """Return a song of chords (in beats, in C) and stepped parts; `meta` gains meter, parts and what follows of them."""
    frames = meta["bars"] * meter.pulses_per_bar
    spans = list(chords)
    rows = []
    for frame in range(frames):
        beat = frame * meter.pulse_beats + 1e-6
        while len(spans) > 1 and spans[0].end_beat <= beat:
            spans.pop(0)
        chord = spans[0].chord
        rows.append((chord.root, sum(1 << pc for pc in set(chord.pitch_classes)), chord.bass_pitch_class))
    playing = [name for name in PART_NAMES if parts.get(name)]
    notes = [(PART_NAMES.index(name), *note) for name in playing for note in parts[name]]
    full = meta | {
        "pulses": meter.pulses_per_bar,
        "is_compound": meter.is_compound,
        "parts": playing,
        "instruments": {name: word for name, word in meta["instruments"].items() if name in playing},
    }
    chord_rows = np.array(rows, dtype=np.int16).reshape(frames, 3)
    return Song(
        full,
        chord_rows[:, 0].astype(np.int8),
        chord_rows[:, 1],
        chord_rows[:, 2].astype(np.int8),
        np.array(notes, dtype=np.int16).reshape(-1, 5),
    )


def step_beats(meter: Meter) -> float:
    """Return the quarter-note beats of a step."""
    return meter.pulse_beats / STEPS
