"""session.dawproject: the take at its bar, for DAWs that import DAWproject 1.0 (Bitwig, Studio One, Cubase, n-Track …).

Source: Project.xsd and MetaData.xsd of bitwig/dawproject. Audio is referenced beside the file, not packed a second time.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import bridge
from bridge.music.notes import DRUM_CHANNEL, Part
from bridge.music.score import Marker, Section
from bridge.music.tags import printable
from bridge.music.take import Take
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


def dawproject_bytes(take: Take, files: Mapping[str, AudioFile], about: About) -> bytes:
    """Return a DAWproject with an audio and a note track for each part, at the beat of the section.

    `files` says for each stem which file beside the session holds it. The same take gives the same bytes.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, root in (("project.xml", _project(take, files)), ("metadata.xml", _metadata(about))):
            entry = zipfile.ZipInfo(name, _OLDEST_ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # unix, on every machine
            archive.writestr(entry, ET.tostring(root, encoding="UTF-8", xml_declaration=True))
    return packed.getvalue()


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


def _project(take: Take, files: Mapping[str, AudioFile]) -> ET.Element:
    ids = _Ids()
    section = take.score.section
    root = ET.Element("Project", version="1.0")
    ET.SubElement(root, "Application", name="stepbridge", version=bridge.__version__)
    tempo_id = _transport(root, section, ids)
    structure = ET.SubElement(root, "Structure")
    master_id = ids()
    audio = {stem.part: _track(structure, stem.part, "audio", master_id, ids) for stem in take.stems if stem.part in files}
    notes = {part.name: _track(structure, part.name, "notes", master_id, ids) for part in take.score.parts}
    master = ET.SubElement(structure, "Track", name="Master", id=ids(), contentType="audio notes", loaded="true")
    _volume(ET.SubElement(master, "Channel", role="master", audioChannels="2", id=master_id), ids)
    arrangement = ET.SubElement(root, "Arrangement", id=ids())
    lanes = ET.SubElement(arrangement, "Lanes", timeUnit="beats", id=ids())
    for name, track_id in audio.items():
        _warped(_clip(lanes, section, name, track_id, ids), section, files[name], ids)
    for name, track_id in notes.items():
        part = take.score.part(name)
        if part is not None:
            _notes(_clip(lanes, section, name, track_id, ids), part, ids)
    _markers(arrangement, section, take.score.markers, ids)
    _tempo_automation(arrangement, section, tempo_id, ids)
    return root


def _transport(root: ET.Element, section: Section, ids: _Ids) -> str:
    transport = ET.SubElement(root, "Transport")
    tempo_id = ids()
    bpm = f"{section.tempo.bpm_at(0.0):.9g}"
    ET.SubElement(transport, "Tempo", id=tempo_id, name="Tempo", unit="bpm", min="10", max="400", value=bpm)
    meter = {"numerator": str(section.meter.numerator), "denominator": str(section.meter.denominator)}
    ET.SubElement(transport, "TimeSignature", meter, id=ids())
    return tempo_id


def _track(structure: ET.Element, name: str, content: str, master_id: str, ids: _Ids) -> str:
    track_id = ids()
    shown = name if content == "audio" else f"{name} MIDI"
    track = ET.SubElement(structure, "Track", name=shown, color=_colour(name), id=track_id, contentType=content, loaded="true")
    _volume(ET.SubElement(track, "Channel", role="regular", audioChannels="2", destination=master_id, id=ids()), ids)
    return track_id


def _volume(channel: ET.Element, ids: _Ids) -> None:
    """Add a fader at unity: the balance is in the stems."""
    ET.SubElement(channel, "Volume", id=ids(), name="Volume", unit="linear", min="0.0", max="2.0", value="1.0")


def _clip(lanes: ET.Element, section: Section, name: str, track_id: str, ids: _Ids) -> ET.Element:
    clips = ET.SubElement(ET.SubElement(lanes, "Lanes", track=track_id, id=ids()), "Clips", id=ids())
    return ET.SubElement(
        clips,
        "Clip",
        name=printable(f"{section.name} {name}"),
        color=_colour(name),
        time=_number(section.start_beat),
        duration=_number(section.length_beats),
        contentTimeUnit="beats",
        playStart="0.0",
    )


def _warped(clip: ET.Element, section: Section, file: AudioFile, ids: _Ids) -> None:
    """Add audio that is pinned to the beats at every change of tempo: played as it is now, it follows a later change."""
    warps = ET.SubElement(clip, "Warps", timeUnit="beats", contentTimeUnit="seconds", id=ids())
    length = {"duration": _number(file.frames / file.sample_rate_hz), "sampleRate": str(file.sample_rate_hz)}
    audio = ET.SubElement(warps, "Audio", length, algorithm="stretch", channels="2", id=ids())
    ET.SubElement(audio, "File", path=file.name, external="true")
    changes = [change.beat - section.start_beat for change in section.tempo.changes]
    for beat in (0.0, *(beat for beat in changes if 0.0 < beat < section.length_beats), section.length_beats):
        seconds = section.tempo.seconds(section.start_beat + beat) - section.start_seconds
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


def _markers(arrangement: ET.Element, section: Section, markers: tuple[Marker, ...], ids: _Ids) -> None:
    lane = ET.SubElement(arrangement, "Markers", id=ids())
    for marker in markers or (Marker(0.0, section.name),):
        time = _number(section.start_beat + marker.beat)
        ET.SubElement(lane, "Marker", time=time, name=printable(marker.name), color=MARKER_COLOUR)


def _tempo_automation(arrangement: ET.Element, section: Section, tempo_id: str, ids: _Ids) -> None:
    if len(section.tempo.changes) == 1:
        return
    points = ET.SubElement(arrangement, "TempoAutomation", unit="bpm", timeUnit="beats", id=ids())
    ET.SubElement(points, "Target", parameter=tempo_id)
    for change in section.tempo.changes:
        ET.SubElement(points, "RealPoint", time=_number(change.beat), value=_number(change.bpm), interpolation="hold")


def _colour(part: str) -> str:
    """Return the colour that the part has in the picture of the take, too."""
    from bridge.outbox.pictures import COLOURS  # noqa: PLC0415 - drawing libraries are slow to load

    return "#{:02x}{:02x}{:02x}".format(*COLOURS[part]) if part in COLOURS else MARKER_COLOUR


def _number(value: float) -> str:
    return repr(round(float(value), 9))
