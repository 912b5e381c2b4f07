"""A section in latent frames: where windows lie, what is played and said in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bridge.brief import Brief
from bridge.music.notes import Part
from bridge.music.score import Score, Section
from bridge.networks import Floats
from model.sound.known import CONTEXT, WINDOW, known_features
from model.sound.layout import FRAME_RATE_HZ, FRAME_SAMPLES, SAMPLE_RATE_HZ
from model.sound.notes import note_features

TAIL_S = 2.0
"""What rings on after the section is written for so long."""


@dataclass(frozen=True)
class Window:
    """A stretch of frames that is written at once."""

    start: int
    given: int
    """So many frames at its start are there already."""


@dataclass(frozen=True)
class Stretch:
    """A section, with the tail after it, in latent frames."""

    score: Score
    brief: Brief

    @cached_property
    def frames(self) -> int:
        """Latent frames of the section and its tail."""
        samples = self._section.frames(SAMPLE_RATE_HZ) + round(TAIL_S * SAMPLE_RATE_HZ)
        return -(-samples // FRAME_SAMPLES)

    @property
    def _section(self) -> Section:
        return self.score.section

    def windows(self) -> Iterator[Window]:
        """Yield windows in order of time; all but the first begin with the end of the one before."""
        yield Window(0, 0)
        for start in range(WINDOW - CONTEXT, self.frames - CONTEXT, WINDOW - CONTEXT):
            yield Window(start, CONTEXT)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that have notes: the others are silent."""
        return tuple(part for part in self.score.parts if part.notes)

    @cached_property
    def _played(self) -> dict[str, Floats]:
        """Part → (notes, 4): start and length in seconds from the start of the section, pitch, velocity."""
        return {part.name: np.array([self._note(*note) for note in _rows(part)], np.float32) for part in self.parts}

    def _note(self, start_beat: float, end_beat: float, pitch: int, velocity: int) -> tuple[float, float, int, int]:
        start_s, end_s = self._seconds(start_beat), min(self._seconds(end_beat), self._section.seconds)
        return start_s, end_s - start_s, pitch, velocity

    def _seconds(self, beat: float) -> float:
        section = self._section
        return section.tempo.seconds(section.start_beat + beat) - section.start_seconds

    def starts_s(self, part: Part) -> list[float]:
        """Return when the notes of a part begin, in seconds from the start of the section."""
        return [float(start) for start in self._played[part.name][:, 0]]

    def notes(self, part: Part, window: Window) -> Floats:
        """Return what is played in a window, (WINDOW, FEATURES)."""
        played = self._played[part.name]
        first_s, last_s = window.start / FRAME_RATE_HZ, (window.start + WINDOW) / FRAME_RATE_HZ
        heard = played[(played[:, 0] < last_s) & (played[:, 0] + played[:, 1] > first_s)]
        return note_features(heard - np.array([first_s, 0, 0, 0], np.float32), WINDOW, is_drums=part.is_drums)

    def known(self, part: Part, window: Window, timbre: Floats | None = None, guide: Floats | None = None) -> Floats:
        """Return what else is known of a window, (WINDOW, KNOWN).

        The part leans to `timbre`, the mean latent of a recording, and to `guide`, the latents of one that begins with it.
        """
        now = None if guide is None else guide[window.start : window.start + WINDOW]
        return known_features(WINDOW, part.program, is_drums=part.is_drums, guide=now, timbre=timbre, given=window.given)

    def strengths(self, window: Window) -> tuple[Floats, Floats]:
        """Return how strongly notes and words lead in each frame of a window, (WINDOW,) each."""
        notes, words = np.ones((2, WINDOW), np.float32)
        seconds = self._section.start_seconds + (window.start + np.arange(WINDOW)) / FRAME_RATE_HZ
        beats = np.array([self._section.tempo.beat(each) for each in seconds]) - self._section.start_beat
        for led in self.brief.strengths:
            inside = (beats >= led.start_beat) & (beats < led.end_beat)
            notes[inside], words[inside] = led.melody, led.text
        return notes, words


def _rows(part: Part) -> Iterator[tuple[float, float, int, int]]:
    for note in part.notes:
        if note.start_beat >= 0.0 and note.velocity > 0:
            yield note.start_beat, note.end_beat, note.pitch, note.velocity
