"""A daemon in a folder of its own, and an OSC client, for measuring from outside."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket

CLIP = Path(__file__).parent.parent / "bridge" / "commands" / "demo_clip.mid"
START_SECONDS = 30.0


@dataclass(frozen=True)
class Running:
    """A daemon that listens."""

    pid: int
    osc_port: int
    rest_port: int
    folder: Path
    seconds_to_listen: float
    """From the start of the process to its first answer over OSC."""

    def pids(self) -> list[int]:
        """Return the daemon's process and its workers."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return [self.pid, *(int(child) for thread in threads for child in (thread / "children").read_text().split())]

    def peak_mb(self) -> float:
        """Return the highest resident memory that any process of the daemon has had, in MB."""
        return max(_status_kb(pid, "VmHWM") for pid in self.pids()) / 1000


def _status_kb(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


class Client:
    """An OSC client over UDP."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.connect(("127.0.0.1", port))

    def send(self, address: str, *arguments: Any) -> None:  # noqa: ANN401 - whatever OSC carries
        """Send one message."""
        self.socket.send(build_msg(address, arguments).dgram)

    def receive(self, seconds: float) -> tuple[str, list[Any]]:
        """Return the next message; raises TimeoutError."""
        self.socket.settimeout(seconds)
        message = OscPacket(self.socket.recv(65536)).messages[0].message
        return message.address, list(message.params)

    def wait_for(self, address: str, first: str, seconds: float) -> list[Any]:
        """Return the arguments of the first message of this address and id; raises RuntimeError on an error of that id."""
        deadline = time.monotonic() + seconds
        while True:
            got, arguments = self.receive(max(0.01, deadline - time.monotonic()))
            if got == address and (not first or arguments[0] == first):
                return arguments
            if got == "/stepbridge/error" and arguments[0] == first:
                raise RuntimeError(" ".join(map(str, arguments)))


@contextlib.contextmanager
def running() -> Iterator[Running]:
    """Run a daemon on free ports in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        osc_port, rest_port = free_port(), free_port()
        folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
        settings = {"osc": {"port": osc_port}, "rest": {"port": rest_port}, "midi": {"port": ""}, "folders": folders}
        (folder / "config.yaml").write_text(yaml.safe_dump(settings))
        began = time.monotonic()
        with (folder / "serve.log").open("w") as log:
            words = [sys.executable, "-m", "bridge", "--config", str(folder / "config.yaml"), "serve"]
            process = subprocess.Popen(words, stdout=log, stderr=log)
            try:
                seconds = _listening(osc_port, began)
                yield Running(process.pid, osc_port, rest_port, folder, seconds)
            finally:
                process.terminate()
                process.wait(START_SECONDS)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listening(port: int, began: float) -> float:
    client = Client(port)
    while time.monotonic() - began < START_SECONDS:
        with contextlib.suppress(OSError):
            client.send("/stepbridge/ping")
            client.receive(0.02)
            return time.monotonic() - began
        time.sleep(0.01)
    raise RuntimeError("the daemon does not listen")


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
