"""Families of styles: what each groove file of MMA and each idiom of the rules composer is, to the ear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Family:
    """A style as people tell it by ear."""

    name: str
    grooves: tuple[str, ...]
    """Files of the MMA library: ``stdlib/bossanova``."""
    idioms: tuple[str, ...]
    colour: str
    """triad, seventh or dominant."""
    bpm: tuple[float, float]
    """Slowest and fastest, pulses a minute."""
    words: dict[str, tuple[str, ...]]
    """Language (en, zh) → words that describe it, the name of the style first."""


@cache
def load_families() -> dict[str, Family]:
    """Return the families by name."""
    data = yaml.safe_load(files("bridge.corpus").joinpath("families.yaml").read_text(encoding="utf-8"))
    return {
        name: Family(
            name,
            tuple(row.get("grooves", ())),
            tuple(row.get("idioms", ())),
            row.get("colour", "triad"),
            (float(row["bpm"][0]), float(row["bpm"][1])),
            {"en": tuple(row["en"]), "zh": tuple(row["zh"])},
        )
        for name, row in data.items()
    }
