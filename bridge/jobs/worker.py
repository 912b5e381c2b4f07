"""The worker process: makes one job after the other, and never outlives its daemon."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from bridge.engines.engine import Capabilities
from bridge.errors import BridgeError, CancelledError, DeliveryError
from bridge.job import Job
from bridge.jobs.messages import (
    Ask,
    Cancel,
    Command,
    Delivered,
    Ended,
    Grant,
    Progressed,
    Ready,
    Report,
    Run,
    Start,
    Warns,
)
from bridge.log import start_log
from bridge.step import HAND_OVER

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.05
"""Progress within a stage is told no more often than this."""
HOPELESS_CODES = frozenset({"file_too_large", "path_too_long", "take_damaged", "unknown_schema", "unknown_part"})
"""Deliveries that no patience helps, and takes worked on that are gone or were changed; all others can be mended while the
job waits: a full disk, a folder gone."""


class Worker:
    """Obeys the commands of one daemon."""

    def __init__(self, commands: BinaryIO, reports: BinaryIO) -> None:
        self._commands = commands
        self._reports = reports
        self._sending = threading.Lock()
        self._tasks: SimpleQueue[Start | Run] = SimpleQueue()
        self._grants: SimpleQueue[bool] = SimpleQueue()
        self._cancelled_id = ""

    def serve(self) -> None:
        """Work until the daemon is gone."""
        threading.Thread(target=self._listen, daemon=True, name="commands").start()
        start = self._tasks.get()
        assert isinstance(start, Start)  # noqa: S101 - the daemon's first command
        runner = self._started(start)
        self._send(Ready(self._engines(runner, start)))
        while True:
            task = self._tasks.get()
            assert isinstance(task, Run)  # noqa: S101
            self._send(self._outcome(task, runner, start))

    def _listen(self) -> None:
        """Read commands; a daemon that hangs up or dies ends the process here and now, whatever the work is doing."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._obey(pickle.load(self._commands))  # noqa: S301 - written by our own daemon
        os._exit(0)

    def _obey(self, command: Command) -> None:
        match command:
            case Start() | Run():
                self._tasks.put(command)
            case Cancel(job_id):
                self._cancelled_id = job_id
                self._grants.put(False)
            case Grant():
                self._grants.put(True)

    def _send(self, report: Report) -> None:
        with self._sending:
            pickle.dump(report, self._reports)
            self._reports.flush()

    def _started(self, start: Start) -> Any:  # noqa: ANN401 - a module
        """Return the runner, warm; what fails here fails again in the first job, where somebody can be told."""
        start_log(start.config, "worker")
        runner = None
        try:
            runner = importlib.import_module(start.runner)
            runner.sweep(start.config)  # what a worker that was killed left half-written
            if start.is_warming:
                runner.warm(start.config)
        except BridgeError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("the worker could not prepare")
        return runner

    @staticmethod
    def _engines(runner: Any, start: Start) -> tuple[Capabilities, ...]:  # noqa: ANN401
        try:
            return tuple(runner.capabilities(start.config))
        except Exception:
            log.exception("the worker could not ask its engines")
            return ()

    def _outcome(self, task: Run, runner: Any, start: Start) -> Ended:  # noqa: ANN401
        try:
            runner = runner or importlib.import_module(start.runner)
            with _swept(runner, start, task.job):
                self._run(task, runner, start)
        except DeliveryError as error:
            return Ended(error.code, error.text, is_retryable=error.code not in HOPELESS_CODES)
        except BridgeError as error:
            return Ended(error.code, error.text)
        except Exception as error:
            log.exception("job %s failed on an error of the program", task.job.id)
            return Ended("internal_error", f"the program failed on this job: {type(error).__name__}: {error}")
        return Ended()

    def _run(self, task: Run, runner: Any, start: Start) -> None:  # noqa: ANN401
        self._grants = SimpleQueue()
        runner.run(
            task.job,
            task.clips,
            start.config,
            _Steps(self, task.job).step,
            lambda variation, manifest: self._send(Delivered(variation, str(Path(manifest)))),
            lambda text: self._send(Warns(text)),
        )

    def check(self, job: Job) -> None:
        """Raise CancelledError where the musician gave this job up."""
        if self._cancelled_id == job.id:
            raise CancelledError

    def ask(self) -> None:
        """Return once the daemon grants the delivery; raises CancelledError where it does not."""
        self._send(Ask())
        if not self._grants.get():
            raise CancelledError

    def tell(self, stage: str, fraction: float) -> None:
        """Report progress."""
        self._send(Progressed(stage, fraction))


class _Steps:
    """The step callback of one job: cancellation at each step, progress now and then."""

    def __init__(self, worker: Worker, job: Job) -> None:
        self._worker = worker
        self._job = job
        self._stage = ""
        self._told = 0.0

    def step(self, stage: str, done: int, total: int) -> None:
        self._worker.check(self._job)
        now = time.monotonic()
        if stage != self._stage or now - self._told >= PROGRESS_SECONDS:
            self._stage, self._told = stage, now
            self._worker.tell(stage, min(max(done / max(total, 1), 0.0), 1.0))
        if stage.endswith(HAND_OVER):
            self._worker.ask()


@contextlib.contextmanager
def _swept(runner: Any, start: Start, job: Job) -> Iterator[None]:  # noqa: ANN401
    """Leave nothing half-written behind where the runner raises."""
    try:
        yield
    except BaseException:
        runner.sweep(start.config, job.id)
        raise
