"""`stepbridge train performer | performer-guided | performer-weights | performer-unpack`: the networks of the engine neural."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.commands.train_options import add_run, add_training, add_weights, corpus_of
from bridge.errors import ConfigError

if TYPE_CHECKING:
    from model.train.sound_performer import Encode

RUN, GUIDED_RUN = Path("var/runs/performer"), Path("var/runs/performer-guided")


def add_arguments(parser: argparse.ArgumentParser, stage: str) -> None:
    """Declare the arguments of a stage."""
    add_run(parser, GUIDED_RUN if stage == "performer-guided" else RUN)
    add_weights(parser)
    if stage == "performer-guided":
        parser.add_argument("--source", type=Path, default=RUN, help=f"the run of the performer that is taught (default {RUN})")
    if stage in {"performer", "performer-guided"}:
        add_training(parser, minutes=60.0 if stage == "performer" else 20.0, crops=8, crops_on_gpu=256)
        parser.add_argument("--listen", type=int, default=24, help="held-out examples to listen to at the end (default 24)")


def run(arguments: argparse.Namespace) -> int:
    """Train, or pack what was trained."""
    try:
        from model.train import performer_guiding, performer_package, performer_runs, runs
    except ImportError as error:
        raise ConfigError(f"train: {error.name} is not installed; pip install 'stepbridge[train]'") from None
    if arguments.stage == "performer-weights":
        sys.stdout.write(f"{performer_package.package(arguments.run, arguments.weights, {})}\n")
        return 0
    if arguments.stage == "performer-unpack":
        performer_package.unpack(arguments.weights, arguments.run)
        sys.stdout.write(f"{arguments.run}: ready to go on from {arguments.weights}\n")
        return 0
    runs.settle_threads(arguments.threads)
    found = corpus_of(arguments.corpus)
    coder = encoder(arguments.weights, arguments.threads)
    seconds, crops = 60.0 * arguments.minutes, arguments.crops
    if arguments.stage == "performer-guided":
        done = performer_guiding.run_guiding(found, coder, (arguments.source, arguments.run), seconds, crops)
    else:
        done = performer_runs.run_performer(found, coder, arguments.run, seconds, size=arguments.size, crops=crops)
    sys.stdout.write(f"{done.folder}: {done.step} steps in {done.spent_seconds:.0f} s\n")
    for name, figures in listened(arguments).items():
        sys.stdout.write(f"{name}: {', '.join(f'{figure} {value:.3f}' for figure, value in figures.items())}\n")
    return 0


def listened(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return how held-out leads follow their notes: performed by the run, and as they are, through the autoencoder."""
    from bridge.engines.neural.engine import NeuralEngine
    from bridge.engines.neural.weights import load_codec
    from bridge.evaluate.sound_held import held_stems, leads_followed
    from model.train.performer_package import package

    stems = list(held_stems(arguments.corpus, arguments.listen))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in arguments.weights.glob("*coder.*"):
            shutil.copyfile(file, folder / file.name)
        package(arguments.run, folder, {})
        engine = NeuralEngine(None, arguments.threads, folder)
        performed = leads_followed(stems, lambda held: held.performed(engine.perform))
    codec = load_codec(arguments.weights, arguments.threads)
    coded = leads_followed(stems, lambda held: codec.decode(codec.encode(held.reference.audio)))
    return {"performed": performed, "through the autoencoder": coded}


def encoder(weights: Path, threads: int) -> tuple[str, Encode]:
    """Return the installed autoencoder's name and its encoder; raises ConfigError where there is none."""
    from bridge.engines.neural.weights import AUTOENCODER, autoencoder_name, load_codec

    if not (weights / AUTOENCODER).exists():
        raise ConfigError(f"train: {weights} holds no autoencoder; train it first: stepbridge train autoencoder")
    return autoencoder_name(weights), load_codec(weights, threads).encode
