"""Deliveries into session files, without Ardour; tests/e2e/test_ardour.py shows what Ardour makes of them."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import mido
import pytest

from bridge.daws.ardour import Imported, import_delivery
from bridge.daws.ardour_session import Session, SessionError
from bridge.errors import DeliveryError
from bridge.outbox.delivery import deliver
from bridge.step import ignore
from tests.outbox import takes

SUPERCLOCKS = 282_240_000
PER_SAMPLE = SUPERCLOCKS // 48000
EMPTY = """<Session version="7002" name="song" sample-rate="48000" session-range-is-free="1" id-counter="90">
<Sources/><Regions/><Locations/>
<Routes>
<Route version="7002" id="1" name="Master"><PresentationInfo order="0" flags="MasterOut"/>
<IO name="Master" id="2" direction="Input">
<Port type="audio" name="Master/audio_in 1"/><Port type="audio" name="Master/audio_in 2"/></IO>
</Route>
<Route version="7002" id="3" name="Lead" audio-playlist="4">
<PresentationInfo order="1" flags="AudioTrack"/>
<IO name="Lead" id="5" direction="Input">
<Port type="audio" name="Lead/audio_in 1"/><Port type="audio" name="Lead/audio_in 2"/></IO>
</Route>
<Route version="7002" id="6" name="Bass" audio-playlist="7">
<PresentationInfo order="2" flags="AudioTrack"/>
<IO name="Bass" id="8" direction="Input">
<Port type="audio" name="Bass/audio_in 1"/></IO>
</Route>
</Routes>
<Playlists><Playlist id="4" name="Lead" type="audio" orig-track-id="3"/><Playlist id="7" name="Bass" type="audio"/></Playlists>
<UnusedPlaylists/>
<TempoMap superclocks-per-second="282240000"><Tempos>
<Tempo npm="120" note-type="4" sclock="0" quarters="0:0" bbt="1|1|0"/>
</Tempos><Meters><Meter note-value="4" divisions-per-bar="4" sclock="0" quarters="0:0" bbt="1|1|0"/></Meters></TempoMap>
</Session>"""
VOCAL = '<Region name="vocal" id="80" type="audio" start="a0" length="a{length}@a{start}" layering-index="0" source-0="70"/>'


@pytest.fixture
def session(tmp_path: Path) -> Path:
    file = tmp_path / "song" / "song.ardour"
    file.parent.mkdir()
    file.write_text(EMPTY, encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.outbox.files._write_overview", takes.plain_overview)


def delivered(outbox: Path, id_: str = "job-1", rate: int = 48000, **place: Any) -> Path:
    """Deliver two bars at bar 17 in 240 BPM: beat 64, sample 768 000, 96 000 frames."""
    where = takes.section(**place)
    job = takes.job(id_, sample_rate_hz=rate)
    return deliver(takes.take(where, rate), job, takes.brief(where), 1, outbox, timings={}, step=ignore)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def root_of(file: Path) -> ET.Element:
    return ET.fromstring(file.read_bytes())  # noqa: S314 - we wrote it


def played(file: Path, track: str) -> dict[str | None, str | None]:
    """Return region name → its length and position, on the playlist that a track plays."""
    root = root_of(file)
    route = next(route for route in root.iterfind("Routes/Route") if route.get("name") == track)
    wanted = route.get("audio-playlist") or route.get("midi-playlist")
    playlist = next(playlist for playlist in root.iterfind("Playlists/Playlist") if playlist.get("id") == wanted)
    return {region.get("name"): region.get("length") for region in playlist.iterfind("Region")}


def at(start_sample: int, frames: int = 96_000) -> str:
    return f"a{frames * PER_SAMPLE}@a{start_sample * PER_SAMPLE}"


def test_an_empty_session_takes_the_tempo_and_the_place(session: Path, tmp_path: Path) -> None:
    done = import_delivery(session, delivered(tmp_path))
    assert done.warnings == ()
    assert done.tracks == ("Lead", "chords", "bass 2", "drums", "lead MIDI", "chords MIDI", "bass MIDI", "drums MIDI")
    assert played(session, "Lead") == {"chorus_b17_v001 lead": at(768_000)}
    assert played(session, "lead MIDI") == {"chorus_b17_v001 lead": f"b{8 * 1920}@b{64 * 1920}"}
    tempo = root_of(session).find("TempoMap/Tempos/Tempo")
    assert tempo is not None
    assert tempo.get("npm") == "240.0"


def test_a_mono_track_is_not_taken_for_a_stereo_stem(session: Path, tmp_path: Path) -> None:
    assert "bass 2" in import_delivery(session, delivered(tmp_path)).tracks
    assert played(session, "Bass") == {}


def test_every_id_is_there_once(session: Path, tmp_path: Path) -> None:
    import_delivery(session, delivered(tmp_path))
    import_delivery(session, delivered(tmp_path, "job-2"))
    ids = [element.attrib["id"] for element in root_of(session).iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert int(root_of(session).attrib["id-counter"]) > max(map(int, ids))


def test_a_track_that_was_renamed_is_still_the_one(session: Path, tmp_path: Path) -> None:
    import_delivery(session, delivered(tmp_path))
    edit(session, 'name="chords" ', 'name="Strings" ')
    assert "Strings" in import_delivery(session, delivered(tmp_path, "job-2")).tracks


def test_what_the_musician_recorded_there_stays_below_the_second_take(session: Path, tmp_path: Path) -> None:
    long_region = VOCAL.format(length=2_000_000 * PER_SAMPLE, start=0)
    playlist = '<Playlist id="4" name="Lead" type="audio" orig-track-id="3"/>'
    edit(session, playlist, playlist.replace("/>", f">{long_region}</Playlist>"))
    edit(session, 'npm="120"', 'npm="240"')
    done = import_delivery(session, delivered(tmp_path))
    assert done.alternatives == ("Lead",)
    assert set(played(session, "Lead")) == {"vocal", "chorus_b17_v001 lead"}
    unused = root_of(session).find("UnusedPlaylists/Playlist")
    assert unused is not None
    assert [region.get("name") for region in unused] == ["vocal"]


def test_a_take_that_was_removed_from_its_track_can_be_imported_again(session: Path, tmp_path: Path) -> None:
    manifest = delivered(tmp_path)
    import_delivery(session, manifest)
    root = root_of(session)
    for playlist in root.iterfind("Playlists/Playlist[@name='Lead']"):
        playlist.clear()
        playlist.attrib |= {"id": "4", "name": "Lead", "type": "audio"}
    session.write_bytes(ET.tostring(root))
    assert import_delivery(session, manifest).tracks == ("Lead",)
    names = [source.get("name") for source in root_of(session).iterfind("Sources/Source")]
    assert len(names) == 3 * 4


def used_at(session: Path, tempos: str) -> None:
    """Make it a session with something in it and these tempos."""
    playlist = '<Playlist id="7" name="Bass" type="audio"/>'
    edit(session, playlist, playlist.replace("/>", f">{VOCAL.format(length=5880, start=0)}</Playlist>"))
    edit(session, '<Tempo npm="120" note-type="4" sclock="0" quarters="0:0" bbt="1|1|0"/>', tempos)


def test_another_tempo_is_told_and_the_stems_start_at_the_session_s_beat(session: Path, tmp_path: Path) -> None:
    used_at(session, '<Tempo npm="120" note-type="4" sclock="0" quarters="0:0" bbt="1|1|0"/>')
    done = import_delivery(session, delivered(tmp_path))
    assert len(done.warnings) == 1
    assert "plays 120 BPM at bar 17, the take 240" in done.warnings[0]
    assert played(session, "Lead") == {"chorus_b17_v001 lead": at(64 * 24_000)}
    assert [place.get("name") for place in root_of(session).iterfind("Locations/Location")] == ["session"]


def test_another_tempo_before_the_section_moves_it_to_the_session_s_beat(session: Path, tmp_path: Path) -> None:
    first = '<Tempo npm="120" note-type="4" sclock="0" quarters="0:0" bbt="1|1|0"/>'
    used_at(session, f'{first}<Tempo npm="240" note-type="4" sclock="{32 * SUPERCLOCKS // 2}" quarters="32:0" bbt="9|1|0"/>')
    done = import_delivery(session, delivered(tmp_path))
    assert [warning.split(":")[0] for warning in done.warnings] == [
        "the session's tempo before the section is another than the take's"
    ]
    assert played(session, "Lead") == {"chorus_b17_v001 lead": at(32 * 24_000 + 32 * 12_000)}


def test_another_meter_is_told(session: Path, tmp_path: Path) -> None:
    used_at(session, '<Tempo npm="240" note-type="4" sclock="0" quarters="0:0" bbt="1|1|0"/>')
    edit(session, 'divisions-per-bar="4"', 'divisions-per-bar="3"')
    assert "the session is in 3/4 there, the take in 4/4" in import_delivery(session, delivered(tmp_path)).warnings[0]


def test_the_midi_is_in_one_track_because_ardour_plays_the_first(session: Path, tmp_path: Path) -> None:
    manifest = delivered(tmp_path)
    import_delivery(session, manifest)
    copied = next((session.parent / "interchange" / "song" / "midifiles").glob("*-lead.mid"))
    midi = mido.MidiFile(copied)
    assert (midi.type, len(midi.tracks)) == (0, 1)
    assert sum(message.type == "note_on" for message in midi.tracks[0]) == 8


def refused(session: Path, manifest: Path) -> str:
    before = session.read_bytes() if session.is_file() else b""
    with pytest.raises(SessionError) as caught:
        import_delivery(session, manifest)
    assert (session.read_bytes() if session.is_file() else b"") == before
    assert not list(session.parent.glob("*.tmp"))
    return caught.value.code


def test_another_sample_rate_is_refused(session: Path, tmp_path: Path) -> None:
    assert refused(session, delivered(tmp_path, rate=44100)) == "sample_rate"


@pytest.mark.parametrize("content", ["<Session", "<Song/>", '<Session version="3002"/>', '<Session version="8001"/>'])
def test_what_is_no_session_of_ardour_7_is_refused(session: Path, tmp_path: Path, content: str) -> None:
    session.write_text(content, encoding="utf-8")
    assert refused(session, delivered(tmp_path)) == "bad_session"


def test_a_recording_in_progress_is_seen(session: Path, tmp_path: Path) -> None:
    session.with_suffix(".pending").touch()
    assert refused(session, delivered(tmp_path)) == "session_open"


def test_a_session_is_found_by_its_folder_unless_two_are_in_it(session: Path, tmp_path: Path) -> None:
    assert Session.open(session.parent).path == session
    (session.parent / "older.ardour").write_text(EMPTY, encoding="utf-8")
    assert Session.open(session.parent).path == session
    session.rename(session.with_name("newer.ardour"))
    with pytest.raises(SessionError, match=r"newer\.ardour, older\.ardour"):
        Session.open(session.parent)
    with pytest.raises(SessionError, match="is no Ardour session"):
        Session.open(tmp_path / "nothing")


def test_a_session_that_was_saved_meanwhile_is_not_replaced(session: Path) -> None:
    opened = Session.open(session)
    edit(session, 'npm="120"', 'npm="99"')
    with pytest.raises(SessionError, match="saved by another program") as caught:
        opened.save("test")
    assert caught.value.code == "session_open"
    assert 'npm="99"' in session.read_text(encoding="utf-8")


def test_a_stem_that_was_changed_after_delivery_leaves_the_session_as_it_was(session: Path, tmp_path: Path) -> None:
    manifest = delivered(tmp_path)
    (manifest.parent / "bass.wav").write_bytes(b"RIFF")
    before = session.read_bytes()
    with pytest.raises(DeliveryError, match=r"bass\.wav was changed"):
        import_delivery(session, manifest)
    assert session.read_bytes() == before


def test_the_session_as_it_was_is_kept(session: Path, tmp_path: Path) -> None:
    before = session.read_bytes()
    done: Imported = import_delivery(session, delivered(tmp_path))
    assert done.backup is not None
    assert done.backup.read_bytes() == before
    assert json.loads(
        (tmp_path / "My Song" / done.backup.name.removeprefix("song.ardour.bak-before-") / "manifest.json").read_text()
    )
