"""A UDP client made of python-osc's own packets, with answers read from the socket that asked."""

from __future__ import annotations

import socket
import time
from types import TracebackType
from typing import Any, Self

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

Answer = tuple[str, list[Any]]


class OscClient:
    def __init__(self, port: int, timeout_s: float = 20.0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(timeout_s)
        self._marks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    def send(self, name: str, *arguments: Any) -> None:
        self.send_bytes(build_msg(f"/stepbridge/{name}", list(arguments)).dgram)

    def send_bytes(self, packet: bytes) -> None:
        self._socket.send(packet)

    def receive(self) -> Answer:
        """Return the next answer, its address without the prefix."""
        message = OscMessage(self._socket.recv(65_535))
        return message.address.removeprefix("/stepbridge/"), message.params

    def hear_everybody(self) -> None:
        """Take answers from any port from now on: a daemon that is started again may have another one."""
        own = self._socket.getsockname()
        self._socket.close()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(own)
        self._socket.settimeout(20.0)

    def ask(self, name: str, *arguments: Any) -> Answer:
        self.send(name, *arguments)
        return self.receive()

    def until(self, name: str) -> list[Answer]:
        """Return answers up to the first of this name."""
        answers = [self.receive()]
        while answers[-1][0] != name:
            answers.append(self.receive())
        return answers

    def waiting(self) -> list[Answer]:
        """Return the answers to all that was sent before: one about a job that never was marks where they end."""
        self._marks += 1
        mark = f"mark-{self._marks}"
        self.send("status", mark)
        answers = [self.receive()]
        while answers[-1][1][:2] != [mark, "unknown_job"]:
            answers.append(self.receive())
        return answers[:-1]


def soon(condition: Any, timeout_s: float = 30.0) -> Any:
    """Return what the condition gives once that is true; fail when it is not in time."""
    end = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.005)
    return value
