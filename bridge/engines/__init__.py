"""Who makes sound: name → class, imported only when chosen."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import cast

from bridge.engines.engine import Engine
from bridge.errors import RequestError

AUTO = "auto"
ENGINES = {"sampler": "bridge.engines.sampler:SamplerEngine", "neural": "bridge.engines.neural.engine:NeuralEngine"}
"""Name → module:class; the first one is what `auto` chooses: `neural` waits until it clears `stepbridge bench sound`."""
RESERVED = ("ace_step", "ace_step_api")
"""Names that the public contract knows and this version does not have."""


def names() -> tuple[str, ...]:
    """Return the engines there are."""
    return tuple(ENGINES)


def check(name: str) -> str:
    """Return the engine that a name stands for: `auto` is the first one. Raises RequestError where there is none."""
    if name in RESERVED:
        raise RequestError(f"engine: {name} is not in this version; use {_choice()}", field="engine")
    if name not in (AUTO, *ENGINES):
        raise RequestError(f"engine: {name[:80]!r} is not known; use {_choice()}", field="engine")
    return names()[0] if name == AUTO else name


def load(name: str, soundfont: Path | None = None, threads: int = 1) -> Engine:
    """Return the engine of this name; `auto` is the first one. Raises RequestError where there is none."""
    module, _, class_name = ENGINES[check(name)].partition(":")
    return cast("Engine", getattr(import_module(module), class_name)(soundfont, threads))


def _choice() -> str:
    return f"{', '.join(names())} or {AUTO}"
