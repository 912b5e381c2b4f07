"""The OSC door over TCP: packets in SLIP, as OSC 1.1 has it, and with their length, as 1.0 has it."""

import socket
from pathlib import Path
from typing import Any

from pythonosc.tcp_client import SimpleTCPClient

from bridge import __version__
from bridge.events import Warned
from bridge.frontends.osc import OscServer
from bridge.frontends.osc_packet import encode
from tests.frontends.osc_client import OscClient, soon
from tests.frontends.osc_core import OscCore, midi_bytes

TcpClient: Any = SimpleTCPClient  # it comes without types


def test_tcp_answers_on_the_same_connection(server: OscServer, core: OscCore, tmp_path: Path) -> None:
    with TcpClient("127.0.0.1", server.port, timeout=20.0) as client:
        answers = ((message.address, message.params) for message in client.get_messages())
        client.send_message("/stepbridge/clip/blob", ["c", midi_bytes(tmp_path)])
        assert next(answers) == ("/stepbridge/clip/ok", ["c", 1])
        client.send_message("/stepbridge/generate", ["a", "prompt", "\xc0\xdb"])
        assert next(answers) == ("/stepbridge/accepted", ["a"])
        assert core.job("a").reply_to.startswith("tcp:127.0.0.1:")
        core.fail("a", "failed", "no")
        assert next(answers) == ("/stepbridge/error", ["a", "failed", "no"])


def test_tcp_takes_what_no_datagram_could_hold(server: OscServer, core: OscCore) -> None:
    with TcpClient("127.0.0.1", server.port, timeout=20.0) as client:
        client.send_message("/stepbridge/clip/blob", ["c", b"MThd" + bytes([0xC0, 0xDB, 0xDC]) * 300_000])
        (answer,) = client.receive()  # that it holds no MIDI is found by reading it all
        assert b"/stepbridge/error" in answer
    assert len(core.clips["c"]) == 900_004


def test_tcp_of_osc_1_0_is_answered_as_it_speaks(server: OscServer) -> None:
    with TcpClient("127.0.0.1", server.port, mode="1.0", timeout=20.0) as client:
        client.send_message("/stepbridge/ping")
        assert [packet[:16] for packet in client.receive()] == [b"/stepbridge/pong"]


def test_a_tcp_client_that_hangs_up_or_speaks_nonsense_disturbs_no_one(server: OscServer, client: OscClient) -> None:
    for data in (b"", b"\xc0\xc0garbage\xdb\x01\xc0", b"\0\0\0\0\xff\xff\xff\xff", b"/no end"):
        with socket.create_connection(("127.0.0.1", server.port)) as stranger:
            stranger.sendall(data)
    assert client.ask("ping") == ("pong", [__version__])
    soon(lambda: not server._sockets._connections)


def test_a_tcp_client_that_reads_nothing_is_let_go_and_others_are_served(
    server: OscServer, client: OscClient, core: OscCore
) -> None:
    client.ask("generate", "a")
    with socket.create_connection(("127.0.0.1", server.port)) as deaf:
        deaf.sendall(b"\xc0" + encode("/stepbridge/subscribe") + b"\xc0")
        soon(lambda: server._replies._subscribers)
        for _ in range(15_000):
            core.bus.publish(Warned("a", "x" * 900))  # more than both sockets hold
        core.fail("a", "failed", "no")
        soon(lambda: not server._sockets._connections)
    with OscClient(server.port) as other:
        assert other.ask("ping") == ("pong", [__version__])
