"""Notes as pixels: the piano roll of the pitched parts, and the lane of the drums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bridge.music.notes import Part
from bridge.outbox.pictures_canvas import Box, Canvas, blend
from bridge.outbox.pictures_text import Line, Rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

DRAWN_LAST = ("pad", "chords", "bass", "counter", "lead")
"""Order in which parts lie over each other."""
SEMITONES_MIN = 30
# General MIDI percussion keys by what a drummer hits, from the bottom of the lane up.
DRUM_ROWS: tuple[tuple[str, frozenset[int]], ...] = (
    ("kick", frozenset({35, 36})),
    ("snare", frozenset({37, 38, 39, 40})),
    ("toms", frozenset({41, 43, 45, 47, 48, 50})),
    ("hat", frozenset({42, 44, 46})),
    ("cymbals", frozenset({49, 51, 52, 53, 55, 57, 59})),
    ("percussion", frozenset(range(128)) - frozenset(range(35, 54)) - {55, 57, 59}),
)
_USUAL_ROWS = frozenset({"kick", "snare", "hat"})
_BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
_ACCENT_FROM_PIXELS = 4.0
_HIT_PIXELS_MIN, _HIT_PIXELS_MAX, _HIT_BEATS = 1.5, 7.0, 0.2

Column = Callable[[float], float]
"""Beat of the section → column of the picture, between pixels."""


def draw_roll(canvas: Canvas, box: Box, parts: Sequence[Part], column: Column, colours: dict[str, Rgb], ink: Rgb) -> None:
    """Draw all pitched parts into a box, over the rows of a keyboard whose every C is named in `ink`."""
    lowest, highest = _pitch_range(parts)
    rows = highest - lowest + 1
    pitch_of_row = highest - np.arange(box.height) * rows // box.height
    _draw_keys(canvas, box, pitch_of_row)
    for pitch in range(lowest, highest + 1):
        if pitch % 12 == 0:
            y = box.top + (highest - pitch + 1) * box.height / rows
            if y > box.top + 14:
                canvas.write(Line(box.left - 8, y - 1, f"C{pitch // 12 - 1}", 12, ink, "r"))
    for part in sorted(parts, key=lambda part: DRAWN_LAST.index(part.name) if part.name in DRAWN_LAST else -1):
        notes = [(note.start_beat, note.end_beat, highest - note.pitch, note.velocity) for note in part.notes]
        _draw_bars(canvas, box, rows, notes, column, colours[part.name])


def draw_drums(canvas: Canvas, box: Box, part: Part, column: Column, colour: Rgb, ink: Rgb) -> None:
    """Draw each hit as a short mark in the row of its drum; only rows that are played are shown."""
    played = {note.pitch for note in part.notes}
    names = [name for name, keys in DRUM_ROWS if keys & played] or sorted(_USUAL_ROWS)
    row_of = {key: len(names) - 1 - names.index(name) for name, keys in DRUM_ROWS if name in names for key in keys}
    for name in names:
        row = len(names) - 1 - names.index(name)
        top, bottom = (box.top + round(at * box.height / len(names)) for at in (row, row + 1))
        canvas.fill(box.left, box.right, top + 1, bottom, (255, 255, 255), 0.035)
        canvas.write(Line(box.left - 8, (top + bottom) / 2 + 4, name, 12, ink, "r"))
    hits = [(note.start_beat, None, row_of[note.pitch], note.velocity) for note in part.notes if note.pitch in row_of]
    _draw_bars(canvas, box, len(names), hits, column, colour)


def _pitch_range(parts: Iterable[Part]) -> tuple[int, int]:
    """Return the lowest and the highest pitch shown: all notes with some air, two octaves and a half at least."""
    pitches = [note.pitch for part in parts for note in part.notes] or [60]
    lowest, highest = min(pitches) - 2, max(pitches) + 2
    missing = max(SEMITONES_MIN - (highest - lowest + 1), 0)
    lowest = max(lowest - missing // 2, 0)
    return lowest, min(max(highest, lowest + SEMITONES_MIN - 1), 127)


def _draw_keys(canvas: Canvas, box: Box, pitch_of_row: NDArray[np.intp]) -> None:
    """Shade the rows of black keys, and rule a line under every C."""
    pixels = canvas.view(box)
    black = np.isin(pitch_of_row % 12, list(_BLACK_KEYS))
    below_c = np.append((pitch_of_row[:-1] % 12 == 0) & (pitch_of_row[1:] % 12 == 11), False)
    pixels[black] = (pixels[0, 0] * 0.72).astype(np.uint8)
    pixels[below_c] = pixels[0, 0] + 22


def _draw_bars(
    canvas: Canvas, box: Box, rows: int, notes: Sequence[tuple[float, float | None, int, int]], column: Column, colour: Rgb
) -> None:
    """Draw notes, each (start beat, end beat or None for a hit, row from the top, velocity), all of them at once."""
    inside = [note for note in notes if 0 <= note[2] < rows]
    if not inside:
        return
    left = np.array([column(start) for start, _, _, _ in inside]) - box.left
    hit = min(max(column(_HIT_BEATS) - column(0.0), _HIT_PIXELS_MIN), _HIT_PIXELS_MAX)
    ends = [
        left_x + hit if end is None else column(end) - box.left for (_, end, _, _), left_x in zip(inside, left, strict=True)
    ]
    # A pixel of air after each note keeps repeated ones apart.
    right = np.clip(np.maximum(np.array(ends) - 1.0, left + 1.5), 0, box.width)
    left = np.clip(left, 0, box.width)
    row = np.array([note[2] for note in inside])
    strength = 0.5 + 0.5 * np.array([note[3] for note in inside]) / 127
    shape = _row_shape(box.height, rows)
    row_of_pixel = np.arange(box.height) * rows // box.height
    pixels = canvas.view(box)
    blend(pixels, np.minimum(_coverage(left, right, row, strength, (rows, box.width)), 1)[row_of_pixel] * shape, colour)
    onset = _coverage(
        left,
        np.minimum(left + 2.0, right),
        row,
        strength * np.where(right - left > _ACCENT_FROM_PIXELS, 0.45, 0.0),
        (rows, box.width),
    )
    blend(pixels, np.minimum(onset, 0.5)[row_of_pixel] * shape, (255, 255, 255))


def _coverage(
    left: NDArray[np.floating],
    right: NDArray[np.floating],
    row: NDArray[np.intp],
    strength: NDArray[np.floating],
    shape: tuple[int, int],
) -> Plane:
    """Return (rows, columns): summed strength of the stretches [left, right), exact where an edge lies between pixels."""
    change = np.zeros((shape[0], shape[1] + 2), np.float32)
    for edge, sign in ((left, 1.0), (right, -1.0)):
        whole = np.floor(edge).astype(np.intp)
        part = edge - whole
        np.add.at(change, (row, whole), sign * strength * (1 - part))
        np.add.at(change, (row, whole + 1), sign * strength * part)
    return np.maximum(np.cumsum(change, axis=1)[:, : shape[1]], 0)


def _row_shape(height: int, rows: int) -> Plane:
    """Return (height, 1): how much of each pixel row a note fills: a little air between rows, and a softer lower half."""
    place = (np.arange(height) + 0.5) * rows / height % 1
    row_pixels = height / rows
    air = min(1.0, row_pixels / 8) / row_pixels / 2 if row_pixels > 3 else 0.0
    inside = np.clip((np.minimum(place, 1 - place) - air) * row_pixels + 0.5, 0, 1)
    return (inside * (1.0 - 0.18 * place))[:, None].astype(np.float32)
