"""DAWproject 1.0, which Bitwig, Studio One, Cubase, n-Track … import: an arrangement of tracks, clips, tempo and markers.

Source: Project.xsd and MetaData.xsd of bitwig/dawproject. Beside every take lies such a file with the take alone in it
(`dawproject_bytes`); `dawproject_song` makes one of a whole project.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

import bridge
from bridge.music.midi import MeterChange
from bridge.music.notes import DRUM_CHANNEL, Part
from bridge.music.score import Marker, Section
from bridge.music.tags import printable
from bridge.music.take import Take
from bridge.music.tempo import TempoMap
from bridge.outbox.manifest import AudioFile

MARKER_COLOUR = "#8a8f98"
_OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class About:
    """What the session says about itself."""

    title: str = ""
    prompt: str = ""
    genre: str = ""
    year: int = 1970


@dataclass(frozen=True)
class Sound:
    """Audio in a clip, pinned to beats: played as it is now, it follows a later change of tempo."""

    file: AudioFile
    """Its name is a path from the folder of the DAWproject file, or inside it where `is_packed`."""
    pins: tuple[tuple[float, float], ...]
    """(beat of the clip, second of the file) at both ends and wherever the tempo changes."""
    is_packed: bool = False


@dataclass(frozen=True)
class Clip:
    """Something on a track."""

    name: str
    start_beat: float
    """On the song's timeline."""
    length_beats: float
    content: Sound | Part


@dataclass(frozen=True)
class Track:
    """Clips that do not overlap, of one part."""

    part: str
    name: str
    clips: tuple[Clip, ...]
    is_muted: bool = False

    @property
    def kind(self) -> str:
        """DAWproject's word for what the track holds."""
        return "notes" if any(isinstance(clip.content, Part) for clip in self.clips) else "audio"


@dataclass(frozen=True)
class Arrangement:
    """Everything that is on a timeline; beats count from bar 1 of the song."""

    tempo: TempoMap
    meters: tuple[MeterChange, ...]
    """The first one is at beat 0."""
    tracks: tuple[Track, ...]
    markers: tuple[Marker, ...]


def dawproject_bytes(take: Take, files: Mapping[str, AudioFile], about: About) -> bytes:
    """Return a DAWproject with an audio and a note track for each part, at the beat of the section.

    `files` says for each stem which file beside the session holds it. The same take gives the same bytes.
    """
    packed = io.BytesIO()
    write_dawproject(packed, _arranged(take, files), about)
    return packed.getvalue()


def write_dawproject(
    target: IO[bytes], arrangement: Arrangement, about: About, media: Mapping[str, Path] | None = None
) -> None:
    """Write a DAWproject file; `media` are the files to pack, name inside → path. Raises OSError."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, root in (("project.xml", _project(arrangement)), ("metadata.xml", _metadata(about))):
            xml = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
            archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), xml)
        for name, path in (media or {}).items():
            with path.open("rb") as source, archive.open(_entry(name, zipfile.ZIP_STORED), "w", force_zip64=True) as packed:
                while block := source.read(1 << 20):
                    packed.write(block)


def sound_clip(name: str, start_beat: float, section: Section, file: AudioFile, *, is_packed: bool = False) -> Clip:
    """Return a stem of a section, to be put at a beat of the song."""
    pins = pinned(section.tempo, section.start_beat, section.end_beat)
    return Clip(name, start_beat, section.length_beats, Sound(file, pins, is_packed))


def pinned(tempo: TempoMap, start_beat: float, end_beat: float) -> tuple[tuple[float, float], ...]:
    """Return (beat, second), both counted from `start_beat`, there, at every change of tempo, and at the end."""
    changes = (change.beat for change in tempo.changes if start_beat < change.beat < end_beat)
    start = tempo.seconds(start_beat)
    return tuple((beat - start_beat, tempo.seconds(beat) - start) for beat in (start_beat, *changes, end_beat))


def section_markers(section: Section, start_beat: float, markers: Iterable[Marker]) -> tuple[Marker, ...]:
    """Return the markers of a section, or one with its name, at their beats of the song."""
    own = tuple(markers) or (Marker(0.0, section.name),)
    return tuple(Marker(start_beat + marker.beat, marker.name) for marker in own)


def _arranged(take: Take, files: Mapping[str, AudioFile]) -> Arrangement:
    section, start = take.score.section, take.score.section.start_beat
    sounds = [
        Track(stem.part, stem.part, (sound_clip(f"{section.name} {stem.part}", start, section, files[stem.part]),))
        for stem in take.stems
        if stem.part in files
    ]
    notes = [
        Track(part.name, f"{part.name} MIDI", (Clip(f"{section.name} {part.name}", start, section.length_beats, part),))
        for part in take.score.parts
    ]
    markers = section_markers(section, start, take.score.markers)
    return Arrangement(section.tempo, (MeterChange(0.0, section.meter),), (*sounds, *notes), markers)


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _OLDEST_ZIP_DATE)
    entry.compress_type = compression
    entry.create_system = 3  # unix, on every machine
    return entry


def _metadata(about: About) -> ET.Element:
    root = ET.Element("MetaData")
    texts = {"Title": about.title, "Year": str(about.year), "Genre": about.genre, "Comment": about.prompt}
    for name, text in texts.items():
        if text:
            ET.SubElement(root, name).text = printable(text)
    return root


@dataclass
class _Ids:
    """Gives every element of a project an id of its own."""

    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __call__(self) -> str:
        return f"id{next(self.numbers)}"


def _project(arrangement: Arrangement) -> ET.Element:
    ids = _Ids()
    root = ET.Element("Project", version="1.0")
    ET.SubElement(root, "Application", name="stepbridge", version=bridge.__version__)
    tempo_id, meter_id = _transport(root, arrangement, ids)
    structure = ET.SubElement(root, "Structure")
    master_id = ids()
    track_ids = [_track(structure, track, master_id, ids) for track in arrangement.tracks]
    master = ET.SubElement(structure, "Track", name="Master", id=ids(), contentType="audio notes", loaded="true")
    _volume(ET.SubElement(master, "Channel", role="master", audioChannels="2", id=master_id), ids)
    timeline = ET.SubElement(root, "Arrangement", id=ids())
    lanes = ET.SubElement(timeline, "Lanes", timeUnit="beats", id=ids())
    for track, track_id in zip(arrangement.tracks, track_ids, strict=True):
        clips = ET.SubElement(ET.SubElement(lanes, "Lanes", track=track_id, id=ids()), "Clips", id=ids())
        for clip in track.clips:
            _clip(clips, clip, _colour(track.part), ids)
    _markers(timeline, arrangement.markers, ids)
    _tempo_automation(timeline, arrangement.tempo, tempo_id, ids)
    _meter_automation(timeline, arrangement.meters, meter_id, ids)
    return root


def _transport(root: ET.Element, arrangement: Arrangement, ids: _Ids) -> tuple[str, str]:
    """Add tempo and meter of bar 1; return their ids."""
    transport = ET.SubElement(root, "Transport")
    tempo_id, meter_id, meter = ids(), ids(), arrangement.meters[0].meter
    bpm = f"{arrangement.tempo.bpm_at(0.0):.9g}"
    ET.SubElement(transport, "Tempo", id=tempo_id, name="Tempo", unit="bpm", min="10", max="400", value=bpm)
    signature = {"numerator": str(meter.numerator), "denominator": str(meter.denominator)}
    ET.SubElement(transport, "TimeSignature", signature, id=meter_id)
    return tempo_id, meter_id


def _track(structure: ET.Element, track: Track, master_id: str, ids: _Ids) -> str:
    track_id = ids()
    said = {"name": printable(track.name), "color": _colour(track.part), "id": track_id, "contentType": track.kind}
    element = ET.SubElement(structure, "Track", said, loaded="true")
    channel = ET.SubElement(element, "Channel", role="regular", audioChannels="2", destination=master_id, id=ids())
    if track.is_muted:
        ET.SubElement(channel, "Mute", id=ids(), name="Mute", value="true")
    _volume(channel, ids)
    return track_id


def _volume(channel: ET.Element, ids: _Ids) -> None:
    """Add a fader at unity: the balance is in the stems."""
    ET.SubElement(channel, "Volume", id=ids(), name="Volume", unit="linear", min="0.0", max="2.0", value="1.0")


def _clip(clips: ET.Element, clip: Clip, colour: str, ids: _Ids) -> None:
    element = ET.SubElement(
        clips,
        "Clip",
        name=printable(clip.name),
        color=colour,
        time=_number(clip.start_beat),
        duration=_number(clip.length_beats),
        contentTimeUnit="beats",
        playStart="0.0",
    )
    if isinstance(clip.content, Part):
        _notes(element, clip.content, ids)
    else:
        _warped(element, clip.content, ids)


def _warped(clip: ET.Element, sound: Sound, ids: _Ids) -> None:
    file = sound.file
    warps = ET.SubElement(clip, "Warps", timeUnit="beats", contentTimeUnit="seconds", id=ids())
    length = {"duration": _number(file.frames / file.sample_rate_hz), "sampleRate": str(file.sample_rate_hz)}
    audio = ET.SubElement(warps, "Audio", length, algorithm="stretch", channels="2", id=ids())
    ET.SubElement(audio, "File", path=file.name, external="false" if sound.is_packed else "true")
    for beat, seconds in sound.pins:
        ET.SubElement(warps, "Warp", time=_number(beat), contentTime=_number(seconds))


def _notes(clip: ET.Element, part: Part, ids: _Ids) -> None:
    notes = ET.SubElement(clip, "Notes", id=ids())
    channel = str(DRUM_CHANNEL if part.is_drums else 0)
    for note in part.notes:
        velocity = _number(note.velocity / 127)
        ET.SubElement(
            notes,
            "Note",
            time=_number(note.start_beat),
            duration=_number(note.length_beats),
            channel=channel,
            key=str(note.pitch),
            vel=velocity,
            rel=velocity,
        )


def _markers(timeline: ET.Element, markers: tuple[Marker, ...], ids: _Ids) -> None:
    lane = ET.SubElement(timeline, "Markers", id=ids())
    for marker in markers:
        ET.SubElement(lane, "Marker", time=_number(marker.beat), name=printable(marker.name), color=MARKER_COLOUR)


def _tempo_automation(timeline: ET.Element, tempo: TempoMap, tempo_id: str, ids: _Ids) -> None:
    if len(tempo.changes) == 1:
        return
    points = ET.SubElement(timeline, "TempoAutomation", unit="bpm", timeUnit="beats", id=ids())
    ET.SubElement(points, "Target", parameter=tempo_id)
    for change in tempo.changes:
        ET.SubElement(points, "RealPoint", time=_number(change.beat), value=_number(change.bpm), interpolation="hold")


def _meter_automation(timeline: ET.Element, meters: tuple[MeterChange, ...], meter_id: str, ids: _Ids) -> None:
    if len(meters) == 1:
        return
    points = ET.SubElement(timeline, "TimeSignatureAutomation", timeUnit="beats", id=ids())
    ET.SubElement(points, "Target", parameter=meter_id)
    for change in meters:
        numerator, denominator = str(change.meter.numerator), str(change.meter.denominator)
        time = _number(change.beat)
        ET.SubElement(points, "TimeSignaturePoint", time=time, numerator=numerator, denominator=denominator)


def _colour(part: str) -> str:
    """Return the colour that the part has in the picture of the take, too."""
    from bridge.outbox.pictures import COLOURS  # noqa: PLC0415 - drawing libraries are slow to load

    return "#{:02x}{:02x}{:02x}".format(*COLOURS[part]) if part in COLOURS else MARKER_COLOUR


def _number(value: float) -> str:
    return repr(round(float(value), 9))
