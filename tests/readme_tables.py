"""The README's tables, made from the code: `python -m tests.readme_tables` writes them, a test compares."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from bridge.cli import COMMANDS
from bridge.evaluate.results import results_of
from bridge.evaluate.table import markdown
from bridge.frontends.osc_addresses import ADDRESSES
from bridge.request import Request

ROOT = Path(__file__).parent.parent
ROOMS = (
    "cli.py",
    "commands",
    "app.py",
    "core.py",
    "pipeline.py",
    "prepare.py",
    "settle.py",
    "repaint.py",
    "config.py",
    "request.py",
    "brief.py",
    "style.py",
    "job.py",
    "transport.py",
    "events.py",
    "step.py",
    "log.py",
    "strict_json.py",
    "threads.py",
    "networks.py",
    "errors.py",
    "frontends",
    "jobs",
    "seeds",
    "composers",
    "engines",
    "finish",
    "outbox",
    "daws",
    "corpus",
    "evaluate",
    "music",
)


def table(name: str) -> str:
    """Return the lines of one table in Markdown."""
    return "\n".join(TABLES[name]())


def _osc() -> list[str]:
    rows = [f"| `{row.address}` | {row.arguments} | {row.effect} |" for row in ADDRESSES]
    return ["| address | arguments | what it does |", "|---|---|---|", *rows]


def _fields() -> list[str]:
    rows = []
    for name, field in Request.model_fields.items():
        about = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(f"| `{name}` | {_default(field.get_default(call_default_factory=True))} | {about} |")
    return ["| field | default | what it is |", "|---|---|---|", *rows]


def _default(value: Any) -> str:
    if value in (None, "", (), {}):
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _commands() -> list[str]:
    return [
        "| command | what it does |",
        "|---|---|",
        *(f"| `stepbridge {name}` | {about} |" for name, (_, about) in COMMANDS.items()),
    ]


def _config() -> list[str]:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    rows = [f"| `{key}` | `{value}` | {_reason(text, key)} |" for key, value in _leaves(yaml.safe_load(text))]
    return ["| key | default | what and why |", "|---|---|---|", *rows]


def _reason(text: str, key: str) -> str:
    """Return the comment beside a key of config.yaml."""
    *sections, leaf = key.split(".")
    start = text.index(f"\n{sections[0]}:") if sections else 0
    match = re.compile(rf"^{'  ' if sections else ''}{leaf}:[^\n#]*#\s*([^\n]+)$", re.MULTILINE).search(text, start)
    assert match, f"config.yaml says nothing about {key}"
    return match[1].replace("|", "\\|")


def _leaves(tree: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    leaves = []
    for name, value in tree.items():
        leaves += _leaves(value, f"{path}{name}.") if isinstance(value, dict) else [(f"{path}{name}", value)]
    return leaves


def _rooms() -> list[str]:
    rows = []
    for room in ROOMS:
        path = ROOT / "bridge" / room
        source = path if path.is_file() else path / "__init__.py"
        about = (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").splitlines()[0]
        rows.append(f"| `bridge/{room}{'/' if path.is_dir() else ''}` | {about} |")
    return ["| where | what lives there |", "|---|---|", *rows]


def _comparison() -> list[str]:
    return markdown(results_of((ROOT / "docs" / "comparison.json").read_text(encoding="utf-8"))).splitlines()


TABLES = {"osc": _osc, "fields": _fields, "commands": _commands, "config": _config, "rooms": _rooms, "comparison": _comparison}
_PLACE = re.compile(r"<!-- table: (\w+) -->\n(?:\|.*\n)*")


def filled(readme: str) -> str:
    """Return the README with every table as the code has it."""
    return _PLACE.sub(lambda match: f"<!-- table: {match[1]} -->\n{table(match[1])}\n", readme)


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
