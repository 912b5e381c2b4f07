"""A score as a Standard MIDI File of type 1, as DAWs import it best: one conductor track, then one named track a part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bridge.music.chord import ChordSpan
from bridge.music.key import Key
from bridge.music.notes import DRUM_CHANNEL, PART_NAMES, Part, within
from bridge.music.score import Marker, Score, Section
from bridge.music.tempo import Meter

TICKS_PER_BEAT = 960
NO_CHORD = "N.C."
"""Written where no chord sounds between two."""

_END_OF_TRACK = b"\xff\x2f\x00"
_CLOCKS_PER_BEAT = 24
_OFF, _SETTING, _ON, _OFF_AT_ONCE = range(4)
"""Order of events at one tick: a note that ends makes room for the next; one without length ends after it began."""


class _Event(NamedTuple):
    tick: int
    order: int
    """One of _OFF, _SETTING, _ON, _OFF_AT_ONCE."""
    message: bytes


def write_smf(
    score: Score,
    *,
    parts: Sequence[str] | None = None,
    with_tempo: bool = True,
    with_chords: bool = False,
    ticks_per_beat: int = TICKS_PER_BEAT,
) -> bytes:
    """Return a score, or only some of its parts, as a file that starts with the section and ends exactly with it.

    Notes that ring over the end are cut there. `with_tempo` writes the tempo map of the section, `with_chords` the
    chord symbols as text events of the conductor. The same score gives the same bytes.
    """
    end_tick = _tick(score.section.length_beats, ticks_per_beat)
    chosen = [part for part in score.parts if parts is None or part.name in parts]
    tracks = [_conductor(score, ticks_per_beat, with_tempo=with_tempo, with_chords=with_chords)]
    tracks += [
        _part(part, channel, score.section, ticks_per_beat) for part, channel in zip(chosen, _channels(chosen), strict=True)
    ]
    header = b"".join(number.to_bytes(2, "big") for number in (1, len(tracks), ticks_per_beat))
    return _chunk(b"MThd", header) + b"".join(_track(events, end_tick) for events in tracks)


def _channels(parts: Sequence[Part]) -> list[int]:
    """Return a channel for each part: drums have the tenth, every role the same one in all files."""
    pitched = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    known = [name for name in PART_NAMES if name != "drums"]
    others = [part.name for part in parts if part.name not in PART_NAMES]
    places = {name: pitched[index % len(pitched)] for index, name in enumerate((*known, *others))}
    return [DRUM_CHANNEL if part.is_drums else places[part.name] for part in parts]


def _tick(beat: float, ticks_per_beat: int) -> int:
    return round(beat * ticks_per_beat)


def _conductor(score: Score, ticks_per_beat: int, *, with_tempo: bool, with_chords: bool) -> list[_Event]:
    section = score.section
    events = [
        _Event(0, _SETTING, _meter_message(section.meter)),
        _Event(0, _SETTING, _key_message(section.key)),
    ]
    if with_tempo:
        tempo = section.tempo.shifted(-section.start_beat)
        events += [
            _Event(_tick(change.beat, ticks_per_beat), _SETTING, _tempo_message(change.bpm))
            for change in tempo.changes
            if change.beat < section.length_beats
        ]
    for marker in score.markers or (Marker(0.0, section.name),):
        events.append(_Event(_tick(marker.beat, ticks_per_beat), _SETTING, _text_message(0x06, marker.name)))
    if with_chords:
        for beat, symbol in _chord_symbols(score.chords, flats=section.key.is_flat):
            events.append(_Event(_tick(beat, ticks_per_beat), _SETTING, _text_message(0x01, symbol)))
    return events


def _chord_symbols(chords: Sequence[ChordSpan], *, flats: bool) -> list[tuple[float, str]]:
    symbols: list[tuple[float, str]] = []
    end_beat = 0.0
    for span in chords:
        if span.start_beat > end_beat:
            symbols.append((end_beat, NO_CHORD))
        symbols.append((span.start_beat, span.chord.spelled(flats=flats)))
        end_beat = span.end_beat
    return symbols


def _part(part: Part, channel: int, section: Section, ticks_per_beat: int) -> list[_Event]:
    events = [
        _Event(0, _SETTING, _text_message(0x03, part.name)),
        _Event(0, _SETTING, bytes((0xC0 | channel, part.program))),
    ]
    last_tick = _tick(section.length_beats, ticks_per_beat)
    for note in within(part.notes, 0.0, section.length_beats):
        start = min(_tick(note.start_beat, ticks_per_beat), last_tick - 1)
        end = max(_tick(note.end_beat, ticks_per_beat), start + 1) if note.length_beats > 0 else start
        events.append(_Event(start, _ON, bytes((0x90 | channel, note.pitch, note.velocity))))
        events.append(_Event(end, _OFF if end > start else _OFF_AT_ONCE, bytes((0x80 | channel, note.pitch, 0))))
    return events


def _track(events: list[_Event], end_tick: int) -> bytes:
    """Return a track chunk of events, which may come in any order, that ends at this tick."""
    body = bytearray()
    now = 0
    for event in sorted(events, key=lambda event: event[:2]):
        tick = min(event.tick, end_tick)
        body += _number(tick - now) + event.message
        now = tick
    body += _number(end_tick - now) + _END_OF_TRACK
    return _chunk(b"MTrk", bytes(body))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


def _number(value: int) -> bytes:
    """Return a variable-length number: seven bits a byte, the top bit set on all but the last."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def _text_message(kind: int, text: str) -> bytes:
    body = text.encode()
    return bytes((0xFF, kind)) + _number(len(body)) + body


def _tempo_message(bpm: float) -> bytes:
    return b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big")


def _meter_message(meter: Meter) -> bytes:
    exponent = meter.denominator.bit_length() - 1
    return bytes((0xFF, 0x58, 4, meter.numerator, exponent, round(_CLOCKS_PER_BEAT * meter.pulse_beats), 8))


def _key_message(key: Key) -> bytes:
    relative_major = (key.tonic + 3) % 12 if key.is_minor else key.tonic
    fifths = relative_major * 7 % 12
    sharps = fifths - 12 if key.is_flat else fifths
    return bytes((0xFF, 0x59, 2, sharps % 256, int(key.is_minor)))
