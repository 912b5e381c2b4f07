"""`stepbridge serve`: the daemon."""

from __future__ import annotations

import argparse

from bridge.config import Config


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments: there are none, all is in config.yaml."""


def run(_arguments: argparse.Namespace, config: Config) -> int:
    """Serve until SIGINT or SIGTERM."""
    from bridge.app import serve

    serve(config)
    return 0
