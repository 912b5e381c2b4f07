"""The arranger at work: a rectified flow over the latents of drums, bass, chords and pad, decoded to notes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bridge.composers.diffusion.frames import Frames
from bridge.composers.diffusion.harmony import Sampling
from bridge.composers.diffusion.networks import ScoreModel
from bridge.composers.rules.harmony import Changes
from model import flow
from model.score.composer import CHANNELS, slots
from model.score.features import around_root, harmony_features, melody_features
from model.score.grid import PARTS, Floats, Notes, PartGrid, Roll, to_notes, to_roll


class Arranging:
    """One arrangement: what is given, what is to be written, over which chords."""

    def __init__(self, frames: Frames, changes: Changes, model: ScoreModel) -> None:
        self._frames, self._model = frames, model
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
        return self._model.encoders[part.name](cells)["mean"][0] / scale

    def written(
        self, melody: Notes, given: Mapping[str, Notes], wanted: frozenset[str], words: Mapping[str, Floats], sampling: Sampling
    ) -> dict[str, Notes]:
        """Return the notes of each wanted part that is not given."""
        frames = self._frames
        is_given = np.array([part.name in given for part in PARTS])
        is_absent = np.array([part.name not in given and part.name not in wanted for part in PARTS])
        states = np.tile(np.concatenate((is_given, is_absent)).astype(np.float32), (frames.count, 1))
        rows = np.concatenate((frames.place, harmony_features(self._chord, self._bass), states), 1)
        strength = frames.strength("melody") * (len(melody) > 0)
        led = self._model.arranger.led(
            {
                "known": rows[None],
                "melody": melody_features(melody, frames.count)[None],
                "melody_strength": strength[None],
                **{name: row[None] for name, row in words.items()},
            }
        )
        fixed = np.concatenate([np.full(where.stop - where.start, is_given[i] or is_absent[i]) for i, where in enumerate(slots().values())])
        start = np.where(fixed, 0.0, frames.noise(CHANNELS, "arrangement", sampling.temperature))
        for part in PARTS:
            if part.name in given:
                start[:, slots()[part.name]] = self._encoded(given[part.name], part)

        def velocity(state: Floats, time: float) -> Floats:
            return np.where(fixed, 0.0, self._model.arranger.velocity(state, time, led))

        latents = flow.sample(velocity, start[None].astype(np.float32), flow.times(sampling.steps), sampling.step)[0]
        return {part.name: self._decoded(latents, part) for part in PARTS if part.name in wanted and part.name not in given}

    def _decoded(self, latents: Floats, part: PartGrid) -> Notes:
        roots, tones = self._seen(part)
        scale = self._model.card["scale"][part.name]
        latent = latents[:, slots()[part.name]] * scale
        cells = self._model.decoders[part.name]({"latent": latent[None], "chord": tones[None]})
        return to_notes(_struck(cells, self._model.card["thresholds"][part.name]), part, roots)


def _struck(cells: Mapping[str, Floats], threshold: float) -> Roll:
    """Return what sounds: the cells whose logit is over the threshold, with their velocities."""
    attack = cells["attack"][0]
    velocity = np.clip(cells["velocity"][0], 0.08, 1.0)
    struck = np.where(attack > threshold, np.broadcast_to(velocity, attack.shape), 0.0).astype(np.float32)
    return Roll(struck, (cells["sound"][0] > 0).astype(np.float32))
