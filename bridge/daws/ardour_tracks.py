"""Which tracks of an Ardour session a delivery's parts go to, and on which playlist."""

from __future__ import annotations

import copy
import itertools
from xml.etree import ElementTree as ET

from bridge.daws.ardour_elements import STEREO, Kind, Span, add_playlist, add_track, span_of
from bridge.daws.ardour_session import Session

UNITS: dict[Kind, str] = {"audio": "a", "midi": "b"}


def track_for(session: Session, part: str, kind: Kind, group: str) -> ET.Element:
    """Return the track of a part: the one it went to before, else one of its name, else a new one.

    An audio track is taken by its name only where it is stereo: the right channel would be lost on another.
    """
    tracks = [route for route in session.root.iterfind("Routes/Route") if route.get(f"{kind}-playlist")]
    memory = _memory(session, part, kind)
    name = part if kind == "audio" else f"{part} MIDI"
    track = next((track for track in tracks if track.get("id") == memory.get("route")), None)
    track = next((track for track in tracks if _is_called(track, name, kind)), None) if track is None else track
    if track is None:
        track = add_track(session, kind, _free_name(session, "Routes/Route", name), group)
    memory.set("route", track.attrib["id"])
    return track


def playlist_of(session: Session, track: ET.Element, kind: Kind) -> ET.Element:
    """Return the playlist that the track plays."""
    wanted = track.attrib[f"{kind}-playlist"]
    found = next((playlist for playlist in session.child("Playlists") if playlist.get("id") == wanted), None)
    return add_playlist(session, kind, track.attrib["name"], track.attrib["id"], "") if found is None else found


def playlist_for(session: Session, track: ET.Element, kind: Kind, span: Span, group: str) -> tuple[ET.Element, bool]:
    """Return the playlist on which a take may be put, and whether it is an alternative to what the track played there.

    Where the track is empty at that place, it is the one it plays. Else it is a new one, which the track plays from now
    on: a copy of the old one, without the takes that the new one replaces; Ardour lists both in the track's playlist menu.
    """
    current = playlist_of(session, track, kind)
    spans = {region: span_of(region, UNITS[kind]) for region in current.iterfind("Region")}
    in_the_way = {region for region, other in spans.items() if other and other.start < span.end and span.start < other.end}
    if not in_the_way:
        return current, False
    replaced = {region for region in in_the_way if _is_within(spans[region], span)}
    take = group.rpartition("_")[0].replace("_", " ")  # in Ardour's menu _ underlines the next letter
    name = _free_name(session, "*/Playlist", f"{track.attrib['name']} {take}")
    fresh = add_playlist(session, kind, name, track.attrib["id"], group)
    for region in current.iterfind("Region"):
        if region not in replaced:
            fresh.append(_copy(session, region))
    session.child("Playlists").remove(current)
    session.child("UnusedPlaylists").append(current)
    track.set(f"{kind}-playlist", fresh.attrib["id"])
    return fresh, True


def _is_within(inner: Span | None, outer: Span) -> bool:
    return inner is not None and outer.start <= inner.start and inner.end <= outer.end


def _copy(session: Session, region: ET.Element) -> ET.Element:
    """Return the region with ids of its own, for all that is inside as well."""
    twin = copy.deepcopy(region)
    for element in twin.iter():
        if element.get("id"):
            element.set("id", session.new_id())
    return twin


def _is_called(track: ET.Element, name: str, kind: Kind) -> bool:
    is_wide = kind == "midi" or len(track.findall("IO[@direction='Input']/Port")) == STEREO
    return is_wide and track.get("name", "").casefold() == name.casefold()


def _free_name(session: Session, where: str, name: str) -> str:
    taken = {element.get("name", "").casefold() for element in session.root.iterfind(where)}
    numbered = (name if number == 1 else f"{name} {number}" for number in itertools.count(1))
    return next(candidate for candidate in numbered if candidate.casefold() not in taken)


def _memory(session: Session, part: str, kind: Kind) -> ET.Element:
    """Return what the session remembers of a part; Ardour keeps whatever is under Extra as it is."""
    extra = session.child("Extra")
    memory = extra.find("stepbridge")
    memory = ET.SubElement(extra, "stepbridge") if memory is None else memory
    found = memory.find(f"Track[@part='{part}'][@kind='{kind}']")
    return ET.SubElement(memory, "Track", part=part, kind=kind) if found is None else found
