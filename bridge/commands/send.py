"""`stepbridge send ADDRESS ARGS…`: an OSC message to the daemon, and what it answers."""

from __future__ import annotations

import argparse
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from bridge.commands.files import clip_bytes
from bridge.commands.progress import Progress
from bridge.config import Config
from bridge.errors import NoDaemonError, RequestError

ANSWER_SECONDS = 3.0
JOB_ADDRESSES = frozenset({"/stepbridge/generate", "/stepbridge/repaint", "/stepbridge/extend"})
LATE_ADDRESSES = frozenset({"/stepbridge/clip/live"})
"""What is answered when another program has answered."""
ENDINGS = frozenset({"/stepbridge/done", "/stepbridge/error", "/stepbridge/cancelled", "/stepbridge/clip/ok"})
PING, PONG = "/stepbridge/ping", "/stepbridge/pong"

Reply = tuple[str, list[object]]


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("address", help="such as /stepbridge/generate")
    parser.add_argument("args", nargs="*", help="arguments; numbers are sent as numbers, @FILE as the bytes of a file")
    parser.add_argument("--no-wait", action="store_true", help="return once a job is accepted, instead of when it is done")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long to wait for a job (default 600)")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Send the message, print every reply, and fail where one of them is an error."""
    with Client(config.osc.host, config.osc.port) as client, Progress() as progress:
        client.send(arguments.address, [typed(word) for word in arguments.args])
        failed = False
        for address, values in _replies(client, arguments):
            if address == "/stepbridge/progress":
                progress.show(str(values[2]), float(str(values[1])))
                continue
            failed |= address == "/stepbridge/error"
            sys.stdout.write(" ".join((address, *map(str, values))) + "\n")
            sys.stdout.flush()
    return 1 if failed else 0


def _replies(client: Client, arguments: argparse.Namespace) -> Iterator[Reply]:
    """Yield replies until the job is over, or (for any other address) until the daemon has handled the message.

    A ping follows the message: one sender's messages are handled in order, so its pong says that nothing more will come.
    """
    client.send(PING, [])
    is_job = arguments.address in JOB_ADDRESSES and not arguments.no_wait
    is_over, is_handled = not (is_job or arguments.address in LATE_ADDRESSES), False
    for address, values in client.replies():
        if address != PONG or arguments.address == PING:
            yield address, values
        is_over |= address in ENDINGS
        if address == PONG:
            is_handled = True
            client.deadline = time.monotonic() + arguments.seconds
        if is_over and is_handled:
            return


def typed(word: str) -> object:
    """Return a word of the command line as what it looks like: a number, the bytes of @FILE, or text."""
    if word.startswith("@"):
        return clip_bytes(Path(word[1:]), "args")
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


class Client:
    """A UDP socket that speaks OSC with one daemon."""

    def __init__(self, host: str, port: int) -> None:
        self._where = f"{host}:{port}"
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.connect((host, port))
        self.deadline = time.monotonic() + ANSWER_SECONDS
        """When to give up waiting, on the monotonic clock."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, arguments: list[object]) -> None:
        """Send one message; raises RequestError where it does not fit a datagram."""
        from pythonosc.osc_message_builder import BuildError, build_msg

        try:
            self._socket.send(build_msg(address, arguments).dgram)
        except ConnectionRefusedError:
            raise self._nobody() from None
        except (BuildError, OSError) as error:
            raise RequestError(f"args: cannot be sent to {address} in one datagram ({error})", field="args") from None

    def replies(self) -> Iterator[Reply]:
        """Yield messages as they come; raises NoDaemonError where none comes before the deadline."""
        from pythonosc.osc_packet import OscPacket

        while True:
            self._socket.settimeout(max(0.01, self.deadline - time.monotonic()))
            try:
                packet = OscPacket(self._socket.recv(65536))
            except ConnectionRefusedError:
                raise self._nobody() from None
            except TimeoutError:
                raise NoDaemonError(f"no answer from {self._where}; is the daemon busy, or another program there?") from None
            for timed in packet.messages:
                yield timed.message.address, list(timed.message.params)

    def _nobody(self) -> NoDaemonError:
        return NoDaemonError(f"no daemon answers at {self._where}; start one with: stepbridge serve")
