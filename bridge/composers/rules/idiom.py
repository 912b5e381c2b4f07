"""What an idiom (a musical style) is made of; the idioms themselves are data in `idioms`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DRUM_KEYS = {
    "kick": 36,
    "rim": 37,
    "snare": 38,
    "clap": 39,
    "floor": 41,
    "hat": 42,
    "low_tom": 45,
    "pedal_hat": 44,
    "open_hat": 46,
    "mid_tom": 47,
    "crash": 49,
    "high_tom": 50,
    "ride": 51,
    "bell": 53,
    "tambourine": 54,
    "cowbell": 56,
    "splash": 55,
    "high_bongo": 60,
    "low_bongo": 61,
    "mute_conga": 62,
    "high_conga": 63,
    "low_conga": 64,
    "high_timbale": 65,
    "agogo": 67,
    "shaker": 70,
    "guiro": 73,
    "clave": 75,
    "wood": 76,
    "triangle": 81,
}
"""Lines of a drum pattern → General MIDI percussion keys."""
TIME_KEEPERS = frozenset({"hat", "ride", "shaker", "pedal_hat", "tambourine", "triangle", "guiro"})
"""Lines whose eighths stay even in compound meters."""


@dataclass(frozen=True)
class Groove:
    """What the rhythm section plays at one level of energy; signs are explained in comping, bassline and drumming."""

    chords: str
    bass: str
    drums: Mapping[str, str] = field(default_factory=dict)


def groove(chords: str, bass: str, **drums: str) -> Groove:
    """Return a groove with one line a drum."""
    return Groove(chords, bass, drums)


@dataclass(frozen=True)
class Harmony:
    """How an idiom moves its chords."""

    major: tuple[str, ...] = ("I V vi IV",)
    """Progressions as roman numerals, one a bar ("ii-V": two in a bar), the commonest first."""
    minor: tuple[str, ...] = ("i VI III VII",)
    loop: float = 0.0
    """How strongly the progressions are followed: 0 leaves all to functional grammar, 2 is a loop."""
    grammar: float = 1.0
    """How strongly functional grammar and cadences count."""
    extra_major: tuple[str, ...] = ("V/V", "V/vi", "V/ii")
    """Chords beyond the diatonic ones."""
    extra_minor: tuple[str, ...] = ("V/iv", "V/III")
    colour: str = "triad"
    """triad, seventh, dominant (all sevenths minor), power, open (add9 and sus2)."""
    moves: float = 1.0
    """Chord changes a bar that feel natural; 2 lets harmony change on every group of pulses."""


@dataclass(frozen=True)
class LeadManner:
    """How an idiom sings."""

    density: float = 1.2
    """Notes a pulse."""
    syncopation: float = 0.3
    """0…1: how readily notes fall off the pulse."""
    scale: str = "diatonic"
    """diatonic, pentatonic or blues."""
    span: float = 8.0
    """Semitones between the low and the high point of a phrase."""
    length: float = 0.92
    """Sounding share of a note."""


@dataclass(frozen=True)
class Idiom:
    """A style: everything the rules need to know of it."""

    name: str
    words: tuple[str, ...]
    """Genre words that mean it, besides its name."""
    grooves: tuple[Groove, Groove, Groove]
    """Calm, usual, full."""
    programs: Mapping[str, tuple[int, ...]]
    """Part → General MIDI programs, the usual one first."""
    kit: int = 0
    fills: tuple[Mapping[str, str], ...] = ()
    """A bar each, of which the end is played."""
    harmony: Harmony = Harmony()
    lead: LeadManner = LeadManner()
    three: tuple[Groove, ...] = ()
    """Grooves for bars of three pulses where the usual ones do not adapt well, one or three."""
    compound: tuple[Groove, ...] = ()
    """Grooves for 6/8 and 12/8, one or three."""
    swing: float = 0.0
    """0…1: how late the second of two eighths is; 1 is triplets."""
    loose_ms: float = 5.0
    """Standard deviation of the players' timing."""
    strum_ms: float = 0.0
    """Time from the first to the last string of a chord."""
    loudness: float = 1.0
    fixed_voices: int = 3
    """Voices of a chord."""
    chord_centre: int = 60
    """Middle pitch of chords."""

    def groove(self, level: int, pulses: int, *, is_compound: bool) -> Groove:
        """Return the groove of this level (0 calm … 2 full) for a bar of so many pulses."""
        special = self.compound if is_compound else self.three if pulses == 3 else ()
        return special[min(level, len(special) - 1)] if special else self.grooves[level]
