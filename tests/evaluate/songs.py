"""A small corpus, made by the composer of rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bridge.composers import load
from bridge.evaluate.piece import notes_of, piece_of_score, stretched
from bridge.evaluate.tune import Tune
from bridge.music.notes import Note
from bridge.music.score import Seed
from bridge.step import ignore
from bridge.style import Style
from tests.composers.briefs import TWINKLE, brief


def made_tune(family: str = "rock", *, bars: int = 8, meter: str = "4/4", key: str = "C", random_seed: int = 0) -> Tune:
    """A tune whose teacher is the composer of rules."""
    shift = {"C": 0, "D": 2}[key]
    melody = Seed(tuple(replace(note, pitch=note.pitch + shift) for note in TWINKLE.notes), TWINKLE.length_beats)
    asked = brief(family, bars=bars, meter=meter, key=key, seed=melody, style=Style(genres=(family,)), random_seed=random_seed)
    piece = piece_of_score(load("rules").compose(asked, ignore))
    on_grid = {name: np.rint(rows) for name, rows in piece.notes.items()}
    return Tune(f"{family} {meter}", family, family, 112.0, (("verse", bars),), stretched(piece.with_parts(on_grid), bars))


def lead_of(tune: Tune) -> tuple[Note, ...]:
    """The melody in beats."""
    return notes_of(tune.piece, "lead")
