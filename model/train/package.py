"""Trained runs → the weights that are shipped, ONNX files and a card, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.baselines.lstm import Lstm, LstmConfig
from model.export import export_critic, export_flow, export_lstm, export_part, parameters, store_in_halves
from model.score.autoencoder import Autoencoders, PartAutoencoder
from model.score.critic import Critic, CriticConfig
from model.score.grid import PARTS, STEPS
from model.score.layout import LATENTS
from model.train.critic import FAMILIES, FEATURES
from model.train.loop import begin
from model.train.runs import (
    LACKING,
    PLAYED,
    arranger_of,
    averaged,
    blank_arranger,
    blank_harmoniser,
    harmoniser_of,
    remembered_grooves,
    remembered_size,
    remembered_tags,
)

CARD, LSTM = "score.json", "lstm.json"
RECURRENT = ("lstm-harmoniser", "lstm-arranger")
REMEMBERED = ("tags", "grooves", "scale", "thresholds", "size", "played", "lacking")
"""What a card says that runs are to know again, each in a file of its name."""
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
    for name in (name for name in RECURRENT if (runs / name / LSTM).exists()):
        config = LstmConfig(**json.loads((runs / name / LSTM).read_text(encoding="utf-8")))
        for path in export_lstm(averaged(Lstm(config), runs / name), weights, name):
            files[path.stem] = {"sha256": _packed(path), **asdict(config)}
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
    path = weights / CARD
    path.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def unpack(weights: Path, runs: Path) -> list[str]:
    """Write runs that go on from shipped weights into a folder where there are none; returns their names."""
    card = json.loads((weights / CARD).read_text(encoding="utf-8"))
    (runs / "critic").mkdir(parents=True, exist_ok=True)
    for name in REMEMBERED:
        (runs / f"{name}.json").write_text(json.dumps(card[name], ensure_ascii=False), encoding="utf-8")
    (runs / "critic" / FAMILIES).write_text(json.dumps(card["critic_families"]), encoding="utf-8")
    blank: dict[str, nn.Module] = {
        "autoencoder": Autoencoders(),
        "harmoniser": blank_harmoniser(runs),
        "arranger": blank_arranger(runs),
        "critic": Critic(CriticConfig(FEATURES, len(card["critic_families"]))),
    }
    for name in (name for name in RECURRENT if f"{name}-step" in card["files"]):
        config = LstmConfig(**{field.name: card["files"][f"{name}-step"][field.name] for field in fields(LstmConfig)})
        blank[name] = Lstm(config)
        (runs / name).mkdir(exist_ok=True)
        (runs / name / LSTM).write_text(json.dumps(asdict(config)), encoding="utf-8")
    for name, module in blank.items():
        module.load_state_dict(_kept(name, weights))
        begin(runs / name, module)
    return sorted(blank)


def _kept(run: str, weights: Path) -> dict[str, Tensor]:
    """Return the parameters that the files of a run hold."""
    if run == "critic":
        return parameters(weights / "critic.onnx")
    if run != "autoencoder":
        return parameters(weights / f"{run}-encode.onnx", weights / f"{run}-step.onnx")
    halves = [(part.name, half) for part in PARTS for half in ("encoder", "decoder")]
    return {
        f"{part}.{half}.{name}": value
        for part, half in halves
        for name, value in parameters(weights / f"{part}-{half}.onnx").items()
    }


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
