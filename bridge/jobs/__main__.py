"""Where a worker process begins: ``python -m bridge.jobs PID FILE``, the daemon and the number of the lock file it lends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import BinaryIO

NICENESS = 10
"""So that the daemon, which answers OSC, always comes first."""
PR_SET_PDEATHSIG = 1
"""Linux, <sys/prctl.h>."""


def main() -> None:
    """Serve the daemon that started this process."""
    parent, lock = int(sys.argv[1]), int(sys.argv[2])
    _end_with(parent)
    if lock >= 0:
        os.set_inheritable(lock, False)  # ours until we end, but not our children's
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _left_to_the_daemon)
    output = _own_output()
    from bridge.jobs.worker import Worker  # noqa: PLC0415 - slow, and a daemon that dies now must not be outlived

    Worker(sys.stdin.buffer, output).serve()


def _end_with(parent: int) -> None:
    """Have Linux kill this process together with its daemon (elsewhere the end of the pipe does it, a little later)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def _left_to_the_daemon(_number: int, _frame: object) -> None:
    """Take no notice: the daemon gets the same signal and ends its workers in good order."""


def _own_output() -> BinaryIO:
    """Return the pipe to the daemon, moved out of the way of native code that prints: that goes to the log."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return pipe


if __name__ == "__main__":
    main()
