"""The real daemon in a folder of its own, as the command starts it."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import yaml
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket

DEMO_CLIP = Path(__file__).parent.parent.parent / "bridge" / "commands" / "demo_clip.mid"
"""Four bars of 4/4 in D minor at 140 BPM."""
PATIENCE_SECONDS = 50.0


class Daemon:
    """`stepbridge serve` on free ports; may be killed and started again on the same folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.osc_port, self.rest_port = _free_port(), _free_port()
        self.config = folder / "config.yaml"
        self.outbox = folder / "outbox"
        settings = {
            "osc": {"port": self.osc_port},
            "rest": {"port": self.rest_port},
            "midi": {"port": ""},
            "folders": {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"},
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Daemon":
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(self.command("serve"), stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "serve.log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "the daemon does not listen"
        return self

    def _answers(self) -> bool:
        with self.client() as client, contextlib.suppress(OSError):
            client.send("/stepbridge/ping")
            return client.receive(0.1)[0] == "/stepbridge/pong"
        return False

    def wait_for_rest(self) -> str:
        """Return the address of REST once it listens, which is a little later than OSC."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.rest_port), 0.2):
                return f"http://127.0.0.1:{self.rest_port}"
        raise TimeoutError("REST does not listen")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def worker_pids(self) -> list[int]:
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return [int(child) for thread in threads for child in (thread / "children").read_text(encoding="ascii").split()]

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(PATIENCE_SECONDS)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bridge", "--config", str(self.config), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, cwd=self.folder, timeout=PATIENCE_SECONDS
        )

    def client(self) -> "Client":
        return Client(self.osc_port)

    def deliveries(self) -> list[Path]:
        return sorted(self.outbox.glob("*/*/manifest.json"))


class Client:
    """An OSC client over UDP, with python-osc's own encoder."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, *arguments: Any) -> None:
        self._socket.send(build_msg(address, arguments).dgram)

    def receive(self, seconds: float = PATIENCE_SECONDS) -> tuple[str, list[Any]]:
        self._socket.settimeout(seconds)
        message = OscPacket(self._socket.recv(65536)).messages[0].message
        return message.address, list(message.params)

    def wait_for(self, address: str) -> list[Any]:
        """Return the arguments of the next message of this address; an error on the way fails the test."""
        while True:
            got, arguments = self.receive()
            if got == f"/stepbridge/{address}":
                return arguments
            assert got != "/stepbridge/error", arguments

    def make(self, name: str, *pairs: Any) -> dict[str, Any]:
        """Have a take generated and return its manifest, with its folder as `folder`."""
        return self.ask("generate", name, *pairs)

    def ask(self, action: str, name: str, *arguments: Any) -> dict[str, Any]:
        self.send(f"/stepbridge/{action}", name, *arguments)
        assert self.wait_for("accepted") == [name]
        manifest = Path(self.wait_for("done")[1])
        return {**json.loads(manifest.read_text(encoding="utf-8")), "folder": manifest.parent}

    def keep_demo_clip(self) -> None:
        self.send("/stepbridge/clip/blob", "theme", DEMO_CLIP.read_bytes())
        assert self.wait_for("clip/ok") == ["theme", 19]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Daemon]:
    daemon = Daemon(folder).start()
    try:
        yield daemon
    finally:
        with contextlib.suppress(ProcessLookupError):
            daemon.stop()
