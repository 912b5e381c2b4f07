"""ID3v2.3 tags, written here because libsndfile would write Chinese into MP3 as Latin-1.

Source: "ID3 tag version 2.3.0", M. Nilsson, 1999. UTF-16 is the one encoding of that version that holds every language.
"""

from __future__ import annotations

import struct

from bridge.music.tags import Tags, printable

_UTF16 = b"\x01"


def id3_tag(tags: Tags, sample_rate_hz: int, comment: str) -> bytes:
    """Return the bytes that stand before the first MP3 frame."""
    section = tags.section
    texts = {
        b"TIT2": tags.title,
        b"TPE1": tags.software.partition(" ")[0],
        b"TALB": tags.project,
        b"TYER": f"{tags.created:%Y}",
        b"TSSE": tags.software,
        b"TBPM": f"{tags.bpm:.0f}",
        b"TKEY": section.key.tonic_name + "m" * section.key.is_minor if tags.is_tonal else "",
    }
    frames = [_frame(name, _UTF16 + _utf16(text)) for name, text in texts.items() if text]
    # The position in the song, by the name that other tools give bext's TimeReference.
    place = _utf16("TIME_REFERENCE") + b"\0\0" + _utf16(str(tags.start_sample(sample_rate_hz)))
    frames += [_frame(b"TXXX", _UTF16 + place), _frame(b"COMM", _UTF16 + b"eng" + _utf16("") + b"\0\0" + _utf16(comment))]
    body = b"".join(frames)
    return b"ID3\x03\x00\x00" + _syncsafe(len(body)) + body


def _frame(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">IH", len(body), 0) + body


def _utf16(text: str) -> bytes:
    return printable(text).encode("utf-16")  # with a byte order mark


def _syncsafe(size: int) -> bytes:
    """Return a size in four bytes of seven bits each, as the header wants it."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
