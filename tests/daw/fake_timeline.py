"""REAPER's time map as its documentation describes it: quarter notes ↔ seconds with steps and ramps, and measures."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TempoMarker:
    """A tempo (and, where given, a meter) from a quarter note on; a linear one glides to the next marker in time."""

    qn: float
    bpm: float
    meter: tuple[int, int] | None = None
    is_linear: bool = False


@dataclass
class Timeline:
    """The time map of a project without markers is one tempo and one meter."""

    bpm: float = 120.0
    meter: tuple[int, int] = (4, 4)
    markers: list[TempoMarker] = field(default_factory=list)

    def seconds(self, qn: float) -> float:
        total, spans = 0.0, self._spans()
        for start, stop, from_bpm, to_bpm in spans:
            if qn <= stop or stop is spans[-1][1]:
                return total + _seconds_in(qn - start, stop - start, from_bpm, to_bpm)
            total += _seconds_in(stop - start, stop - start, from_bpm, to_bpm)
        raise AssertionError

    def qn(self, seconds: float) -> float:
        """Invert `seconds` by bisection, to the last bit that matters."""
        low, high = 0.0, 1.0
        while self.seconds(high) < seconds:
            high *= 2
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.seconds(middle) < seconds else (low, middle)
        return round(high, 11)

    def _spans(self) -> list[tuple[float, float, float, float]]:
        """Return (first QN, last QN, tempo there, tempo at the end) of each stretch."""
        markers = self.markers
        if not markers or markers[0].qn > 0:
            markers = [TempoMarker(0.0, self.bpm, self.meter), *markers]
        ends = [marker.qn for marker in markers[1:]] + [math.inf]
        after = [marker.bpm for marker in markers[1:]] + [markers[-1].bpm]
        return [
            (marker.qn, end, marker.bpm, following if marker.is_linear and end < math.inf else marker.bpm)
            for marker, end, following in zip(markers, ends, after, strict=True)
        ]

    def measure(self, number: int) -> tuple[float, float, int, int]:
        """Return (first QN, last QN, numerator, denominator) of a measure counted from 0."""
        start, index = 0.0, 0
        while True:
            numerator, denominator = self.meter_at(start)
            stop = start + numerator * 4 / denominator
            if index == number:
                return start, stop, numerator, denominator
            start, index = stop, index + 1

    def measure_of(self, qn: float) -> int:
        number = 0
        while self.measure(number)[1] <= qn:
            number += 1
        return number

    def meter_at(self, qn: float) -> tuple[int, int]:
        meters = [marker.meter for marker in self.markers if marker.meter and marker.qn <= qn + 1e-9]
        return meters[-1] if meters else self.meter


def _seconds_in(qn: float, length: float, from_bpm: float, to_bpm: float) -> float:
    """Return the seconds that the first `qn` of a stretch take; in a ramp the tempo is linear in time."""
    if from_bpm == to_bpm:
        return qn * 60 / from_bpm
    whole = length * 120 / (from_bpm + to_bpm)
    slope = (to_bpm - from_bpm) / whole
    return (math.sqrt(from_bpm**2 + 2 * slope * qn * 60) - from_bpm) / slope
