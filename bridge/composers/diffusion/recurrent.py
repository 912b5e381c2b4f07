"""The composer `lstm`: the recurrent baseline writes chords and latents frame by frame; all else is as in `diffusion`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bridge.brief import Brief
from bridge.composers.diffusion.composer import composed
from bridge.composers.diffusion.networks import hash_of, load_model, load_recurrent
from bridge.composers.diffusion.writers import Conditions, Draft, Sampling
from bridge.music.score import Score
from bridge.networks import Network
from bridge.step import Step
from model.score.features import SENTENCE
from model.score.grid import Floats

_COLD = 0.01
"""No temperature is lower."""


@dataclass(frozen=True)
class RecurrentWriter:
    """Draws each frame from the mixture that the frames before it decide."""

    encoder: Network
    stepper: Network
    state: tuple[int, int]
    """Layers and width of what it remembers."""

    def filled(self, draft: Draft, conditions: Conditions, sampling: Sampling) -> Floats:
        """Return the candidates, (candidates, frames, channels); steps and guidance mean nothing here."""
        return np.stack([self._one(draft, noise, conditions, sampling) for noise in draft.noise])

    def _one(self, draft: Draft, noise: Floats, conditions: Conditions, sampling: Sampling) -> Floats:
        known = np.concatenate((conditions["known"][0], conditions["melody"][0] * conditions["melody_strength"][0][:, None]), 1)
        heard = self._heard(known, conditions)
        layers, width = self.state
        state = {name: np.zeros((layers, 1, width), np.float32) for name in ("hidden", "cell")}
        frames = np.where(draft.is_open > 0, 0.0, draft.fixed).astype(np.float32)
        before = np.zeros_like(frames[0])
        for index, row in enumerate(heard):
            said = self.stepper({"before": before[None, None], "heard": row[None, None], **state})
            state = {"hidden": said["next_hidden"], "cell": said["next_cell"]}
            drawn = _drawn(said, noise[index])
            frames[index] = np.where(draft.is_open[index] > 0, drawn, frames[index])
            before = frames[index]
            sampling.step((index + 1) * sampling.steps // len(known), sampling.steps)
        return frames

    def _heard(self, known: Floats, conditions: Conditions) -> Floats:
        """Return what each frame hears: (frames, width); the words as strongly as they lead there."""
        text = np.concatenate((conditions["sentence"][0] * SENTENCE**0.5, conditions["tags"][0]))
        strength = conditions["text_strength"][0][:, None]
        told: Floats = self.encoder({"known": known[None], "text": text[None]})["heard"][0]
        if strength.min() >= 1.0:
            return told
        untold = self.encoder({"known": known[None], "text": np.zeros_like(text)[None]})["heard"][0]
        blended: Floats = strength * told + (1.0 - strength) * untold
        return blended


def _drawn(said: dict[str, Floats], noise: Floats) -> Floats:
    """Return a frame of the mixture: the first number of its noise, as a rank, also chooses the Gaussian.

    The noise's own spread is the temperature of that choice.
    """
    temperature = max(float(np.sqrt(np.square(noise).mean())), _COLD)
    logits = said["logits"][0, 0] / temperature
    shares = np.exp(logits - logits.max())
    rank = 0.5 * (1.0 + math.erf(float(noise[0]) / temperature / math.sqrt(2.0)))
    chosen = min(int(np.searchsorted(np.cumsum(shares / shares.sum()), rank)), len(shares) - 1)
    frame: Floats = said["mean"][0, 0, chosen] + np.exp(said["log_spread"][0, 0, chosen]) * noise
    return frame


class LstmComposer:
    """Composes as `diffusion` does, but for who writes: the baseline of the comparison."""

    name = "lstm"
    version = "1"

    def made_with(self, _brief: Brief) -> dict[str, object]:
        """Return the hash of what writes the parts; it has no steps."""
        return {"weights_sha256": hash_of("lstm-arranger-step")}

    def compose(self, brief: Brief, step: Step) -> Score:
        """Return a score with the parts of `brief.parts`, in the order of PART_NAMES."""
        model = load_model()
        harmony, parts = (RecurrentWriter(*load_recurrent(name)) for name in ("lstm-harmoniser", "lstm-arranger"))
        return composed(brief, step, model, (harmony, parts))
