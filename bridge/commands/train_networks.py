"""`stepbridge train score-autoencoder | score-composer | critic | lstm | score-weights`: train the composer's networks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from bridge.commands.train_corpus import FOLDER as CORPUS
from bridge.errors import ConfigError

RUNS = Path("var/runs")
WEIGHTS = Path("model/weights/score")
MINUTES = {"score-autoencoder": 30.0, "score-composer": 60.0, "critic": 5.0, "lstm": 30.0}
"""Stage → minutes of training on two processor cores that are known to serve."""


def add_arguments(parser: argparse.ArgumentParser, stage: str) -> None:
    """Declare the arguments of a stage."""
    parser.add_argument("--runs", type=Path, default=RUNS, help=f"where runs are kept and continued (default {RUNS})")
    if stage not in MINUTES:
        parser.add_argument(
            "--weights", type=Path, default=Path("model/weights/score"), help="where the weights are (default %(default)s)"
        )
        return
    parser.add_argument("--corpus", type=Path, default=CORPUS, help=f"the training set (default {CORPUS})")
    parser.add_argument("--minutes", type=float, default=MINUTES[stage], help="training time in all (default %(default)g)")
    parser.add_argument(
        "--threads", type=int, default=1, help="processor threads (default 1: two are slower where cores are shared)"
    )
    if stage == "score-composer":
        parser.add_argument(
            "--size", choices=("small", "full"), help="small for processors, full for a GPU (default as begun, else small)"
        )
        parser.add_argument(
            "--flow", choices=("harmoniser", "arranger", "both"), default="both", help="which flow (default both)"
        )
        parser.add_argument("--crops", type=int, help="crops of songs a step (default 48 and 32; on a GPU 512)")
        parser.add_argument(
            "--wording",
            type=float,
            default=1.0,
            help="how much more than in the data words lead the arranger; above 1 for the last part of a training (default 1)",
        )


def run(arguments: argparse.Namespace) -> int:
    """Train, or pack what was trained."""
    try:
        from model.train import package, runs
    except ImportError as error:
        raise ConfigError(f"train: {error.name} is not installed; pip install 'stepbridge[train]'") from None
    if arguments.stage == "score-weights":
        sys.stdout.write(f"{package.package(arguments.runs, arguments.weights, _families())}\n")
        return 0
    if arguments.stage == "score-unpack":
        try:
            names = package.unpack(arguments.weights, arguments.runs)
        except (KeyError, RuntimeError):
            raise ConfigError(
                f"train: {arguments.weights} is of an older stepbridge, whose files do not name all parameters; "
                "pack them anew from their runs: stepbridge train score-weights"
            ) from None
        sys.stdout.write(f"{', '.join(names)}: ready in {arguments.runs}\n")
        return 0
    runs.settle_threads(arguments.threads)
    if arguments.stage == "score-composer":
        _settle_size(runs, arguments)
    corpus = runs.Corpus.read(arguments.corpus, runs.remembered_tags(arguments.runs))
    runs.remember_tags(arguments.runs, corpus.tags)
    seconds = 60.0 * arguments.minutes
    for train in _trainings(runs, arguments):
        finished = train(corpus, arguments.runs, seconds)
        sys.stdout.write(f"{finished.folder}: {finished.step} steps in {finished.spent_seconds:.0f} s\n")
    return 0


def _settle_size(runs: ModuleType, arguments: argparse.Namespace) -> None:
    """Write the size of the flows down; raises ConfigError where flows of another size are trained already."""
    known = runs.remembered_size(arguments.runs)
    begun = [name for name in ("harmoniser", "arranger") if (arguments.runs / name).exists()]
    if begun and arguments.size not in {None, known}:
        raise ConfigError(
            f"size: {arguments.runs} holds flows of size {known}; give another folder for {arguments.size}: --runs"
        )
    runs.remember_size(arguments.runs, arguments.size or known)


def _families() -> dict[str, Any]:
    """Return what the composer needs to know of the corpus: idiom → family, and the words that describe each family."""
    from bridge.corpus.families import load_families

    found = load_families().values()
    described = {family.name: list(family.words["en"]) for family in found}
    return {"families": {idiom: family.name for family in found for idiom in family.idioms}, "described": described}


def _trainings(runs: ModuleType, arguments: argparse.Namespace) -> list[Callable[..., Any]]:
    if arguments.stage != "score-composer":
        one = {"score-autoencoder": runs.run_autoencoder, "critic": runs.run_critic, "lstm": runs.run_lstm}
        return [one[arguments.stage]]
    crops = {"crops": arguments.crops} if arguments.crops else {}
    both = {
        "harmoniser": partial(runs.run_harmoniser, **crops),
        "arranger": partial(runs.run_arranger, wording=arguments.wording, **crops),
    }
    return [train for name, train in both.items() if arguments.flow in {name, "both"}]
