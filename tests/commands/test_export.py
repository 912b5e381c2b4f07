"""A whole project as one DAWproject file, opened by a player that knows only the format."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from bridge.brief import FormSection
from bridge.cli import main
from bridge.music.score import Section
from bridge.music.take import Take
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.outbox.delivery import deliver
from bridge.step import ignore
from tests.outbox import takes
from tests.outbox.dawproject_player import Player

PARTS = ("lead", "chords", "bass", "drums")


class Studio:
    """An outbox with deliveries in it, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outbox = folder, folder / "outbox"
        self.config = folder / "config.yaml"
        folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
        self.config.write_text(yaml.safe_dump({"folders": folders}), encoding="utf-8")
        self._count = 0

    def deliver(self, place: Section, parts: tuple[str, ...] = PARTS, **fields: Any) -> Path:
        """Return the folder of a new delivery; each is newer than the one before."""
        self._count += 1
        take = only(takes.take(place, fields.get("sample_rate_hz", 48000), seed=self._count), parts)
        job = replace(takes.job(f"job-{self._count}", **fields), created=takes.CREATED + self._count)
        brief = takes.brief(place, form=(FormSection(place.name, 1, place.bars),))
        return deliver(take, job, brief, 1, self.outbox, timings={}, step=ignore).parent

    def export(self, *words: object) -> Player:
        assert main(["--config", str(self.config), "export", "--dawproject", str(self.folder / "song"), *map(str, words)]) == 0
        return Player((self.folder / "song.dawproject").read_bytes())


def only(take: Take, parts: tuple[str, ...]) -> Take:
    score = take.score.with_parts(tuple(part for part in take.score.parts if part.name in parts))
    return take.changed(score=score, stems=tuple(stem for stem in take.stems if stem.part in parts))


def song_section(name: str, start_bar: int, bars: int, tempo: TempoMap, meter: str = "4/4") -> Section:
    return Section(name, start_bar, bars, Meter.parse(meter), tempo)


def constant(bpm: float) -> TempoMap:
    return TempoMap.constant(bpm)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setattr("bridge.outbox.files._write_overview", takes.plain_overview)
    return Studio(tmp_path)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("meter", ["4/4", "5/4", "6/8", "12/8", "3/4"])
def test_neighbours_meet_without_a_missing_or_doubled_sample(studio: Studio, meter: str, rate: int) -> None:
    bar = Meter.parse(meter).beats_per_bar
    tempo = TempoMap(
        (TempoChange(0.0, 97.3), TempoChange(4 * bar, 133.7), TempoChange(5.5 * bar, 71.9), TempoChange(7 * bar, 180.01))
    )
    places = [
        song_section("verse", 3, 2, tempo, meter),
        song_section("chorus", 5, 2, tempo, meter),
        song_section("outro", 7, 1, tempo, meter),
    ]
    folders = [studio.deliver(place, sample_rate_hz=rate) for place in places]
    player = studio.export("My Song")
    start, frames = places[0].start_sample(rate), tempo.sample(7 * bar, rate)
    for part in PARTS:
        sound, count = player.rendered(part, frames)
        assert not count[:start].any()
        assert (count[start:] == 1).all()
        whole = np.concatenate([soundfile.read(folder / f"{part}.wav", dtype="float32")[0] for folder in folders])
        assert np.array_equal(sound[start:], whole)


def test_sections_asked_for_at_one_tempo_each_stand_at_their_bars(studio: Studio) -> None:
    studio.deliver(song_section("verse", 1, 2, constant(97.3)))
    studio.deliver(song_section("chorus", 3, 2, constant(133.7)))
    player = studio.export("My Song")
    assert player.tempi == [(0.0, 97.3), (8.0, 133.7)]
    verse, chorus = player.played("bass")
    assert verse.end == chorus.start == round(8 * 60 / 97.3 * 48000)
    assert len(verse.samples) == verse.end
    assert abs(chorus.end - chorus.start - len(chorus.samples)) <= 1


def test_bars_are_counted_in_the_meter_of_each_section(studio: Studio) -> None:
    studio.deliver(song_section("chorus", 5, 2, constant(120.0), "6/8"))
    studio.deliver(song_section("verse", 1, 2, constant(120.0), "5/4"))
    studio.deliver(song_section("outro", 7, 1, constant(120.0), "6/8"))
    player = studio.export("My Song")
    assert player.meters == [(0.0, "5/4"), (10.0, "6/8")]
    assert player.markers[::2] == [(0.0, "chorus"), (16.0, "chorus"), (22.0, "chorus")]
    assert [float(clip.get("time")) for clip in player.clips("lead")] == [0.0, 16.0, 22.0]
    assert [clip.start for clip in player.played("lead")] == [0, 16 * 24000, 22 * 24000]


def test_every_part_has_a_track_of_audio_one_of_notes_and_one_of_tails(studio: Studio) -> None:
    folder = studio.deliver(song_section("chorus", 17, 2, constant(120.0)))
    player = studio.export(folder)
    tails = [f"{part} tail" for part in PARTS if part != "drums"]
    assert list(player.tracks) == [*PARTS, *(f"{part} MIDI" for part in PARTS), *tails, "Master"]
    assert player.notes("lead MIDI") == [(64.0 + beat, 0.5, 40) for beat in range(8)]
    for name in tails:
        (tail,) = player.played(name)
        assert tail.start == 72 * 24000
        assert np.array_equal(tail.samples, soundfile.read(folder / f"{name.replace(' ', '.')}.wav", dtype="float32")[0])
    assert len({player.tracks[part].get("color") for part in PARTS}) == 4
    assert {float(volume.get("value")) for volume in player.project.iter("Volume")} == {1.0}


def test_of_a_project_the_newest_take_plays_and_the_others_are_muted_alternatives(studio: Studio) -> None:
    place = song_section("chorus", 5, 2, constant(120.0))
    first, second = studio.deliver(place), studio.deliver(place)
    studio.deliver(song_section("verse", 1, 2, constant(120.0)))
    player = studio.export("My Song")
    for part in PARTS:
        assert [clip.name for clip in player.played(part)] == [f"verse_b1_v001 {part}", f"chorus_b5_v002 {part}"]
        assert [clip.name for clip in player.played(f"{part} alternative 1")] == [f"chorus_b5_v001 {part}"]
        assert player.notes(f"{part} MIDI alternative 1")
    muted = {name for name in player.tracks if player.is_muted(name)}
    assert muted == {f"{part}{kind} alternative 1" for part in PARTS for kind in ("", " MIDI")}
    assert [clip.name for clip in player.played("lead tail")] == ["verse_b1_v001 lead tail", "chorus_b5_v002 lead tail"]
    named = studio.export("My Song", first, "--force")
    assert [clip.name for clip in named.played("lead")] == ["verse_b1_v001 lead", "chorus_b5_v001 lead"]
    assert [clip.name for clip in named.played("lead alternative 1")] == [f"{second.name.rpartition('_')[0]} lead"]


def test_a_newer_bass_alone_replaces_only_the_bass(studio: Studio) -> None:
    place = song_section("chorus", 5, 2, constant(120.0))
    studio.deliver(place)
    studio.deliver(place, parts=("bass",))
    player = studio.export("My Song")
    playing = {part: [clip.name for clip in player.played(part)] for part in PARTS}
    assert playing == {part: [f"chorus_b5_v00{2 if part == 'bass' else 1} {part}"] for part in PARTS}


def test_what_a_musician_may_not_expect_is_told(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    studio.deliver(song_section("chorus", 5, 4, constant(100.0)))
    studio.deliver(song_section("chorus", 7, 4, constant(120.0)))
    studio.export("My Song", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["takes"], Path(said["file"]).name) == (2, "song.dawproject")
    assert [warning.partition(":")[0] for warning in said["warnings"]] == ["chorus_b5_v001"] * 2
    assert "another tempo" in said["warnings"][0]
    assert "partly under chorus_b7_v001" in said["warnings"][1]


def test_tails_longer_than_the_next_section_ring_side_by_side(studio: Studio) -> None:
    tempo = constant(400.0)
    take = takes.take(song_section("a", 1, 1, tempo, "2/4"))
    long = 2 * take.score.section.frames(48000)
    stems = tuple(replace(stem, tail=np.full((long, 2), 0.01, np.float32)) for stem in take.stems)
    for number in (1, 2, 3):
        place = song_section("a", number, 1, tempo, "2/4")
        made = take.changed(score=replace(take.score, section=place), stems=stems)
        deliver(made, takes.job(f"job-{number}"), takes.brief(place), 1, studio.outbox, timings={}, step=ignore)
    player = studio.export("My Song")
    assert [len(player.played(name)) for name in ("bass tail", "bass tail 2")] == [2, 1]
    assert not player.is_muted("bass tail 2")


def test_takes_are_named_by_folder_manifest_job_or_project(studio: Studio) -> None:
    folder = studio.deliver(song_section("verse", 1, 1, constant(240.0)))
    expected = studio.export(folder).project.find("Arrangement").xpath("string(.//Clip/@name)")
    for word in (folder / "manifest.json", "job-1", "My Song", folder.parent):
        assert studio.export(word, "--force").project.find("Arrangement").xpath("string(.//Clip/@name)") == expected


def test_the_same_takes_give_the_same_bytes(studio: Studio) -> None:
    studio.deliver(song_section("verse", 1, 1, constant(240.0)))
    studio.export("My Song")
    first = (studio.folder / "song.dawproject").read_bytes()
    studio.export("My Song", "--force")
    assert (studio.folder / "song.dawproject").read_bytes() == first


def test_flac_is_packed_rather_than_what_loses_something(studio: Studio) -> None:
    studio.deliver(song_section("verse", 1, 1, constant(240.0)), formats=["ogg", "flac"])
    files = [file.get("path") for file in studio.export("My Song").project.iter("File")]
    stems = [name for name in files if ".tail." not in name]
    assert all(name.endswith(".flac") for name in stems)
    assert len(stems) == 4


def test_what_is_no_take_is_refused(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--config", str(studio.config), "export", "--dawproject", str(studio.folder / "song.dawproject")]
    assert main([*words, "nothing"]) == 2
    assert "'nothing' is no delivery, no job and no project" in capsys.readouterr().err


def test_a_file_that_exists_is_kept(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    folder = studio.deliver(song_section("verse", 1, 1, constant(240.0)))
    out = studio.folder / "song.dawproject"
    out.write_text("mine", encoding="utf-8")
    assert main(["--config", str(studio.config), "export", "--dawproject", str(out), str(folder)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_changed_stem_stops_the_export_and_leaves_nothing(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    folder = studio.deliver(song_section("verse", 1, 1, constant(240.0)))
    (folder / "bass.wav").write_bytes(b"RIFF")
    out = studio.folder / "song.dawproject"
    assert main(["--config", str(studio.config), "export", "--dawproject", str(out), str(folder)]) == 1
    assert "bass.wav was changed" in capsys.readouterr().err
    assert not [path for path in studio.folder.iterdir() if "dawproject" in path.name]
