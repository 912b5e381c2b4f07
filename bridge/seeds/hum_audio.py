"""The bytes of a recording → one channel at one rate; whatever is wrong with them is said in one sentence."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import ClipError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mono = NDArray[np.float32]

RATE_HZ = 22_050
"""Voices and melodies lie well below half of it; both networks are fed from here."""
SECONDS_MAX = 300.0
SILENT_PEAK = 1e-3
"""-60 dB of full scale."""
RATES_HZ = (4_000, 384_000)
CHANNELS_MAX = 32
FFMPEG_READERS = {"m4a": "mov", "aac": "aac", "webm": "matroska"}
"""What ffmpeg decodes, and by which of its readers."""
DECODE_SECONDS = 20.0
"""ffmpeg decodes five minutes of AAC in about one."""
BLOCK_SECONDS = 4.0
OUT_OF_PHASE = 0.3
"""Channels whose mean is so much softer than the first one cancel each other."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Mono audio, its peak near full scale, and how loud it was before."""

    samples: Mono
    peak: float
    """Before: full scale is 1."""
    rate_hz: int = RATE_HZ

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


def audio_kind(data: bytes) -> str | None:
    """Return the container of a recording by its first bytes (`wav flac ogg mp3 aiff caf m4a aac webm`), or None for others."""
    head = data[:16]
    if head[:4] in {b"RIFF", b"RF64", b"RIFX"} and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    by_start = {b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"caff": "caf", b"\x1a\x45\xdf\xa3": "webm"}
    for start, kind in by_start.items():
        if head.startswith(start):
            return kind
    if head[4:8] == b"ftyp":
        return "m4a"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0x06 == 0 else "mp3"  # the layer bits of an MPEG frame; ADTS has 00
    return None


def read_recording(data: bytes, rate_hz: int = RATE_HZ) -> Recording:
    """Return the audio in a file at this rate; raises ClipError (`bad_clip`) where it is broken, too long or too odd."""
    import numpy as np  # noqa: PLC0415 - only recordings need it

    kind = audio_kind(data)
    samples = _by_ffmpeg(data, kind, rate_hz) if kind in FFMPEG_READERS else _by_soundfile(data, kind or "audio", rate_hz)
    if not len(samples):
        raise ClipError(f"the {kind} file holds no sound; send a recording of the melody")
    if not np.isfinite(samples).all():
        raise ClipError(f"the {kind} file holds samples that are no numbers; write it again from the program that made it")
    samples = samples - samples.mean()  # a converter's offset is no sound
    peak = float(np.abs(samples).max())
    loud = float(np.partition(np.abs(samples), -1 - len(samples) // 2000)[-1 - len(samples) // 2000])  # a click is not the peak
    scale = 0.7 / max(loud, 1e-5)
    return Recording(np.clip(samples * np.float32(scale), -1.0, 1.0).astype(np.float32), peak, rate_hz)


def _by_soundfile(data: bytes, kind: str, rate_hz: int) -> Mono:
    import soundfile  # noqa: PLC0415

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _check(kind, file.samplerate, file.channels)
            return _mixed_down(file, rate_hz)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OverflowError, MemoryError) as error:
        said = str(error).splitlines()[0].rsplit("Error : ", 1)[-1].rstrip(". ")[:100] if str(error) else type(error).__name__
        raise ClipError(f"the {kind} file is damaged and cannot be read ({said}); export it again") from None


def _check(kind: str, rate_hz: int, channels: int) -> None:
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise ClipError(f"the {kind} file says {rate_hz} Hz; recordings have {low} to {high} samples a second")
    if not 1 <= channels <= CHANNELS_MAX:
        raise ClipError(f"the {kind} file says {channels} channels; recordings have 1 to {CHANNELS_MAX}")


def _mixed_down(file: object, rate_hz: int) -> Mono:
    """Return the mean of the channels at this rate, or the first one where they cancel, read piece by piece."""
    import numpy as np  # noqa: PLC0415
    import soxr  # noqa: PLC0415
    from soundfile import SoundFile  # noqa: PLC0415

    assert isinstance(file, SoundFile)  # noqa: S101 - for the type checker: its import is heavy
    stream = soxr.ResampleStream(file.samplerate, rate_hz, 2, dtype="float32", quality="HQ")
    size = int(BLOCK_SECONDS * file.samplerate)
    pieces, frames = [], 0
    while len(block := file.read(size, dtype="float32", always_2d=True)):
        frames += len(block)
        _check_length(frames / file.samplerate)
        both = np.column_stack((block.mean(axis=1), block[:, 0]))
        pieces.append(stream.resample_chunk(both, last=len(block) < size))
    if frames % size == 0:
        pieces.append(stream.resample_chunk(np.zeros((0, 2), np.float32), last=True))
    mean, first = np.concatenate(pieces).T
    cancels = float(np.square(mean).sum()) < OUT_OF_PHASE**2 * float(np.square(first).sum())
    return np.ascontiguousarray(first if cancels else mean)


def _check_length(seconds: float) -> None:
    if seconds > SECONDS_MAX:
        raise ClipError(f"the recording is longer than {SECONDS_MAX / 60:.0f} minutes; send the part with the melody")


def _by_ffmpeg(data: bytes, kind: str, rate_hz: int) -> Mono:
    """Return what ffmpeg hears in a file; the file lies on disk, because its index may stand at its end."""
    import numpy as np  # noqa: PLC0415

    program = shutil.which("ffmpeg")
    if program is None:
        raise ClipError(f"reading {kind} needs ffmpeg, which is not installed; install it, or send wav, flac, ogg or mp3")
    with tempfile.TemporaryDirectory(prefix="stepbridge-") as folder:
        path = Path(folder) / f"clip.{kind}"
        path.write_bytes(data)
        source = ["-protocol_whitelist", "file", "-f", FFMPEG_READERS[kind], "-i", str(path)]
        target = ["-map", "0:a:0", "-t", f"{SECONDS_MAX + 1}", "-ac", "1", "-ar", f"{rate_hz}", "-f", "f32le", "pipe:1"]
        command = [program, "-v", "error", "-nostdin", "-threads", "1", *source, *target]
        try:
            done = subprocess.run(command, capture_output=True, timeout=DECODE_SECONDS, check=True)  # noqa: S603 - our own words
        except subprocess.TimeoutExpired:
            raise ClipError(f"the {kind} file could not be decoded in {DECODE_SECONDS:.0f} s; export it again") from None
        except (subprocess.CalledProcessError, OSError):
            raise ClipError(f"the {kind} file is damaged and cannot be read by ffmpeg; export it again") from None
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], np.float32)
    _check_length(len(samples) / rate_hz)
    return samples
