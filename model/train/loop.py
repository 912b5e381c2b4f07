"""A training run in a folder: resumes where it stopped, keeps averaged weights, writes what it measured."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


def device() -> torch.device:
    """Return where a training runs: on a GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def in_bfloat16(where: torch.device) -> torch.autocast:
    """Return the context in which networks reckon in bfloat16 (Micikevicius et al., 2018) if that is quicker there.

    It is on GPUs, and on processors with AMX: a step of the performer took .33 s instead of .62 s on a Xeon that has it.
    """
    is_quicker = where.type == "cuda" or bool(torch.cpu.get_capabilities().get("amx_bf16"))
    return torch.autocast(where.type, torch.bfloat16, enabled=is_quicker)


@dataclass(frozen=True)
class Pace:
    """How long and how fast a run learns."""

    seconds: float
    """Training time in all, over every resumption; the learning rate falls to nothing at its end."""
    crops: int = 48
    """Crops of songs a step."""
    learning_rate: float = 1.2e-3
    warm_up_steps: int = 100
    average: float = 0.998
    """Decay of the averaged weights a step."""
    log_every: int = 50
    save_every_seconds: float = 60.0
    clip: float = 1.0
    """Largest norm of a gradient."""
    accumulate: int = 1
    """Batches whose gradients make a step."""

    def rate(self, step: int, spent_seconds: float) -> float:
        """Return the learning rate: a linear rise, then a cosine over the *time*, so that a slow machine still anneals."""
        rise = min(1.0, (step + 1) / self.warm_up_steps)
        fall = 0.5 + 0.5 * math.cos(math.pi * min(1.0, spent_seconds / self.seconds))
        return self.learning_rate * rise * (0.02 + 0.98 * fall)


def begin(folder: Path, module: nn.Module) -> None:
    """Write the checkpoint of a run that has taken no step yet, so that it starts from the module's weights."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = module.state_dict()
    torch.save({"module": tensors, "averaged": tensors, "step": 0, "spent_seconds": 0.0}, folder / CHECKPOINT)


@dataclass
class Run:
    """A module in training."""

    module: nn.Module
    folder: Path
    pace: Pace
    step: int = 0
    spent_seconds: float = 0.0
    averaged: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.optimizer = torch.optim.AdamW(self.module.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=0.01)
        self.averaged = {name: value.detach().clone() for name, value in self.module.state_dict().items()}
        if (self.folder / CHECKPOINT).exists():
            self._resume()

    def _resume(self) -> None:
        where = next(self.module.parameters()).device
        saved = torch.load(self.folder / CHECKPOINT, map_location=where, weights_only=True)
        self.module.load_state_dict(saved["module"])
        if "optimizer" in saved:
            self.optimizer.load_state_dict(saved["optimizer"])
        self.averaged, self.step, self.spent_seconds = saved["averaged"], saved["step"], saved["spent_seconds"]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averaged": self.averaged,
            "step": self.step,
            "spent_seconds": self.spent_seconds,
        }
        partial = self.folder / f"{CHECKPOINT}.partial"
        torch.save(state, partial)
        partial.replace(self.folder / CHECKPOINT)

    def note(self, **figures: float | list[float]) -> None:
        """Append a line of figures to the log."""
        line = {"step": self.step, "seconds": round(self.spent_seconds, 1), **figures}
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    @property
    def is_over(self) -> bool:
        """Whether its time is spent."""
        return self.spent_seconds >= self.pace.seconds

    def learn(self, losses: Callable[[int], dict[str, Tensor]], heard: Callable[[Run], None] = lambda _: None) -> None:
        """Take steps until the time is spent; `losses` gives a batch's losses by name, of which "loss" is followed.

        It is asked with the batch's number, the step's where a step is one batch. `heard` is called after each checkpoint, for
        validation.
        """
        sums: dict[str, float] = {}
        last_save = time.monotonic()
        while not self.is_over:
            began = time.monotonic()
            found = self._take_step(losses)
            self.spent_seconds += time.monotonic() - began
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + value.item()
            if self.step % self.pace.log_every == 0:
                self.note(**{name: round(value / self.pace.log_every, 4) for name, value in sums.items()})
                sums = {}
            if time.monotonic() - last_save > self.pace.save_every_seconds:
                self.save()
                heard(self)
                last_save = time.monotonic()
        self.save()
        heard(self)

    def _take_step(self, losses: Callable[[int], dict[str, Tensor]]) -> dict[str, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.pace.rate(self.step, self.spent_seconds)
        self.optimizer.zero_grad(set_to_none=True)
        batches = self.pace.accumulate
        for batch in range(batches):
            found = losses(self.step * batches + batch)
            (found["loss"] / batches).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.module.parameters(), self.pace.clip)
        self.optimizer.step()
        self.step += 1
        self._average()
        return found

    def _average(self) -> None:
        """Move the averaged weights towards those of now; what no step changes keeps its bytes.

        The average of -0 and -0 would be 0, and latents are known by the bytes of the encoder that made them.
        """
        decay = min(self.pace.average, (1 + self.step) / (10 + self.step))
        still = {name for name, parameter in self.module.named_parameters() if parameter.grad is None}
        moved = ((name, value) for name, value in self.module.state_dict().items() if name not in still)
        with torch.no_grad():
            for name, value in moved:
                self.averaged[name].lerp_(value, 1.0 - decay) if value.is_floating_point() else self.averaged[name].copy_(value)
