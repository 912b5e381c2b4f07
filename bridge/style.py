"""What a prompt means: read by every composer and engine, and shown back to the musician."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.music.key import Key
from bridge.music.tempo import Meter


@dataclass(frozen=True)
class Style:
    """A prompt understood; names are English, in lower case; None or () for what was not said."""

    bpm: float | None = None
    key: Key | None = None
    meter: Meter | None = None
    bars: int | None = None
    seconds: float | None = None
    """Length asked for in seconds instead of bars."""
    section: str | None = None
    instruments: tuple[str, ...] = ()
    """Such as ``"cello"``, in the order said."""
    genres: tuple[str, ...] = ()
    """Such as ``"rock"``, the strongest first."""
    moods: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Instruments and parts that must not sound: "no drums" gives ``"drums"``."""
    production: tuple[str, ...] = ()
    """How it shall sound: ``"warm"``, ``"dry"``, ``"tape"`` …"""
    dynamics: tuple[str, ...] = ()
    """Such as ``"soft"``, ``"very loud"`` or ``"building"``."""
    solo: bool = False
    """Whether the lead plays alone: "cello solo", 独奏."""
    guessed: tuple[str, ...] = ()
    """Names among the above that no word of the prompt says: what is meant by "rain on the window"."""
    said_back: str = ""
    """The same in a sentence, in the language of the prompt: "I understood: …"."""
    hints: tuple[str, ...] = ()
    """What would help, in a sentence each, where the prompt says little."""
