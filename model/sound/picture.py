"""Spectrograms beside each other, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from model.sound.layout import SAMPLE_RATE_HZ
from model.sound.spectrum import BINS, FLOOR, LOUDEST, WINDOW_SAMPLES, Floats, analyse, mel

ROWS, GAP, TITLE = 160, 8, 14
COLOURS = np.array([(0, 0, 0), (40, 16, 84), (142, 36, 99), (226, 89, 51), (250, 175, 49), (252, 255, 200)], float)


def spectrogram(audio: Floats, rows: int = ROWS) -> Image.Image:
    """Return sound (samples, 2), whole frames, as a picture: a column each 10 ms, mel scale upwards, −114…0 dB in colours."""
    level = analyse(audio).level
    place = mel(np.arange(BINS) * SAMPLE_RATE_HZ / WINDOW_SAMPLES)
    bins = np.interp(np.linspace(place[-1], place[0], rows), place, np.arange(BINS)).round().astype(int)
    shade = np.clip((level[:, bins].T - np.log(FLOOR)) / (LOUDEST - np.log(FLOOR)), 0.0, 1.0) * (len(COLOURS) - 1)
    below = np.minimum(shade.astype(int), len(COLOURS) - 2)
    part = (shade - below)[..., None]
    return Image.fromarray((COLOURS[below] * (1.0 - part) + COLOURS[below + 1] * part).astype(np.uint8), "RGB")


def page(rows: Sequence[tuple[str, Sequence[Floats]]], heads: Sequence[str], path: Path) -> None:
    """Draw a row of spectrograms for each (title, sounds), under heads such as "reference" and "decoded"."""
    drawn = [(title, [spectrogram(sound) for sound in sounds]) for title, sounds in rows]
    width = max(picture.width for _, pictures in drawn for picture in pictures)
    size = (len(heads) * (width + GAP) + GAP, TITLE + len(drawn) * (ROWS + TITLE + GAP))
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for column, head in enumerate(heads):
        pen.text((GAP + column * (width + GAP), 1), head, fill="black")
    for row, (title, pictures) in enumerate(drawn):
        top = TITLE + row * (ROWS + TITLE + GAP)
        pen.text((GAP, top), title, fill="#555555")
        for column, picture in enumerate(pictures):
            image.paste(picture, (GAP + column * (width + GAP), top + TITLE))
    image.save(path, optimize=True)
