"""What comes back into Live: every clip at its beat, in one undo step, and nothing of the musician's touched."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import pytest

from tests.live.ear import Talk
from tests.live.fake_clips import AudioClip, Clip
from tests.live.fake_set import Track

Deliver = Callable[[dict[str, Any]], None]
Start = Callable[..., Talk]
PARTS = ["lead", "chords", "bass", "drums"]
CHORUS_BEAT, CHORUS_END = 64.0, 72.0


def deliver(talk: Talk, *takes: dict[str, Any], id_: str = "from-the-web") -> None:
    """Have the daemon say that takes are done."""
    for take in takes:
        talk.ear.answer("done", id_, str(take["folder"] / "manifest.json"))
        talk.turn()


def tracks(talk: Talk) -> dict[str, Track]:
    return {track.name: track for track in talk.studio.song.tracks}


def places(clips: list[Any]) -> list[tuple[str, float, float]]:
    return [(clip.name, clip.start_time, clip.end_time) for clip in clips]


def near(beat: float) -> Any:
    return pytest.approx(beat, abs=1e-4)


def label(take: dict[str, Any]) -> str:
    name: str = take["folder"].name
    return name


def pitches(path: Path) -> list[tuple[float, int]]:
    now, found = 0, []
    for message in mido.merge_tracks(mido.MidiFile(file=io.BytesIO(path.read_bytes())).tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append((now / 960, message.note))
    return sorted(found)


def test_a_take_lies_at_its_beats_as_one_undo_step(talk: Talk, takes: list[dict[str, Any]]) -> None:
    deliver(talk, takes[0])
    made = tracks(talk)
    assert set(made) >= {*PARTS, *(f"{part} MIDI" for part in PARTS)}
    for part in PARTS:
        stem, *_ = made[part].sounds
        assert places([stem]) == [(f"{part} {label(takes[0])}", CHORUS_BEAT, near(CHORUS_END))]
        assert (Path(stem.file_path), stem.warping) == (takes[0]["folder"] / f"{part}.wav", False)
        (midi,) = made[f"{part} MIDI"].midi
        assert (midi.start_time, midi.end_time) == (CHORUS_BEAT, CHORUS_END)
        heard = sorted((round(note.start_time * 960) / 960, note.pitch) for note in midi.notes)
        assert heard == pitches(takes[0]["folder"] / f"{part}.mid")
    assert len(talk.studio.live.undo) == 1
    assert talk.studio.said[-1] == "stepbridge: chorus, bar 17: on the timeline"


def test_what_rings_on_lies_behind(talk: Talk, takes: list[dict[str, Any]]) -> None:
    deliver(talk, takes[0])
    tails = {stem["part"]: stem["tail"] for stem in takes[0]["stems"] if stem["tail"]}
    assert tails
    for part, tail in tails.items():
        clip = tracks(talk)[part].sounds[1]
        assert (clip.name, clip.start_time) == (f"{part} tail {label(takes[0])}", CHORUS_END)
        assert clip.loop_end == tail["frames"] / 48000


def test_neighbours_meet_and_the_tail_makes_room(talk: Talk, takes: list[dict[str, Any]]) -> None:
    deliver(talk, takes[0], takes[2])
    names = tracks(talk)
    for part in PARTS:
        first, second, *_ = names[part].sounds
        assert (first.end_time, second.start_time) == (near(CHORUS_END), CHORUS_END)
        assert second.name == f"{part} {label(takes[2])}"
    for part in (stem["part"] for stem in takes[0]["stems"] if stem["tail"]):
        assert [clip.start_time for clip in names[f"{part} tail"].sounds] == [CHORUS_END]
    assert len(talk.studio.live.undo) == 2


def test_the_newest_take_plays_and_the_one_before_is_in_a_take_lane(talk: Talk, takes: list[dict[str, Any]]) -> None:
    deliver(talk, takes[0], takes[1])
    for part in PARTS:
        track = tracks(talk)[part]
        assert track.sounds[0].name == f"{part} {label(takes[1])}"
        lanes = [clip for lane in track.take_lanes for clip in lane.arrangement_clips]
        assert places(lanes)[0] == (f"{part} {label(takes[0])}", CHORUS_BEAT, near(CHORUS_END))
        midi = tracks(talk)[f"{part} MIDI"]
        assert [clip.name for clip in midi.midi] == [f"{part} {label(takes[1])}"]
        (earlier,) = [clip for lane in midi.take_lanes for clip in lane.arrangement_clips]
        heard = sorted((round(note.start_time * 960) / 960, note.pitch) for note in earlier.notes)  # type: ignore[attr-defined]
        assert heard == pitches(takes[0]["folder"] / f"{part}.mid")
    assert len(talk.studio.live.undo) == 2
    assert talk.studio.said[-1].endswith("chorus, bar 17: on the timeline; the take before is in the take lanes")
    sounding = {clip.name.split()[-1] for track in talk.studio.song.tracks for clip in track.arrangement_clips}
    assert sounding == {label(takes[1])}  # tails too


def test_without_take_lanes_the_take_before_is_muted(talk_of: Start, takes: list[dict[str, Any]]) -> None:
    talk = talk_of((12, 0, 5))
    deliver(talk, takes[0], takes[1])
    for part in PARTS:
        first, second = [track for track in talk.studio.song.tracks if track.name == part]
        assert (first.sounds[0].muted, second.sounds[0].muted) == (True, False)
        assert second.sounds[0].name == f"{part} {label(takes[1])}"
    assert talk.studio.said[-1].endswith("the take before is muted, on the tracks before")
    clips = [clip for track in talk.studio.song.tracks for clip in track.arrangement_clips]
    assert {clip.name.split()[-1] for clip in clips if not clip.muted} == {label(takes[1])}


def test_live_11_gets_the_midi_and_is_told_where_to_drag_the_sound(talk_of: Start, takes: list[dict[str, Any]]) -> None:
    talk = talk_of((11, 3, 0))
    talk.studio.song.scenes, scenes = talk.studio.song.scenes[:0], len(talk.studio.song.scenes[:0])
    deliver(talk, takes[0])
    names = tracks(talk)
    for part in PARTS:
        assert not names[part].arrangement_clips
        assert places(names[f"{part} MIDI"].arrangement_clips) == [(f"{part} {label(takes[0])}", CHORUS_BEAT, CHORUS_END)]
        assert not any(slot.has_clip for slot in names[f"{part} MIDI"].clip_slots)
    assert len(talk.studio.song.scenes) == scenes
    said = talk.studio.said[-1]
    assert "drag lead.wav, chords.wav, bass.wav, drums.wav to bar 17 on the tracks of these names" in said
    assert said.endswith(str(takes[0]["folder"]))
    assert len(talk.studio.live.undo) == 1


def test_a_take_of_a_session_clip_becomes_a_scene(talk: Talk, takes: list[dict[str, Any]]) -> None:
    talk.studio.add_clip(None, 8.0)
    id_ = talk.ask()[0][1][0]
    deliver(talk, takes[0], id_=id_)
    song = talk.studio.song
    assert [scene.name for scene in song.scenes] == ["", "", label(takes[0])]
    for part in PARTS:
        stem, midi = tracks(talk)[part].clip_slots[2].clip, tracks(talk)[f"{part} MIDI"].clip_slots[2].clip
        assert isinstance(stem, AudioClip)
        assert Path(stem.file_path) == takes[0]["folder"] / f"{part}.wav"
        assert isinstance(midi, Clip)
        assert midi.name == f"{part} {label(takes[0])}"
    assert not any(track.arrangement_clips for track in song.tracks)
    assert len(talk.studio.live.undo) == 2  # the clip's name, and the take
    assert talk.studio.said[-1] == "stepbridge: chorus, bar 17: in the last scene"


# Tracks


def test_tracks_are_found_by_what_was_saved_in_them(talk: Talk, takes: list[dict[str, Any]]) -> None:
    deliver(talk, takes[0])
    tracks(talk)["lead"].name = "Solo violin"
    deliver(talk, takes[2])
    assert f"lead {label(takes[2])}" in {clip.name for clip in tracks(talk)["Solo violin"].sounds}
    assert "lead" not in tracks(talk)


def test_tracks_are_found_by_name(talk: Talk, takes: list[dict[str, Any]]) -> None:
    own = talk.studio.song.add_track("BASS", is_midi=False)
    for name in ("Drums", "lead"):
        other = talk.studio.song.add_track(name, is_midi=name == "lead")
        other.is_frozen = name == "Drums"
    deliver(talk, takes[0])
    assert own.sounds[0].name == f"bass {label(takes[0])}"
    assert "bass" not in tracks(talk)
    assert not talk.studio.song.tracks[1].arrangement_clips
    assert not talk.studio.song.tracks[2].arrangement_clips


def test_what_the_musician_has_there_is_not_touched(talk: Talk, takes: list[dict[str, Any]]) -> None:
    own = talk.studio.song.add_track("bass", is_midi=False)
    mine = own.create_audio_clip(str(takes[2]["folder"] / "mix.wav"), CHORUS_BEAT + 2)
    deliver(talk, takes[0])
    assert own.arrangement_clips == [mine]
    assert [len(track.sounds) for track in talk.studio.song.tracks if track.name == "bass"][1] >= 1


def test_a_clip_of_ours_that_was_given_a_name_is_the_musician_s(talk: Talk, takes: list[dict[str, Any]]) -> None:
    deliver(talk, takes[0])
    keeper = tracks(talk)["lead"].sounds[0]
    keeper.name = "keep this"
    deliver(talk, takes[1])
    assert not keeper.is_deleted
    assert not keeper.muted
    assert [track.sounds[0].name for track in talk.studio.song.tracks if track.name == "lead"] == [
        "keep this", f"lead {label(takes[1])}",
    ]  # fmt: skip


# Which deliveries, and when


def test_only_what_belongs_to_this_set_comes_in_and_only_once(talk: Talk, takes: list[dict[str, Any]]) -> None:
    talk.studio.song.name = "another song"
    deliver(talk, takes[0])
    assert not talk.studio.song.tracks
    talk.studio.song.name = "song"
    deliver(talk, takes[0], takes[0])
    assert len(talk.studio.live.undo) == 1
    talk.studio.song.tracks.clear()  # as undo does
    deliver(talk, takes[0])
    assert not talk.studio.song.tracks


def test_while_recording_nothing_is_put_into_the_set(talk: Talk, takes: list[dict[str, Any]]) -> None:
    talk.studio.song.record_mode = True
    deliver(talk, takes[0])
    assert not talk.studio.song.tracks
    talk.studio.song.record_mode = False
    talk.turn()
    assert talk.studio.song.tracks


def test_a_set_with_another_tempo_by_now_is_told(talk: Talk, takes: list[dict[str, Any]]) -> None:
    talk.studio.song.tempo = 120.0
    deliver(talk, takes[0])
    assert talk.studio.said[-1] == "stepbridge: chorus, bar 17: on the timeline, made at 97.3 BPM; the set has 120 now"
    stem = tracks(talk)["lead"].sounds[0]
    assert stem.end_time - stem.start_time == pytest.approx(8.0 * 120 / 97.3, abs=1e-3)


def test_a_set_that_was_closed_meanwhile_gets_its_take_once(talk_of: Start, takes: list[dict[str, Any]]) -> None:
    talk = talk_of()
    talk.studio.add_clip(64.0, 8.0)
    id_ = talk.ask()[0][1][0]
    talk.fields(id_)
    talk.ear.answer("accepted", id_)
    talk.turn()
    memory = dict(talk.studio.song.data)
    talk.studio.stop()
    again = talk_of()
    again.studio.song.data = memory
    again.studio.surface._takes = again.studio.module("takes").Takes(
        again.studio.surface.song, again.studio.surface._link, again.studio.surface._say
    )
    again.studio.tick(50)
    assert ("status", [id_]) in again.ear.heard()
    again.ear.answer("job", id_, "done", 1.0, "deliver")
    assert again.turn() == [("generate", [id_])]
    deliver(again, takes[0], takes[0], id_=id_)
    assert len(again.studio.live.undo) == 1
    again.ear.answer("job", id_, "done", 1.0, "deliver")
    assert again.turn() == []
    again.studio.tick(50)
    assert ("status", [id_]) not in again.ear.heard()


def test_what_failed_while_nobody_listened_is_said(talk: Talk) -> None:
    talk.studio.add_clip(64.0, 8.0)
    id_ = talk.ask()[0][1][0]
    talk.fields(id_)
    talk.ear.answer("accepted", id_)
    talk.turn()
    talk.ear.answer("job", id_, "failed", 0.5, "perform")
    talk.turn()
    assert talk.studio.said[-1] == "stepbridge: section, bar 17: failed"
    talk.studio.tick(50)
    assert ("status", [id_]) not in talk.ear.heard()


# What can go wrong


def damaged(take: dict[str, Any], folder: Path, change: Callable[[Path], object]) -> dict[str, Any]:
    copy = folder / "outbox" / "song" / take["folder"].name
    shutil.copytree(take["folder"], copy)
    change(copy)
    return {**take, "folder": copy}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda folder: (folder / "bass.wav").unlink(), "bass.wav is not all there"),
        (lambda folder: (folder / "bass.wav").write_bytes(b"RIFF"), "bass.wav is not all there"),
        (lambda folder: (folder / "bass.mid").write_bytes(b"nonsense"), "bass.mid cannot be read: is no Standard MIDI File"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "is not of stepbridge.take/1"),
    ],
)
def test_a_delivery_that_is_not_whole_changes_nothing(
    talk: Talk, takes: list[dict[str, Any]], tmp_path: Path, change: Callable[[Path], object], reason: str
) -> None:
    talk.studio.add_clip(64.0, 8.0)
    id_ = talk.ask()[0][1][0]
    before = len(talk.studio.live.undo)
    deliver(talk, damaged(takes[0], tmp_path, change), id_=id_)
    assert reason in talk.studio.said[-1]
    assert len(talk.studio.live.undo) == before


def test_an_error_closes_the_undo_step_and_the_script_goes_on(
    talk: Talk, takes: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("Live is out of disk")

    with monkeypatch.context() as broken:
        broken.setattr("tests.live.fake_set.AudioClip", refuse)
        deliver(talk, takes[0])
    assert talk.studio.said[-1] == "stepbridge: Live is out of disk"
    deliver(talk, takes[2])
    assert talk.studio.said[-1] == "stepbridge: verse, bar 19: on the timeline"


def test_a_clip_that_live_moved_is_said(talk: Talk, takes: list[dict[str, Any]]) -> None:
    talk.ear.answer("done", "x", str(takes[0]["folder"] / "manifest.json"))
    talk.turn(count=1)
    tracks(talk)["bass"].sounds[0].start_time -= 0.5
    talk.turn()
    assert talk.studio.said[-1].startswith(
        f"stepbridge: bass {label(takes[0])} lies from beat 63.5 to 71.5 instead of 64 to 72"
    )


def test_a_take_whose_tempo_changes_says_so(talk: Talk, takes: list[dict[str, Any]], tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["tempo"].append({"beat": 68.0, "bpm": 120.0})
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    deliver(talk, damaged(takes[0], tmp_path, change))
    assert talk.studio.said[-1].endswith("its tempo changes, which Live lets no script write: set them by hand")
