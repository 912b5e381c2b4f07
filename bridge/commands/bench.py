"""`stepbridge bench score | sound`: a composer, or the engine of sound, against its bars, floors and teacher beside each."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from bridge.commands.compare import add_extent, compared, print_groups, wide_console, write_json
from bridge.config import Config

if TYPE_CHECKING:
    from bridge.evaluate.bars import Verdict
    from bridge.evaluate.results import Results


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("what", choices=("score", "sound"), help="what composers write, or what engine neural performs")
    parser.add_argument("--composer", default="auto", help="whom to measure (default: auto, the best there is)")
    add_extent(parser)
    from bridge.commands import bench_codec

    bench_codec.add_arguments(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Measure, and print each bar with PASS or by how much it is short; 1 where one is not cleared."""
    if arguments.what == "sound":
        from bridge.commands import bench_codec, bench_sound

        return bench_codec.run(arguments, config) if arguments.codec else bench_sound.run(arguments, config)
    from bridge.composers import check
    from bridge.evaluate.bars import verdicts

    name = check(arguments.composer)
    results = compared([name], quick=arguments.quick)
    found = verdicts(results.composers[name], results.teacher)
    if arguments.json:
        rows = [_as_json(verdict) for verdict in found]
        sys.stdout.write(json.dumps(results.as_json() | {"bars": rows}, ensure_ascii=False) + "\n")
    else:
        _print(name, found, results)
    write_json(results, arguments.out)
    return 0 if all(verdict.is_passed for verdict in found) else 1


def _as_json(verdict: Verdict) -> dict[str, object]:
    from bridge.evaluate.results import finite

    return {
        "figure": verdict.bar.figure,
        "found": finite(verdict.found),
        "floor": finite(verdict.floor),
        "teacher": finite(verdict.teacher),
        "wanted": finite(verdict.wanted),
        "is_least": verdict.bar.is_least,
        "passed": verdict.is_passed,
    }


def _print(name: str, found: list[Verdict], results: Results) -> None:
    from rich.table import Table

    from bridge.evaluate.table import verdict_cells

    print_groups(results)
    table = Table("bar", "floor", name, "teacher", "wanted", "", title="bars", title_justify="left")
    for verdict in found:
        table.add_row(*verdict_cells(verdict), style="green" if verdict.is_passed else "red")
    console = wide_console()
    console.print(table)
    console.print(f"{sum(verdict.is_passed for verdict in found)} of {len(found)} bars cleared")
