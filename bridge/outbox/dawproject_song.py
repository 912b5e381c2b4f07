"""Several takes as one DAWproject: every part on its tracks, at its bars, with the tempo, meters and markers of the song.

Where takes lie over each other, the one that comes first plays and the others wait on muted tracks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.music.notes import PART_NAMES
from bridge.music.score import Marker
from bridge.music.song_grid import SongGrid, layered
from bridge.outbox.dawproject import Arrangement, Clip, Sound, Track, pinned, section_markers, sound_clip
from bridge.outbox.manifest import AudioFile
from bridge.outbox.reading import DeliveredTake

LOSSLESS = ("wav", "flac")
"""Formats that every DAW plays to the sample; another one is packed only where a take has no other."""


@dataclass(frozen=True)
class Song:
    """An arrangement of takes, and what else must be known to write it."""

    arrangement: Arrangement
    media: dict[str, Path]
    """Name inside the file → audio file of a delivery."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Placed:
    """A take at its bar of the song."""

    take: DeliveredTake
    start_beat: float

    @property
    def end_beat(self) -> float:
        return self.start_beat + self.take.score.section.length_beats

    @property
    def folder(self) -> Path:
        return self.take.manifest_path.parent

    @property
    def label(self) -> str:
        """What the musician knows it by, such as ``chorus_b17_v002``."""
        return self.folder.name.rpartition("_")[0] or self.folder.name

    def stem(self, part: str) -> dict[str, Any] | None:
        """Return the manifest's entry of a stem."""
        stems: list[dict[str, Any]] = self.take.manifest["stems"]
        return next((stem for stem in stems if stem["part"] == part), None)


@dataclass(frozen=True)
class _Laid:
    """A clip, and the take it is of."""

    placed: _Placed
    clip: Clip


@dataclass
class _Builder:
    """Makes clips of takes, and collects the files that they need."""

    grid: SongGrid
    media: dict[str, Path] = field(default_factory=dict)

    def sound(self, placed: _Placed, part: str) -> Clip | None:
        """Return the stem of a part at its bar."""
        if (stem := placed.stem(part)) is None:
            return None
        entry = next((file for name in LOSSLESS for file in stem["files"] if file["format"] == name), stem)
        file, section = self._packed(placed, entry), placed.take.score.section
        return sound_clip(f"{placed.label} {part}", placed.start_beat, section, file, is_packed=True)

    def tail(self, placed: _Placed, part: str) -> Clip | None:
        """Return what rings on after the stem of a part."""
        stem = placed.stem(part)
        if stem is None or stem["tail"] is None:
            return None
        file, tempo, start = self._packed(placed, stem["tail"]), self.grid.tempo, placed.end_beat
        end = tempo.beat(tempo.seconds(start) + file.frames / file.sample_rate_hz)
        return Clip(f"{placed.label} {part} tail", start, end - start, Sound(file, pinned(tempo, start, end), is_packed=True))

    def notes(self, placed: _Placed, part: str) -> Clip | None:
        """Return the notes of a part at its bar."""
        found = placed.take.score.part(part)
        length = placed.take.score.section.length_beats
        return Clip(f"{placed.label} {part}", placed.start_beat, length, found) if found else None

    def _packed(self, placed: _Placed, entry: dict[str, Any]) -> AudioFile:
        path = placed.take.file(entry)
        name = f"audio/{placed.folder.parent.name}/{placed.folder.name}/{path.name}"
        self.media[name] = path
        return AudioFile(name, entry["format"], entry["sample_rate_hz"], entry["frames"])


def song_of(takes: Sequence[DeliveredTake]) -> Song:
    """Return one or more takes as a song; where two lie over each other, the parts of the first one play.

    What rings on after a section lies on tracks of its own. Raises DeliveryError where a file is gone or was changed.
    """
    grid = SongGrid.of(take.score.section for take in takes)
    builder = _Builder(grid)
    placed = [_Placed(take, grid.beat(take.score.section.start_bar)) for take in takes]
    sounds: list[Track] = []
    tails: list[Track] = []
    notes: list[Track] = []
    for part in _parts(takes):
        stems = _layers(placed, part, builder.sound)
        sounds += _tracks(part, part, stems)
        ringing = _layers([laid.placed for laid in stems[0]] if stems else [], part, builder.tail)
        for number, layer in enumerate(ringing, 1):
            tails += _tracks(part, f"{part} tail {number}" if number > 1 else f"{part} tail", [layer])
        notes += _tracks(part, f"{part} MIDI", _layers(placed, part, builder.notes))
    arrangement = Arrangement(grid.tempo, grid.meters, (*sounds, *notes, *tails), _markers(grid, placed))
    return Song(arrangement, builder.media, tuple(_warnings(grid, placed)))


def _parts(takes: Sequence[DeliveredTake]) -> list[str]:
    """Return the parts of all takes in the order in which stems are listed."""
    named = dict.fromkeys(PART_NAMES)
    for take in takes:
        named |= dict.fromkeys([*(stem["part"] for stem in take.manifest["stems"]), *(part.name for part in take.score.parts)])
    return list(named)


def _layers(placed: Sequence[_Placed], part: str, make: Callable[[_Placed, str], Clip | None]) -> list[list[_Laid]]:
    laid = (_Laid(one, clip) for one in placed if (clip := make(one, part)) is not None)
    return layered(laid, lambda one: (one.clip.start_beat, one.clip.start_beat + one.clip.length_beats))


def _tracks(part: str, name: str, layers: Sequence[Sequence[_Laid]]) -> Iterator[Track]:
    """Yield a track for each layer; all but the first are muted."""
    for number, layer in enumerate(layers):
        clips = tuple(sorted((laid.clip for laid in layer), key=lambda clip: clip.start_beat))
        yield Track(part, f"{name} alternative {number}" if number else name, clips, is_muted=number > 0)


def _markers(grid: SongGrid, placed: Sequence[_Placed]) -> tuple[Marker, ...]:
    """Return the markers of the takes that the grid is of."""
    markers: list[Marker] = []
    for stretch in grid.stretches:
        one = next(one for one in placed if one.take.score.section is stretch.section)
        markers += section_markers(stretch.section, one.start_beat, one.take.score.markers)
    return tuple(markers)


def _warnings(grid: SongGrid, placed: Sequence[_Placed]) -> Iterator[str]:
    """Yield what a musician may not expect."""
    for number, one in enumerate(placed):
        section = one.take.score.section
        if not grid.is_that_of(section):
            yield f"{one.label}: is in another tempo or meter than what plays there; it follows the song's beats"
        before = [other for other in placed[:number] if other.start_beat < one.end_beat and one.start_beat < other.end_beat]
        if before and not any(other.start_beat <= one.start_beat and one.end_beat <= other.end_beat for other in before):
            over = ", ".join(other.label for other in before)
            yield f"{one.label}: lies only partly under {over}; parts that both have are muted in all of its bars"
