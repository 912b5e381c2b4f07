"""Delivers takes in children of its own that are killed at a chosen moment. Run: python -m tests.outbox.dying OUTBOX.

Each line on stdin is one child: ``at N`` dies (SIGKILL) at its N-th file operation, ``after S`` after S seconds. One line
on stdout for each: ``killed`` or ``done``.
"""

import os
import signal
import sys
from pathlib import Path

from bridge.outbox import files
from bridge.outbox.delivery import deliver
from bridge.step import ignore
from tests.outbox import takes

TAKE = takes.take(takes.section(1))


def die_at(operation: int) -> None:
    seen = 0

    def heard(event: str, _arguments: object) -> None:
        nonlocal seen
        seen += event == "open" or event.startswith(("os.", "shutil."))
        if seen == operation:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)


def child(outbox: Path, how: str, when: str) -> None:
    if how == "after":
        signal.setitimer(signal.ITIMER_REAL, float(when))
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    else:
        die_at(int(when))
    deliver(TAKE, takes.job(), takes.brief(TAKE.score.section), 1, outbox, timings={}, step=ignore)
    os._exit(0)


def main() -> None:
    files._write_overview = takes.plain_overview
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(Path(sys.argv[1]), *line.split())
        _, status = os.waitpid(pid, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    main()
