"""`stepbridge train sound-corpus`: make the training set of the sound model."""

from __future__ import annotations

import argparse
from pathlib import Path

FOLDER, SONGS = Path("var/sound"), Path("var/corpus")


def add_arguments(parser: argparse.ArgumentParser, _stage: str) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help=f"where it goes (default {FOLDER}); an unfinished one is continued"
    )
    parser.add_argument("--songs", type=Path, default=SONGS, help=f"the score corpus whose parts are played (default {SONGS})")
    parser.add_argument("--hours", type=float, default=1.5, help="hours to train on (default 1.5); an hour takes 0.7 GB")
    parser.add_argument("--held", type=int, default=100, help="held-out examples of 5 s (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and instruments make the same corpus (default 1)")
    parser.add_argument("--processes", type=int, default=2, help="processes at once (default 2)")
    parser.add_argument("--card", type=Path, help="where a copy of the corpus card goes")


def run(arguments: argparse.Namespace) -> int:
    """Make it: shards and card."""
    from bridge.corpus.sound.build import build
    from bridge.corpus.sound.card import card

    options = {"hours": arguments.hours, "held": arguments.held, "seed": arguments.seed}
    build(arguments.folder, arguments.songs, processes=arguments.processes, **options)
    command = " ".join(("stepbridge train sound-corpus", *(f"--{name} {value}" for name, value in options.items())))
    text = card(arguments.folder, command)
    for path in (arguments.folder / "card.md", *([arguments.card] if arguments.card else [])):
        path.write_text(text, encoding="utf-8")
    return 0
