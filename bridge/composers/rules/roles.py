"""What each section of a song is for: how it differs from the others in density, register and drums."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """How a section is played."""

    name: str
    chords: int = 1
    """Level of the groove that the chords play, 0 calm … 2 full."""
    bass: int = 1
    drums: int = 1
    force: float = 1.0
    """Factor on velocities."""
    lead_shift: int = 0
    """Semitones that the melody lies higher."""
    lead_density: float = 1.0
    """Factor on the idiom's notes a pulse."""
    chord_shift: int = 0
    """Semitones that the chords lie higher."""
    voices: int = 0
    """Voices that chords have more."""
    crash: bool = False
    """A cymbal opens it."""
    drums_from: float = 0.0
    """Share of the section that passes before the whole kit plays."""
    bass_from: float = 0.0
    build: bool = False
    """The drums press towards its end, and all grow louder."""
    lock: str = "clip"
    """What the lead does with a locked clip when the section is one of several: clip, fragment, develop or out."""
    end: str = "authentic"
    """Cadence that ends it: authentic, half, or open."""
    ride: bool = False
    """The cymbal pattern moves from the hi-hat to the ride."""
    thin: bool = False
    """Only the lines that keep time, and soft kicks, are left of the drums."""
    doubles: bool = False
    """Chords are doubled an octave above their highest voice."""


ROLES = {
    role.name: role
    for role in (
        Role("intro", 0, 0, 0, 0.78, -2, 0.55, -2, drums_from=0.5, bass_from=0.5, lock="out", end="half", thin=True),
        Role("verse", 1, 1, 1, 0.88, -2, 1.0, -1, end="half"),
        Role("prechorus", 1, 2, 1, 0.95, 1, 1.1, 1, build=True, end="half"),
        Role("chorus", 2, 2, 2, 1.08, 4, 0.95, 3, 1, crash=True, doubles=True),
        Role("bridge", 0, 1, 0, 0.84, 2, 0.8, 2, lock="develop", end="half", thin=True),
        Role("solo", 1, 2, 2, 1.02, 7, 1.6, -2, crash=True, ride=True, lock="develop"),
        Role("outro", 0, 0, 1, 0.76, -3, 0.6, 0, lock="fragment"),
    )
}
_WORDS = (
    ("prechorus", r"pre|build|lift|导歌|副歌前|渐强"),
    ("chorus", r"chorus|hook|refrain|drop|climax|副歌|高潮"),
    ("intro", r"intro|opening|prelude|前奏|引子|开头"),
    ("outro", r"outro|coda|ending|end\b|finale|postlude|尾|结尾|结束"),
    ("bridge", r"bridge|break|middle|interlude|桥|间奏|过渡"),
    ("solo", r"solo|独奏|华彩"),
)


def role_of(name: str) -> Role:
    """Return the role of a section by its name in any words; one that is not known is played like a verse."""
    for role, words in _WORDS:
        if re.search(words, name.lower()):
            return ROLES[role]
    return ROLES["verse"]
