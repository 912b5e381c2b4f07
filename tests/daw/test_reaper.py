"""The REAPER scripts, run by a real Lua in a REAPER that refuses every function and argument count it does not have."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from bridge.music.midi import read_smf, score_parts
from tests.daw.fake_project import MediaTrack, ReaProject
from tests.daw.fake_timeline import TempoMarker, Timeline
from tests.daw.studio import ANSWERS, TUNE, Studio, in_samples
from tests.e2e.daemon import PATIENCE_SECONDS, Daemon, serving

MODAL = {
    "ShowMessageBox",
    "MB",
    "InsertMedia",
    "InsertMediaSection",
    "Main_OnCommand",
    "Main_openProject",
    "GetUserFileNameForRead",
}
PARTS = ("lead", "chords", "bass", "drums")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with serving(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


def watching(studio: Studio, timeline: Timeline) -> Studio:
    studio.project.timeline = timeline
    studio.run("import")
    studio.reaper.turns(1)
    return studio


def test_neighbours_lie_at_their_samples_and_join_without_a_gap(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.deliver(takes[2]["folder"])
    studio.reaper.turns(3)
    assert not studio.reaper.console
    for role in PARTS:
        first, after = [item for item in studio.items(role) if "tail" not in item.texts["P_EXT:stepbridge"]]
        for item, take in ((first, takes[0]), (after, takes[2])):
            assert in_samples(item.position) == pytest.approx(take["section"]["start_sample"], abs=1e-3)
            assert in_samples(item.length) == pytest.approx(take["section"]["frames"], abs=1e-3)
            assert soundfile.info(item.source.path).frames == take["section"]["frames"]
            assert item.values["C_BEATATTACHMODE"] == 0
        assert in_samples(after.position) == pytest.approx(in_samples(first.position + first.length), abs=1e-3)


def test_midi_lies_at_its_bars_note_for_note(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    written = {part.name: part.notes for part in score_parts(read_smf((takes[0]["folder"] / "score.mid").read_bytes()))}
    for role in PARTS:
        (item,) = studio.items(f"{role} MIDI")
        assert studio.project.timeline.qn(item.position) == pytest.approx(64.0)
        assert studio.project.timeline.qn(item.position + item.length) == pytest.approx(72.0)
        heard = sorted((start, pitch) for start, _, _, pitch, _, _ in item.source.notes)
        assert heard == sorted((round(note.start_beat * 960), note.pitch) for note in written[role])


def test_tails_ring_on_from_the_end_of_the_section(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    end = takes[0]["section"]["start_sample"] + takes[0]["section"]["frames"]
    tails = {stem["part"]: stem["tail"]["frames"] for stem in takes[0]["stems"] if stem["tail"]}
    assert tails
    for role, frames in tails.items():
        (tail,) = [item for item in studio.items(role) if item.texts["P_EXT:stepbridge"].endswith(" tail")]
        assert (in_samples(tail.position), in_samples(tail.length)) == pytest.approx((end, frames), abs=1e-3)


def test_a_second_take_lies_in_the_same_items(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    names = [track.name for track in studio.project.tracks]
    studio.deliver(takes[1]["folder"])
    studio.reaper.turns(2)
    assert [track.name for track in studio.project.tracks] == names
    for role in (*PARTS, *(f"{part} MIDI" for part in PARTS)):
        item = studio.items(role)[0]
        assert len(item.takes) == 2
        assert item.active == 1
        assert takes[1]["folder"].name in item.take.texts["P_NAME"]
        assert item.source.path.startswith(str(studio.outbox / "song" / takes[1]["folder"].name))
    assert [name for name, _ in studio.project.undo] == [f"stepbridge: {take['folder'].name}" for take in takes[:2]]


def test_a_longer_tail_of_a_second_take_is_heard_to_its_end(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    lengths: dict[str, list[int]] = {}
    for take in takes[:2]:
        studio.deliver(take["folder"])
        studio.reaper.turns(2)
        for stem in take["stems"]:
            lengths.setdefault(stem["part"], []).append(stem["tail"]["frames"] if stem["tail"] else 0)
    for role, frames in lengths.items():
        tails = [in_samples(item.length) for item in studio.items(role) if item.texts["P_EXT:stepbridge"].endswith(" tail")]
        assert tails == pytest.approx([max(frames)] if any(frames) else [], abs=1e-3)
    assert any(map(any, lengths.values()))


def test_everything_new_lies_in_one_folder_track(studio: Studio, takes: list[dict[str, Any]]) -> None:
    studio.project.add_track("Guitar")
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    studio.project.add_track("Later")
    assert nesting(studio.project.tracks) == {
        "Guitar": 0, "stepbridge": 0, **{f"{part}{kind}": 1 for kind in ("", " MIDI") for part in PARTS}, "Later": 0,
    }  # fmt: skip


def nesting(tracks: list[MediaTrack]) -> dict[str, int]:
    level, levels = 0, {}
    for track in tracks:
        levels[track.name] = level
        level += int(track.values["I_FOLDERDEPTH"])
    assert level == 0
    return levels


def test_a_renamed_track_is_found_again_and_one_of_that_name_is_used(studio: Studio, takes: list[dict[str, Any]]) -> None:
    bass = studio.project.add_track("Bass")
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    assert studio.project.track("Bass").items
    studio.project.track("lead").texts["P_NAME"] = "Solo cello"
    studio.deliver(takes[2]["folder"])
    studio.reaper.turns(2)
    assert [item.track.name for item in studio.items("Solo cello")] == ["Solo cello"] * len(studio.items("Solo cello"))
    assert len({round(item.position) for item in studio.items("Solo cello")}) > 1
    assert not [track for track in studio.project.tracks if track.name in {"lead", "bass"}]
    assert bass in studio.project.tracks


def test_a_track_of_that_name_that_is_occupied_is_left_alone(studio: Studio, takes: list[dict[str, Any]]) -> None:
    lead = studio.project.add_track("Lead")
    studio.project.timeline = Timeline(97.3)
    own = studio.project.add_midi(lead, 64.0, 8.0, TUNE)
    watching(studio, Timeline(97.3))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    assert (lead.items, len(own.takes)) == ([own], 1)
    assert studio.items("lead")


def test_a_take_whose_file_cannot_be_read_changes_nothing(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.project.add_track("Guitar")
    studio.reaper.unreadable = {"drums.wav"}
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(3)
    assert [track.name for track in studio.project.tracks] == ["Guitar"]
    assert studio.project.undo == []
    assert len(studio.reaper.console) == 1
    assert "drums.wav" in studio.reaper.console[0]
    studio.reaper.unreadable = set()
    studio.deliver(takes[2]["folder"])
    studio.reaper.turns(2)
    assert studio.items("lead"), "the watcher goes on"


def test_a_half_written_folder_is_taken_once_it_is_whole(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    target = studio.outbox / "song" / takes[0]["folder"].name
    target.mkdir(parents=True)
    studio.reaper.turns(1)
    assert "has no manifest.json yet" in studio.reaper.line
    for path in takes[0]["folder"].iterdir():
        data = path.read_bytes()
        target.joinpath(path.name).write_bytes(data[: len(data) // 2])
    studio.reaper.turns(1)
    assert "not JSON" in studio.reaper.line
    shutil.copy(takes[0]["folder"] / "manifest.json", target)
    studio.reaper.turns(1)
    assert "is not all there" in studio.reaper.line
    assert not studio.project.tracks
    shutil.copytree(takes[0]["folder"], target, dirs_exist_ok=True)
    studio.reaper.turns(1)
    assert all(len(studio.items(role)[0].takes) == 1 for role in PARTS)
    assert not studio.reaper.console


def test_what_lay_there_before_and_what_others_asked_for_is_left(studio: Studio, takes: list[dict[str, Any]]) -> None:
    studio.deliver(takes[0]["folder"])
    watching(studio, Timeline(97.3))
    studio.project.name = "another.RPP"
    studio.deliver(takes[1]["folder"])
    studio.reaper.turns(3)
    assert not studio.project.tracks


def test_a_take_waits_for_the_project_tab_that_asked_for_it(studio: Studio, made: dict[str, Any]) -> None:
    asking, other = studio.project, ReaProject(name="", timeline=Timeline(97.3))
    asking.name, asking.selection = "", (0.0, 8.0)
    watching(studio, Timeline(97.3))
    fields, _ = studio.send()
    studio.reaper.project = other
    studio.reaper.turns(2)
    manifest = studio.deliver(made["folder"], "untitled") / "manifest.json"
    manifest.write_text(json.dumps({**made, "id": fields["id"], "project": "untitled"}, default=str), encoding="utf-8")
    studio.reaper.turns(3)
    assert not other.tracks
    studio.reaper.project = asking
    studio.reaper.turns(2)
    assert asking.track("lead").items


def test_a_tempo_that_differs_is_said_and_the_bar_counts(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(120.0))
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    assert studio.items("lead")[0].position == 32.0
    assert "the project has another tempo or meter there" in studio.reaper.console[0]


def test_while_recording_nothing_is_imported(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.reaper.play_state = 5
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(3)
    assert not studio.project.tracks
    studio.reaper.play_state = 0
    studio.reaper.turns(1)
    assert studio.project.tracks


def test_a_watcher_that_is_started_again_takes_over(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    studio.run("import")
    studio.reaper.turns(2)
    assert len(studio.reaper.deferred) == 1
    studio.deliver(takes[0]["folder"])
    studio.reaper.turns(2)
    assert len(studio.items("lead")[0].takes) == 1


def test_no_modal_call_is_made(studio: Studio, takes: list[dict[str, Any]]) -> None:
    watching(studio, Timeline(97.3))
    for take in takes:
        studio.deliver(take["folder"])
    studio.reaper.turns(3)
    studio.run("cancel")
    assert not set(studio.reaper.calls) & (MODAL | {"GetUserInputs"})


# Start-up, cancel, and the whole circle


def test_starting_reaper_registers_the_actions_and_watches(studio: Studio) -> None:
    studio.reaper.run(studio.resources / "Scripts" / "__startup.lua")
    assert studio.reaper.actions == ["stepbridge_send.lua", "stepbridge_import.lua", "stepbridge_cancel.lua!"]
    assert len(studio.reaper.deferred) == 1


def test_cancel_takes_back_what_is_not_taken_and_tells_the_daemon(studio: Studio) -> None:
    studio.project.selection = (0.0, 8.0)
    fields, _ = studio.send()
    studio.run("cancel")
    assert not list(studio.inbox.iterdir())
    ((command, milliseconds),) = studio.reaper.processes
    assert command.endswith(f'stepbridge" cancel {fields["id"]}')
    assert milliseconds == -1
    studio.run("cancel")
    assert studio.reaper.line == "stepbridge: nothing to cancel"


def test_a_refusal_is_shown_in_its_own_words(studio: Studio) -> None:
    studio.project.selection = (0.0, 8.0)
    fields, _ = studio.send()
    studio.run("import")
    studio.reaper.turns(7)
    assert studio.reaper.line == "stepbridge: section, bar 1: no daemon takes it; start one: stepbridge serve"
    failed = studio.inbox / "failed"
    failed.mkdir()
    (failed / f"{fields['id']}.error.txt").write_text("bad_value: meter: must be one of 4/4\n", encoding="utf-8")
    studio.reaper.turns(3)
    assert studio.reaper.console == ["stepbridge: section, bar 1: bad_value: meter: must be one of 4/4\n\n"]


def test_from_a_selected_clip_to_stems_on_the_timeline(daemon: Daemon) -> None:
    studio = Studio(daemon.folder, daemon.config)
    studio.project.name = "Grüße 你好.rpp"
    studio.project.timeline = Timeline(133.7, (3, 4), [TempoMarker(36.0, 97.3)])
    studio.project.add_midi(studio.project.add_track("Melody"), 30.0, 6.0, TUNE)
    studio.project.selection = (studio.project.timeline.seconds(30.0), studio.project.timeline.seconds(42.0))
    studio.run("import")
    studio.reaper.answers = ANSWERS
    studio.run("send")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not studio.project.undo:
        assert time.monotonic() < deadline, studio.reaper.line
        time.sleep(0.2)
        studio.reaper.turns(1)
    assert not studio.reaper.console
    lead = studio.items("lead")[0]
    manifest = json.loads(Path(lead.source.path).with_name("manifest.json").read_text(encoding="utf-8"))
    assert (manifest["project"], manifest["key"].lower()) == ("Grüße 你好", "d minor")
    assert in_samples(lead.position) == pytest.approx(in_samples(studio.project.timeline.seconds(30.0)), abs=0.51)
    assert lead.length == manifest["section"]["frames"] / 48000
    heard = [(start / 960, pitch) for start, _, _, pitch, _, _ in studio.items("lead MIDI")[0].source.notes]
    assert heard[: len(TUNE)] == [(start, pitch) for start, _, pitch, _ in TUNE]
    assert [value for key, value in studio.project.memory.items() if key.startswith("STEPBRIDGE/JOB:")] == [
        "section, bar 11|done"
    ]
