"""The sockets: UDP and TCP on one port number, drained into a queue and handed on in batches.

Whoever sends is named by text such as ``udp:127.0.0.1:52114``: it is kept with the job, so that replies find their way after a
restart too.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import select
import socket
import sys
import threading
from collections.abc import Callable
from functools import lru_cache

from bridge.errors import BridgeError, DaemonError
from bridge.frontends.osc_framing import Framing
from bridge.frontends.osc_packet import DATAGRAM_BYTES_MAX

log = logging.getLogger(__name__)

Batch = list[tuple[bytes, str]]
"""Packets and who sent them."""
BATCH_MAX = 512
BACKLOG_BYTES_MAX = 256 * 1024 * 1024
"""Received and not yet handled; beyond it the sockets are left to the kernel, which drops what does not fit."""
RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024
CONNECTIONS_MAX = 64
PAUSE_S = 0.05
"""Before it is tried again where there is too much to do or too little room."""
STOP_S = 5.0
"""How long what has been received may still be handled once the daemon stops."""
SEND_TIMEOUT_S = 0.5
"""A TCP client that reads nothing for so long is let go; a silent one is looked at so often."""
_SO_RCVBUFFORCE = 33
"""Linux, <asm-generic/socket.h>: above net.core.rmem_max, where the process may."""


class Sockets:
    """Receives from `start` to `stop`; every batch goes to `handle`, on one thread."""

    def __init__(self, host: str, port: int, handle: Callable[[Batch], None]) -> None:
        self.host = host
        self.port = port
        """The real one once started, where 0 was asked for."""
        self._handle = handle
        self._queue: queue.SimpleQueue[tuple[bytes, str] | None] = queue.SimpleQueue()
        self._backlog_bytes = 0
        self._backlog_lock = threading.Lock()
        self._stopping = threading.Event()
        self._connections: dict[str, _Connection] = {}

    def start(self) -> None:
        """Bind both sockets and begin to receive; raises DaemonError where the port is taken or the host is not ours."""
        self._udp, self._tcp = _bound(self.host, self.port)
        self.port = self._udp.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._receiver = threading.Thread(target=self._receive, name="osc-receive", daemon=True)
        self._worker = threading.Thread(target=self._work, name="osc-work", daemon=True)
        self._receiver.start()
        self._worker.start()

    def stop(self) -> None:
        """Receive no more, handle what has been received, close."""
        self._stopping.set()
        self._waker.send(b"!")
        self._receiver.join()
        self._queue.put(None)
        self._worker.join(timeout=STOP_S)
        for connection in tuple(self._connections.values()):
            connection.close()
        for closing in (self._udp, self._tcp, self._waker, self._woken):
            closing.close()

    def send(self, to: str, packet: bytes) -> None:
        """Send a packet to an address text; one that cannot be reached (any more) is not an error."""
        target = destination(to)
        if target is None:
            return
        if target[0] == "tcp":
            connection = self._connections.get(to)
            if connection:
                connection.send(packet)
            return
        try:
            self._send_datagram(packet, target[1:])
        except OSError as error:
            log.debug("no datagram to %s: %s", to, error)

    def _send_datagram(self, packet: bytes, address: tuple[str, int]) -> None:
        try:
            self._udp.sendto(packet, address)
        except BlockingIOError:
            select.select([], [self._udp], [], SEND_TIMEOUT_S)
            self._udp.sendto(packet, address)

    def _enqueue(self, packet: bytes, source: str) -> None:
        self._count(len(packet))
        self._queue.put((packet, source))

    def _count(self, more_bytes: int) -> None:
        with self._backlog_lock:
            self._backlog_bytes += more_bytes

    def _receive(self) -> None:
        """Only move what comes in from the kernel to the queue, so that little is lost while the worker is busy."""
        while not self._stopping.is_set():
            if self._backlog_bytes > BACKLOG_BYTES_MAX:
                log.warning("OSC comes in faster than it can be handled; datagrams may be lost")
                self._stopping.wait(PAUSE_S)
                continue
            readable, _, _ = select.select([self._udp, self._tcp, self._woken], [], [])
            if self._udp in readable:
                self._drain()
            if self._tcp in readable:
                self._accept()

    def _drain(self) -> None:
        """Take all datagrams that wait: one system call each, none to ask."""
        receive, enqueue = self._udp.recvfrom, self._enqueue
        for _ in range(100_000):
            try:
                packet, address = receive(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError as error:  # Windows: an earlier reply found nobody
                log.debug("recvfrom: %s", error)
                return
            enqueue(packet, f"udp:{address[0]}:{address[1]}")

    def _accept(self) -> None:
        try:
            client, address = self._tcp.accept()
        except OSError as error:  # it has gone again, or there are no more file descriptors
            log.warning("a TCP connection could not be accepted: %s", error)
            self._stopping.wait(PAUSE_S)
            return
        if len(self._connections) >= CONNECTIONS_MAX:
            log.warning("OSC over TCP: %s:%s is refused, %d are connected", *address[:2], CONNECTIONS_MAX)
            client.close()
            return
        connection = _Connection(client, f"tcp:{address[0]}:{address[1]}")
        self._connections[connection.name] = connection
        threading.Thread(target=self._serve, args=(connection,), name=f"osc-{connection.name}", daemon=True).start()

    def _serve(self, connection: _Connection) -> None:
        try:
            while not self._stopping.is_set() and (packets := connection.receive()) is not None:
                for packet in packets:
                    self._enqueue(packet, connection.name)
                while self._backlog_bytes > BACKLOG_BYTES_MAX and not self._stopping.wait(PAUSE_S):
                    pass
        except BridgeError as error:
            log.warning("%s: %s", connection.name, error.text)
        finally:
            del self._connections[connection.name]
            connection.close()

    def _work(self) -> None:
        """Hand on what has come in, several packets at once where several wait."""
        while (first := self._queue.get()) is not None:
            batch = [first, *self._waiting()]
            self._count(-sum(len(packet) for packet, _ in batch))
            try:
                self._handle(batch)
            except Exception:
                log.exception("a batch of %d OSC packets was not handled", len(batch))

    def _waiting(self) -> Batch:
        batch: Batch = []
        with contextlib.suppress(queue.Empty):
            while len(batch) < BATCH_MAX:
                entry = self._queue.get_nowait()
                if entry is None:
                    self._queue.put(None)
                    break
                batch.append(entry)
        return batch


class _Connection:
    """One TCP client."""

    def __init__(self, client: socket.socket, name: str) -> None:
        self.name = name
        self._socket = client
        self._framing = Framing()
        self._lock = threading.Lock()
        client.settimeout(SEND_TIMEOUT_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self) -> list[bytes] | None:
        """Return packets that have come (perhaps none), or None when the client has gone; raises PacketError."""
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            return []
        except OSError:
            return None
        return self._framing.feed(data) if data else None

    def send(self, packet: bytes) -> None:
        try:
            with self._lock:
                self._socket.sendall(self._framing.frame(packet))
        except OSError as error:
            log.info("%s is let go: %s", self.name, error)
            self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@lru_cache(maxsize=1024)
def destination(text: str) -> tuple[str, str, int] | None:
    """Return (transport, host, port) of an address text such as ``udp:127.0.0.1:52114``; None for another door's text."""
    transport, _, rest = text.partition(":")
    host, _, port = rest.rpartition(":")
    return (transport, host, int(port)) if transport in {"udp", "tcp"} and host and port.isdecimal() else None


def _bound(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Return UDP and TCP sockets on the same port number; with port 0 on one that is free for both."""
    for attempt in range(20):
        udp = _socket(host, port, socket.SOCK_DGRAM)
        try:
            tcp = _socket(host, udp.getsockname()[1], socket.SOCK_STREAM)
        except DaemonError:
            udp.close()
            if port or attempt == 19:
                raise
        else:
            _widen(udp)
            udp.setblocking(False)
            tcp.listen(CONNECTIONS_MAX)
            tcp.setblocking(False)
            return udp, tcp
    raise AssertionError


def _socket(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
        # `localhost` may name ::1 first, and most OSC clients speak IPv4 only.
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        bound = socket.socket(family, kind)
        try:
            if kind is socket.SOCK_STREAM:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise DaemonError(
            f"osc: {host}:{port} cannot be opened ({error.strerror}); set another osc.port, or end the program that has it",
            code="port_in_use",
        ) from None
    return bound


def _widen(udp: socket.socket) -> None:
    """Let the kernel keep as much as it allows while the process is busy."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
            return
    for size in (RECEIVE_BUFFER_BYTES, RECEIVE_BUFFER_BYTES // 4, RECEIVE_BUFFER_BYTES // 16):
        with contextlib.suppress(OSError):
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            return
