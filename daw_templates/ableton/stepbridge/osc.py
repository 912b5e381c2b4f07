"""OSC 1.0 messages as bytes and back; Live has no package that does it."""

from __future__ import annotations

import struct
from typing import List, Tuple

Message = Tuple[str, List[object]]
"""Address and arguments."""

_INT32 = range(-(2**31), 2**31)
_BUNDLE = b"#bundle\x00"
_NUMBERS = {"i": ">i", "f": ">f", "d": ">d", "h": ">q"}
_CONSTANTS = {"T": True, "F": False, "N": None}


def encode(address: str, *arguments: object) -> bytes:
    """Return a message as a datagram; numbers with a fraction are sent in double precision."""
    tags, data = ",", b""
    for argument in arguments:
        tag, value = _encoded(argument)
        tags += tag
        data += value
    return _text(address) + _text(tags) + data


def decode(packet: bytes) -> list[Message]:
    """Return the messages of a datagram, those of bundles too; what is no OSC is left out."""
    found: list[Message] = []
    waiting = [packet]
    while waiting:
        piece = waiting.pop(0)
        try:
            if piece.startswith(_BUNDLE):
                waiting += _elements(piece)
            else:
                found.append(_message(piece))
        except (struct.error, ValueError, KeyError):
            continue
    return found


def _encoded(argument: object) -> tuple[str, bytes]:
    if isinstance(argument, bool):
        return ("T" if argument else "F"), b""
    if isinstance(argument, int):
        return ("i", struct.pack(">i", argument)) if argument in _INT32 else ("h", struct.pack(">q", argument))
    if isinstance(argument, float):
        return "d", struct.pack(">d", argument)
    if isinstance(argument, str):
        return "s", _text(argument)
    if isinstance(argument, bytes):
        return "b", struct.pack(">i", len(argument)) + argument + b"\x00" * (-len(argument) % 4)
    raise TypeError(f"OSC has no {type(argument).__name__}")


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "replace").replace(b"\x00", b"")
    return data + b"\x00" * (4 - len(data) % 4)


def _elements(bundle: bytes) -> list[bytes]:
    pieces, at = [], 16
    while at < len(bundle):
        (size,) = struct.unpack_from(">i", bundle, at)
        if not 0 < size <= len(bundle) - at - 4:
            raise ValueError(size)
        pieces.append(bundle[at + 4 : at + 4 + size])
        at += 4 + size
    return pieces


def _message(packet: bytes) -> Message:
    address, at = _read_text(packet, 0)
    if not address.startswith("/"):
        raise ValueError(address)
    tags, at = _read_text(packet, at) if at < len(packet) else (",", at)
    arguments: list[object] = []
    for tag in tags[1:]:
        value, at = _argument(tag, packet, at)
        arguments.append(value)
    return address, arguments


def _argument(tag: str, packet: bytes, at: int) -> tuple[object, int]:
    if tag in _NUMBERS:
        return struct.unpack_from(_NUMBERS[tag], packet, at)[0], at + struct.calcsize(_NUMBERS[tag])
    if tag in "sS":
        return _read_text(packet, at)
    if tag == "b":
        (size,) = struct.unpack_from(">i", packet, at)
        if not 0 <= size <= len(packet) - at - 4:
            raise ValueError(size)
        return packet[at + 4 : at + 4 + size], at + 4 + size + -size % 4
    return _CONSTANTS[tag], at


def _read_text(packet: bytes, at: int) -> tuple[str, int]:
    end = packet.index(b"\x00", at)
    return packet[at:end].decode("utf-8", "replace"), end + 4 - (end - at) % 4
