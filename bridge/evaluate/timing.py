"""How fast a composer is, and how much memory it takes, measured in a process of its own on one thread."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from bridge.brief import Brief
from bridge.composers import load
from bridge.composers.composer import Composer
from bridge.evaluate.tune import load_tunes
from bridge.step import ignore

LENGTHS = (16, 32, 64, 128)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_STATUS = Path("/proc/self/status")


def timed(composer: str, *, runs: int) -> dict[str, float]:
    """Return seconds for each length in bars (the fastest of `runs`), the growth of a bar's cost, and peak memory.

    `seconds_16` … `seconds_128` are of a composer that has composed before, `seconds_first` includes loading it;
    `bar_cost_growth` is what a bar costs at 128 bars over what it costs at 16; `milliseconds_a_bar` the slope between.
    """
    words = [sys.executable, "-m", "bridge.evaluate.timing", composer, str(runs)]
    done = subprocess.run(words, env=os.environ | _ONE_THREAD, check=True, capture_output=True)  # noqa: S603 - ourselves
    found: dict[str, float] = json.loads(done.stdout)
    short, long = found["seconds_16"], found["seconds_128"]
    slope = 1000.0 * (long - short) / (128 - 16)
    return found | {"bar_cost_growth": (long / 128) / (short / 16), "milliseconds_a_bar": slope}


def main(name: str, runs: int) -> None:
    """Print the figures of a composer as JSON."""
    tune = next(tune for tune in load_tunes() if str(tune.piece.meter) == "4/4")
    began = time.perf_counter()
    composer = load(name)
    composer.compose(tune.of_bars(LENGTHS[0]).brief(), ignore)
    figures = {"seconds_first": time.perf_counter() - began}
    for bars in LENGTHS:
        brief = tune.of_bars(bars).brief()
        figures[f"seconds_{bars}"] = min(_seconds(composer, brief) for _ in range(runs))
    sys.stdout.write(json.dumps(figures | {"peak_megabytes": peak_megabytes()}))


def _seconds(composer: Composer, brief: Brief) -> float:
    began = time.perf_counter()
    composer.compose(brief, ignore)
    return time.perf_counter() - began


def peak_megabytes() -> float:
    """Return the most memory that this process held; what `getrusage` says on Linux may be its parent's."""
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
