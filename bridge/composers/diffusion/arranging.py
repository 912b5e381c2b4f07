"""The arranger at work: a rectified flow over the latents of drums, bass, chords and pad, decoded to notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.composers.diffusion.frames import Frames
from bridge.composers.diffusion.networks import ScoreModel
from bridge.composers.diffusion.settling import settled, settled_drums
from bridge.composers.diffusion.writers import Draft, Sampling, Writer
from bridge.composers.rules.harmony import Changes
from model.score.features import LEVELS, around_root, harmony_features, melody_features
from model.score.grid import PARTS, STEPS, Floats, Notes, PartGrid, Roll, to_notes, to_roll
from model.score.layout import CHANNELS, slots

COOLED = 0.6
"""How much of the temperature goes into the parts: with 1, more onsets fall beside the groove."""
CANDIDATES_MAX = 8
"""More candidates than this are not drawn: each costs as much as the first."""


@dataclass(frozen=True)
class Standing:
    """A part that exists already, or exists outside of what is repainted."""

    notes: Notes
    is_given: NDArray[np.bool_]
    """(frames,): where it stands."""


class Arranging:
    """One arrangement: what is given, what is to be written, over which chords."""

    def __init__(self, frames: Frames, changes: Changes, model: ScoreModel, writer: Writer) -> None:
        self._frames, self._model, self._writer = frames, model, writer
        self._candidates = min(CANDIDATES_MAX, frames.plan.brief.top_k or 1)
        self._chord, self._bass = frames.chords_in(changes)
        self._root = self._chord[:, :12].argmax(1)

    def _seen(self, part: PartGrid) -> tuple[NDArray[np.int64], Floats]:
        """Return the roots that a part turns with, and the chord's tones as it sees them."""
        roots = self._bass if part.follows_bass else self._root
        tones = np.zeros((len(roots), 12), np.float32) if part.is_drums else around_root(self._chord, roots)
        return roots, tones

    def _encoded(self, notes: Notes, part: PartGrid) -> Floats:
        """Return the latent of a given part: (frames, channels)."""
        roots, tones = self._seen(part)
        roll = to_roll(notes, part, roots)
        cells = {"attack": roll.attack[None], "sound": roll.sound[None], "chord": tones[None]}
        scale = self._model.card["scale"][part.name]
        latent: Floats = self._model.encoders[part.name](cells)["mean"][0] / scale
        return latent

    def written(
        self, melody: Notes, given: Mapping[str, Standing], wanted: frozenset[str], words: Mapping[str, Floats], how: Sampling
    ) -> dict[str, Notes]:
        """Return the notes of each wanted part that is not given everywhere."""
        nowhere = np.zeros(self._frames.count, bool)
        is_given = np.stack([given[part.name].is_given if part.name in given else nowhere for part in PARTS], 1)
        is_absent = np.stack([nowhere | (part.name not in given and part.name not in wanted) for part in PARTS], 1)
        conditions = self._conditions(melody, np.concatenate((is_given, is_absent), 1), words)
        draft = self._draft(given, is_given | is_absent)
        latents = self._frames.again(self._best(self._writer.filled(draft, conditions, how), melody), conditions["melody"][0])
        open_parts = (part for part, known in zip(PARTS, is_given.T, strict=True) if part.name in wanted and not known.all())
        return {part.name: self._decoded(latents, part) for part in open_parts}

    def _conditions(self, melody: Notes, states: NDArray[np.bool_], words: Mapping[str, Floats]) -> dict[str, Floats]:
        frames = self._frames
        rows = (frames.place, harmony_features(self._chord, self._bass), states)
        led = {
            "known": np.concatenate(rows, 1).astype(np.float32),
            "melody": melody_features(melody, frames.count),
            "melody_strength": frames.strength("melody") * (len(melody) > 0),
            **words,
        }
        without_words = {**led, "text_strength": np.zeros_like(words["text_strength"])}
        return {name: np.stack((row, without_words[name])) for name, row in led.items()}

    def _draft(self, given: Mapping[str, Standing], is_fixed: NDArray[np.bool_]) -> Draft:
        fixed = np.zeros((self._frames.count, CHANNELS), np.float32)
        is_open = np.ones((self._frames.count, CHANNELS), np.float32)
        for part, known in zip(PARTS, is_fixed.T, strict=True):
            where = slots()[part.name]
            is_open[known, where] = 0.0
            if part.name in given:
                fixed[:, where] = self._encoded(given[part.name].notes, part)
        return Draft(fixed, is_open, COOLED * self._frames.noise(CHANNELS, "arrangement", self._candidates))

    def _best(self, latents: Floats, melody: Notes) -> Floats:
        """Return the candidate, (frames, channels), that the critic takes most readily for a teacher's."""
        if len(latents) == 1:
            only: Floats = latents[0]
            return only
        place = self._frames.place.copy()
        place[:, LEVELS] = 0.0
        heard = np.concatenate((place, melody_features(melody, self._frames.count), self._chord), 1)
        rows = np.concatenate((np.repeat(heard[None], len(latents), 0), latents), 2)
        best = int(self._model.critic({"frames": rows})["real"].argmax())
        found: Floats = latents[best]
        return found

    def _decoded(self, latents: Floats, part: PartGrid) -> Notes:
        roots, tones = self._seen(part)
        scale = self._model.card["scale"][part.name]
        latent = latents[:, slots()[part.name]] * scale
        cells = self._model.decoders[part.name]({"latent": latent[None], "chord": tones[None]})
        notes = to_notes(_struck(cells, self._model.card["thresholds"][part.name]), part, roots)
        return (settled_drums if part.is_drums else settled)(notes, self._frames.plan.grid.pulses * STEPS)


def _struck(cells: Mapping[str, Floats], threshold: float) -> Roll:
    """Return what sounds: the cells whose logit is over the threshold, with their velocities."""
    attack = cells["attack"][0]
    velocity = np.clip(cells["velocity"][0], 0.08, 1.0)
    struck = np.where(attack > threshold, np.broadcast_to(velocity, attack.shape), 0.0).astype(np.float32)
    return Roll(struck, (cells["sound"][0] > 0).astype(np.float32))
