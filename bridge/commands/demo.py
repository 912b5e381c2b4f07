"""`stepbridge demo`: the main job once, for real: a daemon, and another process that sends it a clip over OSC."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from bridge.config import Config
from bridge.errors import DaemonError

CLIP = Path(__file__).with_name("demo_clip.mid")
PROMPT = "epic D minor battle theme, brass and drums"
START_SECONDS = 20.0
REQUEST = (
    "clip",
    "demo",
    "prompt",
    PROMPT,
    "section",
    "chorus",
    "bars",
    "8",
    "start_bar",
    "17",
    "project",
    "demo",
    "random_seed",
    "1",
)


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where the demo lives (default ./demo)")


def run(arguments: argparse.Namespace, _config: Config) -> int:
    """Start a daemon in a folder of its own, send the clip, and show what came back."""
    folder = arguments.folder.resolve()
    config_path = _settings(folder)
    with _daemon(config_path, folder):
        job = f"demo-{time.strftime('%H%M%S')}"
        _send(config_path, "/stepbridge/clip/blob", "demo", f"@{CLIP}")
        began = time.monotonic()
        answer = _send(config_path, "/stepbridge/generate", job, *REQUEST)
        seconds = time.monotonic() - began
    manifest = Path(answer.strip().splitlines()[-1].split(" ", 2)[2])
    _show(manifest, seconds)
    return 0


def _settings(folder: Path) -> Path:
    """Write the settings of a daemon that disturbs no other one: its own folders and free ports."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "osc": {"port": _free_port()},
        "rest": {"port": _free_port()},
        "midi": {"port": ""},
        "folders": {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _daemon(config_path: Path, folder: Path) -> Iterator[None]:
    """Run `stepbridge serve` in a process of its own until the block is left."""
    with (folder / "serve.log").open("w", encoding="utf-8") as log:
        daemon = subprocess.Popen(_command(config_path, "serve"), stdout=log, stderr=log)
        try:
            _wait_until_up(config_path, daemon)
            yield
        finally:
            daemon.terminate()
            daemon.wait(timeout=START_SECONDS)


def _wait_until_up(config_path: Path, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(_command(config_path, "send", "/stepbridge/ping"), capture_output=True, check=False).returncode:
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise DaemonError(f"the daemon did not start; see {config_path.with_name('serve.log')}")


def _command(config_path: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "bridge", "--config", str(config_path), *words]


def _send(config_path: Path, address: str, *words: str) -> str:
    """Send one OSC message from another process and return the replies; its progress bar goes to our stderr."""
    sent = subprocess.run(
        _command(config_path, "send", address, *words), stdout=subprocess.PIPE, text=True, check=False, env=dict(os.environ)
    )
    sys.stdout.write(sent.stdout)
    if sent.returncode:
        raise DaemonError(f"the demo failed at {address}; see {config_path.with_name('serve.log')}")
    return sent.stdout


def _show(manifest: Path, seconds: float) -> None:
    section = json.loads(manifest.read_text(encoding="utf-8"))["section"]
    sys.stdout.write(
        f"\n“{PROMPT}”: {section['bars']} bars from bar {section['start_bar']}, "
        f"{section['seconds']:.2f} s of music in {seconds:.2f} s, the warming up of a new daemon included:\n{manifest.parent}\n"
    )
    for file in sorted(manifest.parent.iterdir()):
        sys.stdout.write(f"  {file.stat().st_size / 1024:9.1f} kB  {file.name}\n")
    sys.stdout.write(f"\nLook at {manifest.parent / 'overview.png'}, listen to {manifest.parent / 'mix.wav'}\n")
