"""The Max for Live device's script at work: in node, which playwright brings along, under Max's globals."""

import json
import socket
import subprocess
from pathlib import Path
from typing import Any, Self

from playwright._impl._driver import compute_driver_executable
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket

FOLDER = Path(__file__).parent.parent.parent / "daw_templates" / "ableton"
HOST = Path(__file__).parent / "device_host.js"


class Device:
    """One device in a set: what its outlets say, and which names of the Live API it used."""

    def __init__(self, script: Path = FOLDER / "stepbridge_device.js") -> None:
        node = str(compute_driver_executable()[0])
        self._node = subprocess.Popen([node, HOST, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.sent: list[list[Any]] = []
        """Messages to the daemon, the address first; `pass_on` empties it."""
        self.said: list[str] = []
        self.progress: list[int] = []
        self.used: set[tuple[str, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._node.communicate(timeout=10)

    def call(self, name: str, *arguments: Any) -> None:
        """Send a message to the script's inlet."""
        self._order({"call": name, "arguments": arguments})

    def open_set(self, song: dict[str, Any], clip: dict[str, Any] | None) -> None:
        paths = {"live_set": song, **({"live_set view detail_clip": clip} if clip else {})}
        self._order({"set": paths})

    def wait(self) -> None:
        """Let the time pass that was asked for."""
        self._order({"late": True})

    def _order(self, order: dict[str, Any]) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(order) + "\n")
        self._node.stdin.flush()
        while "ready" not in (line := json.loads(self._node.stdout.readline())):
            assert "error" not in line, line["error"]
            if "used" in line:
                self.used.add((line["used"][0], line["used"][1]))
            if line.get("outlet") == 0:
                self.sent.append(line["values"])
            elif line.get("outlet") == 1:
                assert line["values"][0] == "set"
                self.said.append(line["values"][1])
            elif line.get("outlet") == 2:
                self.progress.append(line["values"][0])


class Cables:
    """What udpsend and udpreceive are to the device: one socket sends, another one hears."""

    def __init__(self, device: Device, daemon_port: int) -> None:
        self._device, self._daemon = device, ("127.0.0.1", daemon_port)
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._in = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._in.bind(("127.0.0.1", 0))
        self._in.settimeout(30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()
        self._in.close()

    def pass_on(self) -> None:
        """Send what the device has for the daemon; our own port stands for the device's."""
        sent, self._device.sent = self._device.sent, []
        for address, *values in sent:
            if address == "/stepbridge/reply_to":
                values[0] = self._in.getsockname()[1]
            if address != "port":
                self._out.sendto(build_msg(address, values).dgram, self._daemon)

    def hear(self) -> str:
        """Hand one message of the daemon to the device and return its address."""
        message = OscPacket(self._in.recv(65536)).messages[0].message
        self._device.call(message.address, *message.params)
        self.pass_on()
        return str(message.address)
