"""Melodies: what a continuation shares with what it continues."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.evaluate.piece import Floats, Piece
from bridge.music.key import MAJOR_STEPS, MINOR_STEPS

NOTES = 3
"""Notes of a motif."""
Motif = tuple[int, ...]


def lead_of(piece: Piece, from_bar: int, to_bar: int) -> Floats:
    """Return the notes (notes, 4) of the lead that begin in these bars, counted from 0, as start, length, pitch, velocity."""
    lead = piece.part("lead")
    bar = np.rint(lead[:, 0]) // piece.bar_steps
    return lead[(bar >= from_bar) & (bar < to_bar)]


def motifs(notes: Floats, *, is_minor: bool) -> list[Motif]:
    """Return every run of three notes: the steps of the scale between them and the steps of the grid between their onsets.

    Counted in degrees of the scale (a chromatic note counts as the degree below), so a motif on another degree is the same.
    """
    degrees = _degrees(notes[:, 2].astype(np.int64), is_minor=is_minor)
    steps = np.rint(notes[:, 0]).astype(np.int64)
    moves = np.stack((np.diff(degrees), np.diff(steps)), axis=1)
    return [tuple(moves[at : at + NOTES - 1].ravel().tolist()) for at in range(len(moves) - NOTES + 2)]


def _degrees(pitches: NDArray[np.int64], *, is_minor: bool) -> NDArray[np.int64]:
    below = np.searchsorted(MINOR_STEPS if is_minor else MAJOR_STEPS, pitches % 12, side="right") - 1
    return pitches // 12 * 7 + below


def shared_motifs(seed: Floats, continuation: Floats, *, is_minor: bool) -> float:
    """Return the share of the continuation's motifs that are in the seed; NaN where it has none."""
    known = set(motifs(seed, is_minor=is_minor))
    found = motifs(continuation, is_minor=is_minor)
    return sum(motif in known for motif in found) / len(found) if found else float("nan")


def shuffled(notes: Floats, random_seed: int) -> Floats:
    """Return the same pitches and the same distances in time in another order: a melody without motifs, as a floor."""
    chance = np.random.default_rng(random_seed)
    mixed = notes.copy()
    mixed[:, 2] = chance.permutation(notes[:, 2])
    if len(notes) > 1:
        mixed[1:, 0] = notes[0, 0] + np.cumsum(chance.permutation(np.diff(notes[:, 0])))
    return mixed


def in_key(notes: Floats, *, is_minor: bool) -> float:
    """Return the share of the notes' time in the scale on C; in minor the raised sixth and seventh belong to it."""
    scale = (*MINOR_STEPS, 9, 11) if is_minor else MAJOR_STEPS
    total = notes[:, 1].sum()
    return float(notes[np.isin(notes[:, 2] % 12, scale), 1].sum() / total) if total else float("nan")
