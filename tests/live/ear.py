"""A daemon that only hears, and answers what a test tells it: over real UDP, read with python-osc."""

import socket
from typing import Any, Self

from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket

from tests.live.studio import Studio

LARGEST_DATAGRAM_BYTES = 1400


class Ear:
    """Binds a port of its own."""

    def __init__(self) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._udp.setblocking(False)
        self.port: int = self._udp.getsockname()[1]
        self._script: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._udp.close()

    def heard(self) -> list[tuple[str, list[Any]]]:
        """Return what has come since the last time, addresses without the prefix."""
        found: list[tuple[str, list[Any]]] = []
        while True:
            try:
                packet, self._script = self._udp.recvfrom(65536)
            except BlockingIOError:
                return found
            assert len(packet) <= LARGEST_DATAGRAM_BYTES
            message = OscPacket(packet).messages[0].message
            found.append((message.address.removeprefix("/stepbridge/"), list(message.params)))

    def answer(self, name: str, *arguments: Any) -> None:
        self._udp.sendto(build_msg(f"/stepbridge/{name}", arguments).dgram, self._script)


def tell(port: int, address: str, *arguments: Any) -> None:
    """Send something to the script's own port, as a tablet does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(build_msg(address, arguments).dgram, ("127.0.0.1", port))


class Talk:
    """A studio whose daemon is the test."""

    def __init__(self, ear: Ear, studio: Studio) -> None:
        self.ear, self.studio = ear, studio
        self.now = 0.0

    def turn(self, seconds: float = 0.1, count: int = 3) -> list[tuple[str, list[Any]]]:
        """Let some ticks pass and return what went to the daemon, heartbeat and transport left out."""
        for _ in range(count):
            self.now += seconds
            self.studio.tick()
        return [message for message in self.ear.heard() if message[0] not in {"subscribe", "transport", "status"}]

    def ask(self, name: str = "sad cello ballad >>") -> list[tuple[str, list[Any]]]:
        self.studio.song.view.detail_clip.name = name  # type: ignore[union-attr]
        return self.turn()

    def fields(self, id_: str) -> dict[str, Any]:
        """Say that the clip is here and return the request that follows."""
        self.ear.answer("clip/ok", id_, 1)
        (address, arguments), *_ = self.turn()
        assert (address, arguments[0]) == ("generate", id_)
        return dict(zip(arguments[1::2], arguments[2::2], strict=True))
