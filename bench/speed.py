"""From the trigger to the delivery, for short and long sections."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from bench.daemon import CLIP, Client, running

RUNS = 5


def main() -> None:
    """Print the table."""
    print("\n## speed: /generate → /done, four stems, mix, MIDI, picture, report, 24-bit 48 kHz, 120 BPM, one warm daemon")
    print("| bars | seconds of music | seconds (median) | × real time | ms a bar | peak memory |")
    per_bar = {}
    with running() as daemon:
        client = Client(daemon.osc_port)
        client.send("/stepbridge/clip/blob", "bench", CLIP.read_bytes())
        client.wait_for("/stepbridge/clip/ok", "bench", 10)
        _seconds(client, 8, "warm")
        for bars in (8, 32, 128):
            runs = [_seconds(client, bars, f"b{bars}-{run}") for run in range(RUNS)]
            taken, music = statistics.median(run[0] for run in runs), runs[0][1]
            per_bar[bars] = 1000 * taken / bars
            print(
                f"| {bars} | {music:.1f} | {taken:.2f} | {music / taken:.1f} | "
                f"{per_bar[bars]:.0f} | {daemon.peak_mb():.0f} MB |"
            )
        print(f"cost of a bar at 128 bars / at 8 bars: {per_bar[128] / per_bar[8]:.2f}")
        stages = json.loads(_last_manifest(daemon.folder).read_text())["timings"]
        print("stages at 128 bars: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items()))


def _seconds(client: Client, bars: int, name: str) -> tuple[float, float]:
    """Return how long one job took from trigger to delivery, and how long its music is."""
    began = time.perf_counter()
    fields = ("clip", "bench", "prompt", "rock", "bars", bars, "bpm", 120.0, "random_seed", 1)
    client.send("/stepbridge/generate", name, *fields)
    manifest = client.wait_for("/stepbridge/done", name, 300)[1]
    taken = time.perf_counter() - began
    return taken, json.loads(Path(manifest).read_text())["section"]["seconds"]


def _last_manifest(folder: Path) -> Path:
    return max((folder / "outbox").rglob("manifest.json"), key=lambda path: path.stat().st_mtime)
