"""A real daemon core behind the OSC door, and ten thousand datagrams that mean it ill."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge import __version__
from bridge.config import Config
from bridge.core import Core
from bridge.frontends.osc import OscServer
from tests.frontends.osc_client import OscClient, soon
from tests.frontends.osc_core import answering, free_port
from tests.hostile_osc import hostile_datagrams

COUNT = 10_000
AT_ONCE = 100
QUIET = (b"clip/begin", b"clip/notes", b"subscribe", b"transport", b"status", b"*", b"?")
"""Where no answer is the answer: it has been noted, or there is nothing to list."""
REFUSED: dict[str, tuple[Any, ...]] = {
    "unknown_address": ("generat", "a"),
    "bad_arguments": ("cancel",),
    "bad_value": ("transport", "bpm", "fast"),
    "unknown_job": ("cancel", "nobody"),
    "bad_id": ("cancel", "no id: it has spaces"),
}
"""Error code → a message that is answered with it."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OscServer]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "jobs"))
    config: Config = free_port(tmp_path)
    for folder in (config.folders.state, config.folders.outbox):
        folder.mkdir()
    core = Core(config, runner="job_runner")
    core.start()
    try:
        with answering(core, tmp_path) as server:
            yield server
    finally:
        core.stop()


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_ten_thousand_hostile_datagrams_leave_the_daemon_alive_and_its_memory_flat(server: OscServer) -> None:
    datagrams = list(hostile_datagrams(COUNT))
    with OscClient(server.port, timeout_s=20.0) as client:
        _send(client, datagrams[: COUNT // 5])  # what is loaded and kept once counts as before
        before = resident_bytes()
        assert len(set(_send(client, datagrams[COUNT // 5 :]))) > 1
        assert resident_bytes() - before < 20_000_000
        for code, message in REFUSED.items():
            soon(lambda code=code, message=message: code in _codes_after(client, *message))
        assert client.ask("ping") == ("pong", [__version__])


def _send(client: OscClient, datagrams: list[bytes]) -> list[str]:
    """Send in small groups, so that no socket overflows, the client's own neither; return the codes of all errors."""
    codes: list[str] = []
    for start in range(0, len(datagrams), AT_ONCE):
        for datagram in datagrams[start : start + AT_ONCE]:
            client.send_bytes(datagram)
        codes += _codes(client)
    return codes


def _codes_after(client: OscClient, *message: Any) -> list[str]:
    """Send a message that is refused; its error may be held back, for errors to each sender are limited, or lost on the way."""
    client.send(*message)
    return _codes(client)


def _codes(client: OscClient) -> list[str]:
    return [answer[1] for address, answer in client.waiting() if address == "error"]


def test_each_hostile_datagram_is_answered_while_they_come_slowly(server: OscServer) -> None:
    """Below the limit none goes unanswered, but for what is a request in order and what is only noted."""
    with OscClient(server.port) as client:
        for datagram in hostile_datagrams(400, seed=1):
            client.send_bytes(datagram)
            answers = client.waiting()
            assert answers or any(name in datagram for name in QUIET), datagram[:200]
            time.sleep(0.005)  # under the limit of errors for each sender
