"""The command line: reads the words, hands over to one command, turns errors into sentences and exit codes."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bridge import __version__
from bridge.errors import BridgeError, ConfigError, NoDaemonError, RequestError

OK, FAILED, WRONG_USE, NO_DAEMON = 0, 1, 2, 3

COMMANDS = {
    "serve": ("bridge.commands.serve", "run the daemon: OSC, REST, web page, inbox and MIDI port"),
    "demo": ("bridge.commands.demo", "start a daemon, send it a clip over OSC, show the stems that come back"),
    "generate": ("bridge.commands.generate", "make a take of a clip and a prompt here and now, without a daemon"),
    "listen": ("bridge.commands.listen", "show the melody seed that a clip holds"),
    "understand": ("bridge.commands.understand", "show what a prompt means, in Chinese or English"),
    "send": ("bridge.commands.send", "send an OSC message to the daemon and show its replies"),
    "jobs": ("bridge.commands.jobs", "list the daemon's jobs"),
    "cancel": ("bridge.commands.jobs", "give a job up"),
    "report": ("bridge.commands.jobs", "show the report of a delivered job"),
    "ardour-import": (
        "bridge.commands.ardour_import",
        "put a delivered take into a closed Ardour session, at its sample and tick",
    ),
    "export": ("bridge.commands.export", "put takes, or a whole project of them, into one DAWproject file"),
    "compare": ("bridge.commands.compare", "show composers side by side on the same held-out tunes"),
    "bench": ("bridge.commands.bench", "measure a composer, or the engine of sound, against what it must reach"),
    "engines": ("bridge.commands.engines", "list the engines and whether they are ready"),
    "install": ("bridge.commands.install", "put the scripts for a DAW where it looks, or take them back"),
    "train": ("bridge.commands.train", "make the training set, and train the networks (needs the extra `train`)"),
    "doctor": ("bridge.commands.doctor", "say what is missing on this machine and how to get it"),
}
"""Command → (module with `add_arguments(parser, name)` and `run(arguments, config) -> int`, what it does)."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 ok, 1 failed, 2 wrong use, 3 no daemon."""
    arguments = _parser(list(sys.argv[1:] if words is None else words)).parse_args(words)
    if arguments.command is None:
        _parser([]).print_help()
        return WRONG_USE
    try:
        from bridge.config import load

        module = importlib.import_module(COMMANDS[arguments.command][0])
        return int(module.run(arguments, load(arguments.config)))
    except BridgeError as error:
        return _tell(error, as_json=getattr(arguments, "json", False))
    except KeyboardInterrupt:
        return _tell(BridgeError("stopped by Ctrl-C; nothing was left half done", code="cancelled"), as_json=False)
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


def _tell(error: BridgeError, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"error": {"code": error.code, "text": error.text, "field": error.field}}) + "\n")
    else:
        sys.stderr.write(f"stepbridge: {error.text} [{error.code}]\n")
    if isinstance(error, NoDaemonError):
        return NO_DAEMON
    return WRONG_USE if isinstance(error, RequestError | ConfigError) else FAILED


def _parser(words: list[str]) -> argparse.ArgumentParser:
    """Return the parser; only the command that is asked for is imported, so that --help answers at once."""
    parser = argparse.ArgumentParser(
        prog="stepbridge", description="From a DAW's clip and a sentence to bar-exact stems and MIDI."
    )
    parser.add_argument("--version", action="version", version=f"stepbridge {__version__}")
    parser.add_argument("--config", type=Path, help="config.yaml to use (else $STEPBRIDGE_CONFIG, ./config.yaml, the defaults)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    asked = next((word for word in words if word in COMMANDS), None)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == asked:
            importlib.import_module(module).add_arguments(command, name)
    return parser


if __name__ == "__main__":
    sys.exit(main())
