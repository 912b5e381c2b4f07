"""Results as tables: cells for the terminal, and Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from bridge.evaluate.bars import Verdict
from bridge.evaluate.figures import FIGURES, GROUPS, Figure
from bridge.evaluate.results import Results

Cells = list[str]
UNKNOWN = "–"


def group_rows(results: Results, group: str) -> Iterator[Cells]:
    """Yield the rows of a group that anybody has: label, then a cell for each column of the results, floors behind a slash."""
    for figure in GROUPS[group]:
        cells = [cell(figures, figure) for figures in results.columns().values()]
        if any(text != UNKNOWN for text in cells):
            yield [figure.label, *cells]


def cell(figures: Mapping[str, float], figure: Figure) -> str:
    """Return a figure as it is shown: "0.794 / 0.586" with its floor, "–" where it is not known."""
    value, floor = figures.get(figure.name, math.nan), figures.get(figure.floor, math.nan)
    shown = _number(value, figure)
    return f"{shown} / {_number(floor, figure)}" if math.isfinite(value) and math.isfinite(floor) else shown


def verdict_cells(verdict: Verdict) -> Cells:
    """Return what, floor, found, teacher, wanted, and PASS or how much it is short by."""
    figure = FIGURES[verdict.bar.figure]
    floor, found, teacher, wanted = (
        _number(v, figure) for v in (verdict.floor, verdict.found, verdict.teacher, verdict.wanted)
    )
    limit = f"{'≥' if verdict.bar.is_least else '≤'} {wanted}" + (f" ({verdict.bar.why})" if verdict.bar.why else "")
    missing = "not measured" if math.isnan(verdict.short_by) else f"short by {verdict.short_by:.3g}"
    return [figure.label, floor, found, teacher, limit, "PASS" if verdict.is_passed else missing]


def _number(value: float, figure: Figure) -> str:
    return f"{value:.{figure.places}f}" if math.isfinite(value) else UNKNOWN


def markdown(results: Results) -> str:
    """Return the whole comparison as one Markdown table."""
    names = list(results.columns())
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for group in GROUPS:
        rows = list(group_rows(results, group))
        if rows:
            lines.append(f"| **{group}** |" + " |" * len(names))
            lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)
