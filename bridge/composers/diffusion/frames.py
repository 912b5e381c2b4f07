"""The score's beats and keys ↔ the networks' frames, which are pulses in C."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bridge.composers.rules.chance import Chance
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.plan import Plan
from bridge.music.chord import Chord
from bridge.music.notes import Note
from model.score.features import Place, chord_frames, place_features
from model.score.grid import STEPS, Floats, Notes

QUALITIES = (
    "",
    "m",
    "7",
    "maj7",
    "m7",
    "dim",
    "m7b5",
    "sus4",
    "sus2",
    "add9",
    "6",
    "m6",
    "5",
    "aug",
    "dim7",
    "9",
    "m9",
    "maj9",
    "7sus4",
)
"""Chord qualities that the harmoniser may write, the plainest first."""

_FRESH = 0.35
"""How much of the noise of a passage that returns is its own."""


@dataclass(frozen=True)
class Frames:
    """The section as frames."""

    plan: Plan

    @cached_property
    def count(self) -> int:
        """Frames of the section."""
        return self.plan.bars * self.plan.grid.pulses

    @cached_property
    def shift(self) -> int:
        """Semitones by which the music is moved so that its tonic is C: −5…+6."""
        tonic = self.plan.key.tonic
        return -tonic if tonic <= 5 else 12 - tonic

    @cached_property
    def step_beats(self) -> float:
        """Quarter notes in a step."""
        return self.plan.grid.pulse_beats / STEPS

    @cached_property
    def place(self) -> Floats:
        """Place features (frames, PLACE): what the mood asks of loudness and density is said, else left open."""
        plan, mood = self.plan, self.plan.mood
        sections = tuple((passage.role.name, passage.bars) for passage in plan.passages)
        loudness = max(-2.0, min(2.0, mood.velocity / 8.0)) if mood.velocity else None
        density = 0.8 * mood.level if mood.level else None
        grid = plan.grid
        pulses_a_minute = plan.bpm / grid.pulse_beats
        place = Place(grid.pulses, grid.meter.is_compound, plan.key.is_minor, pulses_a_minute, sections, loudness, density)
        return place_features(place)

    def notes_in(self, notes: Iterable[Note], *, is_drums: bool = False) -> Notes:
        """Return notes on the grid, in C; drums are not moved."""
        shift = 0 if is_drums else self.shift
        rows = [
            (
                round(note.start_beat / self.step_beats),
                max(1, round(note.length_beats / self.step_beats)),
                note.pitch + shift,
                note.velocity,
            )
            for note in notes
        ]
        return np.array(sorted(rows), np.int16).reshape(-1, 4)

    def notes_out(self, notes: Notes, *, is_drums: bool = False) -> list[Note]:
        """Return grid notes in beats and in the section's key."""
        shift = 0 if is_drums else self.shift
        return [
            Note(start * self.step_beats, length * self.step_beats, pitch - shift, velocity)
            for start, length, pitch, velocity in notes.tolist()
        ]

    def chords_in(self, changes: Changes) -> tuple[Floats, NDArray[np.int64]]:
        """Return chord frames (frames, CHORD) in C, and each frame's bass note."""
        chords = [changes.at((frame + 0.25) * self.plan.grid.pulse_beats).chord for frame in range(self.count)]
        return self.chord_rows(chords), np.array([(chord.bass_pitch_class + self.shift) % 12 for chord in chords])

    def chord_rows(self, chords: Sequence[Chord]) -> Floats:
        """Return chord frames (chords, CHORD) in C."""
        roots = np.array([(chord.root + self.shift) % 12 for chord in chords], np.int64)
        masks = [sum(1 << (tone + self.shift) % 12 for tone in set(chord.pitch_classes)) for chord in chords]
        return chord_frames(roots, np.array(masks, np.int64))

    def strength(self, kind: str) -> Floats:
        """Return how strongly "text" or "melody" leads in each frame: (frames,)."""
        led = np.ones(self.count, np.float32)
        middles = (np.arange(self.count) + 0.5) * self.plan.grid.pulse_beats
        for window in self.plan.brief.strengths:
            inside = (middles >= window.start_beat - NEAR) & (middles < window.end_beat)
            led[inside] = window.text if kind == "text" else window.melody
        return led

    @cached_property
    def is_open(self) -> NDArray[np.bool_]:
        """Which frames are written anew: (frames,), all but where bars of a score are repainted."""
        middles = (np.arange(self.count) + 0.5) * self.plan.grid.pulse_beats
        start, end = self.plan.brief.open_beats or (0.0, self.plan.length_beats)
        return (middles >= start) & (middles < end)

    def noise(self, channels: int, name: str, candidates: int = 1) -> Floats:
        """Return noise (candidates, frames, channels), of the temperature asked for; it returns with the music.

        Passages of the same theme begin from the same noise: choruses wholly, others nearly, so that a second verse recalls
        the first.
        """
        drawn = [self._returning(channels, (name, candidate)) for candidate in range(candidates)]
        return (self.plan.chance.temperature * np.stack(drawn)).astype(np.float32)

    def again(self, rows: Floats, melody: Floats) -> Floats:
        """Return rows (frames, …) in which a chorus that returns over the same melody is the first one again.

        Bars that are repainted are themselves.
        """
        found = rows.copy()
        if self.plan.brief.open_beats:
            return found
        first: dict[tuple[str, int], slice] = {}
        for passage in (passage for passage in self.plan.passages if passage.role.name == "chorus"):
            pulses = self.plan.grid.pulses
            here = slice(passage.start_bar * pulses, passage.end_bar * pulses)
            before = first.setdefault((passage.theme, passage.bars), here)
            if np.array_equal(melody[before], melody[here]):
                found[here] = found[before]
        return found

    def _returning(self, channels: int, names: tuple[object, ...]) -> NDArray[np.float64]:
        rows, recalled = [], self.plan.brief.recalled_seed
        first = self.plan.chance if recalled is None else replace(self.plan.chance, random_seed=recalled)
        for passage in self.plan.passages:
            returns = passage.occurrence > 0 or first is not self.plan.chance
            fresh = _FRESH if returns and passage.role.name != "chorus" else 0.0
            theme = self._drawn(first, channels, (*names, passage.theme), passage.bars)
            own = self._drawn(self.plan.chance, channels, (*names, passage.theme, passage.occurrence), passage.bars)
            rows.append((1.0 - fresh**2) ** 0.5 * theme + fresh * own)
        return np.concatenate(rows)

    def _drawn(self, chance: Chance, channels: int, names: tuple[object, ...], bars: int) -> NDArray[np.float64]:
        stream = chance.stream("noise", *names)
        drawn = np.random.default_rng(stream.getrandbits(64))
        return drawn.standard_normal((bars * self.plan.grid.pulses, channels))
