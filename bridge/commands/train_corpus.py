"""`stepbridge train corpus`: make the training set."""

from __future__ import annotations

import argparse
from pathlib import Path

FOLDER = Path("var/corpus")


def add_arguments(parser: argparse.ArgumentParser, _stage: str) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help=f"where it goes (default {FOLDER}); an unfinished one is continued"
    )
    parser.add_argument("--songs", type=int, default=4500, help="training songs of each teacher (default 4500)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same corpus (default 1)")
    parser.add_argument("--processes", type=int, default=2, help="processes at once (default 2)")
    parser.add_argument("--card", type=Path, help="where a copy of the corpus card goes")


def run(arguments: argparse.Namespace) -> int:
    """Make it: songs, captions, card."""
    from bridge.corpus.build import build
    from bridge.corpus.captions import CAPTIONS_FILE, write_captions
    from bridge.corpus.card import card

    folder: Path = arguments.folder
    build(folder, songs=arguments.songs, seed=arguments.seed, processes=arguments.processes)
    if not (folder / CAPTIONS_FILE).exists():
        write_captions(folder, arguments.seed)
    command = f"stepbridge train corpus --songs {arguments.songs} --seed {arguments.seed}"
    text = card(folder, command, seed=arguments.seed)
    for path in (folder / "card.md", *([arguments.card] if arguments.card else [])):
        path.write_text(text, encoding="utf-8")
    return 0
