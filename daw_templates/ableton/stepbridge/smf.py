"""The notes of a Standard MIDI File."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .music import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH_BEATS_MIN = 1 / 64
"""The least length that Live shows."""
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}


def read_notes(data: bytes) -> list[Note]:
    """Return the notes of all tracks in beats, in order; raises ValueError where this is no MIDI file."""
    if data[:4] != b"MThd" or len(data) < 14:
        raise ValueError("is no Standard MIDI File")
    ticks_per_beat = struct.unpack(">H", data[12:14])[0]
    notes: list[Note] = []
    at = 8 + struct.unpack(">I", data[4:8])[0]
    while at + 8 <= len(data):
        (length,) = struct.unpack(">I", data[at + 4 : at + 8])
        if data[at : at + 4] == b"MTrk":
            notes += _track_notes(data[at + 8 : at + 8 + length], ticks_per_beat)
        at += 8 + length
    return sorted(notes)


def _track_notes(track: bytes, ticks_per_beat: int) -> list[Note]:
    sounding: dict[tuple[int, int], list[tuple[int, int]]] = {}
    notes = []
    for tick, status, pitch, velocity in _channel_messages(track):
        started = sounding.setdefault((status & 0xF, pitch), [])
        if status >> 4 == 0x9 and velocity:
            started.append((tick, velocity))
        elif status >> 4 in (0x8, 0x9) and started:
            start, struck = started.pop(0)
            length = max((tick - start) / ticks_per_beat, LENGTH_BEATS_MIN)
            notes.append(Note(start / ticks_per_beat, length, pitch, struck))
    return notes


def _channel_messages(track: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield tick, status and two data bytes of each channel message."""
    at, tick, status = 0, 0, 0
    while at < len(track):
        delta, at = _variable_length(track, at)
        tick += delta
        if track[at] & 0x80:
            status, at = track[at], at + 1
        if status >= 0xF0:  # sysex, or a meta event with its kind before its length
            length, at = _variable_length(track, at + (status == 0xFF))
            at += length
            continue
        size = _DATA_BYTES[status >> 4]
        first, second = track[at], track[at + size - 1]
        at += size
        yield tick, status, first, second


def _variable_length(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value = value << 7 | data[at] & 0x7F
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
