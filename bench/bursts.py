"""How quickly `/generate` is accepted while another job renders, and what a burst of messages loses."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from bench.daemon import CLIP, Client, Running, percentile, running

REQUESTS = 300
BURST_SECONDS = 10.0
BURST_PER_SECOND = 10_000
BATCH = 50
QUIET_SECONDS = 5.0


def main() -> None:
    """Print the table."""
    print("\n## bursts")
    with running() as daemon:
        waits = _waits_while_rendering(daemon)
        print(
            f"| /generate → /accepted while a job renders | p50 {1000 * percentile(waits, 0.5):.1f} ms | "
            f"p99 {1000 * percentile(waits, 0.99):.1f} ms | {len(waits)} requests |"
        )
    with running() as daemon:
        sent, accepted, remembered, seconds = _burst(daemon)
        print(
            f"| burst | {sent} messages in {seconds:.1f} s | {accepted} accepted, {remembered} remembered, "
            f"{sent - accepted} unanswered |"
        )


def _waits_while_rendering(daemon: Running) -> list[float]:
    client = Client(daemon.osc_port)
    client.send("/stepbridge/clip/blob", "bench", CLIP.read_bytes())
    client.wait_for("/stepbridge/clip/ok", "bench", 10)
    client.send("/stepbridge/generate", "long", "clip", "bench", "bars", 512, "bpm", 120.0)
    client.wait_for("/stepbridge/progress", "long", 60)
    waits = []
    for index in range(REQUESTS):
        name = f"quick{index}"
        began = time.perf_counter()
        client.send("/stepbridge/generate", name, "clip", "bench", "bars", 8)
        client.wait_for("/stepbridge/accepted", name, 10)
        waits.append(time.perf_counter() - began)
        time.sleep(0.01)
    return waits


def _burst(daemon: Running) -> tuple[int, int, int, float]:
    """Send pings and generates at an even pace; return (generates sent, accepted, remembered, seconds taken)."""
    client = Client(daemon.osc_port)
    accepted: set[str] = set()
    is_over = threading.Event()
    listener = threading.Thread(target=_collect, args=(client, accepted, is_over))
    listener.start()
    began = time.perf_counter()
    count = int(BURST_SECONDS * BURST_PER_SECOND)
    for index in range(count):
        client.send("/stepbridge/generate", f"job{index}", "prompt", "rock", "bars", 1)
        if index % BATCH == BATCH - 1:
            ahead = began + (index + 1) / BURST_PER_SECOND - time.perf_counter()
            time.sleep(max(0.0, ahead))
    seconds = time.perf_counter() - began
    _wait_until_quiet(accepted)
    is_over.set()
    listener.join()
    return count, len(accepted), _remembered(daemon.folder, accepted), seconds


def _wait_until_quiet(accepted: set[str]) -> None:
    """Return once no more answers have come for a while: what was sent faster than it is handled waits in the daemon."""
    before = -1
    while len(accepted) > before:
        before = len(accepted)
        time.sleep(QUIET_SECONDS)


def _collect(client: Client, accepted: set[str], is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            address, arguments = client.receive(0.2)
        except OSError:
            continue
        if address == "/stepbridge/accepted":
            accepted.add(arguments[0])


def _remembered(folder: Path, accepted: set[str]) -> int:
    """Return how many of the accepted jobs are in the store on disk."""
    path = folder / "state" / "jobs.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        ids = {row[0] for row in connection.execute("SELECT id FROM jobs")}
    return len(ids & accepted)
