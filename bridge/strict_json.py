"""JSON without what its readers disagree on: names given twice, NaN and Infinity, half characters."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def read(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the value written in this text; raises ValueError saying what is wrong with it."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def _unique(items: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(items)
    if len(fields) < len(items):
        names = [name for name, _ in items]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r:.80} is given twice")
    return fields


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
