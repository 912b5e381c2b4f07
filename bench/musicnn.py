"""The embedding of musicnn (Pons and Serra, ISMIR 2019; ISC licence), read from its wheel, without TensorFlow."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

RATE_HZ = 16_000
FFT, HOP, BANDS, FRAMES = 512, 256, 96, 188
WHEEL_FOLDER = "musicnn/MTT_musicnn/"
Fields = list[tuple[int, int | bytes]]


def tensors(wheel: Path) -> dict[str, Tensor]:
    """Return the variables of the checkpoint in a wheel: a table of TensorFlow's "bundle" format and one file of data."""
    with zipfile.ZipFile(wheel) as file:
        index, data = (file.read(WHEEL_FOLDER + name) for name in (".index", ".data-00000-of-00001"))
    at = 0
    footer = index[-48:]
    numbers = []
    for _ in range(4):
        number, at = _varint(footer, at)
        numbers.append(number)
    found = {}
    for _, handle in _entries(index, numbers[2], numbers[3]):
        offset, after = _varint(handle, 0)
        size, _ = _varint(handle, after)
        for name, entry in _entries(index, offset, size):
            tensor = _tensor(entry, data) if name else None
            if tensor is not None:
                found[name.decode()] = tensor
    return found


def _tensor(entry: bytes, data: bytes) -> Tensor | None:
    """Return a variable of an entry (BundleEntryProto); None for what is no float."""
    fields = _fields(entry)
    known = {number: value for number, value in fields if number != 2}
    if known.get(1, 1) != 1:
        return None
    shapes = (value for number, value in fields if number == 2 and isinstance(value, bytes))
    axes = (dict(_fields(axis)).get(1, 0) for shape in shapes for number, axis in _fields(shape) if isinstance(axis, bytes))
    start, size = int(known.get(4, 0)), int(known.get(5, 0))
    values = np.frombuffer(data[start : start + size], "<f4").reshape([int(axis) for axis in axes])
    return torch.from_numpy(values.copy())


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return result, at


def _entries(data: bytes, offset: int, size: int) -> list[tuple[bytes, bytes]]:
    """Return the keys and values of a block of a sorted table: keys share beginnings."""
    block = data[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key, found = len(block) - 4 - 4 * restarts, 0, b"", []
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        at += own
        found.append((key, block[at : at + length]))
        at += length
    return found


def _fields(data: bytes) -> Fields:
    """Return the fields of a protocol buffer message."""
    at, found = 0, Fields()
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            number, at = _varint(data, at)
            found.append((tag >> 3, number))
            continue
        length, at = _varint(data, at) if kind == 2 else (4 if kind == 5 else 8, at)
        piece = data[at : at + length]
        at += length
        found.append((tag >> 3, piece if kind == 2 else int.from_bytes(piece, "little")))
    return found


class Embedder:
    """Hears 3 seconds at a time."""

    def __init__(self, wheel: Path) -> None:
        self._tensors = tensors(wheel)

    @torch.no_grad()
    def __call__(self, mono: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the embedding of each 3 s of mono audio at RATE_HZ: (pieces, 200)."""
        mels = torch.from_numpy(np.log10(1e4 * _mel(mono) + 1.0)).float()
        pieces = torch.stack([mels[at : at + FRAMES] for at in range(0, len(mels) - FRAMES + 1, FRAMES // 2)])
        return np.asarray(self._embedded(pieces).numpy(), np.float64)

    def _embedded(self, x: Tensor) -> Tensor:
        x = self._normed(x[:, None], 0, 1)
        wide = functional.pad(x, (0, 0, 3, 3))
        timbre = [self._normed(self._convolved(wide, index), index + 1, 1).amax(3) for index in (0, 1)]
        rhythm = [
            self._normed(self._convolved(_same(x, height), index), index + 1, 1).amax(3) for index, height in self._tall()
        ]
        front = torch.cat([*timbre, *rhythm], 1).transpose(1, 2)
        levels, heard = [front], front
        for index in (5, 6, 7):
            made = self._convolved(functional.pad(heard[:, None], (0, 0, 3, 3)), index)
            made = self._normed(made, index + 1, 1)[..., 0].transpose(1, 2)
            heard = made if index == 5 else made + heard
            levels.append(heard)
        together = torch.cat(levels, 2)
        pooled = self._normed(torch.stack([together.amax(1), together.mean(1)], 2).flatten(1), 9, 1)
        dense = functional.relu(pooled @ self._tensors["dense/kernel"] + self._tensors["dense/bias"])
        return self._normed(dense, 10, 1)

    def _tall(self) -> list[tuple[int, int]]:
        return [(index, int(self._tensors[f"conv2d_{index}/kernel"].shape[0])) for index in (2, 3, 4)]

    def _convolved(self, x: Tensor, index: int) -> Tensor:
        name = f"conv2d_{index}" if index else "conv2d"
        kernel = self._tensors[f"{name}/kernel"].permute(3, 2, 0, 1)
        return functional.relu(functional.conv2d(x, kernel, self._tensors[f"{name}/bias"]))

    def _normed(self, x: Tensor, index: int, axis: int) -> Tensor:
        name = f"batch_normalization_{index}" if index else "batch_normalization"
        shape = [1] * x.ndim
        shape[axis] = -1
        gamma, beta, mean, variance = (
            self._tensors[f"{name}/{part}"].view(shape) for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return (x - mean) / torch.sqrt(variance + 1e-3) * gamma + beta


def _same(x: Tensor, height: int) -> Tensor:
    return functional.pad(x, (0, 0, (height - 1) // 2, height // 2))


def _mel(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return mel power (frames, BANDS) as librosa makes it: Slaney's scale, triangles of equal area, centred frames."""
    cut = np.lib.stride_tricks.sliding_window_view(np.pad(mono.astype(np.float64), FFT // 2), FFT)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    power = np.abs(np.fft.rfft(cut * window, axis=1)) ** 2
    return np.asarray(power @ _triangles())


def _triangles() -> NDArray[np.float64]:
    edges = _hertz(np.linspace(0.0, _slaney(RATE_HZ / 2), BANDS + 2))
    bins = np.fft.rfftfreq(FFT, 1.0 / RATE_HZ)[:, None]
    rising = (bins - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins) / np.diff(edges)[1:]
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (edges[2:] - edges[:-2]))


def _slaney(hertz: float) -> float:
    return 15.0 + 27.0 * float(np.log(hertz / 1000.0) / np.log(6.4)) if hertz >= 1000.0 else hertz * 3.0 / 200.0


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((np.maximum(mel, 15.0) - 15.0) * np.log(6.4) / 27.0))
