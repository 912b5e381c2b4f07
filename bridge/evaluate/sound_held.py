"""Held-out stems as orders: the same notes, player and words, to be performed and laid beside the reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.brief import Brief, FormSection
from bridge.evaluate.sound_follow import Rows, follows
from bridge.evaluate.sound_trials import Perform
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.music.tempo import TempoMap
from bridge.step import ignore
from bridge.style import Style
from model.sound.corpus import Example, shards
from model.sound.layout import SAMPLE_RATE_HZ

_BPM = 60.0
"""A beat is a second."""
_SHORTEST_S = 0.01


@dataclass(frozen=True)
class Held:
    """A held-out stem."""

    reference: Example
    score: Score
    brief: Brief

    @property
    def rows(self) -> Rows:
        """The notes that begin in it, (notes, 4): start and length in seconds, pitch, velocity."""
        notes = self.reference.notes.astype(np.float64)
        return notes[notes[:, 0] >= 0.0]

    def performed(self, perform: Perform) -> NDArray[np.float32]:
        """Return the stem as an engine performs it, as long and as loud as the reference: (samples, 2)."""
        samples = perform(self.score, self.brief, ignore).stems[0].samples[: len(self.reference.audio)]
        power, wanted = (float(np.mean(np.square(each))) for each in (samples, self.reference.audio))
        return np.asarray(samples * math.sqrt(wanted / max(power, 1e-12)), np.float32)


def leads_followed(stems: Iterable[Held], made: Callable[[Held], NDArray[np.float32]]) -> dict[str, float]:
    """Return how what is made of held-out leads follows their notes: means of melody, pitch, chroma and onsets."""
    leads = [held for held in stems if held.reference.part == "lead"]
    found = [follows(made(held), SAMPLE_RATE_HZ, held.rows, is_drums=False)._asdict() for held in leads]
    return {name: float(np.nanmean([each[name] for each in found])) for name in (found[0] if found else ())}


def held_stems(corpus: Path, count: int) -> Iterator[Held]:
    """Yield so many held-out stems of a sound corpus."""
    examples = (example for shard in shards(corpus, "held") for example in shard)
    for index, example in zip(range(count), examples, strict=False):
        yield _order(example, index)


def _order(example: Example, index: int) -> Held:
    seconds = len(example.audio) / SAMPLE_RATE_HZ
    section = Section("verse", 1, math.ceil(seconds / 4.0), tempo=TempoMap.constant(_BPM))
    notes = sorted(_note(*row) for row in example.notes.tolist() if row[0] + row[1] > _SHORTEST_S)
    part = Part(example.part, tuple(notes), example.program)
    brief = Brief(
        section,
        (FormSection("verse", 1, section.bars),),
        Style(production=example.production),
        prompt_vector=tuple(example.embedding.tolist()),
        random_seed=index,
    )
    return Held(example, Score(section, (part,)), brief)


def _note(start_s: float, length_s: float, pitch: float, velocity: float) -> Note:
    """Return a note in beats; one that began before the crop begins with it."""
    return Note(max(0.0, start_s), length_s + min(0.0, start_s), int(pitch), int(velocity))
