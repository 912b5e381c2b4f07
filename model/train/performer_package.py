"""A trained performer → the files that the daemon runs, one to train on from, and a card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.export import export_flow, parameters, store_in_halves
from model.sound.known import SHIFT
from model.sound.performer import Size, performer
from model.train.loop import CHECKPOINT, begin
from model.train.package import sha256_of
from model.train.runs import averaged
from model.train.sound_performer import Scale
from model.transformer import FlowTransformer

CARD, SETUP = "performer.json", "setup.json"
STEPS = 8
GUIDANCE = {"text": 3.0, "notes": 2.0}
"""How strongly words and notes lead a flow that was taught by data alone."""


@dataclass(frozen=True)
class Setup:
    """What a performer was trained with, and is run with; kept beside its checkpoint."""

    size: Size
    tags: tuple[str, ...]
    scale: Scale
    autoencoder: str
    """Which autoencoder made the latents."""
    is_guided: bool = False
    """Whether it has learnt what guidance adds, and needs no other branch."""

    @property
    def guidance(self) -> dict[str, float]:
        """How strongly words and notes lead unless a request says otherwise; 1 is as the flow has it, and costs nothing."""
        return dict.fromkeys(GUIDANCE, 1.0) if self.is_guided else GUIDANCE

    def save(self, folder: Path) -> None:
        """Write it into the folder of a run."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETUP).write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")

    def as_json(self) -> dict[str, Any]:
        """Return it as the card shows it."""
        mean = [round(value, 6) for value in self.scale.mean.tolist()]
        return {
            "size": self.size,
            "tags": self.tags,
            "mean": mean,
            "scale": self.scale.spread,
            "autoencoder": self.autoencoder,
            "is_guided": self.is_guided,
        }

    def module(self) -> FlowTransformer:
        """Return an untrained performer."""
        return FlowTransformer(performer(len(self.tags), self.size))


def remembered(folder: Path, file: str = SETUP) -> Setup | None:
    """Return what an earlier run in this folder was trained with."""
    if not (folder / file).exists():
        return None
    said = json.loads((folder / file).read_text(encoding="utf-8"))
    scale = Scale(np.array(said["mean"], np.float32), said["scale"])
    return Setup(said["size"], tuple(said["tags"]), scale, said["autoencoder"], said.get("is_guided", False))


def package(folder: Path, weights: Path, more: Mapping[str, Any]) -> Path:
    """Write a run as weights, return its card; `more`: what else the card is to say."""
    setup = remembered(folder)
    if setup is None:
        raise FileNotFoundError(folder / SETUP)
    weights.mkdir(parents=True, exist_ok=True)
    written = export_flow(averaged(setup.module(), folder), weights, "performer")
    for path in written:
        store_in_halves(path)
    saved = torch.load(folder / CHECKPOINT, weights_only=True, map_location="cpu")
    card = {
        "files": {path.stem: {"sha256": sha256_of(path)} for path in written},
        **setup.as_json(),
        "shift": SHIFT,
        "steps": STEPS,
        "guidance": setup.guidance,
        "trained": {"steps": saved["step"], "seconds": round(saved["spent_seconds"])},
        **more,
    }
    path = weights / CARD
    path.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def unpack(weights: Path, folder: Path) -> None:
    """Write a run that goes on from shipped weights, to learn from data again."""
    setup = remembered(weights, CARD)
    if setup is None:
        raise FileNotFoundError(weights / CARD)
    replace(setup, is_guided=False).save(folder)
    module = setup.module()
    module.load_state_dict(parameters(weights / "performer-encode.onnx", weights / "performer-step.onnx"))
    begin(folder, module)
