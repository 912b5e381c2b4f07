"""What a zone of a SoundFont says about a note, in seconds, hertz, decibels and cents.

Units of the generators, curves of the modulators: SoundFont 2.04 technical specification, sections 8.1.2, 8.2 and 9.
Two customs of the SoundFonts of today, which players such as FluidSynth follow as well, are kept: written attenuation
counts 0.4-fold (as on the EMU hardware the fonts were made on), and velocity does not close the filter unless the font says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

Generators = Mapping[int, int]
"""Number of a generator → amount as written."""

_DEFAULTS = {8: 13500, 56: 100, 58: -1, 46: -1, 47: -1} | dict.fromkeys(
    (21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38), -12000
)
_NOT_ADDED = frozenset({0, 1, 2, 3, 4, 12, 45, 46, 47, 50, 54, 57, 58})
"""Generators that a preset may not change."""
_ATTENUATION_CUSTOM = 0.4
_NOTHING_DB = 80.0
_CENTS_OF_HERTZ = 8.176
_FILTER_CENTS = 8
_ATTENUATION = 48


@dataclass(frozen=True)
class Modulator:
    """A change of a generator with the velocity or the key of a note."""

    source: int
    target: int
    amount: int
    by: int
    """A second source that scales the first; 0 is none."""

    @property
    def route(self) -> tuple[int, int, int]:
        """What tells it from others: source, target and second source."""
        return self.source, self.target, self.by

    def value(self, key: int, velocity: int) -> float:
        """Return what it adds to its generator; controllers are taken at rest, where they add nothing."""
        first = _curve(self.source, key, velocity)
        return self.amount * first * (_curve(self.by, key, velocity) if self.by else 1.0)


def _curve(source: int, key: int, velocity: int) -> float:
    """Return a source's value, 0…1 or -1…1."""
    number = {2: velocity, 3: key}.get(source & 0xFF)
    if number is None:
        return 0.0
    position = number / 127.0
    if source & 0x100:
        position = 1.0 - position
    shape = source >> 10
    if shape == 1:
        position = _concave(position)
    elif shape == 2:
        position = 1.0 - _concave(1.0 - position)
    elif shape == 3:
        position = float(position >= 0.5)
    return 2.0 * position - 1.0 if source & 0x200 else position


def _concave(position: float) -> float:
    """Return the concave curve of 96 dB: section 9.5.3."""
    return 1.0 if position >= 1.0 else min(1.0, -40.0 / 96.0 * math.log10(1.0 - position))


@dataclass(frozen=True)
class Envelope:
    """Delay, attack, hold and decay in seconds, the level held then, and the release in seconds."""

    delay: float
    attack: float
    hold: float
    decay: float
    """From full level to nothing; it stops at the level held."""
    sustain: float
    """Below full level: decibels of the volume envelope, 0…1 of the modulation envelope."""
    release: float

    @property
    def is_dying(self) -> bool:
        """Whether a volume envelope falls to nothing (-80 dB) though the key is held."""
        return self.sustain >= _NOTHING_DB

    @property
    def sounding_s(self) -> float:
        """How long a dying volume envelope is heard."""
        return self.delay + self.attack + self.hold + self.decay * _NOTHING_DB / 96.0


@dataclass(frozen=True)
class Wobble:
    """A low-frequency oscillation, a triangle that starts rising."""

    delay: float
    frequency_hz: float


@dataclass(frozen=True)
class Zone:
    """One layer of an instrument: which keys and velocities it plays, and how."""

    sample: int
    """Index of its sample in the file."""
    keys: tuple[int, int]
    velocities: tuple[int, int]
    generators: tuple[tuple[int, int], ...]
    modulators: tuple[Modulator, ...]

    @classmethod
    def of(
        cls,
        sample: int,
        keys: tuple[int, int],
        velocities: tuple[int, int],
        instrument: Generators,
        preset: Generators,
        modulators: tuple[Modulator, ...],
    ) -> Zone:
        """Return the zone of an instrument within a preset, whose amounts are added."""
        amounts = _DEFAULTS | dict(instrument)
        for kind, amount in preset.items():
            if kind not in _NOT_ADDED:
                amounts[kind] = amounts.get(kind, 0) + amount
        active = tuple(modulator for modulator in modulators if modulator.amount)
        return cls(sample, keys, velocities, tuple(sorted(amounts.items())), active)

    @cached_property
    def _amounts(self) -> dict[int, int]:
        return dict(self.generators)

    def amount(self, kind: int) -> int:
        """Return a generator as written, or its default."""
        return self._amounts.get(kind, 0)

    def _modulated(self, kind: int, key: int, velocity: int) -> float:
        return self.amount(kind) + sum(
            modulator.value(key, velocity) for modulator in self.modulators if modulator.target == kind
        )

    @property
    def is_looped(self) -> bool:
        """Whether the sample repeats its loop for as long as the note is held."""
        return self.amount(54) in {1, 3}

    @property
    def is_bending(self) -> bool:
        """Whether the pitch moves while a note sounds."""
        return any(self.amount(kind) for kind in (5, 6, 7))

    @property
    def bend_cents_max(self) -> float:
        """How far the pitch rises at most, as far as is believed: two octaves."""
        return min(2400.0, float(sum(abs(self.amount(kind)) for kind in (5, 6, 7))))

    @property
    def exclusive_class(self) -> int:
        """Notes of one class other than 0 cut each other off: the open and the closed hi-hat."""
        return self.amount(57)

    @property
    def pan(self) -> float:
        """From -1 at the left to 1 at the right."""
        return max(-1.0, min(1.0, self.amount(17) / 500.0))

    def gain(self, key: int, velocity: int) -> float:
        """Return the level the zone adds to a note, its own velocity curve left out."""
        return float(10.0 ** (-_ATTENUATION_CUSTOM * max(0.0, self._modulated(_ATTENUATION, key, velocity)) / 200.0))

    def offsets(self) -> tuple[int, int, int, int]:
        """Return how far start, end, loop start and loop end are moved, in frames of the sample."""
        pairs = ((0, 4), (1, 12), (2, 45), (3, 50))
        start, end, loop_start, loop_end = (self.amount(fine) + 32768 * self.amount(coarse) for fine, coarse in pairs)
        return start, end, loop_start, loop_end

    def cents(self, key: int, root: int) -> float:
        """Return how far a key lies above the sample's own pitch `root`."""
        played = self.amount(46) if 0 <= self.amount(46) <= 127 else key
        written = self.amount(58)
        from_root = played - (written if 0 <= written <= 127 else root)
        return from_root * self.amount(56) + 100.0 * self.amount(51) + self.amount(52)

    def filter_cents(self, key: int, velocity: int) -> float:
        """Return the low-pass filter's frequency in cents above 8.176 Hz."""
        return max(1500.0, min(13500.0, self._modulated(_FILTER_CENTS, key, velocity)))

    def resonance_db(self, key: int, velocity: int) -> float:
        """Return the filter's peak above its level at 0 Hz."""
        return max(0.0, min(96.0, self._modulated(9, key, velocity) / 10.0))

    @property
    def is_filter_moving(self) -> bool:
        """Whether the filter's frequency changes while a note sounds."""
        return bool(self.amount(10) or self.amount(11))

    def volume_envelope(self, key: int) -> Envelope:
        """Return how the level of a note moves."""
        return self._envelope(33, key, min(96.0, max(0.0, self.amount(37) / 10.0)))

    def modulation_envelope(self, key: int) -> Envelope:
        """Return how pitch and filter of a note move."""
        return self._envelope(25, key, min(1.0, max(0.0, self.amount(29) / 1000.0)))

    def _envelope(self, first: int, key: int, sustain: float) -> Envelope:
        from_middle = 60 - key
        delay, attack, hold, decay, release = (self.amount(first + step) for step in (0, 1, 2, 3, 5))
        hold += self.amount(first + 6) * from_middle
        decay += self.amount(first + 7) * from_middle
        return Envelope(seconds(delay), seconds(attack), seconds(hold), seconds(decay), sustain, seconds(release))

    @property
    def wobble(self) -> Wobble:
        """The oscillation that moves pitch, filter and level."""
        return Wobble(seconds(self.amount(21)), hertz(self.amount(22)))

    @property
    def vibrato(self) -> Wobble:
        """The oscillation that moves the pitch alone."""
        return Wobble(seconds(self.amount(23)), hertz(self.amount(24)))


def seconds(timecents: float) -> float:
    """Return a time written in timecents: 0 is 1 s, 1200 is 2 s; -12000 and less is none."""
    return 0.0 if timecents <= -12000 else float(2.0 ** (min(timecents, 8000.0) / 1200.0))


def hertz(cents: float) -> float:
    """Return a frequency written in cents above 8.176 Hz."""
    return float(_CENTS_OF_HERTZ * 2.0 ** (cents / 1200.0))
