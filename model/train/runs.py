"""The trainings, each in a folder of its own under one: corpus in, checkpoints, logs and figures out."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import torch
from torch import nn

from model import flow
from model.score.autoencoder import Autoencoders
from model.score.composer import Size, arranger, harmoniser
from model.score.corpus import load
from model.score.grid import PARTS, Floats
from model.score.layout import HARMONIES, SHIFT, slots
from model.train import critic, lstm, score_autoencoder
from model.train.captions import Captions, grooves, harmony_of, lacking, played, vocabulary
from model.train.crops import Level, Prepared, prepare, rolls_of
from model.train.loop import LOG, Pace, Run
from model.train.plot import plot_log
from model.train.score_composer import Bank, Draw, arranger_batch, harmony_batch, train_arranger, train_harmoniser
from model.transformer import FlowTransformer

PLAYED = "played.json"
"""Family → meter → the grooves it is played in, in the folder of the runs."""
LACKING = "lacking.json"
"""Pattern book → the parts that it has no patterns for."""
Trained = TypeVar("Trained", bound=nn.Module)


@dataclass(frozen=True)
class Corpus:
    """A corpus with all features made."""

    train: Sequence[Prepared]
    held: Sequence[Prepared]
    harmonised: Sequence[Prepared]
    """More to train on: tunes with chords and no accompaniment."""
    captions: Captions
    tags: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path, tags: tuple[str, ...] = ()) -> Corpus:
        """Return the corpus in a folder; `tags` as known from an earlier run, else those of the corpus."""
        songs = load(folder)
        accompanied = [song for song in songs if song.meta["parts"] != ["lead"]]
        level = Level.of(accompanied)
        harmonised = [prepare(song, level) for song in songs if song.meta["parts"] == ["lead"]]
        train, held = ([prepare(song, level) for song in accompanied if song.meta["split"] == of] for of in ("train", "held"))
        known = tags or vocabulary([song.meta for song in accompanied])
        return cls(train, held, harmonised, Captions(folder / "captions.npz"), known)


def settle_threads(count: int) -> None:
    """Use so many threads, which wait without spinning: spinning halves the pace where the cores are shared."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    torch.set_num_threads(count)


def remembered_tags(folder: Path) -> tuple[str, ...]:
    """Return the tags that earlier runs of this folder were trained with: they are part of the networks' shape."""
    path = folder / "tags.json"
    return tuple(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else ()


def remember_tags(folder: Path, tags: tuple[str, ...]) -> None:
    """Write the tags down for later runs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tags.json").write_text(json.dumps(tags, ensure_ascii=False, indent=1), encoding="utf-8")


def remembered_size(folder: Path) -> Size:
    """Return the size of the flows in this folder; small where none was settled."""
    path = folder / "size.json"
    return cast("Size", json.loads(path.read_text(encoding="utf-8"))) if path.exists() else "small"


def remember_size(folder: Path, size: Size) -> None:
    """Write the size of the flows down, for later runs and for packing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "size.json").write_text(json.dumps(size), encoding="utf-8")


def blank_harmoniser(folder: Path) -> FlowTransformer:
    """Return an untrained harmoniser as this folder's are."""
    return FlowTransformer(harmoniser(len(remembered_tags(folder)) + len(HARMONIES), remembered_size(folder)))


def blank_arranger(folder: Path) -> FlowTransformer:
    """Return an untrained arranger as this folder's are; its grooves are settled when latents are first made."""
    return FlowTransformer(arranger(len(remembered_tags(folder)) + len(remembered_grooves(folder)), remembered_size(folder)))


def run_autoencoder(corpus: Corpus, folder: Path, seconds: float, crops: int = 24) -> Run:
    """Train the autoencoders of all parts."""
    return score_autoencoder.train(corpus.train, corpus.held, folder / "autoencoder", Pace(seconds, crops))


def run_harmoniser(corpus: Corpus, folder: Path, seconds: float, crops: int = 48) -> Run:
    """Train the harmoniser; held-out agreement of roots and tones is written into the log."""
    bank = harmony_bank(corpus, [*corpus.train, *corpus.harmonised])
    held = harmony_bank(corpus, [song for song in corpus.held if harmony_of(song.meta) == HARMONIES[0]])

    def heard(run: Run) -> None:
        module = blank_harmoniser(folder)
        module.load_state_dict({name: value.cpu() for name, value in run.averaged.items()})
        run.note(**chord_agreement(module, held, crops=64))
        draw(run)

    return train_harmoniser(blank_harmoniser(folder), bank, folder / "harmoniser", Pace(seconds, crops), heard)


def run_arranger(corpus: Corpus, folder: Path, seconds: float, crops: int = 32, *, wording: float = 1.0) -> Run:
    """Train the arranger on the latents of the trained autoencoders; `wording` as in `train_arranger`."""
    bank = latent_bank(corpus, folder)
    return train_arranger(blank_arranger(folder), bank, folder / "arranger", Pace(seconds, crops), draw, wording=wording)


def run_critic(corpus: Corpus, folder: Path, seconds: float, crops: int = 48) -> Run:
    """Train the critic on the same latents."""
    return critic.train(latent_bank(corpus, folder), folder / "critic", Pace(seconds, crops), draw)


def run_lstm(corpus: Corpus, folder: Path, seconds: float, crops: int = 48) -> Run:
    """Train both recurrent writers: a quarter of the time goes to the harmony."""
    bank = latent_bank(corpus, folder)
    lstm.train(
        harmony_bank(corpus, [*corpus.train, *corpus.harmonised]),
        harmony_batch,
        folder / "lstm-harmoniser",
        Pace(seconds / 4, crops),
        draw,
    )
    return lstm.train(bank, arranger_batch, folder / "lstm-arranger", Pace(3 * seconds / 4, crops), draw)


def harmony_bank(corpus: Corpus, songs: Sequence[Prepared]) -> Bank:
    """Return songs for the harmoniser."""
    return Bank(songs, corpus.captions, corpus.tags, HARMONIES)


def latent_bank(corpus: Corpus, folder: Path) -> Bank:
    """Return the training songs with their latents, of the spread that was settled when latents were first made."""
    module = averaged(Autoencoders(), folder / "autoencoder")
    path = folder / "scale.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    latents, scale = encoded(module, corpus.train, known)
    path.write_text(json.dumps(scale), encoding="utf-8")
    return Bank(corpus.train, corpus.captions, corpus.tags, remembered_grooves(folder, corpus), latents)


def remembered_grooves(folder: Path, corpus: Corpus | None = None) -> tuple[str, ...]:
    """Return the grooves that the arranger of this folder knows; the first time, those of the corpus."""
    path = folder / "grooves.json"
    if not path.exists() and corpus is not None:
        path.write_text(json.dumps(grooves([song.meta for song in corpus.train]), indent=1), encoding="utf-8")
    known = tuple(json.loads(path.read_text(encoding="utf-8")))
    if corpus is not None:
        of_families = played([song.meta for song in corpus.train], known)
        (folder / PLAYED).write_text(json.dumps(of_families, indent=1), encoding="utf-8")
        without = lacking([song.meta for song in corpus.train], ("chords", "bass", "drums"))
        (folder / LACKING).write_text(json.dumps(without, indent=1), encoding="utf-8")
    return known


def draw(run: Run) -> None:
    """Draw the run's log as a picture beside it."""
    plot_log(run.folder / LOG, run.folder / "log.png")


def averaged(module: Trained, folder: Path) -> Trained:
    """Return the module with the averaged weights of a run."""
    saved = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    module.load_state_dict(saved["averaged"])
    return module.eval()


@torch.no_grad()
def encoded(
    module: Autoencoders, songs: Sequence[Prepared], known: dict[str, float] | None = None
) -> tuple[list[Floats], dict[str, float]]:
    """Return the latents of songs, (frames, channels) each, divided by each part's scale, and the scales.

    Scales are those `known`, else the spread of each part's latents.
    """
    found = [np.zeros((song.frames, max(where.stop for where in slots().values())), np.float16) for song in songs]
    scale = {}
    for part in PARTS:
        one = module.of(part.name)
        where = slots()[part.name]
        for song, row in zip(songs, found, strict=True):
            if part.name in song.parts:
                cells = (torch.from_numpy(array)[None] for array in rolls_of(song, part, 0, song.frames))
                row[:, where] = one.encoder(*cells)[0][0].numpy()
        playing = np.concatenate([row[:, where] for song, row in zip(songs, found, strict=True) if part.name in song.parts])
        scale[part.name] = known[part.name] if known else float(playing.astype(np.float32).std())
        for row in found:
            row[:, where] /= np.float16(scale[part.name])
    return found, scale


@torch.no_grad()
def chord_agreement(
    module: FlowTransformer, bank: Bank, guidance: float = 2.5, steps: int = 8, crops: int = 64
) -> dict[str, float]:
    """Return the share of held-out frames whose root, and whose every tone, is the teacher's."""
    data, writes, conditions = harmony_batch(Draw(bank, crops, 64, np.random.default_rng(11)))
    free = conditions._replace(melody_strength=torch.zeros_like(conditions.melody_strength))
    led, unled = module.encode(conditions), module.encode(free)

    def velocity(state: torch.Tensor, time: float) -> torch.Tensor:
        times = torch.full((len(state),), time)
        one, other = module.velocity(state, times, led)[0], module.velocity(state, times, unled)[0]
        led_by: torch.Tensor = flow.guided(other, [(one, guidance)]) * writes
        return led_by

    noise = torch.randn(data.shape, generator=torch.Generator().manual_seed(5))
    found = flow.sample(velocity, torch.where(writes > 0, noise, data), flow.times(steps, SHIFT), lambda _done, _total: None)
    sounds = (data[..., :12] > 0.5).any(-1)
    right = (found[..., :12].argmax(-1) == data[..., :12].argmax(-1))[sounds]
    tones = ((found[..., 12:] > 0.5) == (data[..., 12:] > 0.5)).all(-1)[sounds]
    return {"held_root": round(right.float().mean().item(), 4), "held_tones": round(tones.float().mean().item(), 4)}


def arranger_of(folder: Path) -> FlowTransformer:
    """Return the trained arranger."""
    return averaged(blank_arranger(folder), folder / "arranger")


def harmoniser_of(folder: Path) -> FlowTransformer:
    """Return the trained harmoniser."""
    return averaged(blank_harmoniser(folder), folder / "harmoniser")
