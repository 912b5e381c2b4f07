"""The controller script for Bitwig, run by Node.js in the Bitwig of the tests, with a real network to a real daemon."""

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

from bridge.cli import main

HERE = Path(__file__).parent / "bitwig"
PATIENCE_SECONDS = 30.0
LAUNCHER, ARRANGER, ALONE = "Selected launcher clip", "Selected arranger clip", "No clip, the prompt alone"
CANCEL, AGAIN = "What is being made", "The last take"


def installed(config: Path, home: Path) -> Path:
    """Return the script where `stepbridge install` puts it."""
    assert main(["--config", str(config), "install", "bitwig", "--to", str(home)]) == 0
    return home / "Controller Scripts" / "stepbridge" / "stepbridge.control.js"


class Bitwig:
    """A running script; what it does comes as events."""

    def __init__(self, script: Path, **preferences: str) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / "run.js"), str(script), json.dumps(preferences)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.heard: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        self.wait_for("ready")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def tell(self, command: str, **about: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **about}) + "\n")
        self._process.stdin.flush()

    def press(self, label: str) -> None:
        self.tell("press", label=label)

    def set(self, **values: Any) -> None:
        for label, value in values.items():
            self.tell("set", label=label.replace("_", " "), value=value)

    def select(self, notes: list[tuple[int, float, float, int]], length: float, which: str = "launcher") -> None:
        """Select a clip of notes: pitch, start, length in beats, velocity."""
        rows = [dict(zip(("pitch", "start", "length", "velocity"), note, strict=True)) for note in notes]
        span = {"isLoop": True, "loopStart": 0, "loopLength": length, "playStart": 0, "playStop": length}
        self.tell("clip", which=which, clip={"notes": rows, **span})

    def wait_for(self, event: str, text: str = "") -> dict[str, Any]:
        """Return the next event of a kind (whose text holds `text`); what the script may not do fails the test."""
        while True:
            got = self._events.get(timeout=PATIENCE_SECONDS)
            assert got is not None, "the script has ended"
            self.heard.append(got)
            assert got["event"] != "violation", got["text"]
            if got["event"] == event and text in got.get("text", ""):
                return got

    def inserted(self, count: int) -> list[dict[str, Any]]:
        return [self.wait_for("inserted") for _ in range(count)]

    def state(self) -> dict[str, Any]:
        self.tell("state")
        return self.wait_for("state")
