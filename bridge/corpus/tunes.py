"""Public-domain tunes as they are cached: on a grid of twelve steps a pulse, bar 0 the first full bar."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bridge.music.notes import Note
from bridge.music.tempo import Meter

STEPS = 12
"""Steps of a pulse."""
TUNES_FILE = "tunes.jsonl"
"""Where a corpus keeps the tunes that were read."""


@dataclass(frozen=True)
class Tune:
    """One melody. `notes` are (start step, length in steps, MIDI note number), in order, one at a time."""

    name: str
    """Collection and number or title: ``oneills/123``."""
    title: str
    meter: str
    """As written: ``6/8``; cut time counts as 4/4."""
    tonic: int
    mode: str
    """major or minor, by the third."""
    bars: int
    """Full bars."""
    notes: tuple[tuple[int, int, int], ...]

    @property
    def bar_steps(self) -> int:
        """Steps of a bar."""
        return Meter.parse(self.meter).pulses_per_bar * STEPS

    def cut(self, bar: int, bars: int) -> Tune:
        """Return `bars` bars from `bar` (from 0) on; what rings longer is cut at the end."""
        start, end = bar * self.bar_steps, (bar + bars) * self.bar_steps
        inside = ((s - start, min(length, end - s), pitch) for s, length, pitch in self.notes if start <= s < end)
        return replace(self, bars=bars, notes=tuple(inside))

    def in_beats(self) -> tuple[Note, ...]:
        """Return the notes in quarter-note beats."""
        step = Meter.parse(self.meter).pulse_beats / STEPS
        return tuple(Note(start * step, length * step, pitch) for start, length, pitch in self.notes)


def save_tunes(tunes: list[Tune], path: Path) -> None:
    """Write tunes as JSON, one a line."""
    path.write_text("".join(json.dumps(asdict(tune), separators=(",", ":")) + "\n" for tune in tunes), encoding="utf-8")


def load_tunes(path: Path) -> list[Tune]:
    """Return the tunes of a file that `save_tunes` wrote."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Tune(**(row | {"notes": tuple(map(tuple, row["notes"]))})) for row in rows]
