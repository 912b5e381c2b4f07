"""Keys: names in English and Chinese ↔ pitch classes, and the key a melody is most likely in.

Pitch classes are 0–11 with C = 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bridge.music.notes import Note, pitch_class_weights

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "升": 1, "降": -1}
MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
MINOR_STEPS = (0, 2, 3, 5, 7, 8, 10)
SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
FLAT_MAJORS = frozenset({5, 10, 3, 8, 1})
"""Tonics of the major keys that are written with flats (F B♭ E♭ A♭ D♭)."""

_WESTERN = re.compile(r"^([A-Ga-g])(#|♯|b|♭|sharp|flat)?(major|maj|minor|min|m|M|大[调調]|小[调調]|[调調])?$")
_CHINESE = re.compile(r"^([升降])?([A-Ga-g])(大[调調]|小[调調]|[调調])?$")
_MINOR_WORDS = frozenset({"minor", "min", "m", "小调", "小調"})

# Krumhansl & Kessler (1982), probe-tone profiles as printed in Krumhansl, "Cognitive Foundations of Musical Pitch", 1990.
_MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def pitch_class(name: str) -> int:
    """Return the pitch class of a note name such as ``"F#"`` or ``"Bb"``; raises ValueError otherwise."""
    letter, accidental = name[:1].upper(), name[1:].replace("sharp", "#").replace("flat", "b")
    if letter not in LETTERS or accidental not in ACCIDENTALS:
        raise ValueError(f"{name!r} is no note name; write one like F# or Bb")
    return (LETTERS[letter] + ACCIDENTALS[accidental]) % 12


@dataclass(frozen=True)
class Key:
    """A major or minor key."""

    tonic: int
    """Pitch class of the first degree, 0–11 with C = 0."""
    mode: str = "major"
    """``"major"`` or ``"minor"``."""

    @classmethod
    def parse(cls, text: str) -> Key:
        """Return the key written like ``"D minor"``, ``"Dm"``, ``"Bb"``, ``"D小调"`` or ``"降B大调"``; else ValueError."""
        compact = re.sub(r"[\s\-_]+", "", text)
        if match := _CHINESE.match(compact):
            accidental, letter, word = match.groups()
        elif match := _WESTERN.match(
            compact[:1] + re.sub(r"(?i)major|minor|maj|min|sharp|flat", lambda m: m[0].lower(), compact[1:])
        ):
            letter, accidental, word = match.groups()
        else:
            raise ValueError(f"a key is written like D minor, F# major or D小调, not {text!r}")
        mode = "minor" if word in _MINOR_WORDS else "major"
        return cls(pitch_class(letter.upper() + {"升": "#", "降": "b"}.get(accidental or "", accidental or "")), mode)

    def __str__(self) -> str:
        return f"{self.tonic_name} {self.mode}"

    @property
    def tonic_name(self) -> str:
        """The tonic as musicians spell it in this key: ``"Bb"``, not ``"A#"``."""
        return (FLAT_NAMES if self.is_flat else SHARP_NAMES)[self.tonic]

    @property
    def is_flat(self) -> bool:
        """Whether this key is written with flats; of F♯ = G♭ the commoner names are F♯ major and E♭ minor."""
        return (self.tonic + 3) % 12 in FLAT_MAJORS | {6} if self.is_minor else self.tonic in FLAT_MAJORS

    @property
    def is_minor(self) -> bool:
        """Whether the third is minor."""
        return self.mode == "minor"

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the seven degrees, from the tonic up (natural minor)."""
        return tuple((self.tonic + step) % 12 for step in (MINOR_STEPS if self.is_minor else MAJOR_STEPS))

    def transposed(self, semitones: int) -> Key:
        """Return the same mode on another tonic."""
        return Key((self.tonic + semitones) % 12, self.mode)


ALL_KEYS = tuple(Key(tonic, mode) for mode in ("major", "minor") for tonic in range(12))


def key_fit(weights: Iterable[float], key: Key) -> float:
    """Return how well a pitch-class histogram fits a key: Pearson's r with its Krumhansl–Kessler profile, −1…1.

    `weights` are 12 summed durations, C first.
    """
    histogram = list(weights)
    profile = _MINOR_PROFILE if key.is_minor else _MAJOR_PROFILE
    turned = [profile[(pc - key.tonic) % 12] for pc in range(12)]
    return _pearson(histogram, turned)


def likely_key(notes: Iterable[Note], *, beats_per_bar: float = 4.0) -> Key:
    """Return the key in which a melody is most likely heard; C major for no notes at all.

    The fit with the Krumhansl–Kessler profiles decides, less what lies outside the scale; a melody that closes on the
    tonic, and has a note of its triad on the first downbeat, is believed where several keys fit nearly as well.
    """
    in_time = sorted(notes, key=lambda note: (note.start_beat, note.pitch))
    if not in_time:
        return Key(0)
    weights = pitch_class_weights(in_time)
    closing = next(note.pitch % 12 for note in in_time if note.start_beat == in_time[-1].start_beat)
    opening = next((note.pitch % 12 for note in in_time if note.start_beat % beats_per_bar == 0), in_time[0].pitch % 12)

    def likelihood(key: Key) -> float:
        return (
            key_fit(weights, key)
            - _OUTSIDE_COST * _share_outside(weights, key)
            + _CLOSES_ON_TONIC * (closing == key.tonic)
            + _OPENS_IN_TRIAD * (opening in key.scale[:5:2])
        )

    return max(ALL_KEYS, key=likelihood)


# In units of correlation; chosen on generated melodies (diatonic, harmonic minor, a tenth of the notes chromatic).
_OUTSIDE_COST = 6.0
_RAISED_SEVENTH_COST = 0.3
_CLOSES_ON_TONIC = 0.3
_OPENS_IN_TRIAD = 0.15


def _share_outside(weights: list[float], key: Key) -> float:
    """Return the share of the notes' time outside the scale; the leading note of a minor key counts for less."""
    total = sum(weights)
    outside = total - sum(weights[pc] for pc in key.scale)
    if key.is_minor:
        outside -= (1 - _RAISED_SEVENTH_COST) * weights[(key.tonic - 1) % 12]
    return outside / total if total > 0 else 0.0


def _pearson(left: list[float], right: list[float]) -> float:
    mean_left, mean_right = sum(left) / len(left), sum(right) / len(right)
    covariance = sum((a - mean_left) * (b - mean_right) for a, b in zip(left, right, strict=True))
    spread = sum((a - mean_left) ** 2 for a in left) * sum((b - mean_right) ** 2 for b in right)
    return covariance / spread**0.5 if spread > 0 else 0.0
