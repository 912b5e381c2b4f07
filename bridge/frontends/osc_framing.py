"""Packets in a TCP stream: SLIP as in OSC 1.1, or a length before each as in OSC 1.0 (liblo's habit); the first byte tells."""

from __future__ import annotations

import struct

from pythonosc import slip

from bridge.frontends.osc_packet import PacketError

PACKET_BYTES_MAX = 16 * 1024 * 1024
_LENGTH = struct.Struct(">i")


class Framing:
    """What one connection speaks; replies are framed the same way."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._has_lengths: bool | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the packets that are complete now; raises PacketError where the stream cannot be followed any more."""
        self._buffer += data
        if self._has_lengths is None and self._buffer:
            self._has_lengths = self._buffer[0] == 0
        packets = self._lengths() if self._has_lengths else self._slip() if slip.END in data else []
        if len(self._buffer) > PACKET_BYTES_MAX + 4:
            raise PacketError(f"a packet may have {PACKET_BYTES_MAX} bytes, not more")
        return packets

    def frame(self, packet: bytes) -> bytes:
        """Return a packet as it is sent on this connection."""
        if self._has_lengths:
            return _LENGTH.pack(len(packet)) + packet
        framed: bytes = slip.encode(packet)
        return framed

    def _slip(self) -> list[bytes]:
        complete, _, self._buffer = self._buffer.rpartition(slip.END)
        # What is badly escaped is passed on as it is: it is then refused as a packet.
        return [
            frame.replace(slip.ESC + slip.ESC_END, slip.END).replace(slip.ESC + slip.ESC_ESC, slip.ESC)
            for frame in bytes(complete).split(slip.END)
            if frame
        ]

    def _lengths(self) -> list[bytes]:
        packets, index = [], 0
        while index + 4 <= len(self._buffer):
            (size,) = _LENGTH.unpack_from(self._buffer, index)
            if not 0 <= size <= PACKET_BYTES_MAX:
                raise PacketError(f"a packet of {size} bytes was announced; send OSC 1.1 (SLIP)")
            if index + 4 + size > len(self._buffer):
                break
            packets.append(bytes(self._buffer[index + 4 : index + 4 + size]))
            index += 4 + size
        del self._buffer[:index]
        return packets
