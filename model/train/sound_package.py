"""A trained sound autoencoder → the weights that are shipped, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from model.export import export_sound, parameters
from model.sound.autoencoder import SIZES, Size, SoundAutoencoder
from model.train.loop import CHECKPOINT, begin
from model.train.sound_autoencoder import CONFIG, note

CARD = "autoencoder.json"


def trained(run: Path) -> tuple[SoundAutoencoder, Mapping[str, Any]]:
    """Return a run's averaged weights, and how far it is: size, steps, seconds."""
    size: Size = json.loads((run / CONFIG).read_text(encoding="utf-8"))["size"]
    saved = torch.load(run / CHECKPOINT, weights_only=True, map_location="cpu")
    module = SoundAutoencoder(SIZES[size])
    module.load_state_dict(saved["averaged"])
    return module.eval(), {"size": size, "steps": saved["step"], "seconds": round(saved["spent_seconds"])}


def package(run: Path, weights: Path) -> Path:
    """Write a run's averaged weights as the files that run without torch; returns their card."""
    module, told = trained(run)
    weights.mkdir(parents=True, exist_ok=True)
    files = {path.stem: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in export_sound(module, weights)}
    card = weights / CARD
    card.write_text(json.dumps({"files": files, **told}, indent=1) + "\n", encoding="utf-8")
    return card


def unpack(weights: Path, run: Path) -> None:
    """Write a run whose decoder goes on from shipped weights; the encoder stands still, for latents are made with it."""
    size: Size = json.loads((weights / CARD).read_text(encoding="utf-8"))["size"]
    module = SoundAutoencoder(SIZES[size])
    for name, half in (("encoder", module.encoder), ("decoder", module.decoder)):
        half.load_state_dict(parameters(weights / f"{name}.onnx"))
    note(run, size, settled=True)
    begin(run, module)
