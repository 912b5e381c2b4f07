"""Disks that are full, gone or closed, and processes that are killed: nothing half-made is ever seen."""

import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import DeliveryError
from bridge.outbox.delivery import deliver, find_deliveries, sweep
from bridge.step import Step, ignore
from tests.outbox import takes

pytestmark = pytest.mark.usefixtures("undrawn")
TAKE = takes.take()
SMALL, LARGE = "600k", "64m"
"""Room for one stem and a half; room for all."""


def delivered(outbox: Path, step: Step = ignore, **fields: Any) -> Path:
    return deliver(TAKE, takes.job(**fields), takes.brief(), 1, outbox, timings={}, step=step)


def refused(outbox: Path, step: Step = ignore, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        delivered(outbox, step, **fields)
    assert str(outbox) in caught.value.text
    return caught.value


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, too small for a take until it is made larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("formats", [["wav"], ["flac"], ["ogg", "wav"]])
def test_a_full_disk_is_said_and_the_take_is_delivered_once_there_is_room(disk: Path, formats: list[str]) -> None:
    error = refused(disk, formats=formats, bit_depth="24")
    assert (error.code, "the disk is full" in error.text) == ("disk_full", True)
    assert list(disk.rglob("*")) == []
    mount("-o", f"remount,size={LARGE}", str(disk))
    path = delivered(disk, formats=formats)
    assert find_deliveries(disk, "job-1") == {1: path}


@pytest.mark.parametrize("room", ["16k", "100k"])
@pytest.mark.parametrize("name", ["flac", "ogg", "mp3"])
def test_no_encoder_hides_that_the_disk_is_full(disk: Path, name: str, room: str) -> None:
    mount("-o", f"remount,size={room}", str(disk))
    assert refused(disk, formats=[name]).code == "disk_full"
    assert list(disk.rglob("*")) == []


def test_a_read_only_disk_is_said_and_tried_again(disk: Path) -> None:
    mount("-o", f"remount,ro,size={LARGE}", str(disk))
    error = refused(disk)
    assert (error.code, "read-only" in error.text) == ("outbox_read_only", True)
    mount("-o", "remount,rw", str(disk))
    assert delivered(disk).is_file()


def test_a_forbidden_folder_is_said(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    outbox.mkdir(mode=0o500)
    with nobody():
        error = refused(outbox)
    assert (error.code, "permissions" in error.text) == ("outbox_forbidden", True)
    assert list(outbox.iterdir()) == []


@contextmanager
def nobody() -> Iterator[None]:
    """Be somebody whom permissions bind."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_larger_than_allowed_is_said(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        error = refused(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.code == "file_too_large"
    assert list(tmp_path.iterdir()) == []


def test_an_outbox_that_vanishes_is_said_and_made_again(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"

    def step(_stage: str, _done: int, _total: int) -> None:
        shutil.rmtree(outbox, ignore_errors=True)

    error = refused(outbox, step)
    assert (error.code, "vanished" in error.text) == ("outbox_missing", True)
    assert delivered(outbox).is_file()


def killed(outbox: Path, moments: list[str]) -> list[str]:
    """Deliver once for each moment in a process that is killed there; return how each ended."""
    command = [sys.executable, "-m", "tests.outbox.dying", str(outbox)]
    done = subprocess.run(command, input="\n".join(moments), capture_output=True, check=True, text=True)
    return done.stdout.split()


def check_whole(outbox: Path) -> int:
    """Check every visible delivery down to the hash of each file; return how many there are."""
    folders = [folder for folder in outbox.glob("*/*") if not folder.name.startswith(".")]
    for folder in folders:
        fields = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        entries = [*fields["stems"], *fields["midi"], fields["mix"], fields["session"], fields["report"]]
        for entry in entries:
            assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    return len(folders)


def check_after_kills(outbox: Path, endings: list[str]) -> None:
    whole = check_whole(outbox)
    assert whole >= endings.count("done")
    sweep(outbox)
    assert not [path for path in outbox.glob("*/*") if path.name.startswith(".")]
    assert check_whole(outbox) == whole


def test_killed_at_any_file_operation_only_whole_deliveries_are_seen(tmp_path: Path) -> None:
    endings = killed(tmp_path, [f"at {operation}" for operation in range(1, 160, 8)])
    assert endings.count("killed") > 8
    check_after_kills(tmp_path, endings)


def test_killed_at_random_moments_only_whole_deliveries_are_seen(tmp_path: Path) -> None:
    moments = random.Random(0)  # noqa: S311 - a test, not a secret
    endings = killed(tmp_path, [f"after {moments.uniform(0.001, 0.15):.4f}" for _ in range(10)])
    check_after_kills(tmp_path, endings)
