"""Teaches a performer what guidance adds: one branch then gives what three gave.

Meng et al., "On distillation of guided diffusion models", 2023, section 3.1, for fixed weights of the guidance: the teacher is
the performer as it was, led away from what it does without the words and without the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model import flow
from model.sound.corpus import Shard
from model.sound.known import SHIFT
from model.train.loop import CHECKPOINT, Run, begin, device, in_bfloat16
from model.train.performer_package import GUIDANCE
from model.train.performer_runs import HELD, PACE, banks, told
from model.train.runs import averaged, draw
from model.train.score_composer import noised
from model.train.sound_performer import Bank, Draw, Encode
from model.transformer import Conditions, FlowTransformer

TEACHER = "teacher"
"""Folder of the performer as it was, in that of the run."""
LEARNING_RATE = 6e-4


def run_guiding(
    corpus: tuple[Sequence[Shard], Sequence[Shard]],
    coder: tuple[str, Encode],
    folders: tuple[Path, Path],
    seconds: float,
    crops: int = 8,
) -> Run:
    """Teach the performer of the first folder's run what guidance adds, in a run in the second."""
    source, folder = folders
    setup, bank, held_bank = banks(corpus, coder, source)
    if not (folder / CHECKPOINT).exists():
        for where in (folder, folder / TEACHER):
            begin(where, averaged(setup.module(), source))
    replace(setup, is_guided=True).save(folder)
    teacher = averaged(setup.module(), folder / TEACHER).to(device())

    def heard(run: Run) -> None:
        module = setup.module()
        module.load_state_dict({name: value.cpu() for name, value in run.averaged.items()})
        run.note(held_apart=round(apart(module.eval(), averaged(setup.module(), folder / TEACHER), held_bank), 5))
        draw(run)

    module = setup.module().to(device())
    run = Run(module, folder, replace(PACE, seconds=seconds, crops=crops, learning_rate=LEARNING_RATE))
    run.learn(_losses(module, teacher, bank, crops), heard)
    return run


def _losses(module: FlowTransformer, teacher: FlowTransformer, bank: Bank, crops: int) -> Callable[[int], dict[str, Tensor]]:
    where = device()

    def losses(step: int) -> dict[str, Tensor]:
        drawn = Draw(bank, crops, np.random.default_rng((6, step)))
        writes, conditions = drawn.conditions()
        led = Conditions(*(tensor.to(where) for tensor in conditions))
        return {"loss": _apart(module, teacher, torch.from_numpy(drawn.data).to(where), writes.to(where), led, step)}

    return losses


def _apart(
    module: FlowTransformer, teacher: FlowTransformer, data: Tensor, writes: Tensor, conditions: Conditions, seed: int
) -> Tensor:
    """Return the mean square between a performer's velocity and its guided teacher's, where something is written."""
    state, time, _ = noised(data, writes, torch.Generator().manual_seed(seed), SHIFT)
    with in_bfloat16(data.device):
        with torch.no_grad():
            wanted = guided(teacher, state, time, conditions)
        found = module(state, time, conditions)[0]
    error = (found.float() - wanted.float()).square() * writes
    mean: Tensor = error.sum() / (writes.sum() * data.shape[-1])
    return mean


def guided(teacher: FlowTransformer, state: Tensor, time: Tensor, conditions: Conditions) -> Tensor:
    """Return the velocity that a performer samples with: led away from no notes, and from no words where something is said."""
    led = teacher(state, time, conditions)[0]
    said = ((conditions.sentence != 0).any(-1) | (conditions.tags != 0).any(-1)).float()[:, None, None]
    noteless = conditions._replace(melody_strength=torch.zeros_like(conditions.melody_strength))
    wordless = conditions._replace(text_strength=torch.zeros_like(conditions.text_strength))
    away = [
        (teacher(state, time, noteless)[0], 1.0 - GUIDANCE["notes"]),
        (teacher(state, time, wordless)[0], said * (1.0 - GUIDANCE["text"])),
    ]
    velocity: Tensor = flow.guided(led, away)
    return velocity


@torch.no_grad()
def apart(module: FlowTransformer, teacher: FlowTransformer, held: Bank) -> float:
    """Return the mean square between both velocities on held-out examples under all that is known of them."""
    drawn = Draw(held, HELD, np.random.default_rng(1))
    writes, conditions = told(drawn)
    return _apart(module, teacher, torch.from_numpy(drawn.data), writes, conditions, 0).item()
