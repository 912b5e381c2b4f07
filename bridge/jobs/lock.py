"""One state folder, one daemon."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from bridge.errors import DaemonError

PATIENCE_SECONDS = 2.0
"""How long the holder may take to let go: a daemon that is stopping, or the workers of one that was killed."""


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
            if time.monotonic() - began > PATIENCE_SECONDS:
                holder = os.read(self.file, 32).decode("ascii", "replace").strip() or "unknown"
                raise DaemonError(
                    f"another stepbridge (pid {holder}) already uses {self._folder}; "
                    "stop it, or name another folder in folders.state",
                    code="already_running",
                )
            time.sleep(0.02)
        os.ftruncate(self.file, 0)
        os.write(self.file, str(os.getpid()).encode())

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

else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
