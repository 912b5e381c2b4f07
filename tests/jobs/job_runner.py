"""A runner for the workers under test: what it does with a job stands in the prompt, what it did in the file `runs`."""

import ctypes
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bridge.config import Config
from bridge.engines.engine import Capabilities
from bridge.errors import DeliveryError, EngineError
from bridge.job import Job
from bridge.step import HAND_OVER, Step

SOURCE = Path(__file__).parent
SLICE_SECONDS = 0.002


def warm(config: Config) -> None:
    """Crash where the state folder says so."""
    if (config.folders.state / "warm_crashes").exists():
        os._exit(3)


def capabilities(config: Config) -> list[Capabilities]:
    """Name one engine."""
    return [Capabilities("test", "cpu", is_ready=True, sample_rates_hz=(config.threads,))]


def sweep(config: Config, job_id: str | None = None) -> None:
    """Remove the hidden leftovers of a job, or of all."""
    for path in config.folders.outbox.glob(f".{job_id or '*'}.*"):
        path.unlink()


def run(
    job: Job,
    clips: Mapping[str, bytes],
    config: Config,
    step: Step,
    delivered: Callable[[int, Path], None],
    warn: Callable[[str], None],
) -> None:
    """Do what the prompt says, then deliver each variation under a name that never repeats: two deliveries are two files."""
    outbox = config.folders.outbox
    with (config.folders.state / "runs").open("a") as runs:
        runs.write(f"{job.id} {job.random_seed} {job.transport.bpm} {sorted(clips.items())}\n")
    work, _, amount = job.request.prompt.partition(" ")
    for variation in range(1, job.request.variations + 1):
        there = list(outbox.glob(f"{job.id}_{variation}_*"))
        if not there:
            step("compose", variation - 1, job.request.variations)
            WORK[work](amount, step, outbox)
            hidden = outbox / f".{job.id}.{os.getpid()}"
            hidden.write_text("half")
            step(f"deliver {HAND_OVER}", variation, job.request.variations)
            there = [hidden.rename(outbox / f"{job.id}_{variation}_{os.urandom(4).hex()}")]
        delivered(variation, there[0])
        if work == "warn":
            warn(amount)


def _sleep(amount: str, step: Step, _outbox: Path) -> None:
    for done in range(int(float(amount or 0) / SLICE_SECONDS)):
        time.sleep(SLICE_SECONDS)
        step("compose", done, 1_000_000)


def _native(amount: str, _step: Step, _outbox: Path) -> None:
    ctypes.PyDLL(None).sleep(int(amount))  # PyDLL keeps the interpreter's lock: no other Python thread of the process runs


def _native_released(amount: str, _step: Step, _outbox: Path) -> None:
    ctypes.CDLL(None).sleep(int(amount))


def _segfault(_amount: str, _step: Step, _outbox: Path) -> None:
    ctypes.string_at(0)


def _exit(amount: str, _step: Step, _outbox: Path) -> None:
    os._exit(int(amount))


def _raise(_amount: str, _step: Step, _outbox: Path) -> None:
    raise ZeroDivisionError("a bug")


def _refuse(amount: str, _step: Step, _outbox: Path) -> None:
    raise EngineError("the composer needs at least one bar", code=amount)


def _disk_full(_amount: str, _step: Step, outbox: Path) -> None:
    if (outbox / "full").exists():
        raise DeliveryError(f"outbox {outbox}: the disk is full", code="disk_full")


def _print(_amount: str, _step: Step, _outbox: Path) -> None:
    os.write(1, b"a native library talks to standard output\n" * 100)


def _nothing(_amount: str, _step: Step, _outbox: Path) -> None:
    pass


def _rename_hangs(_amount: str, step: Step, _outbox: Path) -> None:
    step(f"deliver {HAND_OVER}", 0, 1)
    time.sleep(60.0)


WORK: Mapping[str, Callable[[str, Step, Path], None]] = {
    "": _nothing,
    "warn": _nothing,
    "sleep": _sleep,
    "native": _native,
    "native_released": _native_released,
    "segfault": _segfault,
    "exit": _exit,
    "raise": _raise,
    "refuse": _refuse,
    "disk_full": _disk_full,
    "print": _print,
    "rename_hangs": _rename_hangs,
}
