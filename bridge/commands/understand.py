"""`stepbridge understand TEXT`: what a prompt means."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from bridge.config import Config
from bridge.style import Style


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("text", help='such as "sad cello ballad, D minor, 70 BPM" or 「忧伤的大提琴独奏」')
    parser.add_argument("--json", action="store_true", help="print one JSON object, for machines")


def run(arguments: argparse.Namespace, _config: Config) -> int:
    """Print what was understood."""
    from bridge.seeds.prompt_meaning import understand_fully

    understood = shown(understand_fully(arguments.text))
    if arguments.json:
        sys.stdout.write(json.dumps(understood, ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write(f"{understood.pop('said_back')}\n\n")
    for name, value in understood.items():
        text = ", ".join(value) if isinstance(value, list) else value or None
        sys.stdout.write(f"{name:12} {'–' if text in (None, '') else text}\n")
    return 0


def shown(style: Style) -> dict[str, Any]:
    """Return a style as the contract shows it: English names in lower case, null or [] for what was not said."""
    fields = dataclasses.asdict(style)
    fields["key"] = str(style.key).lower() if style.key else None
    fields["meter"] = str(style.meter) if style.meter else None
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
