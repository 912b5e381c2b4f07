"""Trains the recurrent baseline on the same songs, conditions and latents as the flows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.baselines.lstm import Lstm, LstmConfig, surprise
from model.train.loop import Pace, Run
from model.train.score_composer import Bank, Draw
from model.transformer import Conditions

FRAMES = 64
"""Frames of a crop."""
Batch = Callable[[Draw], tuple[Tensor, Tensor, Conditions]]


def inputs(data: Tensor, conditions: Conditions) -> tuple[Tensor, Tensor, Tensor]:
    """Return the frames before each, what is known of each, and the text: as the recurrent writers take them."""
    before = torch.cat((torch.zeros_like(data[:, :1]), data[:, :-1]), 1)
    strength = conditions.melody_strength[..., None]
    known = torch.cat((conditions.known, conditions.melody * strength), -1)
    led = conditions.text_strength.amax(1, keepdim=True)
    text = torch.cat((conditions.sentence * conditions.sentence.shape[-1] ** 0.5, conditions.tags), -1) * led
    return before, known, text


def config_of(batch: tuple[Tensor, Tensor, Conditions]) -> LstmConfig:
    """Return the configuration that a batch of data needs."""
    data, _, conditions = batch
    _, known, text = inputs(data[:1], Conditions(*(tensor[:1] for tensor in conditions)))
    return LstmConfig(data.shape[-1], known.shape[-1], text.shape[-1])


def train(bank: Bank, make: Batch, folder: Path, pace: Pace, heard: Callable[[Run], None]) -> Run:
    """Train one recurrent writer on the batches of `make`; returns the finished run."""
    module = Lstm(config_of(make(Draw(bank, 2, FRAMES, np.random.default_rng(0)))))
    run = Run(module, folder, pace)
    (folder / "lstm.json").write_text(json.dumps(asdict(module.config)), encoding="utf-8")

    def losses(step: int) -> dict[str, Tensor]:
        data, writes, conditions = make(Draw(bank, pace.crops, FRAMES, np.random.default_rng((5, step))))
        before, known, text = inputs(data, conditions)
        mixture, _ = module(before + 0.05 * torch.randn_like(before), module.encode(known, text))
        loss = surprise(mixture, data, writes.expand_as(data)).mean()
        return {"loss": loss}

    run.learn(losses, heard)
    return run
