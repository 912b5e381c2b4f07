"""A delivery into a closed Ardour session: stems and MIDI on named tracks, at the exact sample and tick."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from bridge.daws.ardour_elements import Kind, Span, add_location, add_region, add_sources, add_whole_file, cover
from bridge.daws.ardour_session import Session, SessionError, write_durably
from bridge.daws.ardour_tempo import SessionTempo, ticks, write_tempo
from bridge.daws.ardour_tracks import playlist_for, track_for
from bridge.outbox.reading import DeliveredTake, read_take

_PLAIN_FORMATS = ("wav", "flac")
"""What Ardour plays to the sample from disk; others are decoded with a delay or not at all."""


@dataclass(frozen=True)
class Imported:
    """What an import did to a session."""

    session: Path
    tracks: tuple[str, ...]
    """Names of the tracks with something new on them; none where all of the delivery was there already."""
    alternatives: tuple[str, ...]
    """Those of them whose earlier take went to the playlist menu."""
    backup: Path | None
    """The session file as it was; None where nothing was changed."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Media:
    """One file of a delivery on its way into the session."""

    part: str
    kind: Kind
    name: str
    """File name inside the session, the same at each import of the delivery."""
    content: Path | bytes
    span: Span


def import_delivery(session_path: Path, manifest_path: Path) -> Imported:
    """Put a delivery's stems and MIDI into a closed session and return what was done; a second time nothing is.

    The session file is replaced whole, once the media are in the session's folder; its former content is kept beside it.
    Raises SessionError and DeliveryError; then the session plays as before.
    """
    session, take = Session.open(session_path), read_take(manifest_path)
    label = manifest_path.parent.name
    if take.sample_rate_hz != session.sample_rate_hz:
        rates = f"is at {take.sample_rate_hz} Hz, the session at {session.sample_rate_hz} Hz"
        raise SessionError(f"take {label}: {rates}; ask for sample_rate_hz {session.sample_rate_hz}", code="sample_rate")
    is_new = not session.root.findall("*/Playlist/Region")
    if is_new:
        write_tempo(session.child("TempoMap"), take.score.section.tempo, take.score.section.meter)
    start, warnings = _place(session, take)
    missing = [media for media in _media(take, label, start, session) if not _is_there(session, media)]
    placed = [_put(session, media, label) for media in missing]
    if not missing:
        return Imported(session.path, (), (), None, tuple(warnings))
    if not warnings:
        _mark(session, take, start)
    cover(session, start + take.score.section.frames(take.sample_rate_hz) * session.superclocks_per_sample)
    _copy_media(session, missing)
    backup = session.save(f"before-{label}")
    tracks = tuple(track for track, _ in placed)
    replaced = tuple(track for track, is_alternative in placed if is_alternative)
    return Imported(session.path, tracks, replaced, backup, tuple(warnings))


def _place(session: Session, take: DeliveredTake) -> tuple[int, list[str]]:
    """Return the superclock at which the sound starts, and how the session's tempo and meter disagree with the take's."""
    section, tempo = take.score.section, SessionTempo.of(session.root)
    own = section.start_sample(take.sample_rate_hz) * session.superclocks_per_sample
    warnings = []
    meter = tempo.meter_at(section.start_beat)
    if meter != section.meter:
        warnings.append(f"the session is in {meter} there, the take in {section.meter}: bar numbers differ, beats are kept")
    if tempo.drift_seconds(section, 0.0) * take.sample_rate_hz < 1.0:
        return own, warnings
    theirs = round(tempo.superclock(section.start_beat) / session.superclocks_per_sample) * session.superclocks_per_sample
    if tempo.drift_seconds(section, section.start_beat) * take.sample_rate_hz >= 1.0:
        bpm, asked = tempo.bpm_at(section.start_beat), section.tempo.bpm_at(section.start_beat)
        warnings.append(
            f"the session plays {bpm:.6g} BPM at bar {section.start_bar}, the take {asked:.6g}: the stems start at the beat, "
            "then drift from its grid; set the session's tempo or ask for a take at its tempo"
        )
    elif abs(theirs - own) >= session.superclocks_per_sample:
        warnings.append("the session's tempo before the section is another than the take's: it is put at the session's beat")
    return theirs, warnings


def _media(take: DeliveredTake, label: str, start: int, session: Session) -> list[_Media]:
    section = take.score.section
    audio = Span(start, section.frames(take.sample_rate_hz) * session.superclocks_per_sample)
    notes = Span(ticks(section.start_beat), ticks(section.length_beats))
    stems = [(stem["part"], take.file(_plain_file(stem, label))) for stem in take.manifest["stems"]]
    midi = [(entry["part"], take.file(entry)) for entry in take.manifest["midi"] if entry["part"] != "score"]
    return [
        *(_Media(part, "audio", f"{label}-{part}{path.suffix}", path, audio) for part, path in stems),
        *(_Media(part, "midi", f"{label}-{part}.mid", _one_track(path), notes) for part, path in midi),
    ]


def _plain_file(stem: dict[str, object], label: str) -> dict[str, object]:
    files: list[dict[str, object]] = stem["files"]  # type: ignore[assignment]
    for file_format in _PLAIN_FORMATS:
        if found := next((file for file in files if file["format"] == file_format), None):
            return found
    raise SessionError(f"take {label}: {stem['part']} is neither wav nor flac; ask for formats wav", code="bad_format")


def _one_track(path: Path) -> bytes:
    """Return a MIDI file with all in one track: Ardour plays the first of a file, where ours has tempo and meter."""
    import mido  # noqa: PLC0415 - only an import needs it

    several = mido.MidiFile(path)
    one = mido.MidiFile(type=0, ticks_per_beat=several.ticks_per_beat)
    one.tracks.append(mido.merge_tracks(several.tracks))
    packed = io.BytesIO()
    one.save(file=packed)
    return packed.getvalue()


def _is_there(session: Session, media: _Media) -> bool:
    """Return whether a region on any playlist plays the file."""
    sources = _sources(session, media)
    return any(region.get("source-0") in sources for region in session.root.iterfind("*/Playlist/Region"))


def _sources(session: Session, media: _Media) -> list[str]:
    return [source.attrib["id"] for source in session.root.iterfind("Sources/Source") if source.get("name") == media.name]


def _put(session: Session, media: _Media, label: str) -> tuple[str, bool]:
    """Put a file on its track; return the track's name and whether it is an alternative to what was there."""
    track = track_for(session, media.part, media.kind, label)
    playlist, is_alternative = playlist_for(session, track, media.kind, media.span, label)
    name = f"{label.rpartition('_')[0]} {media.part}"
    sources = _sources(session, media)
    if not sources:
        sources = add_sources(session, media.kind, media.name, label)
        add_whole_file(session, media.kind, name, sources, media.span.length)
    add_region(session, playlist, name, sources, media.span)
    return track.attrib["name"], is_alternative


def _mark(session: Session, take: DeliveredTake, start: int) -> None:
    """Add a range for the section and a mark for each part of a form."""
    section, per_sample = take.score.section, session.superclocks_per_sample
    add_location(session, section.name, start, start + section.frames(take.sample_rate_hz) * per_sample, "IsRangeMarker")
    for marker in take.score.markers:
        if marker.name != section.name:
            place = start + section.frame(marker.beat, take.sample_rate_hz) * per_sample
            add_location(session, marker.name, place, place, "IsMark")


def _copy_media(session: Session, missing: list[_Media]) -> None:
    """Copy the files into the session, each whole or not at all; one that is there from an earlier attempt is replaced."""
    for media in missing:
        path = session.interchange(f"{media.kind}files") / media.name
        new = path.with_name(f".{path.name}.tmp")
        try:
            write_durably(new, media.content if isinstance(media.content, bytes) else media.content.read_bytes())
            new.replace(path)
        except OSError as error:
            raise SessionError(f"session {session.path}: {path.name} cannot be written ({error.strerror})") from None
        finally:
            new.unlink(missing_ok=True)
