"""Who makes scores: name → class, imported only when chosen."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from bridge.composers.composer import Composer
from bridge.errors import RequestError

COMPOSERS: dict[str, str] = {"rules": "bridge.composers.rules.composer:RulesComposer"}
"""Name → "module:Class" of every composer in this version."""
AUTO = "rules"
"""The composer that `auto` stands for."""
RESERVED = frozenset({"diffusion", "lstm"})
"""Names of the public contract that this version does not have yet."""


def load(name: str) -> Composer:
    """Return the composer of this name ("auto": the best there is); raises RequestError naming field `composer`."""
    place = COMPOSERS.get(AUTO if name == "auto" else name)
    if place is None:
        reason = "is not in this version" if name in RESERVED else "is no composer"
        good = ", ".join(("auto", *COMPOSERS))
        raise RequestError(f"composer: {name[:80]!r} {reason}; the composers are {good}", field="composer")
    module, _, maker = place.partition(":")
    return cast("Composer", getattr(import_module(module), maker)())
