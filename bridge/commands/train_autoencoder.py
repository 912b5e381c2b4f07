"""`stepbridge train autoencoder | autoencoder-unpack | autoencoder-weights`: train the latent space of sound."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bridge.commands.train_options import add_run, add_training, add_weights, corpus_of
from bridge.errors import ConfigError

RUN = Path("var/runs/sound-autoencoder")


def add_arguments(parser: argparse.ArgumentParser, stage: str) -> None:
    """Declare the arguments of a stage."""
    add_run(parser, RUN)
    if stage != "autoencoder":
        add_weights(parser)
        return
    add_training(parser, minutes=75.0, crops=10, crops_on_gpu=64)
    parser.add_argument("--device", default="cpu", help="cpu (default), or cuda: bf16, compiled")
    parser.add_argument("--frames", type=int, default=16, help="frames of a crop, 25 a second (default %(default)g)")
    parser.add_argument("--accumulate", type=int, default=1, help="batches a step (default %(default)g)")


def run(arguments: argparse.Namespace) -> int:
    """Train, or pack what was trained."""
    try:
        from model.train import runs, sound_autoencoder, sound_package
    except ImportError as error:
        raise ConfigError(f"train: {error.name} is not installed; pip install 'stepbridge[train]'") from None
    if arguments.stage == "autoencoder-weights":
        sys.stdout.write(f"{sound_package.package(arguments.run, arguments.weights)}\n")
        return 0
    if arguments.stage == "autoencoder-unpack":
        sound_package.unpack(arguments.weights, arguments.run)
        sys.stdout.write(f"ready in {arguments.run}\n")
        return 0
    from model.train.loop import Pace
    from model.train.sound_crops import Crops, held_crops

    runs.settle_threads(arguments.threads)
    corpus_of(arguments.corpus)
    held = held_crops(arguments.corpus, 24, 64)
    pace = Pace(60.0 * arguments.minutes, learning_rate=8e-4, save_every_seconds=120.0, accumulate=arguments.accumulate)
    plan = sound_autoencoder.Plan(arguments.size, pace, arguments.device)
    if sound_autoencoder.is_settled(arguments.run):
        sys.stdout.write(
            f"{arguments.run}: the decoder alone goes on, for latents are made with this encoder; another --run begins anew\n"
        )
    crops = Crops(arguments.corpus, arguments.crops, arguments.frames)
    done = sound_autoencoder.train(crops, held, arguments.run, plan)
    sys.stdout.write(f"{done.folder}: {done.step} steps in {done.spent_seconds:.0f} s\n")
    return 0
