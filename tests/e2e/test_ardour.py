"""The real Ardour: a clip goes out of a session over OSC, the take comes back on its tracks, Ardour plays it to the sample."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import mido
import numpy as np
import pytest
import soundfile

from bridge.daws.ardour import import_delivery
from bridge.outbox.delivery import deliver
from bridge.step import ignore
from tests.e2e.ardour_peer import ACTIONS, TICKS_PER_BEAT, Ardour, NoteLine, RegionLine, Samples
from tests.e2e.daemon import DEMO_CLIP, Daemon
from tests.outbox import takes
from tests.peers import require_peer

pytestmark = pytest.mark.timeout(300)  # the first test waits for all that is shared
BPM, RATE = 97.3, 48000
CHORUS_BEAT, VERSE_BEAT, BEATS = 16, 32, 16
INAUDIBLE_DB = -80
PARTS = ["lead", "chords", "bass", "drums"]


class Song(NamedTuple):
    """A session into which two neighbouring takes were imported, and what Ardour itself then has."""

    ardour: Ardour
    daemon: Daemon
    said: list[list[str]]
    takes: dict[str, dict[str, Any]]
    regions: list[RegionLine]
    notes: list[NoteLine]
    mix: Samples


def bring_in(daemon: Daemon, ardour: Ardour, take: dict[str, Any]) -> dict[str, Any]:
    done = daemon.run("ardour-import", str(ardour.session), str(take["folder"]), "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def one_track(path: Path, clip: Path) -> Path:
    several = mido.MidiFile(path)
    one = mido.MidiFile(type=0, ticks_per_beat=several.ticks_per_beat)
    one.tracks.append(mido.merge_tracks(several.tracks))
    one.save(clip)
    return clip


@pytest.fixture(scope="module")
def song(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Song:
    require_peer("ardour7-lua", "ardour7-export")
    folder = tmp_path_factory.mktemp("ardour")
    ardour = Ardour(folder, BPM)
    ardour.step()
    ardour.put_clip("Melody", one_track(DEMO_CLIP, folder / "clip.mid"), CHORUS_BEAT, BEATS)
    with daemon.client() as client:
        client.send("/stepbridge/subscribe")
        action = str(ACTIONS / "stepbridge_send.lua")
        said = ardour.step("send", STEPBRIDGE_ACTION=action, STEPBRIDGE_PORT=str(daemon.osc_port))
        manifests = [Path(client.wait_for("done")[1]) for _ in range(2)]
    made = [{**json.loads(path.read_text(encoding="utf-8")), "folder": path.parent} for path in manifests]
    takes = {take["section"]["name"]: take for take in made}
    for take in made:
        assert import_delivery(ardour.session, take["folder"] / "manifest.json").warnings == ()
    regions, notes = ardour.listing()
    return Song(ardour, daemon, said, takes, regions, notes, mixed_down(ardour, folder / "mix.wav", takes))


def mixed_down(ardour: Ardour, path: Path, takes: dict[str, dict[str, Any]]) -> Samples:
    """Return Ardour's export: the first that is our mixes over silence, or the last, for the tests to tell what is wrong."""
    ours = np.zeros((max(take["section"]["start_sample"] + take["section"]["frames"] for take in takes.values()), 2))
    for take in takes.values():
        ours[section_of(take)] = soundfile.read(take["folder"] / "mix.wav")[0]
    mix = np.zeros_like(ours)
    for mix in ardour.exports(path):
        if mix.shape == ours.shape and worst_db(mix - ours) < INAUDIBLE_DB:
            break
    return mix


def section_of(take: dict[str, Any]) -> slice:
    start = take["section"]["start_sample"]
    return slice(start, start + take["section"]["frames"])


def worst_db(error: Samples) -> float:
    """Return the largest sample in dB of full scale."""
    return float(20 * np.log10(max(np.abs(error).max(), 1e-12)))


def test_the_selected_region_becomes_a_request_at_its_bar(song: Song) -> None:
    asked = {name: take["request"] for name, take in song.takes.items()}
    assert {(ask["start_bar"], ask["bars"], ask["meter"], ask["project"]) for ask in asked.values()} == {
        (5, 4, "4/4", "song"),
        (9, 4, "4/4", "song"),
    }
    assert asked["verse"]["prompt"] == "忧伤的大提琴独奏"
    assert [take["tempo"] for take in song.takes.values()] == [[{"beat": 0.0, "bpm": BPM}]] * 2
    assert [line[1].split(":")[0] for line in song.said if line[0] == "SAID"] == ["19 notes sent", "19 notes sent"]


def test_the_melody_that_left_ardour_comes_back_note_for_note(song: Song) -> None:
    clip = sorted((note.pitch, note.start_ticks, note.length_ticks) for note in song.notes if note.track == "Melody")
    assert len(clip) == 19
    for section in ("chorus_b5_v001 lead", "verse_b9_v001 lead"):
        assert clip == sorted(
            (note.pitch, note.start_ticks, note.length_ticks) for note in song.notes if note.region == section
        )


def test_every_region_is_at_its_sample_and_beat(song: Song) -> None:
    placed = {(region.track, region.name): region for region in song.regions}
    for name, beat in (("chorus", CHORUS_BEAT), ("verse", VERSE_BEAT)):
        start, end = (round(at * 60 / BPM * RATE) for at in (beat, beat + BEATS))
        label = song.takes[name]["folder"].name.rpartition("_")[0]
        for part in PARTS:
            track = "Drums" if part == "drums" else part
            audio, midi = placed[track, f"{label} {part}"], placed[f"{part} MIDI", f"{label} {part}"]
            assert (audio.start_sample, audio.frames) == (start, end - start)
            delivered = soundfile.read(song.takes[name]["folder"] / f"{part}.wav")[0]
            assert audio.peak == pytest.approx(np.abs(delivered).max(), abs=1e-5)
            assert (midi.start_ticks, midi.length_ticks) == (beat * TICKS_PER_BEAT, BEATS * TICKS_PER_BEAT)
    assert len(song.regions) == 1 + 2 * 2 * len(PARTS)


def test_every_note_is_the_one_that_was_delivered(song: Song) -> None:
    for take in song.takes.values():
        for part in PARTS:
            delivered = mido.MidiFile(take["folder"] / f"{part}.mid")
            ons = [message for track in delivered.tracks for message in track if message.type == "note_on" and message.velocity]
            label = f"{take['folder'].name.rpartition('_')[0]} {part}"
            played = [note for note in song.notes if note.region == label]
            assert sorted((note.pitch, note.velocity) for note in played) == sorted((on.note, on.velocity) for on in ons)


def test_ardour_s_own_export_cut_at_each_section_is_our_mix(song: Song) -> None:
    for take in song.takes.values():
        error = song.mix[section_of(take)] - soundfile.read(take["folder"] / "mix.wav")[0]
        assert worst_db(error) < INAUDIBLE_DB, np.argwhere(np.abs(error) > 1e-4)


def test_neighbours_meet_in_ardour_s_export_without_a_missing_or_doubled_sample(song: Song) -> None:
    first, second = (song.takes[name]["section"] for name in ("chorus", "verse"))
    assert first["start_sample"] + first["frames"] == second["start_sample"]
    whole = np.concatenate([soundfile.read(song.takes[name]["folder"] / "mix.wav")[0] for name in ("chorus", "verse")])
    assert len(song.mix) == second["start_sample"] + second["frames"]
    error = song.mix[first["start_sample"] :] - whole
    assert worst_db(error) < INAUDIBLE_DB, np.argwhere(np.abs(error) > 1e-4)
    assert not song.mix[: first["start_sample"]].any()


def test_sections_are_ranges_and_tracks_are_remembered(song: Song) -> None:
    root = song.ardour.xml()
    ranges = {place.get("name"): place.get("flags") for place in root.iterfind("Locations/Location")}
    assert ranges == {"chorus": "IsRangeMarker", "verse": "IsRangeMarker", "session": "IsSessionRange"}
    routes = {route.get("id"): route.get("name") for route in root.iterfind("Routes/Route")}
    remembered = {(track.get("part"), track.get("kind")): routes[track.get("route")] for track in root.iter("Track")}
    assert remembered["drums", "audio"] == "Drums"
    assert remembered["drums", "midi"] == "drums MIDI"


def test_the_same_delivery_again_changes_nothing(song: Song) -> None:
    before = song.ardour.file.read_bytes()
    done = bring_in(song.daemon, song.ardour, song.takes["chorus"])
    assert (done["tracks"], done["backup"]) == ([], None)
    assert song.ardour.file.read_bytes() == before


@pytest.fixture(scope="module")
def again(song: Song) -> dict[str, Any]:
    """Return a second take of the chorus, of its bass alone."""
    with song.daemon.client() as client:
        place = ("section", "chorus", "start_bar", 5, "bars", 4, "bpm", BPM, "project", "song")
        return client.make("again", "prompt", "bossa nova", *place, "parts", '["bass"]')


@pytest.fixture
def copy(song: Song, tmp_path: Path) -> Ardour:
    """Return the same session once more, to be changed."""
    copied = Ardour(tmp_path, BPM)
    shutil.copytree(song.ardour.session, copied.session)
    return copied


def test_a_second_take_is_played_and_the_first_waits_in_the_playlist_menu(
    song: Song, again: dict[str, Any], copy: Ardour
) -> None:
    done = bring_in(song.daemon, copy, again)
    assert (done["tracks"], done["alternatives"]) == (["bass", "bass MIDI"], ["bass", "bass MIDI"])
    assert Path(done["backup"]).read_bytes() == song.ardour.file.read_bytes()
    with copy.held_open() as (regions, _):
        assert {region.name for region in regions if region.track == "bass"} == {"chorus_b5_v002 bass", "verse_b9_v001 bass"}
        refused = song.daemon.run("ardour-import", str(copy.session), str(again["folder"]), "--json")
        assert json.loads(refused.stdout)["error"]["code"] == "session_open"
    waiting = {
        playlist.get("name"): {region.get("name") for region in playlist.iterfind("Region")}
        for playlist in copy.xml().iterfind("UnusedPlaylists/Playlist")
    }
    assert waiting["bass"] == {"chorus_b5_v001 bass", "verse_b9_v001 bass"}


def test_the_import_action_makes_room_and_imports_at_the_sample(song: Song, again: dict[str, Any], copy: Ardour) -> None:
    action, outbox = str(ACTIONS / "stepbridge_import.lua"), str(song.daemon.outbox)
    lines = copy.step("import", STEPBRIDGE_ACTION=action, STEPBRIDGE_OUTBOX=outbox)
    imports = [line[1:] for line in lines if line[0] == "IMPORT"]
    start, label = again["section"]["start_sample"], "chorus_b5_v002"
    assert imports[0] == ["bass", "bass chorus b5 v002", "1", str(again["folder"] / "bass.wav"), str(start), f"{CHORUS_BEAT}:0"]
    assert [*imports[1][:4], imports[1][5]] == [
        "bass MIDI",
        "bass MIDI chorus b5 v002",
        "1",
        str(again["folder"] / "bass.mid"),
        f"{CHORUS_BEAT}:0",
    ]
    assert len(imports) == 2
    assert [line[1] for line in lines if line[0] == "SAID"] == [f"{label} is at bar 5, 4 bars."]


def test_neighbours_across_a_change_of_tempo_in_6_8_meet_on_ardour_s_own_grid(tmp_path: Path) -> None:
    require_peer("ardour7-lua")
    ardour = Ardour(tmp_path, 120.0)
    ardour.step()
    first = takes.section(3, 5, "6/8", tempo_changes=True)
    for number, place in enumerate((first, replace(first, start_bar=8))):
        job = takes.job(f"job-{number}")
        manifest = deliver(takes.take(place), job, takes.brief(place), 1, tmp_path, timings={}, step=ignore)
        assert import_delivery(ardour.session, manifest).warnings == ()
    regions, _ = ardour.listing()
    audio, midi = ([region for region in regions if region.track == track] for track in ("lead", "lead MIDI"))
    audio, midi = (sorted(found, key=lambda region: region.start_sample) for found in (audio, midi))
    assert audio[0].start_sample == first.start_sample(RATE)
    assert audio[0].start_sample + audio[0].frames == audio[1].start_sample
    assert [region.start_ticks for region in midi] == [12 * TICKS_PER_BEAT, 21 * TICKS_PER_BEAT]
    for stem, notes in zip(audio, midi, strict=True):
        assert abs(stem.start_sample - notes.start_sample) <= 1
        assert abs(stem.frames - notes.frames) <= 1
