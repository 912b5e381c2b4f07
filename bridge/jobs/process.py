"""A worker process as the daemon holds it: commands in, reports out, and an end that is always noticed."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

from bridge.jobs.messages import Command, Report

THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
MEMORY_SETTINGS = {"MALLOC_ARENA_MAX": "2"}
"""glibc keeps freed memory in an arena for each thread; with two arenas a worker does not grow from job to job."""


class WorkerProcess:
    """One worker process.

    `heard` is called, on a thread of its own, with the process and each report, and with None once the process is gone.
    On Linux the process dies with the *thread* that made it, so make it on one that lives as long as the daemon.
    """

    def __init__(self, threads: int, lock_file: int, heard: Callable[[WorkerProcess, Report | None], None]) -> None:
        can_lend = os.name == "posix"
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [
                sys.executable,
                "-P",
                "-X",
                "faulthandler",
                "-m",
                "bridge.jobs",
                str(os.getpid()),
                str(lock_file if can_lend else -1),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            | dict.fromkeys(THREAD_SETTINGS, str(threads))
            | MEMORY_SETTINGS,
            pass_fds=(lock_file,) if can_lend else (),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(heard,), daemon=True, name=f"worker {self.pid}")
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Give a command; one that is gone takes no notice, and `heard` will be told."""
        assert self._process.stdin is not None  # noqa: S101 - we asked for a pipe
        with contextlib.suppress(OSError):
            pickle.dump(command, self._process.stdin)
            self._process.stdin.flush()

    def kill(self) -> None:
        """End it and its children now, whatever it is doing; `heard` will be told."""
        with contextlib.suppress(ProcessLookupError):
            if os.name == "posix":
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def close(self) -> int:
        """Wait for its end and return its exit status, negative for a signal."""
        status = self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # a half-written command of a worker that died
                if pipe:
                    pipe.close()
        return status

    def _read(self, heard: Callable[[WorkerProcess, Report | None], None]) -> None:
        assert self._process.stdout is not None  # noqa: S101
        reports: BinaryIO = self._process.stdout  # type: ignore[assignment]
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                heard(self, pickle.load(reports))  # noqa: S301 - written by our own worker
        heard(self, None)
