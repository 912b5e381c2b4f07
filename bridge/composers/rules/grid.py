"""The metric grid: pulses of a bar, how they group, and how strong each beat is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bridge.music.tempo import Meter

NEAR = 1e-6
"""Beats closer than this are the same beat."""


@dataclass(frozen=True)
class Grid:
    """A meter as composers feel it."""

    meter: Meter

    @cached_property
    def bar_beats(self) -> float:
        """Quarter notes in a bar."""
        return self.meter.beats_per_bar

    @cached_property
    def pulse_beats(self) -> float:
        """Quarter notes in a pulse: 1.5 in compound meters."""
        return self.meter.pulse_beats

    @cached_property
    def pulses(self) -> int:
        """Pulses in a bar."""
        return self.meter.pulses_per_bar

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """Pulses of each group in the bar: 2+2, 3+2 in five, 3 in three; compound pulses in two count one by one."""
        if self.pulses <= 3:
            return (1, 1) if self.meter.is_compound and self.pulses == 2 else (self.pulses,)
        odd = (3,) if self.pulses % 2 else ()
        return (*odd, *(2,) * ((self.pulses - sum(odd)) // 2))

    @cached_property
    def group_starts(self) -> tuple[float, ...]:
        """Beats from the start of the bar at which groups start: where harmony may change."""
        return tuple(sum(self.groups[:index]) * self.pulse_beats for index in range(len(self.groups)))

    @cached_property
    def _weights(self) -> dict[int, float]:
        """Strength by 48ths of a beat from the start of the bar; what is not listed is weakest."""
        parts = 3 if self.meter.is_compound else 2
        weights = {round(i * self.pulse_beats * 48 / parts): 0.25 for i in range(self.pulses * parts)}
        weights |= {round(i * self.pulse_beats * 48): 0.5 for i in range(self.pulses)}
        weights |= {round(start * 48): 0.75 for start in self.group_starts}
        return weights | {0: 1.0}

    def weight(self, beat: float) -> float:
        """Return the metric strength of a beat: 1 on the downbeat, 0.75 on a group, 0.5 on a pulse, less between."""
        return self._weights.get(round((beat % self.bar_beats) * 48) % round(self.bar_beats * 48), 0.12)

    def bar(self, beat: float) -> int:
        """Return the bar, counted from 0, in which a beat lies."""
        return int((beat + NEAR) // self.bar_beats)
