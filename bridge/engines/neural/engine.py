"""The engine itself: score and words → stems; the balance between parts is the sampler's."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from bridge.brief import Brief
from bridge.engines.engine import Capabilities
from bridge.engines.neural.dynamics import ridden
from bridge.engines.neural.stretch import Stretch
from bridge.engines.neural.weights import FOLDER, SoundModel, device, load_sound, missing
from bridge.engines.neural.writing import Leading, write
from bridge.engines.sampler import PACKAGED_SOUNDFONT, SAMPLE_RATES_HZ
from bridge.engines.sampler_part import Performance
from bridge.engines.sampler_soundfont import SoundFont, opened, version
from bridge.music.notes import Part
from bridge.music.score import Score
from bridge.music.take import Stem, Take
from bridge.networks import Floats
from bridge.step import Step
from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ

STAGE = "perform"
BALANCE_RATE_HZ = 22_050
"""The sampler's levels are measured at this rate: highs carry next to nothing of them."""
EXPERIMENTAL = "engine: neural is experimental and does not yet play every note as clearly as sampler, which auto chooses"
DECODED_AS_STEPS = 2
"""How many steps of writing a part's decoding counts as, in the progress."""


class NeuralEngine:
    """Performs a score with the sound model; the same brief gives the same samples on the same device."""

    name = "neural"
    version = "1"

    def __init__(self, soundfont: Path | None = None, threads: int = 1, folder: Path = FOLDER) -> None:
        """Run the networks of `folder` on so many threads; `soundfont` is who says how loud each part is."""
        self.soundfont, self.threads, self.folder = soundfont or PACKAGED_SOUNDFONT, threads, folder

    def capabilities(self) -> Capabilities:
        """Return what it can do; not ready where no weights are installed."""
        reason = missing(self.folder)
        where = "cpu" if reason else device()
        return Capabilities(self.name, where, is_ready=not reason, reason=reason, sample_rates_hz=SAMPLE_RATES_HZ)

    def perform(self, score: Score, brief: Brief, step: Step) -> Take:
        """Return one stereo stem a part, as long as the section; raises BridgeError (`no_weights`, `bad_weights`)."""
        model, font = load_sound(self.folder, self.threads), opened(self.soundfont, version(self.soundfont))
        step(STAGE, 0, 1)
        stems = _Performing(model, font, Stretch(score, brief), step).stems()
        said = {
            "name": self.name,
            "version": self.version,
            "experimental": True,
            "weights_sha256": model.card["files"]["performer-step"]["sha256"],
            "steps": Leading.of(model, brief).steps,
        }
        return Take(score, stems, brief.sample_rate_hz, engine=said, random_seed=brief.random_seed, warnings=(EXPERIMENTAL,))


@dataclass
class _Performing:
    """A score on its way to audio."""

    model: SoundModel
    font: SoundFont
    stretch: Stretch
    step: Step
    done: int = 0
    total: int = 1

    def stems(self) -> tuple[Stem, ...]:
        """Return a stem for every part of the score; a part without notes is silence."""
        stretch, parts = self.stretch, self.stretch.parts
        later = DECODED_AS_STEPS * len(parts)

        def wrote(done: int, total: int) -> None:
            self.done, self.total = done, total + later
            self._tell()

        latents = write(self.model, stretch, parts, wrote) if parts else np.zeros((0, 0, 0), np.float32)
        found = {}
        for part, state in zip(parts, latents, strict=True):
            found[part.name] = self._stem(part, self.model.latents(state))
            self.done += DECODED_AS_STEPS
            self._tell()
        return tuple(found.get(part.name) or self._silence(part) for part in stretch.score.parts)

    def _tell(self) -> None:
        self.step(STAGE, self.done, self.total)

    def _silence(self, part: Part) -> Stem:
        frames = self.stretch.score.section.frames(self.stretch.brief.sample_rate_hz)
        return Stem(part.name, np.zeros((frames, 2), np.float32))

    def _stem(self, part: Part, latents: Floats) -> Stem:
        """Return a part's stem at the brief's rate, as loud as the sampler's, note for note about and on the whole."""
        score, rate_hz = self.stretch.score, self.stretch.brief.sample_rate_hz
        played = self._played(part)
        audio = ridden(self._decoded(latents), played, (SAMPLE_RATE_HZ, BALANCE_RATE_HZ), self.stretch.starts_s(part))
        if rate_hz != SAMPLE_RATE_HZ:
            audio = np.asarray(soxr.resample(audio, SAMPLE_RATE_HZ, rate_hz), np.float32)
        frames = score.section.frames(rate_hz)
        audio *= np.float32(_level_of(played) / max(_level_of(audio[:frames]), 1e-6))
        tail = audio[frames:] * np.linspace(1.0, 0.0, len(audio) - frames, dtype=np.float32)[:, None]
        return Stem(part.name, audio[:frames], tail)

    def _decoded(self, latents: Floats) -> Floats:
        found, at = np.empty((len(latents) * FRAME_SAMPLES, 2), np.float32), 0
        for piece in self.model.codec.stream(latents):
            self._tell()
            found[at : at + len(piece)] = piece
            at += len(piece)
        return found

    def _played(self, part: Part) -> Floats:
        """Return a part as the sampler plays it: its own balance would be the autoencoder's, where all are equally loud."""
        brief = replace(self.stretch.brief, sample_rate_hz=BALANCE_RATE_HZ)
        return Performance(self.font, self.stretch.score, brief, part, self._tell).stem().samples


def _level_of(samples: Floats) -> float:
    """Return the root of the mean square, piece by piece: squares of a long stem would take twice its memory."""
    pieces = (samples[start : start + SAMPLE_RATE_HZ].ravel() for start in range(0, len(samples), SAMPLE_RATE_HZ))
    return math.sqrt(sum(float(np.dot(piece, piece)) for piece in pieces) / max(samples.size, 1))
