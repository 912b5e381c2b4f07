"""How quickly `--help` answers, the daemon listens, and how little it does when idle."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.daemon import running

RUNS = 7
IDLE_SECONDS = 10.0
WARM_UP_SECONDS = 20.0
TICKS_PER_SECOND = 100


def main() -> None:
    """Print the table."""
    python = statistics.median(_seconds([sys.executable, "-c", "pass"]) for _ in range(RUNS))
    helped = statistics.median(_seconds([sys.executable, "-m", "bridge", "--help"]) for _ in range(RUNS))
    print("\n## startup")
    print(f"| stepbridge --help | {helped:.3f} s | {helped / python:.1f} × an empty Python ({python:.3f} s) |")
    with running() as daemon:
        print(f"| serve answers OSC | {daemon.seconds_to_listen:.2f} s | after the start of the process |")
        time.sleep(WARM_UP_SECONDS)
        before = sum(_cpu_ticks(pid) for pid in daemon.pids())
        time.sleep(IDLE_SECONDS)
        used = (sum(_cpu_ticks(pid) for pid in daemon.pids()) - before) / TICKS_PER_SECOND
        print(f"| idle daemon | {100 * used / IDLE_SECONDS:.2f} % of one core | over {IDLE_SECONDS:.0f} s, worker included |")
        print(f"| idle memory | {daemon.peak_mb():.0f} MB | the largest of its processes |")


def _seconds(words: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - began


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
