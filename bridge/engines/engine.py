"""What an engine is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.brief import Brief
from bridge.music.score import Score
from bridge.music.take import Take
from bridge.step import Step


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, and whether it can do it here and now."""

    name: str
    device: str
    """The device it runs on; one worker serves each."""
    is_ready: bool
    reason: str = ""
    """Why it is not ready, and what would make it so."""
    sample_rates_hz: tuple[int, ...] = ()


class Engine(Protocol):
    """Performs a score as audio. Runs in a worker; holds no job state."""

    name: str
    version: str

    def capabilities(self) -> Capabilities:
        """Return what it can do, without loading anything heavy."""
        ...

    def perform(self, score: Score, brief: Brief, step: Step) -> Take:
        """Return one stem a part, each exactly as long as the section, at `brief.sample_rate_hz`; no mix yet."""
        ...
