"""A picture being drawn: pixels that shapes are blended into, and text that is written last."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from bridge.outbox.pictures_text import Line, Rgb, draw_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INVISIBLE = 1 / 512
"""Changes no pixel."""
_DENSE = 0.15
"""Where more is covered than this share, all is mixed: picking pixels takes longer."""


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The first column to the right of it."""
        return self.left + self.width


@dataclass
class Canvas:
    """RGB pixels, (height, width, 3)."""

    width: int
    height: int
    background: Rgb
    pixels: NDArray[np.uint8] = field(init=False)
    _lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        row = np.tile(np.array(self.background, np.uint8), (self.width, 1))
        self.pixels = np.broadcast_to(row, (self.height, self.width, 3)).copy()

    def view(self, box: Box) -> NDArray[np.uint8]:
        """Return the pixels of a box, to be changed in place."""
        return self.pixels[box.top : box.bottom, box.left : box.right]

    def fill(self, left: float, right: float, top: int, bottom: int, colour: Rgb, alpha: float = 1.0) -> None:
        """Blend a rectangle in; its left and right edges may lie between pixels."""
        first, last = max(int(left), 0), min(int(np.ceil(right)), self.width)
        if last > first:
            columns = np.arange(first, last)
            cover = np.clip(np.minimum(columns + 1, right) - np.maximum(columns, left), 0, 1) * alpha
            blend(self.pixels[top:bottom, first:last], np.broadcast_to(cover, (bottom - top, last - first)), colour)

    def rule(self, box: Box, bright: NDArray[np.floating]) -> None:
        """Lighten the columns of a box, each as `bright` (width) says: 0 not at all, 1 to white."""
        columns = np.nonzero(bright)[0]
        before = self.view(box)[:, columns].astype(np.float32)
        self.view(box)[:, columns] = np.rint(before + (255 - before) * bright[columns, None]).astype(np.uint8)

    def write(self, line: Line) -> None:
        """Write a line of text over everything else."""
        self._lines.append(line)

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        image = Image.fromarray(self.pixels)
        draw = ImageDraw.Draw(image)
        for line in self._lines:
            draw_text(draw, line)
        return _png(np.asarray(image))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return (height, width, 3) as a PNG file whose rows are not filtered (ISO/IEC 15948).

    Pillow tries five filters on every row: for flat panels and a noisy spectrogram that takes twice the time of everything
    else here, for a larger file.
    """
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 2)), (b"IEND", b""))
    framed = (struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def blend(pixels: NDArray[np.uint8], cover: NDArray[np.floating], colour: Rgb) -> None:
    """Mix `colour` into (rows, columns, 3) pixels in place, by a coverage 0…1 of (rows, columns)."""
    is_touched = cover > _INVISIBLE
    touched: Any = ... if np.count_nonzero(is_touched) > _DENSE * is_touched.size else np.nonzero(is_touched)
    before = pixels[touched].astype(np.float32)
    mixed = before + (np.array(colour, np.float32) - before) * cover[touched][..., None].astype(np.float32)
    pixels[touched] = np.rint(mixed, out=mixed).astype(np.uint8)
