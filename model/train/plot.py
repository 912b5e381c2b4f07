"""A run's log as a picture, drawn anew at every checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (960, 420)
MARGIN = 46
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2")
Line = Sequence[tuple[float, float]]


def plot_log(log: Path, picture: Path) -> None:
    """Draw every figure of a log over its steps: what was averaged since the last line, and what was measured held out."""
    if not log.exists():
        return
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        for name, value in row.items():
            numbers = value if isinstance(value, list) else [value]
            for index, number in enumerate(numbers if name not in {"step", "seconds"} else []):
                lines.setdefault(name + "'" * index, []).append((row["step"], number))
    if lines:
        draw_lines(lines, picture)


def draw_lines(lines: dict[str, list[tuple[float, float]]], picture: Path) -> None:
    """Draw lines over a common step axis, each stretched to its own range, which stands beside its name."""
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    right, bottom = SIZE[0] - 250, SIZE[1] - MARGIN
    pen.rectangle((MARGIN, MARGIN, right, bottom), outline="#999999")
    last = max(step for line in lines.values() for step, _ in line) or 1.0
    for index, (name, line) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        low, high = min(value for _, value in line), max(value for _, value in line)
        spread = high - low or 1.0
        points = [
            (MARGIN + (right - MARGIN) * step / last, bottom - (bottom - MARGIN) * (value - low) / spread)
            for step, value in line
        ]
        pen.line(points, fill=colour, width=2)
        pen.text((right + 10, MARGIN + 18 * index), f"{name}: {line[-1][1]:.4g}  ({low:.3g} … {high:.3g})", fill=colour)
    pen.text((MARGIN, bottom + 8), f"step 0 … {last:.0f}", fill="#333333")
    image.save(picture)
