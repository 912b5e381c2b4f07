"""One state folder, one daemon."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from bridge.errors import DaemonError

STOPPING_SECONDS = 1.0
"""How long a daemon that lives may take to let go: it may just be stopping."""
DYING_SECONDS = 20.0
"""How long the workers of a daemon that was killed may take to end; they need no time unless the machine is overloaded."""


class StateLock:
    """The daemon's hold on a state folder, shared with its workers.

    The workers inherit the open file, so after a daemon was killed no new one begins before the last worker of the old one
    is gone: two workers can never deliver the same job.
    """

    def __init__(self, folder: Path) -> None:
        """Take hold; raises DaemonError where another daemon has it or the folder cannot be made."""
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.file = os.open(folder / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DaemonError(f"folders.state {folder}: cannot be used ({error.strerror})", code="bad_state_folder") from None
        try:
            self._take()
        except DaemonError:
            os.close(self.file)
            raise

    def _take(self) -> None:
        began = time.monotonic()
        while not _locked(self.file):
            holder = self._holder()
            if time.monotonic() - began > (STOPPING_SECONDS if holder is None or _is_alive(holder) else DYING_SECONDS):
                raise DaemonError(
                    f"another stepbridge (pid {holder or 'unknown'}) already uses {self._folder}; "
                    "stop it, or name another folder in folders.state",
                    code="already_running",
                )
            time.sleep(0.02)
        os.ftruncate(self.file, 0)
        os.write(self.file, str(os.getpid()).encode())

    def _holder(self) -> int | None:
        os.lseek(self.file, 0, os.SEEK_SET)
        text = os.read(self.file, 32)
        os.lseek(self.file, 0, os.SEEK_SET)
        return int(text) if text.isdigit() else None

    def release(self) -> None:
        """Let go."""
        os.close(self.file)


if sys.platform == "win32":
    import msvcrt

    def _locked(file: int) -> bool:
        try:
            os.lseek(file, 1 << 30, os.SEEK_SET)  # far behind the text, which others may read
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

    def _is_alive(_pid: int) -> bool:
        return True  # os.kill(pid, 0) would end it here

else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _is_alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # there, and another user's
        return True
