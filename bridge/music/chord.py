"""Chords: symbols ↔ pitch classes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.music.key import FLAT_NAMES, SHARP_NAMES, pitch_class

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "7sus4": (0, 5, 7, 10),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "69": (0, 4, 7, 9, 14),
    "7b5": (0, 4, 6, 10),
    "aug7": (0, 4, 8, 10),
    "7b9": (0, 4, 7, 10, 13),
    "7#9": (0, 4, 7, 10, 15),
    "7#11": (0, 4, 7, 10, 18),
    "11": (0, 4, 7, 10, 14, 17),
    "m11": (0, 3, 7, 10, 14, 17),
    "13": (0, 4, 7, 10, 14, 21),
}
"""Quality as written after the root → semitones above the root."""

_ALIASES = {
    "maj": "",
    "Maj": "",
    "M": "",
    "min": "m",
    "Min": "m",
    "mi": "m",
    "-": "m",
    "o": "dim",
    "°": "dim",
    "+": "aug",
    "sus": "sus4",
    "2": "add9",
    "add2": "add9",
    "7sus": "7sus4",
    "M7": "maj7",
    "Maj7": "maj7",
    "ma7": "maj7",
    "Δ": "maj7",
    "Δ7": "maj7",
    "min7": "m7",
    "mi7": "m7",
    "-7": "m7",
    "+7": "aug7",
    "7#5": "aug7",
    "6/9": "69",
    "min7b5": "m7b5",
    "-7b5": "m7b5",
    "ø": "m7b5",
    "ø7": "m7b5",
    "o7": "dim7",
    "°7": "dim7",
    "mM7": "mmaj7",
    "mMaj7": "mmaj7",
    "M9": "maj9",
    "min9": "m9",
}
_SYMBOL = re.compile(r"^([A-G])([#b♯♭]?)(.*?)(?:/([A-G][#b♯♭]?))?$")


@dataclass(frozen=True)
class Chord:
    """A chord: root, quality, and the bass note where it differs from the root."""

    root: int
    """Pitch class, 0–11."""
    quality: str = ""
    """A key of QUALITIES; "" is major."""
    bass: int | None = None
    """Pitch class of the bass in a slash chord."""

    @classmethod
    def parse(cls, symbol: str) -> Chord:
        """Return the chord written as ``"Am7"``, ``"F#dim"`` or ``"C/G"``; raises ValueError otherwise."""
        match = _SYMBOL.match(symbol.strip())
        quality = _ALIASES.get(match[3], match[3]) if match else None
        if match is None or quality not in QUALITIES:
            raise ValueError(f"{symbol!r} is no chord symbol; write one like Am, F#dim, Cmaj7 or C/G")
        return cls(pitch_class(match[1] + match[2]), quality, pitch_class(match[4]) if match[4] else None)

    def __str__(self) -> str:
        return self.spelled(flats=False)

    def spelled(self, *, flats: bool) -> str:
        """Return the symbol with its root (and bass) written in flats or sharps."""
        names = FLAT_NAMES if flats else SHARP_NAMES
        return f"{names[self.root]}{self.quality}" + (f"/{names[self.bass]}" if self.bass is not None else "")

    @property
    def intervals(self) -> tuple[int, ...]:
        """Semitones above the root, rising."""
        return QUALITIES[self.quality]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes of the chord tones, root first (a slash bass comes last)."""
        tones = tuple((self.root + interval) % 12 for interval in self.intervals)
        return tones if self.bass is None or self.bass in tones else (*tones, self.bass)

    @property
    def bass_pitch_class(self) -> int:
        """The pitch class that the bass plays."""
        return self.root if self.bass is None else self.bass


@dataclass(frozen=True)
class ChordSpan:
    """A chord that sounds from a beat of the section for a while."""

    start_beat: float
    length_beats: float
    chord: Chord

    @property
    def end_beat(self) -> float:
        """The beat at which the next chord takes over."""
        return self.start_beat + self.length_beats
