"""A sound model small enough for tests, hardly trained, written as the real one is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from model.export import export_sound
from model.sound.autoencoder import SIZES, SoundAutoencoder
from model.sound.layout import CHANNELS, FRAME_SAMPLES
from model.sound.spectrum import analyse
from model.train.loop import Pace, Run
from model.train.package import sha256_of
from model.train.performer_package import Setup, package
from model.train.sound_performer import Scale

TAGS = ("dark", "bright", "big hall")


def write_weights(folder: Path) -> Path:
    """Write an autoencoder and a performer with their cards; returns the folder."""
    torch.manual_seed(0)
    write_autoencoder(folder)
    setup = Setup("tiny", TAGS, Scale(np.zeros(CHANNELS, np.float32), 1.0), "tiny")
    setup.save(folder / "run")
    module = setup.module()
    torch.nn.init.normal_(module.leave.weight, std=0.2)
    Run(module, folder / "run", Pace(1.0)).save()
    package(folder / "run", folder, {})
    return folder


def write_autoencoder(folder: Path) -> None:
    """Write both halves of an autoencoder that knows the principal components of some noise."""
    coder = SoundAutoencoder(SIZES["tiny"])
    found = analyse(0.1 * np.random.default_rng(0).standard_normal((4, 32 * FRAME_SAMPLES, 2)).astype(np.float32))
    coder.begin_with(torch.from_numpy(found.level), torch.from_numpy(found.stereo))
    card = {"files": {path.stem: {"sha256": sha256_of(path)} for path in export_sound(coder, folder)}}
    (folder / "autoencoder.json").write_text(json.dumps(card), encoding="utf-8")
