"""OSC 1.0/1.1 packets ↔ messages, with every length checked.

python-osc is not used to read: its 1.10.2 loops for ever on a bundle element of negative size, skips type tags that it does
not know (so that later arguments move up), and takes 40 ms for 60 kB of notes. It is the independent reader in the tests.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from bridge.errors import BridgeError

BUNDLE = b"#bundle\0"
DATAGRAM_BYTES_MAX = 65_507
"""The most that UDP over IPv4 carries."""
DEPTH_MAX = 8
"""Bundles inside bundles that are read."""
_INT32 = struct.Struct(">i")
_FLOAT32 = struct.Struct(">f")
_NUMBERS = {"i": _INT32, "f": _FLOAT32, "h": struct.Struct(">q"), "d": struct.Struct(">d")}
_CONSTANTS = {"T": True, "F": False}


class Message(NamedTuple):
    """An address (perhaps a pattern) and its arguments: str, int, float, bool or bytes."""

    address: str
    arguments: tuple[Any, ...]


class PacketError(BridgeError):
    """The bytes are not OSC."""

    code = "bad_osc"


def decode(packet: bytes) -> list[Message]:
    """Return the messages of a packet, bundles unfolded in order and their timetags ignored; raises PacketError."""
    messages: list[Message] = []
    _unfold(packet, messages, 0)
    return messages


def encode(address: str, *arguments: str | float | bytes) -> bytes:
    """Return the packet of one message; bool → T F, int → i (h where 32 bits are too few), float → f, str → s, bytes → b."""
    tags, body = ",", b""
    for value in arguments:
        tag, data = _encoded(value)
        tags += tag
        body += data
    return _padded(address.encode()) + _padded(tags.encode()) + body


def _unfold(packet: bytes, messages: list[Message], depth: int) -> None:
    if not packet.startswith(BUNDLE):
        messages.append(_message(packet))
        return
    if depth >= DEPTH_MAX:
        raise PacketError(f"bundles may lie {DEPTH_MAX} deep in each other, not deeper")
    if len(packet) < 16:
        raise PacketError("a bundle starts with #bundle and a timetag of 8 bytes; this one ends inside them")
    index = 16
    while index < len(packet):
        size = _INT32.unpack_from(packet, index)[0] if index + 4 <= len(packet) else -1
        if size <= 0 or index + 4 + size > len(packet):
            raise PacketError(f"the bundle element at byte {index} does not fit into its bundle")
        _unfold(packet[index + 4 : index + 4 + size], messages, depth + 1)
        index += 4 + size


def _message(packet: bytes) -> Message:
    if not packet.startswith(b"/"):
        raise PacketError("an OSC packet starts with / or #bundle" + ("; this one is empty" if not packet else ""))
    address, index = _text(packet, 0)
    if index >= len(packet):  # very old senders leave the type tags out where there are no arguments
        return Message(address, ())
    tags, index = _text(packet, index)
    if not tags.startswith(","):
        raise PacketError(f"{address[:80]}: the type tags start with a comma, not with {tags[:1]!r}")
    return Message(address, tuple(_arguments(address, tags[1:], packet, index)))


def _arguments(address: str, tags: str, packet: bytes, index: int) -> list[Any]:
    values: list[Any] = []
    for tag in tags:
        if tag in _CONSTANTS:
            values.append(_CONSTANTS[tag])
        elif tag in _NUMBERS:
            value, index = _number(_NUMBERS[tag], packet, index)
            values.append(value)
        elif tag in "sS":
            text, index = _text(packet, index)
            values.append(text)
        elif tag == "b":
            blob, index = _blob(packet, index)
            values.append(blob)
        else:
            raise PacketError(f"{address[:80]}: argument {len(values) + 1} has type {tag!r}; send one of s i f T F b")
    return values


def _number(form: struct.Struct, packet: bytes, index: int) -> tuple[int | float, int]:
    if index + form.size > len(packet):
        raise PacketError(f"the packet ends inside a number at byte {index}")
    value = form.unpack_from(packet, index)[0]
    return _shortest(value) if form is _FLOAT32 else value, index + form.size


def _shortest(value: float) -> float:
    """Return the shortest decimal that has this 32-bit float, so that 120.1 does not become 120.0999984741211."""
    for digits in (7, 8):
        short = float(f"{value:.{digits}g}")
        if abs(short) < 3.4e38 and _FLOAT32.unpack(_FLOAT32.pack(short))[0] == value:
            return short
    return value


def _text(packet: bytes, index: int) -> tuple[str, int]:
    end = packet.find(b"\0", index)
    if end < 0:
        raise PacketError(f"the text at byte {index} has no end")
    try:
        return packet[index:end].decode(), (end // 4 + 1) * 4
    except UnicodeDecodeError:
        raise PacketError(f"the text at byte {index} is not UTF-8") from None


def _blob(packet: bytes, index: int) -> tuple[bytes, int]:
    size, index = _number(_INT32, packet, index)
    if size < 0 or index + size > len(packet):
        raise PacketError(f"the blob at byte {index} says it has {size} bytes, and the packet ends before")
    return packet[index : index + int(size)], index + (int(size) + 3) // 4 * 4


def _encoded(value: str | float | bytes) -> tuple[str, bytes]:
    if isinstance(value, bool):
        return "T" if value else "F", b""
    if isinstance(value, int):
        return ("i", _INT32.pack(value)) if -(2**31) <= value < 2**31 else ("h", struct.pack(">q", value))
    if isinstance(value, float):
        return "f", _FLOAT32.pack(value)
    if isinstance(value, bytes):
        return "b", _INT32.pack(len(value)) + value + bytes(-len(value) % 4)
    return "s", _padded(value.encode(errors="replace"))


def _padded(data: bytes) -> bytes:
    data = data.replace(b"\0", b" ")
    return data + bytes(4 - len(data) % 4)
