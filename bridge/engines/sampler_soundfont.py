"""SoundFont files (.sf2, and .sf3 with Vorbis samples) as values: presets, the zones a key plays, and their samples.

Layout, generators and their defaults: SoundFont 2.04 technical specification, sections 4-8; .sf3: the same with each
sample an Ogg Vorbis stream, loop points counted from the sample's own start. Every offset in the file is checked before
it is used, so that a damaged file is refused with a sentence.
"""

from __future__ import annotations

import io
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from bridge.engines.sampler_zone import Generators, Modulator, Zone
from bridge.errors import EngineError

DRUM_BANK = 128
_NAMED = ("name", "S20")
_RECORDS: dict[bytes, np.dtype[Any]] = {
    b"phdr": np.dtype([_NAMED, ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "<u4", 3)]),
    b"pbag": np.dtype([("generator", "<u2"), ("modulator", "<u2")]),
    b"pmod": np.dtype([("source", "<u2"), ("target", "<u2"), ("amount", "<i2"), ("by", "<u2"), ("transform", "<u2")]),
    b"pgen": np.dtype([("kind", "<u2"), ("amount", "<i2")]),
    b"inst": np.dtype([_NAMED, ("bag", "<u2")]),
    b"shdr": np.dtype(
        [_NAMED]
        + [(name, "<u4") for name in ("start", "end", "loop_start", "loop_end", "rate_hz")]
        + [("pitch", "u1"), ("cents", "i1"), ("link", "<u2"), ("kind", "<u2")]
    ),
}
_RECORDS |= {b"ibag": _RECORDS[b"pbag"], b"imod": _RECORDS[b"pmod"], b"igen": _RECORDS[b"pgen"]}
_INSTRUMENT, _KEY_RANGE, _VELOCITY_RANGE, _SAMPLE = 41, 43, 44, 53
_KIND_ROM, _KIND_VORBIS = 0x8000, 0x10
_RATE_RANGE_HZ = (400, 192_000)
_ADVICE = "give the path of an .sf2 or .sf3 file"
_FRAMES_MAX = 60 * 192_000
"""Longest sample that is believed; a longer one is damage, not music."""


@dataclass(frozen=True)
class Sample:
    """A recorded note: mono float32 at its own rate; the loop lies within it."""

    waveform: NDArray[np.float32]
    loop_start: int
    loop_end: int
    """Equal to `loop_start` where there is nothing to loop."""
    rate_hz: int
    pitch: int
    cents: int


Layer = tuple[Generators, tuple[Modulator, ...], tuple[int, int], tuple[int, int]]
"""Generators, modulators, keys from–to, velocities from–to of one zone in the file."""


class SoundFont:
    """A SoundFont file, opened; samples are decoded when they first sound and kept. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Read the presets of `path`; raises EngineError where it is missing, not a SoundFont, or damaged."""
        self.path = path
        try:
            with _opened(path) as file:
                chunks = dict(_chunks(file, 12, path.stat().st_size))
                self._samples_at, self._samples_bytes = chunks[b"smpl"]
                self._records = {name: _records(file, name, *chunks[name]) for name in _RECORDS}
        except KeyError as error:
            raise _damaged(path, f"it has no {error.args[0].decode()} chunk") from None
        except (ValueError, IndexError, struct.error) as error:
            raise _damaged(path, str(error)) from None
        headers = self._records[b"phdr"]
        self._presets = {(int(row["bank"]), int(row["program"])): index for index, row in enumerate(headers[:-1])}
        if not self._presets:
            raise _damaged(path, "it has no presets")
        self._zones: dict[tuple[int, int], tuple[Zone, ...]] = {}
        self._samples: dict[int, Sample] = {}
        self._lock = threading.Lock()

    def zones(self, program: int, *, is_drums: bool) -> tuple[Zone, ...]:
        """Return all zones of a General MIDI program or kit; the nearest one there is where the font lacks it."""
        preset = self._nearest(program, is_drums=is_drums)
        with self._lock:
            if preset not in self._zones:
                try:
                    self._zones[preset] = tuple(self._preset_zones(self._presets[preset]))
                except (ValueError, IndexError) as error:
                    raise _damaged(self.path, str(error)) from None
            return self._zones[preset]

    def _nearest(self, program: int, *, is_drums: bool) -> tuple[int, int]:
        banks = (DRUM_BANK,) if is_drums else (0,)
        family = program - program % 8
        wanted = [(bank, number) for bank in banks for number in (program, family, 0)]
        present = sorted(self._presets)
        same_sort = [preset for preset in present if (preset[0] == DRUM_BANK) == is_drums]
        return next(preset for preset in (*wanted, *same_sort, *present) if preset in self._presets)

    def _preset_zones(self, index: int) -> Iterator[Zone]:
        for instrument, preset_layer in self._layers(b"phdr", b"pbag", b"pgen", b"pmod", index, _INSTRUMENT):
            for sample, layer in self._layers(b"inst", b"ibag", b"igen", b"imod", instrument, _SAMPLE):
                if sample < len(self._records[b"shdr"]) - 1:
                    yield _joined(preset_layer, layer, sample)

    def _layers(
        self, heads: bytes, bags: bytes, generators: bytes, modulators: bytes, index: int, target: int
    ) -> Iterator[tuple[int, Layer]]:
        """Yield (what it points to, layer) of every zone of a preset or instrument, its global zone already applied."""
        head, bag = self._records[heads]["bag"], self._records[bags]
        shared: dict[int, int] = {}
        shared_modulators: tuple[Modulator, ...] = ()
        for zone in range(head[index], head[index + 1]):
            rows = self._records[generators][bag[zone]["generator"] : bag[zone + 1]["generator"]]
            own = {int(kind): int(amount) for kind, amount in rows.tolist()}
            changes = tuple(
                Modulator(*row[:4])
                for row in self._records[modulators][bag[zone]["modulator"] : bag[zone + 1]["modulator"]].tolist()
            )
            if target in own:
                both = {**shared, **own}
                pointed = both.pop(target) & 0xFFFF
                ranges = _range(both.pop(_KEY_RANGE, None)), _range(both.pop(_VELOCITY_RANGE, None))
                yield pointed, (both, _overridden(shared_modulators, changes), *ranges)
            elif zone == head[index]:
                shared, shared_modulators = own, changes

    def sample(self, index: int) -> Sample:
        """Return a sample decoded; raises EngineError where the file is damaged there."""
        with self._lock:
            if index not in self._samples:
                self._samples[index] = self._decoded(index)
            return self._samples[index]

    def _decoded(self, index: int) -> Sample:
        row = self._records[b"shdr"][index]
        name = row["name"].decode("latin-1")
        if not _RATE_RANGE_HZ[0] <= row["rate_hz"] <= _RATE_RANGE_HZ[1] or row["kind"] & _KIND_ROM:
            raise _damaged(self.path, f"its sample {name} has no sound of its own")
        is_vorbis = bool(row["kind"] & _KIND_VORBIS)
        waveform = self._vorbis(row, name) if is_vorbis else self._pcm(row, name)
        origin = 0 if is_vorbis else int(row["start"])
        loop_start, loop_end = int(row["loop_start"]) - origin, int(row["loop_end"]) - origin
        if not 0 <= loop_start < loop_end <= len(waveform):
            loop_start = loop_end = 0
        pitch = int(row["pitch"]) if row["pitch"] < 128 else 60
        return Sample(waveform, loop_start, loop_end, int(row["rate_hz"]), pitch, int(row["cents"]))

    def _vorbis(self, row: Any, name: str) -> NDArray[np.float32]:  # noqa: ANN401 - a numpy record
        start, end = int(row["start"]), int(row["end"])
        if not 0 <= start < end <= self._samples_bytes:
            raise _damaged(self.path, f"its sample {name} lies outside the file")
        stream = self._sample_bytes(start, end)
        try:
            waveform, _ = soundfile.read(io.BytesIO(stream), frames=_FRAMES_MAX, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise _damaged(self.path, f"its sample {name} cannot be decoded ({error})") from None
        mono: NDArray[np.float32] = np.nan_to_num(waveform[:, 0])
        return mono

    def _pcm(self, row: Any, name: str) -> NDArray[np.float32]:  # noqa: ANN401 - a numpy record
        start, end = int(row["start"]), int(row["end"])
        if not 0 <= start < end <= self._samples_bytes // 2 or end - start > _FRAMES_MAX:
            raise _damaged(self.path, f"its sample {name} lies outside the file")
        pcm = np.frombuffer(self._sample_bytes(2 * start, 2 * end), "<i2")
        return pcm.astype(np.float32) / np.float32(32768.0)

    def _sample_bytes(self, start: int, end: int) -> bytes:
        """Return what the file holds there now; reading is safe even if it was changed meanwhile, as a mapping is not."""
        with _opened(self.path) as file:
            file.seek(self._samples_at + start)
            found = file.read(end - start)
        if len(found) < end - start:
            raise _damaged(self.path, "it has become shorter")
        return found


@lru_cache(maxsize=2)
def opened(path: Path, _version: tuple[int, int]) -> SoundFont:
    """Return the font at `path`, kept open in this process as long as the file stays this version (`version(path)`)."""
    return SoundFont(path)


def version(path: Path) -> tuple[int, int]:
    """Return (size, time of last change) of the file; raises EngineError where there is none."""
    try:
        status = path.stat()
    except OSError as error:
        raise EngineError(
            f"soundfont {path}: cannot be read ({error.strerror}); give the path of an .sf2 or .sf3 file"
        ) from None
    return status.st_size, status.st_mtime_ns


def _opened(path: Path) -> BinaryIO:
    """Return the file, opened; raises EngineError where it cannot be or is not a SoundFont."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise EngineError(f"soundfont {path}: cannot be read ({error.strerror}); {_ADVICE}") from None
    header = file.read(12)
    if header[:4] == b"RIFF" and header[8:] == b"sfbk":
        return file
    file.close()
    reason = "is not a SoundFont (no RIFF/sfbk header)" if header else "the file is empty"
    raise EngineError(f"soundfont {path}: {reason}; {_ADVICE}")


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield (name, (offset, length)) of every chunk, those inside a LIST included; raises ValueError past the end."""
    while start + 8 <= end:
        file.seek(start)
        name, length = struct.unpack("<4sI", file.read(8))
        if start + 8 + length > end:
            raise ValueError(f"its {name.decode('latin-1')!r} chunk is cut short")
        if name == b"LIST":
            yield from _chunks(file, start + 12, start + 8 + length)
        else:
            yield name, (start + 8, length)
        start += 8 + length
        if length % 2:  # a zero fills up an odd chunk; MuseScore leaves it out
            file.seek(start)
            start += file.read(1) == b"\0"


def _records(file: BinaryIO, name: bytes, start: int, length: int) -> NDArray[Any]:
    record = _RECORDS[name]
    if length < record.itemsize or length % record.itemsize:
        raise ValueError(f"its {name.decode()} chunk has an odd length")
    file.seek(start)
    return np.frombuffer(file.read(length), record)


def _range(amount: int | None) -> tuple[int, int]:
    return (0, 127) if amount is None else (amount & 0xFF, amount >> 8 & 0xFF)


def _overridden(shared: tuple[Modulator, ...], own: tuple[Modulator, ...]) -> tuple[Modulator, ...]:
    """Return both, an own modulator replacing a shared one with the same source and target."""
    routes = {modulator.route for modulator in own}
    return (*(modulator for modulator in shared if modulator.route not in routes), *own)


def _joined(preset: Layer, instrument: Layer, sample: int) -> Zone:
    """Return what sounds where both layers apply: ranges met, preset generators and modulators added to the instrument's."""
    keys = max(preset[2][0], instrument[2][0]), min(preset[2][1], instrument[2][1])
    velocities = max(preset[3][0], instrument[3][0]), min(preset[3][1], instrument[3][1])
    return Zone.of(sample, keys, velocities, instrument[0], preset[0], (*instrument[1], *preset[1]))


def _damaged(path: Path, reason: str) -> EngineError:
    return EngineError(f"soundfont {path}: the file is damaged: {reason}; give another .sf2 or .sf3 file")
