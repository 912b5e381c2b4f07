"""The trained networks, run by onnxruntime: lighter and quicker to start than torch, see the weights' card."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from bridge.errors import ComposerError
from model.score.grid import Floats

FOLDER = files("model") / "weights" / "score"
CARD = "score.json"
PROVIDERS = ("CPUExecutionProvider",)


class Network:
    """One ONNX file."""

    def __init__(self, name: str, sha256: str, threads: int) -> None:
        import onnxruntime  # noqa: PLC0415 - only the worker composes

        data = (FOLDER / f"{name}.onnx").read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ComposerError(
                f"weights: {name}.onnx is not the file that its card describes; install stepbridge again", code="bad_weights"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(data, options, providers=PROVIDERS)
        self.inputs = tuple(one.name for one in self._session.get_inputs())
        self._outputs = tuple(one.name for one in self._session.get_outputs())

    def __call__(self, arrays: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return its outputs by name."""
        fed = {name: np.ascontiguousarray(arrays[name], np.float32) for name in self.inputs}
        return dict(zip(self._outputs, self._session.run(None, fed), strict=True))


@dataclass(frozen=True)
class Flow:
    """A flow's two halves: conditions are encoded once a request, the velocity is asked once a step."""

    encoder: Network
    stepper: Network

    def led(self, conditions: Mapping[str, Floats]) -> Mapping[str, Floats]:
        """Return the conditions encoded; a batch of all guidance branches and variations at once."""
        return self.encoder(conditions)

    def velocity(self, state: Floats, time: float, led: Mapping[str, Floats]) -> Floats:
        """Return the velocity (batch, frames, channels)."""
        times = np.full(len(state), time, np.float32)
        return self.stepper({"x": state, "time": times, **led})["velocity"]


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
    """Return the networks, loaded once a process; raises ComposerError (`no_weights`, `bad_weights`)."""
    harmoniser, arranger = (Flow(_network(f"{name}-encode"), _network(f"{name}-step")) for name in ("harmoniser", "arranger"))
    encoders, decoders = ({part: _network(f"{part}-{half}") for part in _card()["parts"]} for half in ("encoder", "decoder"))
    return ScoreModel(_card(), harmoniser, arranger, encoders, decoders, _network("critic"))


@cache
def load_recurrent(name: str) -> tuple[Network, int, int]:
    """Return a recurrent writer of the baseline, its width and its layers; raises as `load_model` does."""
    said = _card()["files"].get(name)
    if said is None:
        raise ComposerError(f"weights: {name} is not installed; ask for composer diffusion or rules", code="no_weights")
    return _network(name), said["width"], said["layers"]


@cache
def _card() -> Mapping[str, Any]:
    try:
        return dict(json.loads((FOLDER / CARD).read_text(encoding="utf-8")))
    except OSError:
        raise ComposerError(
            "weights: the diffusion composer's are not installed; install stepbridge again, or ask for composer rules",
            code="no_weights",
        ) from None


def _network(name: str) -> Network:
    return Network(name, _card()["files"][name]["sha256"], int(os.environ.get("OMP_NUM_THREADS", "1")))
