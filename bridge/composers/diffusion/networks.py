"""The composer's trained networks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bridge.errors import ComposerError
from bridge.networks import Flow, Network

FOLDER = files("model") / "weights" / "score"
CARD = "score.json"


@dataclass(frozen=True)
class ScoreModel:
    """All networks of the composer, and what their card says of them."""

    card: Mapping[str, Any]
    harmoniser: Flow
    arranger: Flow
    encoders: Mapping[str, Network]
    decoders: Mapping[str, Network]
    critic: Network


@cache
def load_model() -> ScoreModel:
    """Return the networks, one set a process, each loaded when first asked; raises BridgeError (`no_weights`)."""
    harmoniser, arranger = (Flow(_network(f"{name}-encode"), _network(f"{name}-step")) for name in ("harmoniser", "arranger"))
    encoders, decoders = ({part: _network(f"{part}-{half}") for part in _card()["parts"]} for half in ("encoder", "decoder"))
    return ScoreModel(_card(), harmoniser, arranger, encoders, decoders, _network("critic"))


@cache
def load_recurrent(name: str) -> tuple[Network, Network, tuple[int, int]]:
    """Return the halves of a recurrent writer of the baseline, its layers and its width; raises as `load_model` does."""
    said = _card()["files"].get(f"{name}-step")
    if said is None:
        raise ComposerError(f"weights: {name} is not installed; ask for composer diffusion or rules", code="no_weights")
    return _network(f"{name}-encode"), _network(f"{name}-step"), (said["layers"], said["width"])


@cache
def _card() -> Mapping[str, Any]:
    try:
        return dict(json.loads((FOLDER / CARD).read_text(encoding="utf-8")))
    except OSError:
        raise ComposerError(
            "weights: the diffusion composer's are not installed; install stepbridge again, or ask for composer rules",
            code="no_weights",
        ) from None


def hash_of(name: str) -> str:
    """Return the SHA-256 of a network's file, as the card has it and as each load checks it."""
    return str(_card()["files"][name]["sha256"])


def _network(name: str) -> Network:
    path, sha256 = FOLDER / f"{name}.onnx", hash_of(name)
    return Network(path, sha256, int(os.environ.get("OMP_NUM_THREADS", "1")))
