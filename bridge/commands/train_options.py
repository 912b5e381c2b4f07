"""What the trainings of the sound model's two networks share: arguments, and the corpus."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import ConfigError

if TYPE_CHECKING:
    from model.sound.corpus import Shard

CORPUS, WEIGHTS = Path("var/sound"), Path("model/weights/sound")


def add_run(parser: argparse.ArgumentParser, run: Path) -> None:
    """Declare where a run is kept."""
    parser.add_argument("--run", type=Path, default=run, help=f"where the run is kept and continued (default {run})")


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Declare where weights are."""
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help=f"the sound weights (default {WEIGHTS})")


def add_training(parser: argparse.ArgumentParser, *, minutes: float, crops: int, crops_on_gpu: int) -> None:
    """Declare what a training is told, with its defaults."""
    sizes = ("tiny", "small", "full")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help=f"the sound corpus (default {CORPUS})")
    parser.add_argument("--size", choices=sizes, default="small", help="small for processors (default), full for a GPU")
    parser.add_argument("--minutes", type=float, default=minutes, help="training time in all (default %(default)g)")
    parser.add_argument("--threads", type=int, default=1, help="processor threads (default %(default)g)")
    told = f"crops a batch (default %(default)g; on a GPU {crops_on_gpu})"
    parser.add_argument("--crops", type=int, default=crops, help=told)


def corpus_of(folder: Path) -> tuple[list[Shard], list[Shard]]:
    """Return the shards to train on and those held out; raises ConfigError where there are none."""
    from model.sound.corpus import shards

    train, held = shards(folder, "train"), shards(folder, "held")
    if not (train and held):
        raise ConfigError(f"train: {folder} holds no sound corpus; make it first: stepbridge train sound-corpus")
    return train, held
