"""The way to the daemon: one UDP socket that never waits."""

from __future__ import annotations

import socket

from . import osc, settings

DATAGRAMS_A_TICK = 256
"""Read in one go; more waits for the next tick, so that Live is never held up."""


class Link:
    """Sends to the daemon and takes what comes from it, and from tablets, at our own port."""

    def __init__(self) -> None:
        self.daemon = (settings.HOST, int(settings.OSC_PORT) if str(settings.OSC_PORT).isdigit() else 9130)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind((settings.OWN_HOST, settings.OWN_PORT))
        except OSError:  # a second Live has it: the daemon answers all the same, tablets reach the first one
            self._socket.bind((settings.OWN_HOST, 0))
        self.port = int(self._socket.getsockname()[1])

    def send(self, address: str, *arguments: object) -> None:
        """Send a message; one that cannot leave now is as good as lost, and what matters is sent again."""
        try:
            self._socket.sendto(osc.encode(address, *arguments), self.daemon)
        except OSError:
            return

    def received(self) -> list[osc.Message]:
        """Return the messages that have come since the last time."""
        messages = []
        for _ in range(DATAGRAMS_A_TICK):
            try:
                packet = self._socket.recv(65536)
            except BlockingIOError:
                break
            except OSError:  # Windows says here that an earlier datagram found nobody
                continue
            messages += osc.decode(packet)
        return messages

    def close(self) -> None:
        """Let the port go."""
        self._socket.close()
