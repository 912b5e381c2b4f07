"""A groove as a row of numbers, whatever its meter, key, chords and length: what families of styles are told apart by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.evaluate.groove import onset_steps
from bridge.evaluate.piece import STEPS, Floats, Piece
from model.score.grid import DRUM_CLASSES

_PULSES = 4
"""Pulses of the bar that are told apart; a fifth and sixth count as the first and second."""
_PLACES = {0: 0, 3: 1, 4: 2, 6: 3, 8: 4, 9: 5}
_SPOTS = len(_PLACES) + 1
"""Places inside a pulse: sixteenths, triplets and swing, and one for all others."""
_SPOT_OF_STEP = np.array([_PLACES.get(step, _SPOTS - 1) for step in range(STEPS)])
_CLASS_OF_KEY = np.full(128, -1)
for _index, _keys in enumerate(DRUM_CLASSES):
    _CLASS_OF_KEY[list(_keys)] = _index
PITCHED = ("chords", "bass", "pad")
_LENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Pulses: where a note's length passes from one class into the next."""


def groove_features(piece: Piece) -> Floats:
    """Return one row: onsets by place and drum class or part, tones from the chord's root, lengths, register, meter."""
    drums = piece.part("drums")
    classes = _CLASS_OF_KEY[drums[:, 2].astype(int) % 128]
    rows = [_places(piece, onset_steps(piece, "drums")[classes == index]) for index in range(len(DRUM_CLASSES))]
    rows += [_places(piece, np.unique(onset_steps(piece, part))) for part in PITCHED]
    for part in PITCHED:
        rows += [_tones(piece, part), _lengths(piece, part), _register(piece, part)]
    meter = np.zeros(7)
    meter[min(piece.meter.pulses_per_bar, 6) - 1] = 1.0
    meter[6] = piece.meter.is_compound
    return np.concatenate([*rows, meter])


def _places(piece: Piece, steps: NDArray[np.int64]) -> Floats:
    """Return (28): the square root of onsets a bar at each place of a pulse, which tames busy places."""
    pulse = steps % piece.bar_steps // STEPS % _PULSES
    count = np.bincount(pulse * _SPOTS + _SPOT_OF_STEP[steps % STEPS], minlength=_PULSES * _SPOTS)
    return np.sqrt(count / max(piece.bars, 1))


def _tones(piece: Piece, part: str) -> Floats:
    """Return (12): shares of the tones struck, in semitones from the chord's root."""
    notes = piece.part(part)
    frame = np.clip(onset_steps(piece, part) // STEPS, 0, max(len(piece.chord_roots) - 1, 0))
    if not len(notes) or not len(piece.chord_roots):
        return np.zeros(12)
    tones = (notes[:, 2].astype(int) - piece.chord_roots[frame]) % 12
    return np.bincount(tones, minlength=12) / len(notes)


def _lengths(piece: Piece, part: str) -> Floats:
    """Return (6): shares of the lengths."""
    notes = piece.part(part)
    classes = np.searchsorted(_LENGTHS, notes[:, 1] / STEPS + 1e-6)
    return np.bincount(classes, minlength=len(_LENGTHS) + 1) / max(len(notes), 1)


def _register(piece: Piece, part: str) -> Floats:
    """Return (3): mean pitch in octaves from middle C, its deviation, and notes struck at once."""
    notes = piece.part(part)
    if not len(notes):
        return np.zeros(3)
    pitches = (notes[:, 2] - 60.0) / 12.0
    return np.array([pitches.mean(), pitches.std(), np.sqrt(len(notes) / len(np.unique(onset_steps(piece, part))))])
