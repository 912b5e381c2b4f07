"""`stepbridge train WHAT`: make the training set, and train the networks."""

from __future__ import annotations

import argparse
import importlib

from bridge.config import Config

STAGES = {
    "corpus": ("bridge.commands.train_corpus", "make the training set: public-domain tunes with two teachers' accompaniments"),
    "sound-corpus": (
        "bridge.commands.train_sound_corpus",
        "make the sound model's training set: stems, produced and captioned",
    ),
    "score-autoencoder": ("bridge.commands.train_networks", "train the latent space of each part, first of all"),
    "score-composer": ("bridge.commands.train_networks", "train the flows that write chords and parts"),
    "critic": ("bridge.commands.train_networks", "train the judge of several candidates"),
    "lstm": ("bridge.commands.train_networks", "train the recurrent baseline, for comparison"),
    "score-unpack": ("bridge.commands.train_networks", "make runs of the shipped weights, to train on from them"),
    "score-weights": ("bridge.commands.train_networks", "write what was trained as the files that the daemon runs"),
    "autoencoder": ("bridge.commands.train_autoencoder", "train the latent space of sound"),
    "autoencoder-unpack": ("bridge.commands.train_autoencoder", "make a run of the shipped autoencoder, to train on from it"),
    "autoencoder-weights": ("bridge.commands.train_autoencoder", "write what was trained as the files that run without torch"),
    "performer": ("bridge.commands.train_sound", "train the flow that performs notes as sound, on the autoencoder's latents"),
    "performer-guided": ("bridge.commands.train_sound", "teach it what guidance adds, so that it takes a third of the time"),
    "performer-unpack": ("bridge.commands.train_sound", "make a run of the shipped performer, to train on from it"),
    "performer-weights": ("bridge.commands.train_sound", "write what was trained as the files that the engine neural runs"),
}
"""Stage → (module with `add_arguments(parser, stage)` and `run(arguments) -> int`, what it does)."""


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments of every stage."""
    stages = parser.add_subparsers(dest="stage", metavar="WHAT", required=True)
    for name, (module, summary) in STAGES.items():
        stage = stages.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        importlib.import_module(module).add_arguments(stage, name)


def run(arguments: argparse.Namespace, _config: Config) -> int:
    """Run one stage."""
    return int(importlib.import_module(STAGES[arguments.stage][0]).run(arguments))
