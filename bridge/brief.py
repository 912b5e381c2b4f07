"""A request made ready for the makers: clip read, prompt understood, section settled. Nothing is optional here any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.music.chord import ChordSpan
from bridge.music.notes import Part
from bridge.music.score import Score, Section, Seed
from bridge.style import Style

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class FormSection:
    """One section of a form; without a form there is one, as long as the whole."""

    name: str
    start_bar: int
    """Counted from 1 at the start of the section asked for, not of the song."""
    bars: int


@dataclass(frozen=True)
class Strength:
    """How strongly text and melody lead in a stretch, 0…1."""

    start_beat: float
    """From the start of the section."""
    end_beat: float
    text: float
    melody: float


@dataclass(frozen=True, eq=False)
class Likeness:
    """A recording whose sound a part leans to."""

    part: str
    samples: NDArray[np.float32]
    """Mono, at LIKENESS_RATE_HZ."""


LIKENESS_RATE_HZ = 48_000


@dataclass(frozen=True)
class Brief:
    """All that a composer and an engine need to know. Beats count from the start of the section."""

    section: Section
    form: tuple[FormSection, ...]
    style: Style
    prompt_vector: tuple[float, ...] = ()
    """The prompt as a sentence vector; () where it is empty or no encoder is there. Close vectors mean close things."""
    seed: Seed | None = None
    seed_mode: str = "lock"
    """lock, develop, inspire or free; means nothing without a seed."""
    chords: tuple[ChordSpan, ...] = ()
    """Fixed harmony for the whole section, or () where the composer is free."""
    parts: tuple[str, ...] = ("lead", "chords", "bass", "drums")
    """Which parts to return."""
    named_parts: tuple[str, ...] = ()
    """Those that the request itself names; a soloist is accompanied by these alone."""
    parts_in: tuple[Part, ...] = ()
    """Parts that exist already: returned note for note, and the others made to fit."""
    timbres: tuple[Likeness, ...] = ()
    """At most one a part, some seconds each, for engines that can lean to a recording."""
    guides: tuple[Likeness, ...] = ()
    """At most one a part, from the start of the section on, to be leaned to moment by moment."""
    strengths: tuple[Strength, ...] = ()
    """Where text or melody lead less than fully."""
    recall: Score | None = None
    """The score that this one continues (extend) or mends (repaint): its themes, harmony and groove are to be recalled."""
    recalled_seed: int | None = None
    """Random seed of the section of this name that the song had first: what returns begins from its chances."""
    open_beats: tuple[float, float] | None = None
    """Repainting some bars: the stretch to be written anew; what `recall` has before and after it stands and is joined."""
    composer: str = "auto"
    engine: str = "auto"
    steps: int | None = None
    guidance: float | None = None
    temperature: float | None = None
    top_k: int | None = None
    random_seed: int = 0
    sample_rate_hz: int = 48000
    warnings: tuple[str, ...] = ()
