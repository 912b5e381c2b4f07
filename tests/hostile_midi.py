"""MIDI files as no DAW should write them: broken, cut short, lying, huge or merely odd. The same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator

END = b"\x00\xff\x2f\x00"
TUNE = b"".join(bytes((0, 0x90, pitch, 90, 96, 0x80, pitch, 0)) for pitch in (60, 62, 64, 65, 67, 69, 71, 72))
TEMPO = b"\x00\xff\x51\x03\x07\xa1\x20"


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    return kind + (len(body) if size is None else size).to_bytes(4, "big") + body


def header(kind: int = 1, tracks: int = 1, division: int = 96) -> bytes:
    return chunk(b"MThd", b"".join(number.to_bytes(2, "big") for number in (kind, tracks, division)))


def track(body: bytes = TUNE + END, size: int | None = None) -> bytes:
    return chunk(b"MTrk", body, size)


def meta(kind: int, body: bytes, size: bytes | None = None) -> bytes:
    return b"\x00\xff" + bytes((kind,)) + (bytes((len(body),)) if size is None else size) + body


GOOD = header() + track(TEMPO + meta(0x03, b"Melody") + meta(0x58, b"\x04\x02\x18\x08") + TUNE + END)


def hostile_files(seed: int = 1) -> dict[str, bytes]:
    """Return more than 200 files by a name that says what is wrong with each."""
    draw = random.Random(seed)  # noqa: S311 - the same files every time
    files = dict(_no_midi(draw))
    files |= dict(_odd_headers())
    files |= dict(_odd_chunks())
    files |= dict(_odd_events())
    files |= dict(_odd_metas())
    files |= dict(_bombs())
    files |= {f"cut after {size} bytes": GOOD[:size] for size in range(1, len(GOOD), 3)}
    files |= {f"bit flips {index}": _flipped(draw) for index in range(60)}
    files |= {f"random track {index}": header() + track(draw.randbytes(draw.randrange(1, 400))) for index in range(40)}
    files |= {f"shuffled track {index}": _shuffled(draw) for index in range(20)}
    return files


def _no_midi(draw: random.Random) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "one zero", b"\0"
    yield "text", b"This is my song. It goes la la la.\n" * 20
    yield "Chinese text", "这不是一个 MIDI 文件。".encode() * 20
    yield "JSON", b'{"notes": [60, 62, 64]}'
    yield "WAV", b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)
    yield "PNG", b"\x89PNG\r\n\x1a\n" + bytes(64)
    yield "MThd in lower case", GOOD.replace(b"MThd", b"mthd")
    yield "text before the header", b"hello" + GOOD
    yield "RIFF that ends at once", b"RIFF\x04\0\0\0RMID"
    yield "RIFF without data", b"RIFF\x20\0\0\0RMID" + b"LIST\x04\0\0\0abcd"
    yield "RIFF with a lying size", b"RIFF\xff\xff\xff\xffRMIDdata\xff\xff\xff\xff" + GOOD
    yield "RIFF within RIFF", b"RIFF\x20\0\0\0RMIDdata\x20\0\0\0RIFF\x08\0\0\0RMID"
    yield "RIFF whose chunks have no end", b"RIFF\x20\0\0\0RMID" + b"JUNK\0\0\0\0" * 1000
    for index in range(20):
        yield f"random bytes {index}", draw.randbytes(draw.randrange(1, 3000))
        yield f"random bytes after MThd {index}", b"MThd" + draw.randbytes(draw.randrange(1, 300))


def _odd_headers() -> Iterator[tuple[str, bytes]]:
    yield "header only", header()
    yield "header of size 0", chunk(b"MThd", b"", 0) + track()
    yield "header of size 5", chunk(b"MThd", b"\0\1\0\1\0\x60", 5) + track()
    yield "header of giant size", chunk(b"MThd", b"\0\1\0\1\0\x60", 0xFFFFFFFF) + track()
    yield "header of size 20", chunk(b"MThd", b"\0\1\0\1\0\x60" + bytes(14)) + track()
    yield "type 2", header(2, 2) + track() + track()
    yield "type 65535", header(0xFFFF) + track()
    yield "zero ticks a beat", header(division=0) + track()
    yield "one tick a beat", header(division=1) + track()
    yield "32767 ticks a beat", header(division=0x7FFF) + track()
    for frames in (24, 25, 29, 30):
        yield f"SMPTE {frames}", header(division=(256 - frames) << 8 | 40) + track()
    yield "SMPTE 17", header(division=(256 - 17) << 8 | 40) + track()
    yield "SMPTE without ticks", header(division=0xE700) + track()
    yield "SMPTE 128", header(division=0x8001) + track()
    yield "no track promised", header(tracks=0) + track()
    yield "65535 tracks promised", header(tracks=0xFFFF) + track()
    yield "type 0 with three tracks", header(0, 3) + track() * 3


def _odd_chunks() -> Iterator[tuple[str, bytes]]:
    yield "empty track", header() + track(b"")
    yield "track with only an end", header() + track(END)
    yield "track that ends twice", header() + track(TUNE + END + END)
    yield "notes after the end", header() + track(END + TUNE)
    yield "no end of track", header() + track(TUNE)
    yield "track longer than it says", header() + track(size=10)
    yield "track shorter than it says", header() + track(size=1000)
    yield "track of giant size", header() + track(size=0xFFFFFFFF)
    yield "track of size 0", header() + track(size=0)
    yield "unknown chunk", header() + chunk(b"XFIH", bytes(40)) + track()
    yield "unknown chunk of giant size", header() + chunk(b"XFIH", bytes(40), 0xFFFFFFF0) + track()
    yield "junk after the last track", GOOD + b"\0" * 333
    yield "half a chunk after the last track", GOOD + b"MTr"
    yield "only unknown chunks", header() + chunk(b"ABCD", b"1234") * 5
    yield "two files in one", GOOD + GOOD
    yield "20 empty tracks", header(tracks=20) + track(END) * 20


def _odd_events() -> Iterator[tuple[str, bytes]]:
    bodies = {
        "running status without status": b"\x00\x3c\x40" + TUNE,
        "running status after a meta": TUNE + meta(0x01, b"x") + b"\x00\x3c\x00",
        "running status after sysex": TUNE + b"\x00\xf0\x02\x41\xf7\x00\x3c\x00",
        "delta of five bytes": b"\xff\xff\xff\xff\x7f\x90\x3c\x40",
        "delta without end": b"\xff" * 100,
        "delta at the very end": TUNE + b"\x81",
        "longest delta": b"\xff\xff\xff\x7f" + TUNE[1:],
        "pitch over 127": b"\x00\x90\x80\x40",
        "velocity over 127": b"\x00\x90\x3c\xff",
        "note on at the very end": TUNE + b"\x00\x90",
        "only note offs": b"".join(bytes((0, 0x80, pitch, 64)) for pitch in range(128)),
        "only note ons": b"".join(bytes((1, 0x90, pitch, 64)) for pitch in range(128)),
        "one pitch 500 times on": b"\x01\x90\x3c\x40" * 500,
        "notes of no length": b"".join(bytes((0, 0x90, pitch, 64, 0, 0x80, pitch, 0)) for pitch in range(40, 80)),
        "all at once": b"".join(bytes((0, 0x90, pitch, 64)) for pitch in range(128)),
        "sysex without end": b"\x00\xf0\xff\xff\xff\x7f\x41\x10",
        "sysex of no bytes": b"\x00\xf0\x00" + TUNE,
        "escape F7": b"\x00\xf7\x03\xf2\x01\x02" + TUNE,
        "song position": b"\x00\xf2\x01\x02" + TUNE,
        "realtime clock": b"\x00\xf8" + TUNE,
        "active sensing": b"\x00\xfe" + TUNE,
        "every controller": b"".join(bytes((0, 0xB0, number, 127)) for number in range(128)) + TUNE,
        "pitch bends and pressures": b"\x00\xe0\x00\x40\x00\xd0\x40\x00\xa0\x3c\x40" + TUNE,
        "every program": b"".join(bytes((0, 0xC0, number)) for number in range(128)) + TUNE,
        "only drums": TUNE.replace(b"\x90", b"\x99").replace(b"\x80", b"\x89"),
        "all channels": b"".join(bytes((0, 0x90 | ch, 60, 64, 9, 0x80 | ch, 60, 0)) for ch in range(16)),
        "lowest and highest notes": b"\x00\x90\x00\x01\x00\x90\x7f\x7f\x60\x80\x00\x00\x00\x80\x7f\x00",
    }
    for name, body in bodies.items():
        yield name, header() + track(body + END)
        yield f"{name}, type 0", header(0) + track(body)


def _odd_metas() -> Iterator[tuple[str, bytes]]:
    metas = {
        "tempo 0": meta(0x51, b"\0\0\0"),
        "tempo 1": meta(0x51, b"\0\0\1"),
        "slowest tempo": meta(0x51, b"\xff\xff\xff"),
        "tempo of no bytes": meta(0x51, b""),
        "tempo of 9 bytes": meta(0x51, bytes(9)),
        "two tempi at once": TEMPO + meta(0x51, b"\x01\x00\x00"),
        "meter 4 over 2^255": meta(0x58, b"\x04\xff\x18\x08"),
        "meter 0/4": meta(0x58, b"\x00\x02\x18\x08"),
        "meter 255/1": meta(0x58, b"\xff\x00\x18\x08"),
        "meter 1/64": meta(0x58, b"\x01\x06\x18\x08"),
        "meter of one byte": meta(0x58, b"\x04"),
        "key of 99 sharps": meta(0x59, b"\x63\x00"),
        "key of mode 7": meta(0x59, b"\x00\x07"),
        "key of no bytes": meta(0x59, b""),
        "name in broken UTF-8": meta(0x03, b"\xc3\x28\xff\xfe\x80"),
        "name in GB 2312": meta(0x03, "主旋律".encode("gb2312")),
        "name in Shift JIS": meta(0x03, "メロディ".encode("shift_jis")),
        "name of zeros": meta(0x03, bytes(50)),
        "name of control characters": meta(0x03, bytes(range(32))),
        "name of 100 000 letters": meta(0x03, b"A" * 100_000, b"\x86\x8d\x20"),
        "name that is a path": meta(0x03, b"../../../etc/passwd"),
        "name that is a script": meta(0x03, b"<script>alert(1)</script>"),
        "meta of giant length": meta(0x01, b"x", b"\xff\xff\xff\x7f"),
        "meta length without end": meta(0x01, b"x", b"\xff\xff\xff\xff\xff"),
        "unknown meta": meta(0x7E, bytes(70)),
        "1000 nested looking metas": meta(0x7F, b"\x00\xff\x01\x00" * 10) * 1000,
        "sequence number and channel prefix": meta(0x00, b"\xff\xff") + meta(0x20, b"\xff"),
        "SMPTE offset of nonsense": meta(0x54, b"\xff\xff\xff\xff\xff"),
        "1000 markers at once": meta(0x06, b"verse") * 1000,
        "chord texts that are none": meta(0x01, b"H13(no5)") * 3,
    }
    for name, events in metas.items():
        yield name, header() + track(events + TUNE + END)
        yield f"{name}, alone", header() + track(events)


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield "a million notes", header() + track(b"\x00\x90" + b"\x3c\x40\x01\x3c\x00\x01" * 1_000_000)
    yield "as many notes as fit, all at once", header() + track(b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 99_999)
    yield (
        "long notes on top of each other",
        header()
        + track(b"\x00\x90\x3c\x40" + b"\x01\x3c\x40" * 49_999 + b"\x87\x68\x80\x3c\x00" + b"\x01\x3c\x00" * 49_999 + END),
    )
    yield "two million controllers", header() + track(b"\x00\xb0\x01\x01" + b"\x00\x01\x01" * 2_000_000)
    yield "a million tempo changes", header() + track(TEMPO * 1_000_000)
    yield "a hundred thousand markers", header() + track(meta(0x06, b"") * 100_000)
    yield "a hundred thousand tracks", header(tracks=0xFFFF) + track(b"") * 100_000
    yield "more bytes than are read", header() + track(bytes(9_000_000))
    yield "the end of time", header(division=1) + track(b"\xff\xff\xff\x7f\xb0\x01\x01" * 1000 + TUNE)


def _flipped(draw: random.Random) -> bytes:
    data = bytearray(GOOD)
    for _ in range(draw.randrange(1, 12)):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def _shuffled(draw: random.Random) -> bytes:
    body = bytearray(TEMPO + TUNE + END)
    draw.shuffle(body)
    return header() + track(bytes(body))
