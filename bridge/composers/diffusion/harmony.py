"""The harmoniser at work: a rectified flow over chord frames, and the plainest reading of what it wrote as chords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

import numpy as np
from numpy.typing import NDArray

from bridge.composers.diffusion.frames import QUALITIES, Frames
from bridge.composers.diffusion.writers import Draft, Sampling, Writer
from bridge.composers.rules.colour import coloured
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes, Given, between, harmonise, laid_over, merged_spans, with_fixed
from bridge.composers.rules.vocabulary import plain
from bridge.music.chord import Chord, ChordSpan
from model.score.features import CHORD, melody_features, pitch_class_rolls
from model.score.grid import Floats, Notes

ON, OFF = 1.5, -0.5
"""What the flow writes for a tone that is in a chord, and for one that is not."""
NO_MELODY = np.zeros((0, 4), np.int16)
COOLED = 0.3
"""How much of the temperature goes into chords: with 1, chords agree with the teacher's less often by up to 10 in 100."""
_STAYS_BARS = 2
"""Bars that a chord may stay where no tune holds it."""
_RARE = 0.3
"""Cost of a quality for each place that it stands behind the plain triad."""
_FOREIGN = 12.0
"""Cost of a pulse of melody that is not in the chord."""
_CHANGE, _ODD_CHANGE = 2.5, 7.0
"""Cost of a change of chord at a group of pulses, and elsewhere."""


@dataclass(frozen=True)
class Known:
    """What is known before harmony is chosen, on the grid, in C."""

    melody: Notes
    bass: Notes
    chords: Notes
    changes: Changes | None
    """Chords to keep, where they lie."""
    is_coloured: bool = False
    """Whether chords have the idiom's sevenths and ninths."""

    @property
    def is_led(self) -> bool:
        """Whether there are notes that chords are to follow."""
        return any(len(notes) for notes in (self.melody, self.bass, self.chords))


def harmonised(frames: Frames, known: Known, words: Mapping[str, Floats], writer: Writer, sampling: Sampling) -> Changes:
    """Return the chords of the section: kept ones as they are, the others led by the melody and the given parts."""
    kept, rows = _kept(frames, known.changes)
    if kept.all() and known.changes is not None:
        return Changes(with_fixed(merged_spans(known.changes.spans), frames.plan))
    is_open = (~kept).astype(np.float32)[:, None]
    draft = Draft(rows, is_open, COOLED * frames.noise(CHORD, "harmony"))
    how = sampling if known.is_led else replace(sampling, guidance=1.0)
    conditions = _conditions(frames, known, words, kept)
    state = frames.again(writer.filled(draft, conditions, how)[0], conditions["melody"][0])
    standing = known.changes.spans if known.changes is not None else ()
    sung = pitch_class_rolls([known.melody], frames.count) * frames.strength("melody")[:, None]
    spans = _moved_on(frames, known, merged_spans(_read(frames, state, sung)))
    spans = _coloured(frames, spans, sung) if known.is_coloured else spans
    return Changes(laid_over(spans, standing, frames.plan.length_beats))


def _kept(frames: Frames, changes: Changes | None) -> tuple[NDArray[np.bool_], Floats]:
    """Return in which frames chords are known, and what the flow would write there."""
    kept = np.zeros(frames.count, bool)
    rows = np.zeros((frames.count, CHORD), np.float32)
    if changes is None:
        return kept, rows
    pulse = frames.plan.grid.pulse_beats
    for index in range(frames.count):
        middle = (index + 0.25) * pulse
        span = changes.at(middle)
        kept[index] = span.start_beat <= middle < span.end_beat
    chords, _ = frames.chords_in(changes)
    return kept, np.where(kept[:, None], OFF + (ON - OFF) * chords, 0.0).astype(np.float32)


def _conditions(frames: Frames, known: Known, words: Mapping[str, Floats], kept: NDArray[np.bool_]) -> dict[str, Floats]:
    """Return the conditions of two branches: all that is known, and the same without melody and parts."""
    given = pitch_class_rolls([known.bass, known.chords], frames.count)
    flags = np.array([len(known.bass) > 0, len(known.chords) > 0], np.float32)
    rows = np.concatenate((frames.place, given, np.tile(flags, (frames.count, 1)), kept[:, None]), 1)
    free = rows.copy()
    free[:, frames.place.shape[1] : -1] = 0.0
    melody = melody_features(known.melody, frames.count)
    strength = frames.strength("melody") * (len(known.melody) > 0)
    return {
        "known": np.stack((rows, free)).astype(np.float32),
        "melody": np.stack((melody, melody)),
        "melody_strength": np.stack((strength, np.zeros_like(strength))).astype(np.float32),
        **{name: np.stack((row, row)) for name, row in words.items()},
    }


def _read(frames: Frames, state: Floats, sung: Floats) -> list[ChordSpan]:
    """Return the chords that cost least: as written, with the melody in them, plain, changing where groups of pulses begin.

    `sung` (frames, 12): how much of each frame the melody sounds each pitch class.
    """
    options = [Chord(root, quality) for quality in QUALITIES for root in range(12)]
    rows = frames.chord_rows(options)
    ideal = OFF + (ON - OFF) * rows
    distance = ((state[:, None] - ideal[None]) ** 2).sum(-1) / 4.0 + _RARE * np.repeat(np.arange(len(QUALITIES)), 12)
    foreign = sung @ (1.0 - rows[:, -12:]).T
    path = _viterbi(distance + _FOREIGN * foreign, _change_costs(frames))
    pulse = frames.plan.grid.pulse_beats
    starts = [0, *(i for i, (one, other) in enumerate(pairwise(path), 1) if one != other), len(path)]
    return [ChordSpan(a * pulse, (b - a) * pulse, options[path[a]]) for a, b in pairwise(starts)]


def _moved_on(frames: Frames, known: Known, spans: list[ChordSpan]) -> list[ChordSpan]:
    """Return chords that stay two bars where nothing sounds for them to follow: there the rules' progression goes on."""
    plan, bar = frames.plan, frames.plan.grid.bar_beats
    heard = pitch_class_rolls([known.melody, known.bass, known.chords], frames.count).sum(1)
    stale = []
    for span in spans:
        start = (plan.grid.bar(span.start_beat + bar - 2 * NEAR) + _STAYS_BARS) * bar
        pulses = slice(round(start / plan.grid.pulse_beats), round(span.end_beat / plan.grid.pulse_beats))
        if span.end_beat - start > NEAR and not heard[pulses].any():
            stale.append((start, span.end_beat))
    if not stale:
        return spans
    usual = [replace(span, chord=plain(span.chord)) for span in harmonise(plan, Given((), (), (), ())).spans]
    laid = [piece for start, end in stale for piece in between(usual, start, end)]
    return merged_spans(laid_over(spans, laid, plan.length_beats))


def _coloured(frames: Frames, spans: Sequence[ChordSpan], sung: Floats) -> list[ChordSpan]:
    """Return the chords with the idiom's colours on bare triads, as the rules put them there."""
    plan, found = frames.plan, []
    for span, following in zip_longest(spans, spans[1:]):
        here = slice(round(span.start_beat / plan.grid.pulse_beats), round(span.end_beat / plan.grid.pulse_beats))
        heard = sung[here].sum(0)
        melody = {(tone - frames.shift) % 12: float(heard[tone]) for tone in np.flatnonzero(heard).tolist()}
        where = (plan.grid.bar(span.start_beat), melody)
        found.append(replace(span, chord=coloured(span.chord, following.chord.root if following else -1, plan, where)))
    return found


def _change_costs(frames: Frames) -> Floats:
    grid = frames.plan.grid
    groups = {round(start / grid.pulse_beats) for start in grid.group_starts}
    return np.array([_CHANGE if frame % grid.pulses in groups else _ODD_CHANGE for frame in range(frames.count)], np.float32)


def _viterbi(costs: Floats, change: Floats) -> list[int]:
    """Return the cheapest option of each frame: `costs` (frames, options), and what a change costs at each frame."""
    total = costs[0].astype(np.float64)
    origins = []
    for row, price in zip(costs[1:], change[1:], strict=True):
        best = int(total.argmin())
        moves = total > total[best] + price
        origins.append(np.where(moves, best, np.arange(len(total))))
        total = np.where(moves, total[best] + price, total) + row
    path = [int(total.argmin())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return path[::-1]
