import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.music.score import Section
from bridge.outbox.dawproject import About, dawproject_bytes
from bridge.outbox.manifest import AudioFile
from tests.outbox import takes

SCHEMAS = Path(__file__).parents[2] / "daw_templates" / "dawproject"
ABOUT = About("My Song – chorus", "悲伤的 <sad>\x00 cello", "ballad", 2026)


def packed(place: Section | None = None) -> bytes:
    take = takes.take(place)
    files = {stem.part: AudioFile(f"{stem.part}.wav", "wav", take.sample_rate_hz, len(stem.samples)) for stem in take.stems}
    return dawproject_bytes(take, files, ABOUT)


def checked(data: bytes, name: str, schema: str) -> Any:
    tree = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read(name))
    etree.XMLSchema(etree.parse(SCHEMAS / schema)).assertValid(tree)
    return tree


@pytest.mark.parametrize("meter", ["2/4", "3/4", "4/4", "5/4", "6/8", "12/8"])
@pytest.mark.parametrize("tempo_changes", [False, True])
def test_both_files_are_valid(meter: str, *, tempo_changes: bool) -> None:
    data = packed(takes.section(3, 5, meter, tempo_changes=tempo_changes))
    project = checked(data, "project.xml", "Project.xsd")
    metadata = checked(data, "metadata.xml", "MetaData.xsd")
    signature = project.find("Transport/TimeSignature")
    assert f"{signature.get('numerator')}/{signature.get('denominator')}" == meter
    assert metadata.findtext("Comment") == "悲伤的 <sad> cello"


def test_every_part_has_its_audio_and_its_notes_at_the_beat_of_the_section() -> None:
    project = checked(packed(), "project.xml", "Project.xsd")
    tracks = {track.get("id"): track for track in project.findall("Structure/Track")}
    assert [track.get("name") for track in tracks.values()] == [
        *("lead", "chords", "bass", "drums"),
        *("lead MIDI", "chords MIDI", "bass MIDI", "drums MIDI"),
        "Master",
    ]
    lanes = project.findall("Arrangement/Lanes/Lanes")
    assert len(lanes) == 8
    for lane in lanes:
        (clip,) = lane.findall("Clips/Clip")
        track = tracks[lane.get("track")]
        assert (clip.get("time"), clip.get("duration"), clip.get("contentTimeUnit")) == ("64.0", "8.0", "beats")
        assert clip.get("color") == track.get("color")
        if track.get("contentType") == "audio":
            file = clip.find("Warps/Audio/File")
            assert (file.get("path"), file.get("external")) == (f"{track.get('name')}.wav", "true")
            assert float(clip.find("Warps/Audio").get("duration")) == 2.0
        else:
            assert len(clip.findall("Notes/Note")) == 8
    drums = lanes[-1].find("Clips/Clip/Notes/Note")
    assert (drums.get("channel"), drums.get("key"), drums.get("time"), drums.get("duration")) == ("9", "61", "0.0", "0.5")
    assert float(drums.get("vel")) == pytest.approx(60 / 127)


def test_audio_is_pinned_to_the_beats_where_the_tempo_changes() -> None:
    place = takes.section(2, 17, tempo_changes=True)
    project = checked(packed(place), "project.xml", "Project.xsd")
    warps = [(float(warp.get("time")), float(warp.get("contentTime"))) for warp in project.findall(".//Clip")[0].iter("Warp")]
    assert [beat for beat, _ in warps] == [0.0, 1.5, 8.0]
    for beat, seconds in warps:
        assert seconds == pytest.approx(place.tempo.seconds(64 + beat) - place.start_seconds, abs=1e-8)
    points = project.findall("Arrangement/TempoAutomation/RealPoint")
    assert [(float(point.get("time")), float(point.get("value"))) for point in points] == [(0, 97.3), (65.5, 131), (76, 80)]
    target = project.find("Arrangement/TempoAutomation/Target").get("parameter")
    assert project.find("Transport/Tempo").get("id") == target


def test_a_steady_tempo_needs_no_automation() -> None:
    project = checked(packed(), "project.xml", "Project.xsd")
    assert project.find("Arrangement/TempoAutomation") is None
    assert float(project.find("Transport/Tempo").get("value")) == 240


def test_markers_stand_where_the_parts_of_the_form_begin() -> None:
    markers = checked(packed(), "project.xml", "Project.xsd").findall("Arrangement/Markers/Marker")
    assert [(float(marker.get("time")), marker.get("name")) for marker in markers] == [(64, "chorus"), (68, "Schluß 尾")]


def test_the_same_take_gives_the_same_bytes() -> None:
    assert packed() == packed()
