"""Trained networks, run by onnxruntime: lighter and quicker to start than torch, see the weights' cards."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
    """One ONNX file, loaded when it is first asked: not every request needs every network."""

    def __init__(self, path: Traversable, sha256: str, threads: int, wanted: Sequence[str] = (PROCESSOR,)) -> None:
        """Remember where it is; it runs on the first of the `wanted` providers that will."""
        self._path, self._sha256, self._threads, self._wanted = path, sha256, threads, wanted

    def __call__(self, arrays: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return its outputs by name; raises WeightsError where it is another file."""
        session, inputs, outputs = self._loaded
        fed = {name: np.ascontiguousarray(arrays[name], np.float32) for name in inputs}
        return dict(zip(outputs, session.run(None, fed), strict=True))

    @cached_property
    def _loaded(self) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
        """Session, names of inputs, names of outputs."""
        import onnxruntime  # noqa: PLC0415 - only where networks run

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # To plan which tensor takes whose place costs the square of the graph's size, most of the time of loading a flow, and
        # saves nothing: memory and time of a run were the same without.
        options.enable_mem_reuse = False
        ordered = [(name, _options(name)) for name in self._wanted]
        session = onnxruntime.InferenceSession(self._read(), options, providers=ordered)
        return session, tuple(one.name for one in session.get_inputs()), tuple(one.name for one in session.get_outputs())

    def _read(self) -> bytes:
        try:
            data = self._path.read_bytes()
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != self._sha256:
            raise WeightsError(f"weights: {self._path.name} is not the file that its card describes; install stepbridge again")
        return data


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
