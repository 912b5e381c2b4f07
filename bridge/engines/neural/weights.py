"""The weights of the sound model: an autoencoder and a performer, each two networks with a card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from bridge.brief import Likeness
from bridge.errors import EngineError
from bridge.networks import ACCELERATORS, Floats, Flow, Network, providers
from model.sound.codec import Codec
from model.sound.spectrum import Spectrum

FOLDER = Path(str(files("model"))) / "weights" / "sound"
PERFORMER, AUTOENCODER = "performer.json", "autoencoder.json"
"""Cards: what the files beside them are, and all that is known of them."""


@dataclass(frozen=True)
class SoundModel:
    """The networks that perform, and what the performer's card says."""

    card: Mapping[str, Any]
    performer: Flow
    codec: Codec

    @property
    def tags(self) -> tuple[str, ...]:
        """Words that the performer knows beside the sentence."""
        return tuple(self.card["tags"])

    def heard(self, recording: Likeness) -> Floats:
        """Return the latents of a recording as the flow has them: (frames, CHANNELS)."""
        latents = self.codec.encode(np.stack([recording.samples] * 2, -1))
        mean = np.asarray(self.card["mean"], np.float32)
        return np.asarray((latents - mean) / np.float32(self.card["scale"]), np.float32)

    def latents(self, state: Floats) -> Floats:
        """Return what the decoder reads for what the flow wrote: (frames, channels) → the same."""
        mean = np.asarray(self.card["mean"], np.float32)
        return state * np.float32(self.card["scale"]) + mean


def missing(folder: Path) -> str:
    """Return what is not there and what would help, in a sentence; "" where all is there."""
    if all((folder / name).is_file() for name in (AUTOENCODER, PERFORMER)):
        return ""
    return "no sound weights are installed; train them (stepbridge train autoencoder, then performer) or use engine sampler"


def device() -> str:
    """Return what the networks run on here: cuda or cpu."""
    return "cuda" if set(providers()) & set(ACCELERATORS) else "cpu"


@cache
def load_sound(folder: Path, threads: int) -> SoundModel:
    """Return the networks, one set a process, each loaded when first asked; raises EngineError (`no_weights`)."""
    reason = missing(folder)
    if reason:
        raise EngineError(f"engine neural: {reason}", code="no_weights")
    card = json.loads((folder / PERFORMER).read_text(encoding="utf-8"))
    flow = Flow(*(_network(folder, card, f"performer-{half}", threads) for half in ("encode", "step")))
    return SoundModel(card, flow, load_codec(folder, threads))


@cache
def load_codec(folder: Path, threads: int) -> Codec:
    """Return the autoencoder, one a process, each half loaded when first asked; raises EngineError (`no_weights`)."""
    try:
        card = json.loads((folder / AUTOENCODER).read_text(encoding="utf-8"))
    except OSError:
        raise EngineError(f"engine neural: {missing(folder)}", code="no_weights") from None
    encoder, decoder = (_network(folder, card, half, threads) for half in ("encoder", "decoder"))

    def encode(spectrum: Spectrum) -> Floats:
        return encoder(spectrum._asdict())["mean"]

    def decode(latent: Floats) -> Spectrum:
        return Spectrum(**decoder({"latent": latent}))

    return Codec(encode, decode)


def autoencoder_name(folder: Path) -> str:
    """Return what tells one installed autoencoder from another: latents of one mean nothing to the other."""
    card = json.loads((folder / AUTOENCODER).read_text(encoding="utf-8"))
    return str(card["files"]["encoder"]["sha256"])[:12]


def _network(folder: Path, card: Mapping[str, Any], name: str, threads: int) -> Network:
    return Network(folder / f"{name}.onnx", card["files"][name]["sha256"], threads, providers())
