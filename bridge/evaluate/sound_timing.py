"""How fast an engine of sound is, and how much memory it takes, in a process of its own on a number of threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from bridge import engines
from bridge.brief import Brief
from bridge.engines.engine import Engine
from bridge.evaluate.sound_trials import asked
from bridge.evaluate.timing import peak_megabytes
from bridge.evaluate.tune import load_tunes
from bridge.music.score import Score
from bridge.step import ignore

LENGTHS_S = (10, 60, 240)
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def timed(engine: str, threads: int, lengths_s: Sequence[int] = LENGTHS_S) -> dict[str, float]:
    """Return seconds for each length of four parts, seconds a second (real-time factor), and peak memory.

    `seconds_10` … are of an engine that has performed before; `cost` is the slope between the shortest and the longest, in
    seconds a second of music; `cost_growth` what a second costs in the longest over what it costs in the shortest.
    """
    words = [sys.executable, "-m", "bridge.evaluate.sound_timing", engine, str(threads), *map(str, lengths_s)]
    environment = os.environ | dict.fromkeys(_VARIABLES, str(threads))
    done = subprocess.run(words, env=environment, check=True, capture_output=True)  # noqa: S603 - ourselves
    found: dict[str, float] = json.loads(done.stdout)
    first, last = lengths_s[0], lengths_s[-1]
    short, long = found[f"seconds_{first}"], found[f"seconds_{last}"]
    growth = (long / last) / (short / first)
    return found | {"cost": (long - short) / max(last - first, 1), "cost_growth": growth, "factor": short / first}


def order(seconds: int) -> tuple[Score, Brief]:
    """Return a held-out tune in 4/4 with four parts, about so long."""
    tune = next(tune for tune in load_tunes() if str(tune.piece.meter) == "4/4")
    bars = max(1, round(seconds * tune.bpm / 60.0 / tune.piece.meter.pulses_per_bar))
    return asked([tune.of_bars(bars)])[0]


def main(name: str, threads: int, lengths_s: Sequence[int]) -> None:
    """Print the figures of an engine as JSON."""
    engine = engines.load(name, None, threads)
    engine.perform(*order(5), ignore)
    figures = {}
    for seconds in lengths_s:
        score, brief = order(seconds)
        figures[f"seconds_{seconds}"] = _spent(engine, score, brief) * seconds / score.section.seconds
        figures[f"megabytes_{seconds}"] = peak_megabytes()
    sys.stdout.write(json.dumps(figures))


def _spent(engine: Engine, score: Score, brief: Brief) -> float:
    began = time.perf_counter()
    engine.perform(score, brief, ignore)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), [int(word) for word in sys.argv[3:]])
