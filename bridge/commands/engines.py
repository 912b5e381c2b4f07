"""`stepbridge engines`: who can perform here."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from bridge.config import Config


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON list, for machines")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the engines and whether they are ready."""
    from bridge import engines

    found = [engines.load(name, config.soundfont, config.threads).capabilities() for name in engines.names()]
    if arguments.json:
        sys.stdout.write(json.dumps([dataclasses.asdict(engine) for engine in found]) + "\n")
        return 0
    for engine in found:
        sys.stdout.write(f"{engine.name:14} {engine.device:6} {'ready' if engine.is_ready else engine.reason}\n")
    return 0
