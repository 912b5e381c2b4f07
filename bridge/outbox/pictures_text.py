"""Text in pictures: one font that comes with Pillow, and the system's own where it lacks a sign."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from PIL import ImageDraw, ImageFont

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

    Run = tuple[str, FreeTypeFont]

# Fonts with Chinese glyphs, then one with nearly all alphabets: (file name, face in it). Pillow looks for the name in the
# system's font folders (Linux, macOS, Windows).
_SYSTEM_FONTS = (
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansSC-Regular.otf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("DroidSansFallbackFull.ttf", 0),
    ("DroidSansFallback.ttf", 0),
    ("PingFang.ttc", 0),
    ("Hiragino Sans GB.ttc", 0),
    ("STHeiti Medium.ttc", 0),
    ("msyh.ttc", 0),
    ("simhei.ttf", 0),
    ("Arial Unicode.ttf", 0),
    ("DejaVuSans.ttf", 0),
)
Rgb = tuple[int, int, int]
_NO_SIGN = "\ufffe"
_ELLIPSIS = "…"


@dataclass(frozen=True)
class Line:
    """A line of text in a picture."""

    x: float
    y: float
    """Row of the baseline."""
    text: str
    size: int
    """Pixels."""
    colour: Rgb
    anchor: Literal["l", "m", "r"] = "l"
    """Whether `x` is its left end, its middle or its right end."""


def draw_text(draw: ImageDraw.ImageDraw, line: Line) -> None:
    """Write a line of text."""
    runs = _runs(line.text, line.size)
    x = line.x - {"l": 0.0, "m": 0.5, "r": 1.0}[line.anchor] * _width(runs)
    for part, font in runs:
        draw.text((round(x), round(line.y)), part, fill=line.colour, font=font, anchor="ls")
        x += font.getlength(part)


def text_width(text: str, size: int) -> float:
    """Return the width in pixels that a line of text takes."""
    return _width(_runs(text, size))


def shortened(text: str, size: int, width: float) -> str:
    """Return the text, cut where it would be wider than `width` pixels and ended by an ellipsis."""
    text = " ".join(text[:400].split())
    if text_width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(text[:middle] + _ELLIPSIS, size) <= width else (low, middle - 1)
    return text[:low].rstrip() + _ELLIPSIS


def drawable(text: str) -> str:
    """Return what of the text can be drawn on this machine, signs without a glyph left out; "" where no letter remains."""
    kept = " ".join("".join(part for part, _ in _runs(text, 16)).split()).strip(" ,;:.-")
    return kept if any(sign.isalnum() for sign in kept) else ""


def is_drawable(text: str) -> bool:
    """Return whether every letter and figure of the text can be drawn on this machine."""
    return all(_glyphs(sign) for sign in text if sign.isalnum())


def _width(runs: list[Run]) -> float:
    return sum(font.getlength(part) for part, font in runs)


def _runs(text: str, size: int) -> list[Run]:
    """Return the text in stretches of one font each, without the signs that no font has."""
    signs = [(sign, index) for given in text for sign, index in _glyphs(given)]
    return [
        ("".join(sign for sign, _ in group), _font(index, size)) for index, group in groupby(signs, key=lambda pair: pair[1])
    ]


@cache
def _glyphs(sign: str) -> tuple[tuple[str, int], ...]:
    """Return (sign, index of the font that has it); its plain letters where only those are to be had: é → e."""
    for index in range(-1, len(_SYSTEM_FONTS)):
        if _has(index, sign):
            return ((sign, index),)
    plain = unicodedata.normalize("NFKD", sign).replace("–", "-").replace("—", "-")
    return tuple((letter, -1) for letter in plain if plain != sign and _has(-1, letter))


def _has(index: int, sign: str) -> bool:
    if index < 0 and sign.isascii():
        return sign.isprintable()
    font = _face(index, 16)
    return font is not None and sign.isprintable() and bytes(font.getmask(sign)) != bytes(font.getmask(_NO_SIGN))


def _font(index: int, size: int) -> FreeTypeFont:
    font = _face(index, size)
    if font is None:
        raise LookupError(f"font {index} is gone")
    return font


@cache
def _face(index: int, size: int) -> FreeTypeFont | None:
    if index < 0:
        # Pillow's own font, Aileron, is FreeType's wherever Pillow was built with it; its wheels are.
        return ImageFont.load_default(size)  # type: ignore[return-value]
    name, face = _SYSTEM_FONTS[index]
    try:
        return ImageFont.truetype(name, size, index=face)
    except OSError:
        return None
