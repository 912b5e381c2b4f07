import hashlib
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import soundfile
import wavinfo

from bridge.errors import CancelledError, DeliveryError
from bridge.music.midi import read_smf
from bridge.music.tempo import TempoChange, TempoMap
from bridge.outbox import delivery
from bridge.outbox.delivery import deliver, find_deliveries, sweep
from bridge.request import Request
from bridge.step import HAND_OVER, Step, ignore
from tests.outbox import takes

SCHEMA = json.loads(Path(delivery.__file__).with_name("manifest.schema.json").read_text())
MUSIC = {"lead.mid", "chords.mid", "bass.mid", "drums.mid", "score.mid"}
PAGES = {"overview.png", "report.md", "session.dawproject", "manifest.json"}


def delivered(
    outbox: Path, *, place: Any = None, step: Step = ignore, id_: str = "job-1", variation: int = 1, **fields: Any
) -> Path:
    place = place or takes.section()
    take = takes.take(place, fields.get("sample_rate_hz", 48000))
    levels = {"lead": (-20.126, -3.0), "mix": (-16.0, -1.0), "drums": (float("-inf"), float("-inf"))}
    made = takes.brief(place)
    return deliver(take, takes.job(id_, **fields), made, variation, outbox, levels=levels, timings={"compose": 0.25}, step=step)


def manifest(path: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(fields, SCHEMA, cls=jsonschema.Draft202012Validator)
    return fields


def everything(outbox: Path) -> set[str]:
    return {str(path.relative_to(outbox)) for path in outbox.rglob("*")}


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.usefixtures("undrawn")
def test_a_delivery_lies_where_the_contract_says_and_holds_what_it_says(tmp_path: Path) -> None:
    path = delivered(tmp_path / "not" / "yet")
    folder = path.parent
    assert folder.parent == tmp_path / "not" / "yet" / "My Song"
    assert folder.name == f"chorus_b17_v001_{hashlib.sha256(b'job-1').hexdigest()[:8]}"
    sounds = {"lead.wav", "chords.wav", "bass.wav", "drums.wav", "mix.wav"}
    tails = {"lead.tail.wav", "chords.tail.wav", "bass.tail.wav"}
    assert {file.name for file in folder.iterdir()} == sounds | tails | MUSIC | PAGES
    assert {entry.name for entry in folder.parent.iterdir()} == {folder.name}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("rate", [44100, 48000])
def test_positions_agree_with_the_tempo_map_and_with_the_files(tmp_path: Path, rate: int) -> None:
    place = takes.section(3, 21, "6/8", tempo_changes=True)
    path = delivered(tmp_path, place=place, sample_rate_hz=rate)
    fields = manifest(path)
    tempo = TempoMap(tuple(TempoChange(**change) for change in fields["tempo"]))
    section = fields["section"]
    start, end = section["start_beat"], section["start_beat"] + section["beats"]
    assert (start, end) == (60.0, 69.0)
    assert section["start_seconds"] == tempo.seconds(start)
    assert section["seconds"] == tempo.seconds(end) - tempo.seconds(start)
    assert section["start_sample"] == tempo.sample(start, rate)
    assert section["frames"] == tempo.sample(end, rate) - tempo.sample(start, rate)
    assert fields["bar_frames"] == [tempo.sample(start + 3 * bar, rate) - tempo.sample(start, rate) for bar in range(4)]
    assert fields["meter"] == [{"beat": 0.0, "numerator": 6, "denominator": 8}]
    assert [(marker["bar"], marker["beat"], marker["frame"]) for marker in fields["markers"]] == [
        (21, 60.0, 0),
        (22, 63.0, fields["bar_frames"][1]),
    ]
    for stem in (*fields["stems"], fields["mix"]):
        info = soundfile.info(path.parent / stem["file"])
        assert (info.frames, info.samplerate, info.channels) == (section["frames"], rate, 2)
        bext = wavinfo.WavInfoReader(path.parent / stem["file"]).bext
        assert bext is not None
        assert bext.time_reference == section["start_sample"]
    tail = wavinfo.WavInfoReader(path.parent / fields["stems"][0]["tail"]["file"]).bext
    assert tail is not None
    assert tail.time_reference == section["start_sample"] + section["frames"]


@pytest.mark.usefixtures("undrawn")
def test_the_manifest_tells_what_was_asked_made_and_measured(tmp_path: Path) -> None:
    fields = manifest(delivered(tmp_path, variation=3, variations=4, seed_mode="free"))
    assert (fields["id"], fields["variation"], fields["created"]) == ("job-1", 3, "2025-11-22T14:00:00.250Z")
    assert (fields["project"], fields["key"], fields["random_seed"], fields["parent"]) == ("My Song", "D minor", 7, None)
    assert Request.parse(fields["request"]) == takes.job(variations=4, seed_mode="free").request
    lead, _, _, drums = fields["stems"]
    assert (lead["part"], lead["program"], lead["lufs"], lead["true_peak_db"], lead["gain_db"]) == (
        "lead",
        42,
        -20.13,
        -3.0,
        -1.5,
    )
    assert (drums["lufs"], drums["true_peak_db"], drums["tail"]) == (None, None, None)
    assert (fields["mix"]["lufs"], fields["mix"]["true_peak_db"]) == (-16.0, -1.0)
    made_by = {"name": "rules", "version": "1", "weights_sha256": None, "steps": None}
    assert fields["composer"] == {**made_by, "groove": "rock", "seconds": 0.25}
    assert fields["engine"] == {"name": "sampler", "version": "1", "gains": {"lead": None}}
    assert fields["chords"] == [
        {"beat": 64.0, "length_beats": 4.0, "symbol": "Dm"},
        {"beat": 68.0, "length_beats": 4.0, "symbol": "Bb/D"},
    ]
    assert fields["style"]["key"] == "D minor"
    assert fields["warnings"] == ["bars: cut", "key: from the prompt"]
    assert set(fields["timings"]) == {"compose", "deliver"}


@pytest.mark.usefixtures("undrawn")
def test_every_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = delivered(tmp_path, formats=["flac", "wav"])
    fields = manifest(path)
    entries = [fields[name] for name in ("overview", "report", "session")] + fields["midi"]
    for stem in (*fields["stems"], fields["mix"]):
        entries += [stem, *stem["files"], *filter(None, [stem.get("tail")])]
    for entry in entries:
        assert hashlib.sha256((path.parent / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert {entry["file"] for entry in entries} | {"manifest.json"} == {file.name for file in path.parent.iterdir()}


@pytest.mark.usefixtures("undrawn")
def test_midi_ends_exactly_with_the_section_and_is_counted(tmp_path: Path) -> None:
    path = delivered(tmp_path)
    counts = {}
    for entry in manifest(path)["midi"]:
        smf = read_smf((path.parent / entry["file"]).read_bytes())
        assert smf.length_beats == 8.0
        counts[entry["part"]] = entry["notes"]
        assert sum(len(track.notes) for track in smf.tracks) == entry["notes"]
    assert counts == {"lead": 8, "chords": 8, "bass": 8, "drums": 8, "score": 32}


@pytest.mark.usefixtures("undrawn")
def test_only_the_formats_asked_for_are_written(tmp_path: Path) -> None:
    path = delivered(tmp_path, formats=["mp3", "ogg"], sample_rate_hz=96000, bit_depth="16")
    assert not list(path.parent.glob("*.wav"))
    fields = manifest(path)
    lead = fields["stems"][0]
    assert [(file["file"], file["sample_rate_hz"], file["frames"]) for file in lead["files"]] == [
        ("lead.mp3", 48000, 96000),
        ("lead.ogg", 96000, 192000),
    ]
    assert (lead["file"], lead["tail"]["file"]) == ("lead.mp3", "lead.tail.mp3")
    for file in lead["files"]:
        assert soundfile.info(path.parent / file["file"]).frames == file["frames"]
    assert "mp3 ends at 48000 Hz; it was resampled from 96000 Hz" in fields["warnings"]


def test_picture_and_report_are_drawn_and_written(tmp_path: Path) -> None:
    folder = delivered(tmp_path).parent
    assert (folder / "overview.png").read_bytes().startswith(b"\x89PNG")
    assert "sad cello" in (folder / "report.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("undrawn")
def test_the_same_take_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (delivered(tmp_path / name).parent for name in "ab")
    for file in first.iterdir():
        if file.name != "manifest.json":
            assert file.read_bytes() == (second / file.name).read_bytes(), file.name
    one, other = (json.loads((folder / "manifest.json").read_text()) | {"timings": None} for folder in (first, second))
    assert one == other


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("name", ["../..", "副歌/二: 🎉", "CON", "x" * 64, "名" * 64, ".", "   "])
def test_any_project_and_section_name_stays_inside_the_outbox(tmp_path: Path, name: str) -> None:
    place = takes.section()
    place = type(place)(name, place.start_bar, place.bars, place.meter, place.tempo, place.key)
    path = delivered(tmp_path / "outbox", place=place, project=name)
    assert len(path.relative_to(tmp_path / "outbox").parts) == 3
    assert path.resolve().is_relative_to((tmp_path / "outbox").resolve())
    fields = manifest(path)
    assert (fields["project"], fields["section"]["name"]) == (name, name)
    assert find_deliveries(tmp_path / "outbox", "job-1") == {1: path}


@pytest.mark.usefixtures("undrawn")
def test_a_request_without_a_project_goes_to_untitled(tmp_path: Path) -> None:
    assert delivered(tmp_path, project=None).parent.parent.name == "untitled"


@pytest.mark.usefixtures("undrawn")
def test_numbers_rise_for_the_same_place_and_start_anew_elsewhere(tmp_path: Path) -> None:
    paths = [delivered(tmp_path, id_=f"job-{number}") for number in range(3)]
    paths.append(delivered(tmp_path, place=takes.section(start_bar=1)))
    assert [path.parent.name.split("_")[1:3] for path in paths] == [
        ["b17", "v001"],
        ["b17", "v002"],
        ["b17", "v003"],
        ["b1", "v001"],
    ]


@pytest.mark.usefixtures("undrawn")
def test_racing_deliveries_never_share_a_number_nor_overwrite(tmp_path: Path) -> None:
    barrier = threading.Barrier(6)

    def together(stage: str, _done: int, _total: int) -> None:
        if stage.endswith(HAND_OVER):
            barrier.wait(20)

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(delivered, tmp_path, id_="same", variation=number, step=together) for number in range(1, 7)]
        paths = [job.result() for job in jobs]
    numbers = sorted(re.findall(r"_v(\d+)_", path.parent.name)[0] for path in paths)
    assert numbers == [f"{number:03}" for number in range(1, 7)]
    assert {variation: manifest(path)["variation"] for variation, path in find_deliveries(tmp_path, "same").items()} == {
        number: number for number in range(1, 7)
    }


@pytest.mark.usefixtures("undrawn")
def test_a_folder_of_the_musicians_with_the_next_name_is_left_alone(tmp_path: Path) -> None:
    first = delivered(tmp_path).parent
    number_two = first.with_name(first.name.replace("v001", "v002"))
    number_two.write_text("a file of mine")
    assert "_v003_" in delivered(tmp_path).parent.name
    assert number_two.read_text() == "a file of mine"


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("formats", [["wav"], ["mp3"]])
@pytest.mark.parametrize("after", [0, 1, 3, 99])
def test_given_up_at_any_step_nothing_is_left(tmp_path: Path, formats: list[str], after: int) -> None:
    calls = []

    def step(stage: str, _done: int, _total: int) -> None:
        calls.append(stage)
        if len(calls) > after or stage.endswith(HAND_OVER):
            raise CancelledError

    with pytest.raises(CancelledError):
        delivered(tmp_path, step=step, formats=formats)
    assert everything(tmp_path) == set()


@pytest.mark.usefixtures("undrawn")
def test_progress_rises_and_the_last_step_comes_before_anything_is_visible(tmp_path: Path) -> None:
    heard = []

    def step(stage: str, done: int, total: int) -> None:
        heard.append((stage, done / total))
        assert not find_deliveries(tmp_path, "job-1")

    delivered(tmp_path, step=step)
    fractions = [fraction for _, fraction in heard]
    assert fractions == sorted(fractions)
    assert heard[-1] == (f"deliver {HAND_OVER}", 1.0)


@pytest.mark.usefixtures("undrawn")
def test_samples_that_are_no_numbers_leave_nothing_behind(tmp_path: Path) -> None:
    take = takes.take()
    take.stems[2].samples[5] = np.nan
    with pytest.raises(ValueError, match="no finite numbers"):
        deliver(take, takes.job(), takes.brief(), 1, tmp_path, timings={}, step=ignore)
    assert everything(tmp_path) == set()


@pytest.mark.usefixtures("undrawn")
def test_deliveries_are_found_by_the_whole_id_and_the_time_of_the_job(tmp_path: Path) -> None:
    paths = {number: delivered(tmp_path, variation=number, project=f"p{number}") for number in (1, 2)}
    delivered(tmp_path, id_="job-2")
    assert find_deliveries(tmp_path, "job-1") == paths
    assert find_deliveries(tmp_path, "job-1", takes.CREATED) == paths
    assert find_deliveries(tmp_path, "job-1", takes.CREATED + 1) == {}
    assert find_deliveries(tmp_path, "job") == {}
    assert find_deliveries(tmp_path / "missing", "job-1") == {}
    paths[1].write_text("not json")
    assert find_deliveries(tmp_path, "job-1") == {2: paths[2]}


def leftover(project: Path, job_id: str) -> Path:
    folder = project / f".{job_id}.v1.0123abcd.part"
    folder.mkdir(parents=True)
    (folder / "lead.wav").write_bytes(b"half")
    return folder


@pytest.mark.usefixtures("undrawn")
def test_sweeping_takes_leftovers_and_nothing_else(tmp_path: Path) -> None:
    kept = delivered(tmp_path)
    mine = tmp_path / "My Song" / ".git"
    mine.mkdir()
    first, second = leftover(tmp_path / "My Song", "a"), leftover(tmp_path / "Other", "b")
    sweep(tmp_path, "a")
    assert (first.exists(), second.exists()) == (False, True)
    sweep(tmp_path)
    assert (second.exists(), second.parent.exists()) == (False, False)
    assert kept.is_file()
    assert mine.is_dir()
    sweep(tmp_path / "missing")


@pytest.mark.usefixtures("undrawn")
def test_sweeping_leaves_what_is_being_built(tmp_path: Path) -> None:
    def step(stage: str, _done: int, _total: int) -> None:
        if stage.endswith(HAND_OVER):
            sweep(tmp_path)

    assert delivered(tmp_path, step=step).is_file()


@pytest.mark.usefixtures("undrawn")
def test_a_file_in_place_of_the_outbox_is_said(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("")
    with pytest.raises(DeliveryError, match="a file is where the folder should be") as caught:
        delivered(tmp_path / "outbox")
    assert caught.value.code == "outbox_missing"


@pytest.mark.usefixtures("undrawn")
def test_a_path_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="shorter path") as caught:
        delivered(tmp_path / ("x" * 300))
    assert caught.value.code == "path_too_long"
