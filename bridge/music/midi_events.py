"""The bytes of a Standard MIDI File: chunks, variable-length numbers and events, read once from left to right.

Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001). All times here are ticks.
"""

from __future__ import annotations

import contextlib
import math
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bridge.errors import ClipError
from bridge.music.clip import PLAYED, PLAYED_MARK

BYTES_MAX = 8_000_000
TRACKS_MAX = 1_000
EVENTS_MAX = 400_000
NOTES_MAX = 60_000
MARKS_MAX = 20_000
"""Tempo changes, meters, keys, program changes, names and markers in one file."""
TEXT_MAX = 256
"""Characters of a name or marker that are kept."""


class TickNote(NamedTuple):
    """One note in ticks from the start of the file."""

    start_tick: int
    length_ticks: int
    pitch: int
    """0–127."""
    velocity: int
    """1–127."""
    channel: int
    """0–15; 9 is percussion."""


@dataclass(frozen=True)
class Header:
    """What the first chunk of a file says."""

    format: int
    track_count: int
    division: int
    """The two bytes as one unsigned number: ticks a quarter note, or with the top bit set an SMPTE division."""


@dataclass
class Track:
    """What one track chunk holds, in the order of the file."""

    name: str = ""
    instrument: str = ""
    notes: list[TickNote] = field(default_factory=list)
    programs: list[tuple[int, int, int]] = field(default_factory=list)
    """(tick, channel, program)."""
    bent: set[int] = field(default_factory=set)
    """Channels with pitch bends."""
    tempos: list[tuple[int, int]] = field(default_factory=list)
    """(tick, microseconds a quarter note)."""
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    """(tick, numerator, exponent of two of the denominator)."""
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    """(tick, sharps, or flats below 0, 1 for minor)."""
    markers: list[tuple[int, str]] = field(default_factory=list)
    played: dict[tuple[int, int], float] = field(default_factory=dict)
    """(tick, pitch) → second at which the note was played, where a clip of ours says it."""
    end_tick: int = 0
    hanging: int = 0
    """Notes without an end of their own: they were ended with the track."""


@dataclass
class Allowance:
    """How much more a file may hold before it is refused."""

    events: int = EVENTS_MAX
    notes: int = NOTES_MAX
    marks: int = MARKS_MAX


def read_chunks(data: bytes) -> tuple[Header, list[bytes]]:
    """Return the header and the bytes of every track chunk; raises ClipError where the file is cut short or no MIDI."""
    if len(data) > BYTES_MAX:
        raise ClipError(f"the MIDI file has {len(data)} bytes; at most {BYTES_MAX} are read")
    data = _unwrapped(data)
    if data[:4] != b"MThd":
        raise ClipError("this is no Standard MIDI File: it does not begin with MThd")
    header_size = int.from_bytes(data[4:8], "big")
    if len(data) < 14 or header_size < 6:
        raise ClipError("the MIDI file ends within its header; export the clip again")
    header = Header(*(int.from_bytes(data[start : start + 2], "big") for start in (8, 10, 12)))
    chunks = list(_track_chunks(data, 8 + header_size))
    if not chunks:
        raise ClipError("the MIDI file holds no track; export the clip again")
    return header, chunks


def _unwrapped(data: bytes) -> bytes:
    """Return the MIDI file within a RIFF file of type RMID, or the data as they are."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] == b"data":
            return data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    raise ClipError("the RIFF file holds no MIDI data; export the clip as a Standard MIDI File")


def _track_chunks(data: bytes, position: int) -> Iterator[bytes]:
    """Yield the bytes of each track; chunks of other kinds, and junk after the last track, are skipped."""
    count = 0
    while position + 8 <= len(data):
        start = position + 8
        position = start + int.from_bytes(data[position + 4 : start], "big")
        if data[start - 8 : start - 4] != b"MTrk":
            continue
        count += 1
        if count > TRACKS_MAX:
            raise ClipError(f"the MIDI file holds more than {TRACKS_MAX} tracks")
        if position > len(data):
            raise ClipError(
                f"track {count} of the MIDI file is cut short: {position - len(data)} bytes are missing; export it again"
            )
        yield data[start:position]


def read_track(chunk: bytes, number: int, allowance: Allowance) -> Track:
    """Return what a track chunk holds, taking it off the allowance; raises ClipError where it is broken or too much."""
    reader = _TrackReader(chunk, number, allowance)
    try:
        reader.read()
    except IndexError:
        raise ClipError(f"track {number} of the MIDI file ends in the middle of an event; export the clip again") from None
    return reader.track


class _TrackReader:
    """Walks through the events of one track. A byte asked for after the end raises IndexError."""

    def __init__(self, chunk: bytes, number: int, allowance: Allowance) -> None:
        self.chunk = chunk
        self.number = number
        self.allowance = allowance
        self.track = Track()
        self.tick = 0
        self.sounding: defaultdict[int, deque[tuple[int, int]]] = defaultdict(deque)
        """Channel and pitch as one number → (tick, velocity) of the notes that sound, the oldest first."""

    def read(self) -> None:
        """Read every event up to the end of the track."""
        chunk, size, allowance = self.chunk, len(self.chunk), self.allowance
        position = status = 0
        while position < size:
            delta = chunk[position]
            position += 1
            if delta >= 0x80:
                delta, position = self._number(position - 1)
            self.tick += delta
            allowance.events -= 1
            if allowance.events < 0:
                raise ClipError(f"the MIDI file holds more than {EVENTS_MAX} events; send a shorter clip")
            byte = chunk[position]
            if byte >= 0xF0:
                position = self._meta_or_sysex(byte, position + 1)
                continue
            if byte >= 0x80:
                status = byte
                position += 1
            position = self._channel_event(status, position)
        self._end_hanging_notes()

    def _number(self, position: int) -> tuple[int, int]:
        """Return the variable-length number at a position, and the position after it."""
        byte = self.chunk[position]
        if byte < 0x80:
            return byte, position + 1
        value = byte & 0x7F
        for after in range(position + 1, position + 4):
            byte = self.chunk[after]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, after + 1
        raise self._broken("a length of more than four bytes")

    def _channel_event(self, status: int, position: int) -> int:
        """Read the data bytes of a channel message and return the position after them."""
        kind = status & 0xF0
        first = self.chunk[position]
        second = 0 if kind in {0xC0, 0xD0} else self.chunk[position + 1]
        if not status:
            raise self._broken(f"the data byte 0x{first:02X} without a message")
        if (first | second) >= 0x80:
            raise self._broken(f"the byte 0x{max(first, second):02X} where a data byte must be")
        if kind == 0x90 and second:
            self._note_on(status & 0x0F, first, second)
        elif kind in {0x80, 0x90}:
            self._note_off(status & 0x0F, first)
        elif kind == 0xC0:
            self._spend_mark()
            self.track.programs.append((self.tick, status & 0x0F, first))
        elif kind == 0xE0:
            self.track.bent.add(status & 0x0F)
        return position + (1 if kind in {0xC0, 0xD0} else 2)

    def _note_on(self, channel: int, pitch: int, velocity: int) -> None:
        self.allowance.notes -= 1
        if self.allowance.notes < 0:
            raise ClipError(f"the MIDI file holds more than {NOTES_MAX} notes; send a shorter clip")
        self.sounding[channel << 7 | pitch].append((self.tick, velocity))

    def _note_off(self, channel: int, pitch: int) -> None:
        """End the note of this pitch that has sounded longest: where two overlap, first in is first out."""
        sounding = self.sounding[channel << 7 | pitch]
        if sounding:
            start, velocity = sounding.popleft()
            self.track.notes.append(TickNote._make((start, self.tick - start, pitch, velocity, channel)))

    def _end_hanging_notes(self) -> None:
        self.track.end_tick = self.tick
        for key, sounding in self.sounding.items():
            self.track.hanging += len(sounding)
            while sounding:
                self._note_off(key >> 7, key & 0x7F)
        self.track.notes.sort()

    def _meta_or_sysex(self, status: int, position: int) -> int:
        """Read a meta event, or skip a system exclusive one; neither touches the running status."""
        if status not in {0xF0, 0xF7, 0xFF}:
            raise self._broken(f"the message 0x{status:02X}, which no MIDI file may hold")
        kind = -1
        if status == 0xFF:
            kind = self.chunk[position]
            position += 1
        length, position = self._number(position)
        end = position + length
        if end > len(self.chunk):
            raise IndexError
        if kind == 0x2F:
            return len(self.chunk)
        if kind == 0x7F:
            _read_played(self.track, self.tick, self.chunk[position:end])
        elif kind in _META_READERS:
            self._spend_mark()
            _META_READERS[kind](self.track, self.tick, self.chunk[position:end])
        return end

    def _spend_mark(self) -> None:
        self.allowance.marks -= 1
        if self.allowance.marks < 0:
            raise ClipError(f"the MIDI file holds more than {MARKS_MAX} tempo changes, markers and program changes")

    def _broken(self, what: str) -> ClipError:
        return ClipError(f"track {self.number} of the MIDI file is broken: it holds {what}; export the clip again")


def _read_name(track: Track, _tick: int, body: bytes) -> None:
    track.name = track.name or _text(body)


def _read_instrument(track: Track, _tick: int, body: bytes) -> None:
    track.instrument = track.instrument or _text(body)


def _read_marker(track: Track, tick: int, body: bytes) -> None:
    track.markers.append((tick, _text(body)))


def _read_tempo(track: Track, tick: int, body: bytes) -> None:
    if len(body) == 3:
        track.tempos.append((tick, int.from_bytes(body, "big")))


def _read_meter(track: Track, tick: int, body: bytes) -> None:
    if len(body) >= 2:
        track.meters.append((tick, body[0], body[1]))


def _read_key(track: Track, tick: int, body: bytes) -> None:
    if len(body) >= 2:
        track.keys.append((tick, body[0] - (body[0] & 0x80) * 2, body[1]))


def _read_played(track: Track, tick: int, body: bytes) -> None:
    """Read when a note was played, if that is what this sequencer-specific event says."""
    if len(body) == PLAYED.size and body.startswith(PLAYED_MARK):
        _, pitch, seconds = PLAYED.unpack(body)
        if math.isfinite(seconds):
            track.played[tick, pitch] = seconds


_META_READERS = {
    0x03: _read_name,
    0x04: _read_instrument,
    0x06: _read_marker,
    0x51: _read_tempo,
    0x58: _read_meter,
    0x59: _read_key,
}


def _text(body: bytes) -> str:
    """Return a text of any DAW: UTF-8 as most write it now, GB 2312 as Chinese Windows did, else Latin-1."""
    for encoding in ("utf-8", "gb2312", "latin-1"):
        with contextlib.suppress(UnicodeDecodeError):
            text = body.decode(encoding)[:TEXT_MAX]
            return "".join(character if character.isprintable() else " " for character in text).strip()
    raise AssertionError  # Latin-1 decodes everything
