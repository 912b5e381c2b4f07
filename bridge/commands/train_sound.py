"""`stepbridge train performer | performer-weights | performer-unpack`: train the networks of the engine neural."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import ConfigError

if TYPE_CHECKING:
    from model.train.sound_performer import Encode

CORPUS = Path("var/sound")
RUN = Path("var/runs/performer")
WEIGHTS = Path("model/weights/sound")


def add_arguments(parser: argparse.ArgumentParser, stage: str) -> None:
    """Declare the arguments of a stage."""
    parser.add_argument("--run", type=Path, default=RUN, help=f"where the run is kept and continued (default {RUN})")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help=f"the sound weights (default {WEIGHTS})")
    if stage == "performer":
        parser.add_argument("--corpus", type=Path, default=CORPUS, help=f"the sound corpus (default {CORPUS})")
        parser.add_argument("--minutes", type=float, default=60.0, help="training time in all (default %(default)g)")
        parser.add_argument("--threads", type=int, default=1, help="processor threads (default %(default)g)")
        parser.add_argument("--crops", type=int, default=8, help="examples a step (default %(default)g; on a GPU 256)")
        sizes = ("tiny", "small", "full")
        parser.add_argument("--listen", type=int, default=24, help="held-out examples to listen to at the end (default 24)")
        parser.add_argument("--size", choices=sizes, default="small", help="small for processors, full for a GPU")


def run(arguments: argparse.Namespace) -> int:
    """Train, or pack what was trained."""
    try:
        from model.train import performer_package, performer_runs, runs
    except ImportError as error:
        raise ConfigError(f"train: {error.name} is not installed; pip install 'stepbridge[train]'") from None
    if arguments.stage == "performer-weights":
        sys.stdout.write(f"{performer_package.package(arguments.run, arguments.weights, {})}\n")
        return 0
    if arguments.stage == "performer-unpack":
        performer_package.unpack(arguments.weights, arguments.run)
        sys.stdout.write(f"{arguments.run}: ready to go on from {arguments.weights}\n")
        return 0
    from model.sound.corpus import shards

    runs.settle_threads(arguments.threads)
    found = shards(arguments.corpus, "train"), shards(arguments.corpus, "held")
    if not all(found):
        raise ConfigError(f"train: {arguments.corpus} holds no sound corpus; make it first: stepbridge train sound-corpus")
    coder = encoder(arguments.weights, arguments.threads)
    seconds = 60.0 * arguments.minutes
    done = performer_runs.run_performer(found, coder, arguments.run, seconds, size=arguments.size, crops=arguments.crops)
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
