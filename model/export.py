"""Trained modules → ONNX files, which need no torch to run."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from model.score.autoencoder import PartDecoder, PartEncoder
from model.transformer import Conditions, Encoded, FlowTransformer

CONDITIONS = Conditions._fields
ENCODED = Encoded._fields
OPSET = 20


class Encoding(nn.Module):
    """The half of a flow that runs once a request: conditions → what the steps need."""

    def __init__(self, flow: FlowTransformer) -> None:
        super().__init__()
        self.flow = flow

    def forward(self, *conditions: Tensor) -> tuple[Tensor, ...]:
        """Conditions, in their order → the fields of Encoded, in theirs."""
        return tuple(self.flow.encode(Conditions(*conditions)))


class Stepping(nn.Module):
    """The half of a flow that runs once a step."""

    def __init__(self, flow: FlowTransformer) -> None:
        super().__init__()
        self.flow = flow

    def forward(self, x: Tensor, time: Tensor, *encoded: Tensor) -> Tensor:
        """(batch, frames, channels), (batch,), fields of Encoded → velocity (batch, frames, channels)."""
        return self.flow.velocity(x, time, Encoded(*encoded))[0]


def export_flow(flow: FlowTransformer, folder: Path, name: str) -> list[Path]:
    """Write ``<name>-encode.onnx`` and ``<name>-step.onnx``; any batch, any number of frames."""
    flow = flow.eval()
    config, batch, frames = flow.config, 2, 8
    conditions = Conditions(
        torch.zeros(batch, frames, config.known),
        torch.zeros(batch, frames, config.melody),
        torch.ones(batch, frames),
        torch.zeros(batch, 512),
        torch.zeros(batch, config.tags),
        torch.ones(batch, frames),
    )
    encoded = flow.encode(conditions)
    encode, step = folder / f"{name}-encode.onnx", folder / f"{name}-step.onnx"
    _export(Encoding(flow), tuple(conditions), encode, (CONDITIONS, ENCODED))
    state = (torch.zeros(batch, frames, config.channels), torch.zeros(batch))
    _export(Stepping(flow), (*state, *encoded), step, (("x", "time", *ENCODED), ("velocity",)))
    return [encode, step]


def export_part(module: PartEncoder | PartDecoder, inputs: dict[str, Tensor], outputs: tuple[str, ...], path: Path) -> Path:
    """Write one half of a part's autoencoder; any batch, any number of frames."""
    _export(module.eval(), tuple(inputs.values()), path, (tuple(inputs), outputs))
    return path


def _export(module: nn.Module, example: tuple[Tensor, ...], path: Path, names: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    inputs, outputs = names
    axes = {name: _axes(name) for name in inputs}
    torch.onnx.export(
        module,
        example,
        path,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )


def _axes(name: str) -> dict[int, str]:
    return {0: "batch"} if name in {"time", "sentence", "tags", "tokens"} else {0: "batch", 1: "frames"}
