"""Who makes scores: name → class, imported only when chosen."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from bridge.composers.composer import Composer
from bridge.errors import RequestError

COMPOSERS: dict[str, str] = {
    "diffusion": "bridge.composers.diffusion.composer:DiffusionComposer",
    "rules": "bridge.composers.rules.composer:RulesComposer",
    "lstm": "bridge.composers.diffusion.recurrent:LstmComposer",
}
"""Name → "module:Class" of every composer in this version."""
AUTO = "diffusion"
"""The composer that `auto` stands for."""


def check(name: str) -> str:
    """Return the composer that a name stands for ("auto": the best there is); raises RequestError naming field `composer`."""
    chosen = AUTO if name == "auto" else name
    if chosen not in COMPOSERS:
        good = ", ".join(("auto", *COMPOSERS))
        raise RequestError(f"composer: {name[:80]!r} is no composer; the composers are {good}", field="composer")
    return chosen


def load(name: str) -> Composer:
    """Return the composer of this name ("auto": the best there is); raises RequestError naming field `composer`."""
    module, _, maker = COMPOSERS[check(name)].partition(":")
    return cast("Composer", getattr(import_module(module), maker)())
