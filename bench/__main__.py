"""`python -m bench [NAME …]`."""

from __future__ import annotations

import importlib
import sys

TABLES = ("startup", "speed", "bursts", "prompts", "recordings", "rolls")
MORE = ("frechet", "leaning")
"""Printed only when named: they need what is not installed, or not made yet."""


def main(names: list[str]) -> int:
    """Print the tables named, or all."""
    for name in names or TABLES:
        if name not in (*TABLES, *MORE):
            print(f"no table named {name!r}; there are {', '.join((*TABLES, *MORE))}", file=sys.stderr)
            return 2
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
