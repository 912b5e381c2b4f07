"""What production does to a stem: words, each with its effect, a strength, and the descriptor that it moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from bridge.corpus.sound import descriptors, effects
from bridge.corpus.sound.effects import Stereo, level
from bridge.corpus.sound.reverb import reverberated, space


@dataclass(frozen=True)
class Descriptor:
    """What a word changes."""

    measure: Callable[[NDArray[np.float32]], float]
    """Of audio (samples, 2); see `descriptors`."""
    direction: int
    """1 where the word raises it, -1 where it lowers it."""


PRODUCTION_WORDS: Mapping[str, Descriptor] = {
    "bright": Descriptor(descriptors.centroid_octaves, 1),
    "dark": Descriptor(descriptors.centroid_octaves, -1),
    "warm": Descriptor(descriptors.warmth_db, 1),
    "distorted": Descriptor(descriptors.grit_db, 1),
    "compressed": Descriptor(descriptors.spread_db, -1),
    "big hall": Descriptor(descriptors.ringing_db_per_s, 1),
    "dry": Descriptor(descriptors.ringing_db_per_s, -1),
    "lo-fi": Descriptor(descriptors.air_db, -1),
    "wide": Descriptor(descriptors.width_db, 1),
    "shimmering": Descriptor(descriptors.movement_db, 1),
}
"""The ten production words that are measured, and which way each moves its descriptor against the plain production."""
MORE_WORDS = ("small room", "plate", "tape")
"""Further words that captions say."""
_SPACES = {"big hall": "hall", "small room": "room", "plate": "plate", "dry": ""}
_OPPOSITES = (
    {*_SPACES},
    {"bright", "dark"},
    {"bright", "warm"},
    {"bright", "lo-fi"},
    {"lo-fi", "wide"},
    {"lo-fi", "tape"},
    {"lo-fi", "shimmering"},
)
_COUNTS = (0, 1, 2, 3)
_COUNT_WEIGHTS = (20, 42, 28, 10)
"""How often an example has so many words."""
_WALLS = 6
"""Different rooms of a kind and size."""
_SIZES = 4
_PEAK = 0.98
_FAINT = 1e-7


@dataclass(frozen=True)
class Production:
    """What is done to a stem."""

    strengths: Mapping[str, float] = field(default_factory=dict)
    """Word → how strongly, 0…1."""
    seed: int = 0
    """Of everything that no word says: the plain room, the walls, speeds and phases."""


def drawn(random: Random) -> Production:
    """Return a production of up to three words that do not contradict each other."""
    words = [*PRODUCTION_WORDS, *MORE_WORDS]
    random.shuffle(words)
    count = random.choices(_COUNTS, _COUNT_WEIGHTS)[0]
    chosen: list[str] = []
    for word in words:
        if len(chosen) < count and not any(word in group and group & {*chosen} for group in _OPPOSITES):
            chosen.append(word)
    return Production({word: random.uniform(0.25, 1.0) for word in chosen}, random.randrange(10**9))


def produced(audio: NDArray[np.float32], production: Production) -> NDArray[np.float32]:
    """Return (samples, 2) produced, as loud as before unless its peaks forbid it."""
    stereo = np.ascontiguousarray(audio.T)
    before = level(stereo)
    if before < _FAINT:
        return audio
    random = np.random.default_rng(production.seed)
    seeds = random.spawn(len(_CHAIN))
    for (word, effect), own in zip(_CHAIN, seeds, strict=True):
        if word in production.strengths:
            stereo = effect(stereo, production.strengths[word], own)
    stereo = _spacious(stereo, production, random)
    for word, effect in _LAST:
        if word in production.strengths:
            stereo = effect(stereo, production.strengths[word], random)
    gain = min(before / level(stereo), _PEAK / float(np.abs(stereo).max()))
    return np.ascontiguousarray(stereo.T) * np.float32(gain)


def _spacious(stereo: Stereo, production: Production, random: np.random.Generator) -> Stereo:
    """Return the sound in the space that a word says, or else in a plain small one."""
    word = next((word for word in _SPACES if word in production.strengths), None)
    walls, plain_size, plain_wet = int(random.integers(_WALLS)), int(random.integers(_SIZES)), random.uniform(0.2, 0.4)
    if word == "dry":
        return stereo
    if word is None:
        return reverberated(stereo, space("room", (1.0 + plain_size) / _SIZES, walls), plain_wet)
    strength = production.strengths[word]
    size = round(strength * (_SIZES - 1)) / (_SIZES - 1)
    return reverberated(stereo, space(_SPACES[word], size, walls), 0.35 + 0.55 * strength)


def _bright(stereo: Stereo, strength: float, _random: np.random.Generator) -> Stereo:
    lifted = effects.shelved(stereo, 2500.0, 4.0 + 9.0 * strength, is_high=True)
    return effects.shelved(lifted, 250.0, -1.0 - 4.0 * strength, is_high=False)


def _dark(stereo: Stereo, strength: float, _random: np.random.Generator) -> Stereo:
    dull = effects.filtered(stereo, "low", 6000.0 * 2.0 ** (-2.6 * strength), 1)
    return effects.shelved(dull, 1200.0, -2.0 - 8.0 * strength, is_high=True)


def _warm(stereo: Stereo, strength: float, _random: np.random.Generator) -> Stereo:
    round_ = effects.driven(stereo, -6.0 + 4.0 * strength, 0.15)
    full = effects.shelved(round_, 420.0, 2.0 + 4.0 * strength, is_high=False)
    return effects.shelved(full, 3200.0, -1.5 - 5.0 * strength, is_high=True)


def _distorted(stereo: Stereo, strength: float, random: np.random.Generator) -> Stereo:
    driven = effects.driven(stereo, 10.0 + 22.0 * strength, random.uniform(0.0, 0.4))
    return effects.filtered(driven, "low", random.uniform(7000.0, 15_000.0))


def _compressed(stereo: Stereo, strength: float, random: np.random.Generator) -> Stereo:
    attack_s = random.uniform(0.0005, 0.003)
    return effects.compressed(stereo, 3.0 + 7.0 * strength, -16.0 - 18.0 * strength, attack_s, random.uniform(0.05, 0.15))


def _shimmering(stereo: Stereo, strength: float, random: np.random.Generator) -> Stereo:
    moved = effects.chorused(stereo, random.uniform(0.4, 1.4), 0.0015 + 0.003 * strength, 0.5 + 0.5 * strength)
    return effects.shelved(moved, 4000.0, 2.0 * strength, is_high=True)


def _wide(stereo: Stereo, strength: float, random: np.random.Generator) -> Stereo:
    return effects.widened(stereo, 0.5 + 0.8 * strength, random)


def _tape(stereo: Stereo, strength: float, random: np.random.Generator) -> Stereo:
    worn = effects.driven(stereo, -4.0 + 8.0 * strength, 0.1)
    worn = effects.wavering(worn, random.uniform(0.4, 0.9), 0.0006 + 0.0014 * strength, random.uniform(0.0, 2.0 * math.pi))
    hiss = random.standard_normal(worn.shape).astype(np.float32) * np.float32(level(worn) * 10.0 ** (-2.6 + 0.6 * strength))
    return effects.filtered(worn + hiss, "low", 15_000.0 - 6000.0 * strength)


def _lo_fi(stereo: Stereo, strength: float, random: np.random.Generator) -> Stereo:
    worn = effects.narrowed(effects.filtered(stereo, "high", 60.0 + 120.0 * strength), 0.7 - 0.6 * strength)
    worn = effects.wavering(worn, random.uniform(0.4, 1.1), 0.0005 + 0.0015 * strength, random.uniform(0.0, 2.0 * math.pi))
    crackle = random.standard_normal(worn.shape) * (random.random(worn.shape) < 2e-4) * 10.0 ** (-0.9 + 0.5 * strength)
    noise = crackle + random.standard_normal(worn.shape) * 10.0 ** (-2.5 + 0.5 * strength)
    rough = effects.crushed(worn + (noise * level(worn)).astype(np.float32), 11.0 - 4.5 * strength)
    return effects.filtered(rough, "low", 7000.0 * 2.0 ** (-1.2 * strength), 5)


_Effect = Callable[[Stereo, float, np.random.Generator], Stereo]
_CHAIN: tuple[tuple[str, _Effect], ...] = (
    ("distorted", _distorted),
    ("compressed", _compressed),
    ("warm", _warm),
    ("dark", _dark),
    ("bright", _bright),
    ("shimmering", _shimmering),
    ("wide", _wide),
)
"""In the order of a mixing desk; then the space."""
_LAST: tuple[tuple[str, _Effect], ...] = (("tape", _tape), ("lo-fi", _lo_fi))
"""What the finished sound goes through."""
