"""Trained modules → ONNX files, which need no torch to run."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.baselines.lstm import Lstm, Mixture
from model.score.autoencoder import PartDecoder, PartEncoder
from model.score.critic import Critic
from model.sound.autoencoder import SoundAutoencoder
from model.sound.layout import CHANNELS
from model.sound.spectrum import BINS, SLICES, STEREO, TONAL, Spectrum
from model.transformer import Conditions, Encoded, FlowTransformer

CONDITIONS = Conditions._fields
ENCODED = Encoded._fields
OPSET = 20
LARGE, HALF = 1024, ".half"
"""Numbers from which a parameter is kept in half precision, and what its name then ends with."""
TURNED = ".turned"
"""What the name of a parameter ends with that is kept transposed, as products of matrices take it."""
PARAMETER = re.compile(r"(?:whole\.)?(\w+(?:\.\w+)+)")
"""Names of parameters, in a module or in half of one; those of constants have other signs."""


class Encoding(nn.Module):
    """The half of a flow that runs once a request: conditions → what the steps need."""

    def __init__(self, whole: FlowTransformer) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, *conditions: Tensor) -> tuple[Tensor, ...]:
        """Conditions, in their order → the fields of Encoded, in theirs."""
        return tuple(self.whole.encode(Conditions(*conditions)))


class Stepping(nn.Module):
    """The half of a flow that runs once a step."""

    def __init__(self, whole: FlowTransformer) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, x: Tensor, time: Tensor, *encoded: Tensor) -> Tensor:
        """(batch, frames, channels), (batch,), fields of Encoded → velocity (batch, frames, channels)."""
        return self.whole.velocity(x, time, Encoded(*encoded))[0]


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
    return _completed([encode, step], flow)


def export_critic(critic: Critic, path: Path) -> Path:
    """Write the critic; any batch, any number of frames."""
    _export(critic.eval(), (torch.zeros(2, 8, critic.config.features),), path, (("frames",), ("real", "family")))
    return _completed([path], critic)[0]


class Hearing(nn.Module):
    """The half of a recurrent writer that runs once a request."""

    def __init__(self, whole: Lstm) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, known: Tensor, text: Tensor) -> Tensor:
        """Return what each frame hears; takes the inputs of `Lstm.encode`."""
        return self.whole.encode(known, text)


class Recurring(nn.Module):
    """The half that runs once a frame, its state in and out by name."""

    def __init__(self, whole: Lstm) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, before: Tensor, heard: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        """Return the fields of Mixture, then the state; takes the inputs of Lstm, and its state as hidden and cell."""
        mixture, state = self.whole(before, heard, (hidden, cell))
        return (*mixture, *state)


def export_lstm(writer: Lstm, folder: Path, name: str) -> list[Path]:
    """Write ``<name>-encode.onnx`` and ``<name>-step.onnx``; a batch of one, any number of frames."""
    config = writer.eval().config
    encode, step = folder / f"{name}-encode.onnx", folder / f"{name}-step.onnx"
    conditions = torch.zeros(1, 8, config.known), torch.zeros(1, config.text)
    _export(Hearing(writer), conditions, encode, (("known", "text"), ("heard",)), is_optimised=False)
    state = torch.zeros(config.layers, 1, config.width)
    frames = torch.zeros(1, 8, config.channels), torch.zeros(1, 8, config.width)
    said = (*Mixture._fields, "next_hidden", "next_cell")
    names = ("before", "heard", "hidden", "cell"), said
    _export(Recurring(writer), (*frames, state, state), step, names, is_optimised=False)
    return _completed([encode, step], writer)


def export_part(module: PartEncoder | PartDecoder, inputs: dict[str, Tensor], outputs: tuple[str, ...], path: Path) -> Path:
    """Write one half of a part's autoencoder; any batch, any number of frames."""
    _export(module.eval(), tuple(inputs.values()), path, (tuple(inputs), outputs))
    return _completed([path], module)[0]


def export_sound(module: SoundAutoencoder, folder: Path) -> list[Path]:
    """Write ``encoder.onnx`` and ``decoder.onnx`` of the sound autoencoder, in halves; any batch, any number of frames.

    The same encoder gives the same bytes, whatever onnxruntime there is: by their hash latents are known for its own.
    """
    module, (encoder, decoder) = module.eval(), (folder / "encoder.onnx", folder / "decoder.onnx")
    spectrum = (torch.zeros(2, 8 * SLICES, BINS), torch.zeros(2, 8 * SLICES, TONAL), torch.zeros(2, 8, STEREO))
    names = (Spectrum._fields, ("mean", "log_variance")), (("latent",), Spectrum._fields)
    _export(module.encoder, spectrum, encoder, names[0], is_optimised=False)
    _export(module.decoder, (torch.zeros(2, 8, CHANNELS),), decoder, names[1], is_optimised=False)
    for path in (encoder, decoder):
        store_in_halves(path)
    return [encoder, decoder]


def store_in_halves(path: Path) -> None:
    """Keep the large parameters of an ONNX file in half precision; it computes in single precision as before."""
    import onnx  # noqa: PLC0415 - where weights are packed only
    from onnx import numpy_helper  # noqa: PLC0415

    file = onnx.load(path)
    casts = []
    for tensor in file.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= LARGE:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}{HALF}"))
            casts.append(onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *file.graph.node]
    del file.graph.node[:]
    file.graph.node.extend(nodes)
    onnx.save(file, path)


def parameters(*paths: Path) -> dict[str, Tensor]:
    """Return the parameters that exported files hold, by name."""
    import onnx  # noqa: PLC0415 - where training goes on from weights only
    from onnx import numpy_helper  # noqa: PLC0415

    found = {}
    for tensor in (tensor for path in paths for tensor in onnx.load(path).graph.initializer):
        kept, values = tensor.name.removesuffix(HALF), numpy_helper.to_array(tensor).astype(np.float32)
        named = PARAMETER.fullmatch(kept.removesuffix(TURNED))
        if named:
            found[named[1]] = torch.from_numpy(values.T.copy() if kept.endswith(TURNED) else values)
    return found


def _completed(paths: list[Path], module: nn.Module) -> list[Path]:
    """Put into the last of a module's files what none of them holds, so that training can go on from them; return the files.

    Running has no use for an auxiliary head, and parameters that are equal become one.
    """
    import onnx  # noqa: PLC0415 - where weights are packed only
    from onnx import numpy_helper  # noqa: PLC0415

    held = parameters(*paths)
    file = onnx.load(paths[-1])
    lacking = {name: value.numpy() for name, value in module.state_dict().items() if name not in held}
    file.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in lacking.items())
    onnx.save(file, paths[-1])
    return paths


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    is_optimised: bool = True,
) -> None:
    inputs, outputs = names
    axes = {name: _axes(name) for name in inputs}
    with warnings.catch_warnings():
        # The exporter that traces is on its way out, but the new one needs another package and writes nothing better here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            path,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            do_constant_folding=False,  # parameters would lose their names
            dynamo=False,
        )
    if is_optimised:
        _optimise(path)


def _optimise(path: Path) -> None:
    """Do once what onnxruntime would do at each start: half of a flow's nodes reckon with shapes and constants.

    A transposed parameter becomes a constant here; it is named for what it is, so that it is found again.
    """
    import onnx  # noqa: PLC0415 - where weights are packed only
    import onnxruntime  # noqa: PLC0415

    file = onnx.load(path)
    held = {tensor.name for tensor in file.graph.initializer}
    transposed = [node for node in file.graph.node if node.op_type == "Transpose" and node.input[0] in held]
    turned = {node.output[0]: f"{node.input[0]}{TURNED}" for node in transposed}
    for node in file.graph.node:
        for names in (node.input, node.output):
            names[:] = [turned.get(name, name) for name in names]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(file.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _axes(name: str) -> dict[int, str]:
    if name in {"text", "hidden", "cell"}:
        return {}
    if name in {"level", "frequency"}:
        return {0: "batch", 1: "slices"}
    return {0: "batch"} if name in {"time", "sentence", "tags", "tokens"} else {0: "batch", 1: "frames"}
