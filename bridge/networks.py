"""Trained networks, run by onnxruntime: lighter and quicker to start than torch, see the weights' cards."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import WeightsError

Floats = NDArray[np.float32]

PROCESSOR = "CPUExecutionProvider"
ACCELERATORS = ("TensorrtExecutionProvider", "CUDAExecutionProvider")
"""onnxruntime's names of what else may run a network, the quickest first."""


def providers() -> tuple[str, ...]:
    """Return what this machine's onnxruntime can run networks on, the quickest first."""
    import onnxruntime  # noqa: PLC0415 - only where networks run

    there = onnxruntime.get_available_providers()
    return (*(name for name in ACCELERATORS if name in there), PROCESSOR)


class Network:
    """One ONNX file."""

    def __init__(self, path: Traversable, sha256: str, threads: int, wanted: Sequence[str] = (PROCESSOR,)) -> None:
        """Load it, to run on the first of the `wanted` providers that will; raises WeightsError where it is another file."""
        import onnxruntime  # noqa: PLC0415 - only where networks run

        try:
            data = path.read_bytes()
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise WeightsError(f"weights: {path.name} is not the file that its card describes; install stepbridge again")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(data, options, providers=[(name, _options(name)) for name in wanted])
        self.inputs = tuple(one.name for one in self._session.get_inputs())
        self._outputs = tuple(one.name for one in self._session.get_outputs())

    def __call__(self, arrays: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return its outputs by name."""
        fed = {name: np.ascontiguousarray(arrays[name], np.float32) for name in self.inputs}
        return dict(zip(self._outputs, self._session.run(None, fed), strict=True))


def _options(provider: str) -> dict[str, Any]:
    """Return a provider's options: TensorRT compiles a network for minutes, so that what it made is kept."""
    if provider != ACCELERATORS[0]:
        return {}
    return {"trt_engine_cache_enable": True, "trt_engine_cache_path": str(Path(tempfile.gettempdir()) / "stepbridge-tensorrt")}


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
