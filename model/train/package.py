"""Trained runs → the weights that are shipped: ONNX files for the daemon, one safetensors file for further training, a card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.baselines.lstm import Lstm, LstmConfig
from model.export import export_critic, export_flow, export_lstm, export_part, store_in_halves
from model.score.autoencoder import Autoencoders, PartAutoencoder
from model.score.critic import Critic, CriticConfig
from model.score.grid import PARTS, STEPS
from model.score.layout import LATENTS
from model.train.critic import FAMILIES, FEATURES
from model.train.loop import CHECKPOINT
from model.train.runs import (
    LACKING,
    PLAYED,
    arranger_of,
    averaged,
    harmoniser_of,
    remembered_grooves,
    remembered_size,
    remembered_tags,
)

CARD, TENSORS = "score.json", "score.safetensors"
RUNS = ("autoencoder", "harmoniser", "arranger", "critic", "lstm-harmoniser", "lstm-arranger")
THRESHOLDS = {"drums": 0.0, "bass": 0.0, "chords": 0.0, "pad": 0.0}
"""Logit from which a cell is struck, where a run has not matched densities."""


def package(runs: Path, weights: Path, more: Mapping[str, Any]) -> Path:
    """Write all files of the score model into `weights`, return its card; `more`: what else the card is to say."""
    weights.mkdir(parents=True, exist_ok=True)
    tags = remembered_tags(runs)
    written = []
    written += export_flow(harmoniser_of(runs), weights, "harmoniser")
    written += export_flow(arranger_of(runs), weights, "arranger")
    families = json.loads((runs / "critic" / FAMILIES).read_text(encoding="utf-8"))
    critic = averaged(Critic(CriticConfig(FEATURES, len(families))), runs / "critic")
    written.append(export_critic(critic, weights / "critic.onnx"))
    coders = averaged(Autoencoders(), runs / "autoencoder")
    for part in PARTS:
        written += _export_part(coders.of(part.name), part.name, weights)
    files: dict[str, dict[str, Any]] = {path.stem: {"sha256": _packed(path)} for path in written}
    for name in (name for name in ("lstm-harmoniser", "lstm-arranger") if (runs / name / "lstm.json").exists()):
        config = LstmConfig(**json.loads((runs / name / "lstm.json").read_text(encoding="utf-8")))
        for path in export_lstm(averaged(Lstm(config), runs / name), weights, name):
            files[path.stem] = {"sha256": _packed(path), "width": config.width, "layers": config.layers}
    card = {
        "files": files,
        "parts": [part.name for part in PARTS],
        "tags": tags,
        "grooves": remembered_grooves(runs),
        "played": json.loads((runs / PLAYED).read_text(encoding="utf-8")),
        "lacking": json.loads((runs / LACKING).read_text(encoding="utf-8")),
        "size": remembered_size(runs),
        "critic_families": families,
        "scale": json.loads((runs / "scale.json").read_text(encoding="utf-8")),
        "thresholds": _thresholds(runs),
        **more,
    }
    _save_all(runs, weights / TENSORS)
    path = weights / CARD
    path.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _save_all(runs: Path, path: Path) -> None:
    """Write the averaged weights of every run into one file, in half precision: enough to train on from them."""
    tensors: dict[str, Tensor] = {}
    for name in (name for name in RUNS if (runs / name / CHECKPOINT).exists()):
        saved = torch.load(runs / name / CHECKPOINT, weights_only=True)["averaged"]
        tensors |= {f"{name}/{key}": value.half() if value.is_floating_point() else value for key, value in saved.items()}
    save_file(tensors, path)


def unpack(weights: Path, runs: Path) -> list[str]:
    """Write runs that go on from shipped weights into a folder where there are none; returns their names."""
    card = json.loads((weights / CARD).read_text(encoding="utf-8"))
    runs.mkdir(parents=True, exist_ok=True)
    for name in ("tags", "grooves", "scale", "thresholds", "size", "played", "lacking"):
        (runs / f"{name}.json").write_text(json.dumps(card[name], ensure_ascii=False), encoding="utf-8")
    found: dict[str, dict[str, Tensor]] = {}
    for key, value in load_file(weights / TENSORS).items():
        run, _, rest = key.partition("/")
        found.setdefault(run, {})[rest] = value.float() if value.is_floating_point() else value
    for run, tensors in found.items():
        (runs / run).mkdir(exist_ok=True)
        torch.save({"module": tensors, "averaged": tensors, "step": 0, "spent_seconds": 0.0}, runs / run / CHECKPOINT)
    return sorted(found)


def _packed(path: Path) -> str:
    """Make a file half as large; return its hash."""
    store_in_halves(path)
    return sha256_of(path)


def sha256_of(path: Path) -> str:
    """Return a file's hash, as cards show it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _thresholds(runs: Path) -> dict[str, float]:
    matched = runs / "thresholds.json"
    return dict(json.loads(matched.read_text(encoding="utf-8"))) if matched.exists() else THRESHOLDS


def _export_part(module: PartAutoencoder, name: str, weights: Path) -> list[Path]:
    config = module.config
    chord = torch.zeros(2, 8, 12)
    attack = torch.zeros(2, 8, STEPS, config.pitches)
    cells: dict[str, Tensor] = {"attack": attack, "sound": attack if config.has_length else attack[..., :0], "chord": chord}
    latent = {"latent": torch.zeros(2, 8, LATENTS[name]), "chord": chord}
    outputs = ("attack", "sound", "velocity")
    return [
        export_part(module.encoder, cells, ("mean", "log_variance"), weights / f"{name}-encoder.onnx"),
        export_part(module.decoder, latent, outputs, weights / f"{name}-decoder.onnx"),
    ]
