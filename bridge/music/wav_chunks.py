"""The RIFF chunks in which a WAV file says where it belongs and how it was made.

Sources: EBU Tech 3285 v2 (bext), "Multimedia Programming Interface and Data Specifications 1.0" (cue, LIST/adtl,
LIST/INFO), the iXML specification 3.01; acid is not published: its layout is the one that libsndfile and REAPER read.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from bridge.music.tags import Cue, Tags, printable

ACID_ONE_SHOT, ACID_ROOT_SET, ACID_STRETCH = 1, 2, 4
LOUDNESS_UNKNOWN = 0x7FFF
"""EBU Tech 3285 v2: what a loudness field holds when nothing was measured."""


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk with its header, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def tag_chunks(tags: Tags, sample_rate_hz: int, bits: int) -> bytes:
    """Return every chunk that these tags fill, one after another."""
    cues = tags.cues(sample_rate_hz)
    musical = b"" if tags.is_tail else _acid(tags) + _cue(cues) + _labels(cues)
    return _bext(tags, sample_rate_hz) + _ixml(tags, sample_rate_hz, bits) + musical + _info(tags)


def _ascii(text: str, size: int) -> bytes:
    """Return text for a fixed field; bext is ASCII by its standard, the whole prompt is in iXML and INFO."""
    return " ".join(printable(text).encode("ascii", "ignore").decode().split()).encode()[:size].ljust(size, b"\0")


def _hundredths(level: float | None) -> int:
    """Return a level as bext stores it; beyond what it can hold it counts as not measured."""
    return round(level * 100) if level is not None and abs(level) < 100 else LOUDNESS_UNKNOWN


def _bext(tags: Tags, sample_rate_hz: int) -> bytes:
    return chunk(
        b"bext",
        struct.pack(
            "<256s32s32s10s8sQH64s5h180s",
            _ascii(f"{tags.facts}. {tags.prompt}", 256),
            _ascii(tags.software, 32),
            _ascii(tags.reference, 32),
            _ascii(f"{tags.created:%Y-%m-%d}", 10),
            _ascii(f"{tags.created:%H:%M:%S}", 8),
            tags.start_sample(sample_rate_hz),
            2,
            b"",
            _hundredths(tags.lufs),
            LOUDNESS_UNKNOWN,
            _hundredths(tags.true_peak_db),
            LOUDNESS_UNKNOWN,
            LOUDNESS_UNKNOWN,
            b"",
        ),
    )


def _acid(tags: Tags) -> bytes:
    """Return tempo, beats and meter; a file whose tempo changes is a one-shot, so that nobody stretches it."""
    section = tags.section
    flags = (ACID_STRETCH if tags.tempo_is_steady else ACID_ONE_SHOT) | (ACID_ROOT_SET if tags.is_tonal else 0)
    root = 48 + section.key.tonic
    beats = round(section.length_beats)
    meter = section.meter
    return chunk(
        b"acid", struct.pack("<IHHfIHHf", flags, root, 0x8000, 0.0, beats, meter.denominator, meter.numerator, tags.bpm)
    )


def _cue(cues: tuple[Cue, ...]) -> bytes:
    points = (struct.pack("<II4sIII", number, cue.frame, b"data", 0, 0, cue.frame) for number, cue in enumerate(cues, start=1))
    return chunk(b"cue ", struct.pack("<I", len(cues)) + b"".join(points))


def _labels(cues: tuple[Cue, ...]) -> bytes:
    labels = (
        chunk(b"labl", struct.pack("<I", number) + cue.label.encode() + b"\0") for number, cue in enumerate(cues, start=1)
    )
    return chunk(b"LIST", b"adtl" + b"".join(labels))


def _info(tags: Tags) -> bytes:
    fields = {
        b"INAM": tags.title,
        b"IART": tags.software.partition(" ")[0],
        b"IPRD": tags.project,
        b"ICMT": tags.prompt,
        b"ISBJ": tags.facts,
        b"IKEY": str(tags.section.key) if tags.is_tonal else "",
        b"ICRD": f"{tags.created:%Y-%m-%d}",
        b"ISFT": tags.software,
    }
    return chunk(
        b"LIST", b"INFO" + b"".join(chunk(name, printable(text).encode() + b"\0") for name, text in fields.items() if text)
    )


def _ixml(tags: Tags, sample_rate_hz: int, bits: int) -> bytes:
    high, low = divmod(tags.start_sample(sample_rate_hz), 1 << 32)
    speed = {
        "NOTE": f"{tags.bpm:g} BPM",
        "FILE_SAMPLE_RATE": sample_rate_hz,
        "AUDIO_BIT_DEPTH": bits,
        "TIMESTAMP_SAMPLE_RATE": sample_rate_hz,
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": high,
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": low,
    }
    root = ET.Element("BWFXML")
    _fill(root, {"IXML_VERSION": "3.01", "PROJECT": tags.project, "SCENE": tags.section.name})
    _fill(root, {"TAKE": tags.reference, "NOTE": tags.prompt, "SPEED": speed})
    tracks = ET.SubElement(root, "TRACK_LIST")
    _fill(tracks, {"TRACK_COUNT": 2})
    for number, side in enumerate(("L", "R"), start=1):
        index = {"CHANNEL_INDEX": number, "INTERLEAVE_INDEX": number, "NAME": f"{tags.title} {side}", "FUNCTION": side}
        _fill(tracks, {"TRACK": index})
    _fill(root, {"BEXT": _bext_mirror(tags, high, low), "STEPBRIDGE": _making(tags)})
    text = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    # libsndfile forgets the padding of unknown chunks in RF64, so this one never needs any.
    return chunk(b"iXML", text + b"\n" * (len(text) % 2))


def _bext_mirror(tags: Tags, time_high: int, time_low: int) -> dict[str, object]:
    """Return what bext says, in every language."""
    return {
        "BWF_DESCRIPTION": f"{tags.facts}. {tags.prompt}",
        "BWF_ORIGINATOR": tags.software,
        "BWF_ORIGINATOR_REFERENCE": tags.reference,
        "BWF_ORIGINATION_DATE": f"{tags.created:%Y-%m-%d}",
        "BWF_ORIGINATION_TIME": f"{tags.created:%H:%M:%S}",
        "BWF_TIME_REFERENCE_LOW": time_low,
        "BWF_TIME_REFERENCE_HIGH": time_high,
        "BWF_VERSION": 2,
    }


def _making(tags: Tags) -> dict[str, object]:
    """Return how the file was made, for which iXML has no fields of its own."""
    return {
        "PROMPT": tags.prompt,
        "ENGINE": tags.engine,
        "COMPOSER": tags.composer,
        "RANDOM_SEED": tags.random_seed,
        "KEY": tags.section.key,
        "METER": tags.section.meter,
        "BPM": f"{tags.bpm:g}",
        "START_BAR": tags.section.start_bar,
        "BARS": tags.section.bars,
    }


def _fill(parent: ET.Element, fields: Mapping[str, object]) -> None:
    """Add an element for each field, in depth."""
    for name, value in fields.items():
        element = ET.SubElement(parent, name)
        if isinstance(value, Mapping):
            _fill(element, value)
        else:
            element.text = printable(str(value))
