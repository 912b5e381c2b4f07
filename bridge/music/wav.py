"""WAV files, written in blocks: 16 and 24-bit PCM and 32-bit float, with everything a DAW wants to know before the samples.

One header fits all because the length is known before the first sample. Beyond 4 GiB it is an RF64 file (EBU Tech 3306).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bridge.music.tags import Tags
from bridge.music.wav_chunks import chunk, tag_chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bridge.music.take import Samples

BITS = {"16": 16, "24": 24, "32f": 32}
"""Bit depth as requests name it → bits a sample; 32f is float, the others are integers."""
CHANNELS = 2
BLOCK_FRAMES = 65536
_PCM, _FLOAT = 1, 3
_RIFF_LIMIT = 2**32

Told = Callable[[int], None]
"""Called with the number of frames after each block; may raise to end the writing."""


def header(frames: int, sample_rate_hz: int, bit_depth: str, tags: Tags) -> bytes:
    """Return everything that stands before the first sample of a stereo file."""
    bits = BITS[bit_depth]
    frame_bytes = CHANNELS * bits // 8
    kind = _FLOAT if bit_depth == "32f" else _PCM
    format_ = struct.pack("<HHIIHH", kind, CHANNELS, sample_rate_hz, sample_rate_hz * frame_bytes, frame_bytes, bits)
    # Formats other than PCM need their length in frames a second time.
    body = chunk(b"fmt ", format_) if kind == _PCM else chunk(b"fmt ", format_ + b"\0\0") + chunk(b"fact", _u32(frames))
    body += tag_chunks(tags, sample_rate_hz, bits)
    data_bytes = _data_bytes(frames, bit_depth)
    riff_bytes = 4 + len(body) + 8 + data_bytes
    if riff_bytes < _RIFF_LIMIT:
        return b"RIFF" + _u32(riff_bytes) + b"WAVE" + body + b"data" + _u32(data_bytes)
    sizes = chunk(b"ds64", struct.pack("<QQQI", riff_bytes + 36, data_bytes, frames, 0))
    return b"RF64" + _u32(_RIFF_LIMIT) + b"WAVE" + sizes + body + b"data" + _u32(_RIFF_LIMIT)


def blocks(samples: Samples, told: Told) -> Iterator[Samples]:
    """Yield the samples in pieces that fit the processor's cache, telling of each; ValueError where one is not finite."""
    import numpy as np  # noqa: PLC0415 - the rest of this module is needed where numpy is not

    for start in range(0, len(samples), BLOCK_FRAMES):
        block = samples[start : start + BLOCK_FRAMES]
        if not np.isfinite(block).all():
            raise ValueError(f"frames {start} to {start + len(block)} hold samples that are no finite numbers")
        yield block
        told(len(block))


def quantised(block: Samples, bits: int) -> NDArray[np.int32]:
    """Return float samples as integers of this many bits: ±1 becomes ±2^(bits-1), cut to what fits."""
    import numpy as np  # noqa: PLC0415

    full_scale = np.float32(2 ** (bits - 1))
    scaled = np.multiply(block, full_scale, dtype=np.float32)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -full_scale, full_scale - 1, out=scaled)
    return scaled.astype("<i4")


def packed(block: Samples, bit_depth: str) -> bytes:
    """Return float samples as a data chunk holds them: rounded without dither, so that silence stays silence."""
    import numpy as np  # noqa: PLC0415

    if bit_depth == "32f":
        return block.astype("<f4", copy=False).tobytes()
    integers = quantised(block, BITS[bit_depth])
    if bit_depth == "16":
        return integers.astype("<i2").tobytes()
    low_bytes = integers.reshape(-1).view(np.uint8).reshape(-1, 4)
    packed = np.empty((len(low_bytes), 3), np.uint8)
    for byte in range(3):  # three times as quick as slicing [:, :3]
        packed[:, byte] = low_bytes[:, byte]
    return packed.tobytes()


def _data_bytes(frames: int, bit_depth: str) -> int:
    return frames * CHANNELS * BITS[bit_depth] // 8


def _u32(value: int) -> bytes:
    """Return 4 bytes; what is too large becomes 0xFFFFFFFF, which RF64 reads as "see ds64"."""
    return struct.pack("<I", min(value, 0xFFFFFFFF))
