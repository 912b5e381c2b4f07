"""`stepbridge ardour-import SESSION DELIVERY`: a take into a closed Ardour session."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bridge.config import Config
from bridge.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the session and the delivery."""
    parser.add_argument("session", type=Path, help="folder or .ardour file of a session of Ardour 7, closed in Ardour")
    parser.add_argument("delivery", type=Path, help="folder or manifest.json of a delivery")
    parser.add_argument("--json", action="store_true", help="print one line of JSON, for machines")


def run(arguments: argparse.Namespace, _config: Config) -> int:
    """Import and say what is where."""
    from bridge.daws.ardour import import_delivery

    path: Path = arguments.delivery
    manifest = path / "manifest.json" if path.is_dir() else path
    if not manifest.is_file():
        raise RequestError(f"delivery: {str(path)!r} is none; give its folder or its manifest.json", code="unknown_take")
    done = import_delivery(arguments.session, manifest.resolve())
    if arguments.json:
        sys.stdout.write(json.dumps(asdict(done), ensure_ascii=False, default=str) + "\n")
        return 0
    for warning in done.warnings:
        sys.stderr.write(f"note: {warning}\n")
    if not done.tracks:
        sys.stdout.write(f"{done.session}: all of it is there already; nothing was changed\n")
        return 0
    sys.stdout.write(f"{done.session}\n")
    for track in done.tracks:
        about = "  (the earlier take is in the track's playlist menu)" if track in done.alternatives else ""
        sys.stdout.write(f"  {track}{about}\n")
    sys.stdout.write(f"the session as it was: {done.backup}\n")
    return 0
