"""The tempo map of an Ardour session: where its beats lie, whether a take agrees with it, and how a take's own is written."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bridge.daws.ardour_session import SUPERCLOCKS_PER_SECOND
from bridge.music.score import Section
from bridge.music.tempo import Meter, TempoMap

TICKS_PER_BEAT = 1920
"""Ardour's ticks a quarter note (libs/temporal/types.h)."""


@dataclass(frozen=True)
class _Point:
    """From this beat on, this tempo (a ramp is taken as its first tempo)."""

    beat: float
    superclock: int
    superclocks_per_beat: int


@dataclass(frozen=True)
class SessionTempo:
    """Tempo and meter of a session."""

    _points: tuple[_Point, ...]
    _meters: tuple[tuple[float, Meter], ...]

    @classmethod
    def of(cls, root: ET.Element) -> SessionTempo:
        """Return what a session file says; 120 BPM and 4/4 where it says nothing."""
        points = sorted((_point(tempo) for tempo in root.iterfind("TempoMap/Tempos/Tempo")), key=lambda point: point.beat)
        meters = sorted(
            ((_beats(meter.get("quarters", "0:0")), _meter(meter)) for meter in root.iterfind("TempoMap/Meters/Meter")),
            key=lambda change: change[0],
        )
        return cls(tuple(points) or (_Point(0.0, 0, _superclocks_per_beat(120.0)),), tuple(meters) or ((0.0, Meter()),))

    def superclock(self, beat: float) -> int:
        """Return the place of a beat in the session."""
        point = [self._points[0], *(point for point in self._points if point.beat <= beat)][-1]
        return point.superclock + round((beat - point.beat) * point.superclocks_per_beat)

    def bpm_at(self, beat: float) -> float:
        """Return the tempo in quarter notes a minute at this beat."""
        point = [self._points[0], *(point for point in self._points if point.beat <= beat)][-1]
        return 60.0 * SUPERCLOCKS_PER_SECOND / point.superclocks_per_beat

    def meter_at(self, beat: float) -> Meter:
        """Return the meter at this beat."""
        return [self._meters[0][1], *(meter for start, meter in self._meters if start <= beat)][-1]

    def drift_seconds(self, section: Section, from_beat: float) -> float:
        """Return how far the section's beats stray from the session's, at most, when `from_beat` lies at the same place."""
        start, end = section.start_beat, section.start_beat + section.length_beats
        changes = [change.beat for change in section.tempo.changes] + [point.beat for point in self._points]
        beats = [start, end, *(beat for beat in changes if start < beat < end)]
        origin = self.superclock(from_beat) / SUPERCLOCKS_PER_SECOND - section.tempo.seconds(from_beat)
        return max(abs(self.superclock(beat) / SUPERCLOCKS_PER_SECOND - section.tempo.seconds(beat) - origin) for beat in beats)


def write_tempo(tempo_map: ET.Element, tempo: TempoMap, meter: Meter) -> None:
    """Make the session's map the one of a take."""
    for name in ("Tempos", "Meters", "MusicTimes"):
        for old in tempo_map.findall(name):
            tempo_map.remove(old)
    tempo_map.set("superclocks-per-second", str(SUPERCLOCKS_PER_SECOND))
    tempos = ET.SubElement(tempo_map, "Tempos")
    place, beat, superclocks_per_beat = 0, 0.0, 0
    for change in tempo.changes:
        place += round((change.beat - beat) * superclocks_per_beat)
        beat, superclocks_per_beat = change.beat, _superclocks_per_beat(change.bpm)
        said = {"npm": repr(change.bpm), "enpm": repr(change.bpm), "note-type": "4", "type": "Tempo::Constant", "active": "1"}
        steady = {"locked-to-meter": "0", "continuing": "0", "omega": "0"}
        ET.SubElement(tempos, "Tempo", said | steady | _place(place, beat, meter))
    divisions = {"note-value": str(meter.denominator), "divisions-per-bar": str(meter.numerator)}
    ET.SubElement(ET.SubElement(tempo_map, "Meters"), "Meter", divisions | _place(0, 0.0, meter))
    ET.SubElement(tempo_map, "MusicTimes")


def ticks(beats: float) -> int:
    """Return a length or place in Ardour's ticks."""
    return round(beats * TICKS_PER_BEAT)


def _place(superclock: int, beat: float, meter: Meter) -> dict[str, str]:
    whole, rest = divmod(ticks(beat), TICKS_PER_BEAT)
    bar, division_ticks = divmod(round(beat * meter.denominator / 4 * TICKS_PER_BEAT), meter.numerator * TICKS_PER_BEAT)
    division, tick = divmod(division_ticks, TICKS_PER_BEAT)
    return {"sclock": str(superclock), "quarters": f"{whole}:{rest}", "bbt": f"{bar + 1}|{division + 1}|{tick}"}


def _superclocks_per_beat(bpm: float) -> int:
    return round(SUPERCLOCKS_PER_SECOND * 60.0 / bpm)


def _point(tempo: ET.Element) -> _Point:
    bpm = float(tempo.get("npm", "120")) * 4.0 / float(tempo.get("note-type", "4"))
    return _Point(_beats(tempo.get("quarters", "0:0")), int(tempo.get("sclock", "0")), _superclocks_per_beat(bpm))


def _meter(meter: ET.Element) -> Meter:
    return Meter(int(float(meter.get("divisions-per-bar", "4"))), int(float(meter.get("note-value", "4"))))


def _beats(quarters: str) -> float:
    whole, _, rest = quarters.partition(":")
    return int(whole) + int(rest or 0) / TICKS_PER_BEAT
