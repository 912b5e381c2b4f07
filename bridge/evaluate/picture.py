"""A comparison as a picture: for each figure a bar a composer, a line for the teacher, a mark for the floor."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridge.evaluate.figures import FIGURES, Figure
from bridge.evaluate.results import Results
from bridge.outbox.pictures_canvas import Canvas
from bridge.outbox.pictures_text import Line, Rgb, text_width

SHOWN = (
    "chord_tones",
    "triads",
    "repeated_bars",
    "chord_tones_128",
    "triads_128",
    "bass_given",
    "chords_given",
    "family_named",
    "text_style",
    "text_style_meant",
    "grid_drums",
    "grid_bass",
    "grid_chords",
    "diversity_drums",
    "diversity_bass",
    "diversity_harmony",
    "develop_in_key",
    "develop_motifs",
)
"""Shares, 0…1: what can stand on one axis."""
_BACKGROUND, _TRACK, _TEXT, _FAINT = (20, 22, 28), (34, 38, 47), (226, 229, 235), (140, 147, 160)
_TEACHER, _FLOOR = (255, 255, 255), (255, 107, 107)
_COLOURS: tuple[Rgb, ...] = ((94, 176, 255), (255, 183, 77), (129, 212, 140), (206, 147, 255))
_MARGIN, _LABELS, _AXIS, _VALUES = 28, 330, 560, 70
_BAR, _GAP, _TOP = 13, 12, 78
_SIZE = 15


def picture(results: Results) -> bytes:
    """Return the comparison as a PNG file."""
    shown = [FIGURES[name] for name in SHOWN if any(math.isfinite(f.get(name, math.nan)) for f in results.columns().values())]
    row_height = max(1, len(results.composers)) * _BAR + _GAP
    width = 2 * _MARGIN + _LABELS + _AXIS + _VALUES
    canvas = Canvas(width, _TOP + len(shown) * row_height + _MARGIN, _BACKGROUND)
    _legend(canvas, list(results.composers), results.songs)
    for index, figure in enumerate(shown):
        _row(canvas, _TOP + index * row_height, figure, results)
    return canvas.png()


def _legend(canvas: Canvas, names: Sequence[str], songs: int) -> None:
    canvas.write(Line(_MARGIN, 34, f"composers on {songs} held-out songs", 20, _TEXT))
    x = float(_MARGIN + _LABELS)
    for name, colour in (*zip(names, _cycled(len(names)), strict=True), ("teacher", _TEACHER), ("floor", _FLOOR)):
        canvas.fill(x, x + 14, 50, 62, colour)
        canvas.write(Line(x + 20, 61, name, _SIZE, _TEXT))
        x += 44 + text_width(name, _SIZE)


def _cycled(count: int) -> list[Rgb]:
    return [_COLOURS[index % len(_COLOURS)] for index in range(count)]


def _row(canvas: Canvas, top: int, figure: Figure, results: Results) -> None:
    left, bottom = _MARGIN + _LABELS, top + max(1, len(results.composers)) * _BAR
    canvas.write(Line(left - 14, (top + bottom) / 2 + 5, figure.label, _SIZE, _TEXT, "r"))
    canvas.fill(left, left + _AXIS, top, bottom, _TRACK)
    for index, (figures, colour) in enumerate(zip(results.composers.values(), _cycled(len(results.composers)), strict=True)):
        value = figures.get(figure.name, math.nan)
        if math.isfinite(value):
            y = top + index * _BAR
            canvas.fill(left, left + _AXIS * _inside(value), y + 1, y + _BAR - 1, colour)
            canvas.write(Line(left + _AXIS + 10, y + _BAR - 2, f"{value:.{figure.places}f}", 12, _FAINT))
        _mark(canvas, left, (top + index * _BAR, top + (index + 1) * _BAR), figures.get(figure.floor, math.nan), _FLOOR)
    _mark(canvas, left, (top - 2, bottom + 2), results.teacher.get(figure.name, math.nan), _TEACHER)


def _mark(canvas: Canvas, left: int, rows: tuple[int, int], value: float, colour: Rgb) -> None:
    if math.isfinite(value):
        x = left + _AXIS * _inside(value)
        canvas.fill(x - 1.5, x + 1.5, *rows, colour)


def _inside(value: float) -> float:
    return min(1.0, max(0.0, value))
