"""What a composer is."""

from __future__ import annotations

from typing import Protocol

from bridge.brief import Brief
from bridge.music.score import Score
from bridge.step import Step


class Composer(Protocol):
    """Makes a score of a brief. Runs in a worker; holds no job state."""

    name: str
    version: str

    def compose(self, brief: Brief, step: Step) -> Score:
        """Return a score with the parts of `brief.parts`; the same brief gives the same score."""
        ...

    def made_with(self, brief: Brief) -> dict[str, object]:
        """Return what the manifest is to say beside name and version: weights_sha256 and steps, where there are such."""
        ...
