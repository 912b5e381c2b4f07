"""A performer's training from a sound corpus: latents made once, checkpoints, a log of what its conditions are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from model.sound.corpus import Shard
from model.sound.known import SHIFT
from model.sound.performer import Size
from model.train.loop import Pace, Run
from model.train.performer_package import Setup, remembered
from model.train.runs import draw
from model.train.score_composer import flow_losses
from model.train.sound_performer import Bank, Draw, Encode, Scale, bank, encoded, train_performer, vocabulary
from model.transformer import Block, Conditions, FlowTransformer

HELD = 16
"""Held-out examples that are looked at, at every checkpoint."""
PACE = Pace(0.0, learning_rate=1.5e-3, average=0.995, log_every=25, save_every_seconds=180.0)
"""Of any run. Short ones are the rule on processors: a longer average would lag behind."""


def run_performer(
    corpus: tuple[Sequence[Shard], Sequence[Shard]],
    coder: tuple[str, Encode],
    folder: Path,
    seconds: float,
    *,
    size: Size = "small",
    crops: int = 8,
) -> Run:
    """Train on the shards (train, held) of a corpus; `coder`: the autoencoder's name and its encoder."""
    setup, heard_bank, held_bank = banks(corpus, coder, folder, size)
    setup.save(folder)

    def heard(run: Run) -> None:
        module = setup.module()
        module.load_state_dict({key: value.cpu() for key, value in run.averaged.items()})
        run.note(**worth(module.eval(), held_bank), **(layers_worth(module, held_bank) if run.is_over else {}))
        draw(run)

    pace = replace(PACE, seconds=seconds, crops=crops)
    return train_performer(heard_bank, len(setup.tags), setup.size, folder, pace, heard)


def banks(
    corpus: tuple[Sequence[Shard], Sequence[Shard]], coder: tuple[str, Encode], folder: Path, size: Size = "small"
) -> tuple[Setup, Bank, Bank]:
    """Return how the run of a folder is set up, and the examples to train on and those held out; latents are made once."""
    train, held = corpus
    name, encode = coder
    latents = encoded(train, encode, folder / "latents", name)
    setup = remembered(folder) or Setup(size, vocabulary(train), Scale.of(latents), name)
    setup = replace(setup, autoencoder=name)
    heard = bank(train, latents, setup.scale, setup.tags)
    return setup, heard, bank(held, encoded(held, encode, folder / "latents", name), setup.scale, setup.tags)


@torch.no_grad()
def worth(module: FlowTransformer, held: Bank, count: int = HELD) -> dict[str, float]:
    """Return the loss on held-out examples under their own notes and words, others' notes, others' words, and no words."""
    drawn = Draw(held, count, np.random.default_rng(1))
    writes, conditions = told(drawn)
    others = torch.roll(torch.arange(count), 1)
    trials = {
        "held": conditions,
        "held_other_notes": conditions._replace(melody=conditions.melody[others]),
        "held_other_words": conditions._replace(sentence=conditions.sentence[others], tags=conditions.tags[others]),
        "held_wordless": conditions._replace(text_strength=torch.zeros_like(conditions.text_strength)),
    }
    return {name: _loss(module, drawn, writes, each) for name, each in trials.items()}


@torch.no_grad()
def layers_worth(module: FlowTransformer, held: Bank, count: int = HELD) -> dict[str, float]:
    """Return how far the held-out loss rises where one layer does not attend to the words, or to the notes."""
    drawn = Draw(held, count, np.random.default_rng(1))
    writes, conditions = told(drawn)
    whole = _loss(module, drawn, writes, conditions)
    found = {}
    for index, block in enumerate(cast("list[Block]", list(module.blocks))):
        for name, attention in (("words", block.text), ("notes", block.melody)):
            if attention is not None:
                silenced = attention.register_forward_hook(lambda _module, _inputs, output: torch.zeros_like(output))
                found[f"layer_{index}_{name}"] = round(_loss(module, drawn, writes, conditions) - whole, 5)
                silenced.remove()
    return found


def told(drawn: Draw) -> tuple[Tensor, Conditions]:
    """Return where something is to be written, and conditions with nothing of notes and words left out."""
    writes, conditions = drawn.conditions()
    stems = [drawn.bank.stems[index] for index in drawn.chosen]
    return writes, conditions._replace(
        melody_strength=torch.ones_like(conditions.melody_strength),
        text_strength=torch.ones_like(conditions.text_strength),
        sentence=torch.from_numpy(np.stack([stem.sentence for stem in stems])),
        tags=torch.from_numpy(np.stack([stem.tags for stem in stems])),
    )


def _loss(module: FlowTransformer, drawn: Draw, writes: Tensor, conditions: Conditions) -> float:
    data = torch.from_numpy(drawn.data)
    error, _ = flow_losses(module, data, writes, conditions, torch.Generator().manual_seed(0), SHIFT)
    return round((error.sum() / (writes.sum() * data.shape[-1])).item(), 4)
