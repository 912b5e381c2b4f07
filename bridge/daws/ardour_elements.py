"""The parts of an Ardour session file, each as the XML that Ardour 7 writes and reads (seen in files that it saved)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from bridge.daws.ardour_session import Session

Kind = Literal["audio", "midi"]
STEREO = 2


@dataclass(frozen=True)
class Span:
    """A stretch of the timeline: superclocks for audio, ticks for MIDI."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The first moment after it."""
        return self.start + self.length


def channels(kind: Kind) -> int:
    """Return how many channels a track of this kind has here."""
    return STEREO if kind == "audio" else 1


def add_sources(session: Session, kind: Kind, name: str, origin: str) -> list[str]:
    """Add a media file of the session, once for each of its channels, and return the ids."""
    ids = []
    for channel in range(channels(kind)):
        source = ET.SubElement(session.child("Sources"), "Source", name=name, type=kind, id=session.new_id(), origin=origin)
        if kind == "audio":
            source.attrib |= {"flags": "", "channel": str(channel), "gain": "1"}
        else:
            source.set("flags", "Writable,CanRename")  # notes of a source that is not writable cannot be edited
        ids.append(source.attrib["id"])
    return ids


def add_whole_file(session: Session, kind: Kind, name: str, sources: list[str], length: int) -> None:
    """Add the region that stands for the whole file in Ardour's source list."""
    session.child("Regions").append(_region(session, kind, name, sources, Span(0, length), whole_file=True))


def add_region(session: Session, playlist: ET.Element, name: str, sources: list[str], span: Span) -> None:
    """Put the start of a file on a playlist, above what is there: without fades, so that neighbours join."""
    kind: Kind = "midi" if playlist.get("type") == "midi" else "audio"
    region = _region(session, kind, name, sources, span, whole_file=False)
    layers = (int(other.get("layering-index", "0")) for other in playlist.iterfind("Region"))
    region.set("layering-index", str(1 + max(layers, default=-1)))
    playlist.append(region)


def _region(session: Session, kind: Kind, name: str, sources: list[str], span: Span, *, whole_file: bool) -> ET.Element:
    unit = "a" if kind == "audio" else "b"
    region = ET.Element("Region", name=name, type=kind, id=session.new_id(), channels=str(len(sources)))
    region.attrib |= {
        "muted": "0",
        "opaque": "1",
        "locked": "0",
        "automatic": "0",
        "whole-file": "1" if whole_file else "0",
        "import": "0",
        "external": "0",
        "start": f"{unit}0",
        "length": f"{unit}{span.length}@{unit}{span.start}",
        "ancestral-start": f"{unit}0",
        "ancestral-length": f"{unit}0@{unit}0",
        "stretch": "1",
        "shift": "1",
        "first-edit": "nothing",
    }
    for channel, source in enumerate(sources):
        region.attrib |= {f"source-{channel}": source, f"master-source-{channel}": source}
    if kind == "audio":
        no_fades = ("default-fade-in", "default-fade-out", "fade-in-active", "fade-out-active", "envelope-active")
        region.attrib |= {"scale-amplitude": "1", **dict.fromkeys(no_fades, "0")}
    return region


def span_of(region: ET.Element, beat_unit: str) -> Span | None:
    """Return where a region lies; None where its unit of time is not the one asked for (`a` samples, `b` beats)."""
    length, _, position = region.get("length", "").partition("@")
    if not (length.startswith(beat_unit) and position.startswith(beat_unit)):
        return None
    return Span(int(position[1:]), int(length[1:]))


def add_playlist(session: Session, kind: Kind, name: str, track_id: str, group: str) -> ET.Element:
    """Add a playlist for a track; playlists of one group are the takes of one delivery."""
    fixed = {"shared-with-ids": "", "frozen": "0", "combine-ops": "0"}
    said = {"id": session.new_id(), "name": name, "type": kind, "orig-track-id": track_id, "pgroup-id": group}
    return ET.SubElement(session.child("Playlists"), "Playlist", said | fixed)


def add_track(session: Session, kind: Kind, name: str, group: str) -> ET.Element:
    """Add a track with an empty playlist: stereo audio to the master bus, or MIDI that waits for an instrument."""
    track = ET.SubElement(session.child("Routes"), "Route", version=session.root.attrib["version"], id=session.new_id())
    playlist = add_playlist(session, kind, name, track.attrib["id"], group)
    track.attrib |= {
        "name": name,
        "default-type": kind,
        "strict-io": "1",
        "active": "1",
        "denormal-protection": "0",
        "meter-point": "MeterPostFader",
        "saved-meter-point": "MeterPostFader",
        "disk-io-point": "DiskIOPreFader",
        "meter-type": "MeterPeak",
        "alignment-choice": "Automatic",
        f"{kind}-playlist": playlist.attrib["id"],
    }
    flag = "AudioTrack,OrderSet" if kind == "audio" else "MidiTrack,OrderSet"
    ET.SubElement(track, "PresentationInfo", order=str(_next_order(session)), flags=flag, color="0")
    _add_io(session, track, kind, "Input", ())
    _add_io(session, track, kind, "Output", _master_ports(session) if kind == "audio" else ())
    ET.SubElement(track, "MuteMaster", {"mute-point": "PostFader,Listen,Main", "muted": "0"})
    _add_processor(session, track, f"recorder:{name}", {"type": "diskwriter", "record-safe": "0"})
    _add_processor(session, track, f"player:{name}", {"type": "diskreader"})
    _add_processor(session, track, "Amp", {"type": "amp"})
    _add_processor(session, track, f"meter-{name}", {"type": "meter"})
    main = {"type": "main-outs", "role": "Main", "own-input": "1", "own-output": "0", "output": name}
    out = _add_processor(session, track, name, main)
    ET.SubElement(out, "PannerShell", {"bypassed": "0", "user-panner": "", "linked-to-route": "1"})
    ET.SubElement(track, "Slavable")
    return track


def _add_processor(session: Session, track: ET.Element, name: str, said: dict[str, str]) -> ET.Element:
    fixed = {"id": session.new_id(), "name": name, "active": "1", "user-latency": "0", "use-user-latency": "0"}
    return ET.SubElement(track, "Processor", fixed | said)


def _add_io(session: Session, track: ET.Element, kind: Kind, direction: str, others: Iterable[str]) -> None:
    name, others = track.attrib["name"], tuple(others)
    io = ET.SubElement(track, "IO", {"name": name, "id": session.new_id(), "direction": direction, "default-type": kind})
    for channel in range(channels(kind)):
        word = "in" if direction == "Input" else "out"
        port = ET.SubElement(io, "Port", type=kind, name=f"{name}/{kind}_{word} {channel + 1}")
        if channel < len(others):
            ET.SubElement(port, "Connection", other=others[channel])


def _master_ports(session: Session) -> list[str]:
    """Return the names of the master bus's inputs; none where the session has no master bus."""
    for route in session.root.iterfind("Routes/Route"):
        info = route.find("PresentationInfo")
        if info is not None and "MasterOut" in info.get("flags", "").split(","):
            return [port.attrib["name"] for port in route.iterfind("IO[@direction='Input']/Port")]
    return []


def _next_order(session: Session) -> int:
    orders = (int(info.get("order", "0")) for info in session.root.iterfind("Routes/Route/PresentationInfo"))
    return 1 + max(orders, default=-1)


def add_location(session: Session, name: str, start: int, end: int, flags: str) -> None:
    """Add a marker or a range, in superclocks, unless one of this name lies there already."""
    said = {"name": name, "start": f"a{start}", "end": f"a{end}"}
    locations = session.child("Locations")
    if not any(all(other.get(key) == value for key, value in said.items()) for other in locations):
        ET.SubElement(locations, "Location", {"id": session.new_id(), **said, "flags": flags, "locked": "0", "cue": "0"})


def cover(session: Session, end: int) -> None:
    """Have the session's range, which is what Ardour exports, reach at least to this superclock."""
    for location in session.child("Locations"):
        if "IsSessionRange" in location.get("flags", "").split(","):
            if session.root.get("session-range-is-free") == "1" and location.get("end", "a0").startswith("a"):
                location.set("end", f"a{max(end, int(location.attrib['end'][1:]))}")
            return
    add_location(session, "session", 0, end, "IsSessionRange")
