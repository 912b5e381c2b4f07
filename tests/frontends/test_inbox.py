"""The inbox: files become requests, whatever their order, and nothing is lost, doubled or written over."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import mido
import pytest

from bridge.core import Core
from bridge.errors import BridgeError
from bridge.frontends.inbox import EMPTY_SCANS, QUIET_SCANS, RETRY_SCANS, Inbox
from tests.frontends.osc_client import soon
from tests.frontends.osc_core import OscCore, free_port


@pytest.fixture
def core(tmp_path: Path) -> OscCore:
    return OscCore(tmp_path / "outbox")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def inbox(core: OscCore, folder: Path) -> Iterator[Inbox]:
    """Give an inbox whose own thread does not look before the test is over: the test calls `scan`."""
    inbox = Inbox(cast("Core", core), free_port(folder.parent), scan_s=3600.0)
    inbox.start()
    yield inbox
    inbox.stop()


def midi(path: Path, pitch: int = 60) -> Path:
    track = mido.MidiTrack([mido.Message("note_on", note=pitch), mido.Message("note_off", note=pitch, time=480)])
    mido.MidiFile(tracks=[track]).save(path)
    return path


def scans(inbox: Inbox, count: int = QUIET_SCANS + 1) -> None:
    for _ in range(count):
        inbox.scan()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def fields(core: OscCore) -> list[dict[str, Any]]:
    return [dict(order.fields) for order in core.orders]


def test_a_clip_alone_is_a_request(inbox: Inbox, core: OscCore, folder: Path) -> None:
    data = midi(folder / "my verse.mid").read_bytes()
    scans(inbox, QUIET_SCANS)
    assert not core.orders
    scans(inbox, 1)
    (order,) = core.orders
    assert order.uploads[str(order.fields["clip"])] == data
    assert order.id is not None
    assert order.id.startswith("inbox-my-verse-")
    assert names(folder) == ["done"]
    assert names(folder / "done") == ["my verse.mid"]


@pytest.mark.parametrize("json_first", [True, False])
def test_a_clip_and_its_json_may_come_in_any_order(inbox: Inbox, core: OscCore, folder: Path, *, json_first: bool) -> None:
    def say() -> None:
        (folder / "a.json").write_text(json.dumps({"prompt": "sad", "bars": 8}), encoding="utf-8")

    if json_first:
        say()
        scans(inbox, 1)
        midi(folder / "a.mid")
    else:
        midi(folder / "a.mid")
        scans(inbox, 1)
        say()
    scans(inbox)
    assert [(order["prompt"], order["bars"]) for order in fields(core)] == [("sad", 8)]
    assert core.orders[0].uploads
    assert names(folder / "done") == ["a.json", "a.mid"]


def test_a_prompt_alone_is_a_request(inbox: Inbox, core: OscCore, folder: Path) -> None:
    (folder / "a.json").write_bytes(b'\xef\xbb\xbf{"prompt": "\xe6\x82\xb2\xe4\xbc\xa4", "id": "mine"}')
    scans(inbox)
    assert [(order.id, dict(order.fields)) for order in core.orders] == [("mine", {"prompt": "悲伤"})]


def test_a_file_that_grows_is_waited_for(inbox: Inbox, core: OscCore, folder: Path) -> None:
    data = midi(folder / "a.mid").read_bytes()
    for size in range(10, len(data)):
        (folder / "a.mid").write_bytes(data[:size])
        scans(inbox, QUIET_SCANS)
    assert not core.orders
    (folder / "a.mid").write_bytes(data)
    scans(inbox)
    assert list(core.orders[0].uploads.values()) == [data]


def test_a_ready_file_ends_the_waiting(inbox: Inbox, core: OscCore, folder: Path) -> None:
    (folder / "a.ready").touch()
    scans(inbox)
    assert not core.orders
    midi(folder / "a.mid")
    scans(inbox, 1)
    assert len(core.orders) == 1
    assert names(folder) == ["done"]
    assert names(folder / "done") == ["a.mid", "a.ready"]


def test_the_same_files_after_a_crash_are_the_same_job_and_others_are_not(core: OscCore, folder: Path, tmp_path: Path) -> None:
    config = free_port(tmp_path)
    file = midi(folder / "a.mid")
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    for pitch, modified in ((60, times), (60, times), (62, times), (60, (0, 0))):
        os.utime(midi(folder / "a.mid", pitch), ns=modified)
        scans(Inbox(cast("Core", core), config))
    assert len({order.id for order in core.orders}) == len(core.jobs()) == 3
    assert names(folder / "done") == ["a.mid", "a_2.mid", "a_3.mid", "a_4.mid"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("{", "is not valid JSON"),
        ("[1]", "must hold an object"),
        ("[" * 100_000, "is not valid JSON"),
        ('{"bars": 8, "bars": 9}', "'bars' is given twice"),
        ('{"bpm": NaN}', "NaN is no number"),
        ('{"barz": 8}', "did you mean bars?"),
        ('{"bars": "many"}', "bars: must be a whole number"),
        ('{"id": 5}', "id: must be text"),
        ('{"id": "a b"}', "is no id"),
        ('{"clip": "other"}', "clip: the JSON names one"),
        ('{"prompt": "\xff"}', None),
    ],
)
def test_a_json_that_is_wrong_is_refused_with_the_reason_beside_it(
    inbox: Inbox, core: OscCore, folder: Path, text: str, reason: str | None
) -> None:
    midi(folder / "a.mid")
    (folder / "a.json").write_text(text, encoding="utf-8" if reason else "latin-1")
    scans(inbox, EMPTY_SCANS + 1)
    assert names(folder) == ["done", "failed"]
    assert names(folder / "failed") == ["a.error.txt", "a.json", "a.mid"]
    assert (reason or "is not valid JSON") in (folder / "failed" / "a.error.txt").read_text(encoding="utf-8")
    assert not core.jobs()


def test_refused_files_of_one_name_are_all_kept(inbox: Inbox, folder: Path) -> None:
    for _ in range(3):
        (folder / "a.json").write_text("{")
        scans(inbox)
    assert names(folder / "failed") == ["a.error.txt", "a.json", "a_2.error.txt", "a_2.json", "a_3.error.txt", "a_3.json"]


def test_what_is_hidden_temporary_or_a_folder_is_left_alone(inbox: Inbox, core: OscCore, folder: Path) -> None:
    left = [".a.mid", "a.mid.part", "a.tmp", "a.mid~", "a.mid.crdownload", "Thumbs.db", "desktop.ini"]
    for name in left:
        (folder / name).write_bytes(b"MThd")
    (folder / "folder.mid").mkdir()
    os.mkfifo(folder / "pipe.mid")
    scans(inbox)
    assert names(folder) == sorted([*left, "folder.mid", "pipe.mid"])
    assert not core.orders


def test_a_link_is_not_followed(inbox: Inbox, core: OscCore, folder: Path, tmp_path: Path) -> None:
    secret = midi(tmp_path / "secret.mid")
    (folder / "a.mid").symlink_to(secret)
    (folder / "b.mid").symlink_to(tmp_path / "nowhere")
    scans(inbox)
    assert "a.mid: is a link" in (folder / "failed" / "a.error.txt").read_text()
    assert "b.mid: is a link" in (folder / "failed" / "b.error.txt").read_text()
    assert secret.exists()
    assert not core.orders


def test_an_empty_clip_is_given_time_and_then_refused(inbox: Inbox, folder: Path) -> None:
    (folder / "a.mid").touch()
    scans(inbox, EMPTY_SCANS)
    assert "a.mid" in names(folder)
    scans(inbox, 1)
    assert "a.mid: is empty" in (folder / "failed" / "a.error.txt").read_text()


@pytest.mark.parametrize(
    "name",
    [
        b"-rf; rm \xe2\x80\xae.mid",
        b"new\nline.mid",
        b"\xff\xfe.mid",
        b"%s%n$(id)`.mid",
        "夜曲 第一.MID".encode(),
        b"x" * 251 + b".mid",
        b"a.error.txt.mid",
        b"a.b.c.midi",
    ],
)
def test_a_file_of_any_name_is_taken(inbox: Inbox, core: OscCore, folder: Path, name: bytes) -> None:
    path = folder / os.fsdecode(name)
    midi(folder / "z.mid").rename(path)
    scans(inbox)
    (order,) = core.orders
    order.reply_to.encode()
    assert len(names(folder / "done")) == 1
    path.write_bytes(b"")
    scans(inbox, EMPTY_SCANS + 1)
    assert len(names(folder / "failed")) == 2


def test_two_clips_of_one_name_and_unknown_files_are_refused(inbox: Inbox, core: OscCore, folder: Path) -> None:
    midi(folder / "a.mid")
    (folder / "a.wav").write_bytes(b"RIFF")
    (folder / "b.als").write_bytes(b"Live")
    scans(inbox)
    assert "2 clips have this name" in (folder / "failed" / "a.error.txt").read_text()
    assert "b.als: is neither a clip" in (folder / "failed" / "b.error.txt").read_text()
    assert not core.orders


def test_a_job_that_fails_later_takes_its_files_to_failed(inbox: Inbox, core: OscCore, folder: Path) -> None:
    midi(folder / "a.mid")
    scans(inbox)
    (job,) = core.jobs()
    core.fail(job.id, "engine_failed", "no SoundFont")
    scans(inbox)
    assert names(folder / "done") == []
    assert names(folder / "failed") == ["a.error.txt", "a.mid"]
    assert (folder / "failed" / "a.error.txt").read_text() == "engine_failed: no SoundFont\n"


def test_a_failure_on_our_side_leaves_the_files_for_another_try(
    inbox: Inbox, core: OscCore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> Any:
        raise OSError("disk gone")

    midi(folder / "a.mid")
    midi(folder / "b.mid")
    with monkeypatch.context() as patch:
        patch.setattr(core, "submit", broken)
        scans(inbox)
    assert {"a.mid", "b.mid"} <= set(names(folder))
    scans(inbox, RETRY_SCANS + 1)
    assert names(folder / "done") == ["a.mid", "b.mid"]
    assert len(core.orders) == 2


def test_what_the_core_refuses_is_said_in_the_error_file(
    inbox: Inbox, core: OscCore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> Any:
        raise BridgeError("clip: recordings are not read yet; send MIDI", code="no_recordings")

    monkeypatch.setattr(core, "submit", refuse)
    (folder / "a.wav").write_bytes(b"RIFF....WAVE")
    scans(inbox)
    assert (folder / "failed" / "a.error.txt").read_text() == "no_recordings: clip: recordings are not read yet; send MIDI\n"


def test_a_folder_that_vanishes_and_comes_back_is_looked_at_again(core: OscCore, folder: Path) -> None:
    inbox = Inbox(cast("Core", core), free_port(folder.parent), scan_s=0.005)
    folder.rename(folder.parent / "away")
    inbox.start()
    try:
        soon(lambda: inbox._is_lost)
        (folder.parent / "away").rename(folder)
        midi(folder / "a.mid")
        soon(lambda: names(folder / "done") == ["a.mid"])
    finally:
        inbox.stop()
    assert len(core.orders) == 1
