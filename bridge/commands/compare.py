"""`stepbridge compare`: composers side by side on the same held-out tunes, as a table, JSON and a picture."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.commands.progress import Progress
from bridge.config import Config
from bridge.errors import RequestError

if TYPE_CHECKING:
    from rich.console import Console

    from bridge.evaluate.results import Results

_PIPED_COLUMNS = 120


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--composers", default="", help="names with commas between (default: all there are, and the teacher, mma)"
    )
    parser.add_argument("--picture", type=Path, help="PNG file to draw the comparison into")
    add_extent(parser)


def add_extent(parser: argparse.ArgumentParser) -> None:
    """Declare how much is measured and how it is told."""
    parser.add_argument("--quick", action="store_true", help="few tunes, for a first look: figures are rough")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for machines")
    parser.add_argument("--out", type=Path, help="JSON file to write the figures into; compare adds to what it holds")


def run(arguments: argparse.Namespace, _config: Config) -> int:
    """Compare, and show the table."""
    from bridge.evaluate.picture import picture

    results = compared(_names(arguments.composers), quick=arguments.quick)
    if arguments.json:
        sys.stdout.write(json.dumps(results.as_json(), ensure_ascii=False) + "\n")
    else:
        print_groups(results)
    write_json(results, arguments.out)
    if arguments.picture:
        arguments.picture.write_bytes(picture(results))
    return 0


def _names(text: str) -> list[str]:
    """Return the composers to compare; the teacher is always there and need not be named."""
    from bridge.composers import COMPOSERS, check
    from bridge.evaluate.comparison import TEACHER

    names = [name.strip() for name in text.split(",") if name.strip()] or list(COMPOSERS)
    chosen = list(dict.fromkeys(check(name) for name in names if name != TEACHER))
    if not chosen and names != [TEACHER]:
        raise RequestError(f"composers: {text!r} names no composer; write them like rules,{TEACHER}", field="composers")
    return chosen


def compared(names: Sequence[str], *, quick: bool) -> Results:
    """Return the figures of these composers and of the teacher; progress goes to stderr."""
    from bridge.evaluate.comparison import FULL, QUICK, Material, composer_figures, teacher_figures
    from bridge.evaluate.results import Results

    material = Material(QUICK if quick else FULL)
    with Progress() as progress:
        progress.step("teacher", 0, 1)
        teacher = teacher_figures(material)
        composers = {name: composer_figures(name, material, progress.step) for name in names}
    return Results(teacher, composers, len(material.tunes), material.known[0].accuracy)


def wide_console() -> Console:
    """Return a console that does not break tables into narrow columns where no terminal says how wide it is."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=_PIPED_COLUMNS)


def print_groups(results: Results) -> None:
    """Print a table for each group of figures."""
    from rich.table import Table

    from bridge.evaluate.figures import GROUPS
    from bridge.evaluate.table import group_rows

    table = Table("figure / floor", *results.columns(), title=f"{results.songs} held-out songs", title_justify="left")
    for group in GROUPS:
        rows = list(group_rows(results, group))
        if rows:
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]")
        for row in rows:
            table.add_row(*row)
    console = wide_console()
    console.print(table)
    console.print(f"families are heard by a classifier that is right in {results.classifier_accuracy:.1%} of held-out songs")


def write_json(results: Results, path: Path | None) -> None:
    """Write the figures; composers that the file has already and that were not measured now stay."""
    from bridge.evaluate.results import joined, results_of

    if path is None:
        return
    if path.exists():
        results = joined(results_of(path.read_text(encoding="utf-8")), results)
    path.write_text(json.dumps(results.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
