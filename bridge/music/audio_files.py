"""Audio files of every format a request can ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bridge.music.id3 import id3_tag
from bridge.music.tags import Tags, printable
from bridge.music.wav import CHANNELS, Told, blocks, header, packed, quantised

if TYPE_CHECKING:
    from bridge.music.take import Samples

MP3_RATES_HZ = (32000, 44100, 48000)
MP3_TOP_RATE_HZ = 48000
FLAC_BITS = {"16": 16, "24": 24, "32f": 24}


def silent(_frames: int) -> None:
    """Take no notice of blocks written."""


def file_rate_hz(file_format: str, sample_rate_hz: int) -> int:
    """Return the rate that a file of this format has: mp3 knows no rate above 48 kHz."""
    return MP3_TOP_RATE_HZ if file_format == "mp3" and sample_rate_hz not in MP3_RATES_HZ else sample_rate_hz


def write_audio(
    path: Path, samples: Samples, sample_rate_hz: int, *, file_format: str, bit_depth: str, tags: Tags, told: Told = silent
) -> tuple[str, ...]:
    """Write a new audio file and return what the musician should know about it, a sentence each.

    `samples` are float32 (frames, 2); `file_format` is wav, flac, ogg or mp3; `bit_depth` is 16, 24 or 32f and means
    nothing to ogg and mp3. What lies beyond ±1 is cut unless 32f keeps it; WAV and FLAC hold the same integers.
    `told` hears of every block. Raises OSError (FileExistsError where the file is there already) and ValueError where a
    sample is not a finite number.
    """
    pieces = blocks(samples, told)
    with path.open("xb") as file:
        if file_format == "wav":
            file.write(header(len(samples), sample_rate_hz, bit_depth, tags))
            file.writelines(packed(piece, bit_depth) for piece in pieces)
            return ()
        if file_format == "flac":
            return _write_flac(file, pieces, sample_rate_hz, bit_depth, tags)
        if file_format == "ogg":
            how = {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.3}
            _encode(file, pieces, sample_rate_hz, _comments(tags, sample_rate_hz), **how)
            return ()
        return _write_mp3(file, pieces, sample_rate_hz, tags)


def _write_flac(file: BinaryIO, pieces: Iterable[Samples], sample_rate_hz: int, bit_depth: str, tags: Tags) -> tuple[str, ...]:
    bits = FLAC_BITS[bit_depth]
    integers = (quantised(piece, bits) << (32 - bits) for piece in pieces)
    comments = _comments(tags, sample_rate_hz)
    _encode(file, integers, sample_rate_hz, comments, format="FLAC", subtype=f"PCM_{bits}", compression_level=0.3)
    return ("flac holds no 32-bit float; it was written with 24 bits",) if bit_depth == "32f" else ()


def _write_mp3(file: BinaryIO, pieces: Iterable[Samples], sample_rate_hz: int, tags: Tags) -> tuple[str, ...]:
    warnings: tuple[str, ...] = ()
    rate_hz = file_rate_hz("mp3", sample_rate_hz)
    if rate_hz != sample_rate_hz:
        pieces = _resampled(pieces, sample_rate_hz)
        warnings = (f"mp3 ends at {rate_hz} Hz; it was resampled from {sample_rate_hz} Hz",)
    file.write(id3_tag(tags, rate_hz, _comments(tags, rate_hz)["comment"]))
    how = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": 0.0, "bitrate_mode": "VARIABLE"}
    _encode(file, pieces, rate_hz, {}, **how)
    return warnings


def _resampled(pieces: Iterable[Samples], sample_rate_hz: int) -> Iterator[Samples]:
    """Yield the samples at 48 kHz, as many in all as the length in seconds asks for."""
    import numpy as np  # noqa: PLC0415
    import soxr  # noqa: PLC0415 - only rates that mp3 does not know need it

    stream = soxr.ResampleStream(sample_rate_hz, MP3_TOP_RATE_HZ, CHANNELS, dtype="float32", quality="VHQ")
    for piece in pieces:
        yield stream.resample_chunk(piece)
    yield stream.resample_chunk(np.zeros((0, CHANNELS), np.float32), last=True)


class _Target:
    """What libsndfile writes to: a file from where it stands on; remembers the first failure, which no C callback can raise."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write as a file does; 0 where it fails."""
        return self._tried(lambda: self._file.write(data), 0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to an offset from where libsndfile's part of the file starts; this may write what is still buffered."""
        start = self._start if whence == os.SEEK_SET else 0
        return self._tried(lambda: self._file.seek(offset + start, whence) - self._start, -1)

    def tell(self) -> int:
        """Return the offset from where libsndfile's part of the file starts."""
        return self._file.tell() - self._start

    def _tried(self, operation: Callable[[], int], failed: int) -> int:
        try:
            return operation()
        except OSError as error:
            self.error = self.error or error
            return failed


def _encode(file: BinaryIO, pieces: Iterable[Any], sample_rate_hz: int, texts: Mapping[str, str], **how: Any) -> None:  # noqa: ANN401 - as soundfile
    """Write pieces through libsndfile; raises OSError where the disk fails."""
    import soundfile  # noqa: PLC0415 - wav, the default, does not need it

    target = _Target(file)
    try:
        with soundfile.SoundFile(target, "w", sample_rate_hz, CHANNELS, **how) as encoder:
            for name, text in texts.items():
                setattr(encoder, name, printable(text))
            for piece in pieces:
                encoder.write(piece)
    except (soundfile.SoundFileRuntimeError, AssertionError):  # how soundfile says that a write came back short
        if target.error is None:
            raise
    if target.error is not None:
        raise target.error


def _comments(tags: Tags, sample_rate_hz: int) -> dict[str, str]:
    """Return the texts that libsndfile has a place for; the position, too, must go into words."""
    place = f"starts at sample {tags.start_sample(sample_rate_hz)} of the song at {sample_rate_hz} Hz"
    texts = {
        "title": tags.title,
        "artist": tags.software.partition(" ")[0],
        "album": tags.project,
        "date": f"{tags.created:%Y-%m-%d}",
        "software": tags.software,
        "comment": "\n".join(filter(None, (tags.prompt, f"{tags.facts}; {place}"))),
    }
    return {name: text for name, text in texts.items() if text}
