"""Trains the sound autoencoder: spectra first; in the full size a critic of spectrograms, and sounds of several resolutions."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import torch
from torch import Tensor

from model.sound.autoencoder import SIZES, Decoded, Size, SoundAutoencoder
from model.sound.codec import Codec
from model.sound.layout import SAMPLE_RATE_HZ
from model.sound.picture import page
from model.sound.spectrum import Floats, Spectrum, analyse
from model.train.loop import CHECKPOINT, LOG, Pace, Run, in_bfloat16
from model.train.plot import plot_log
from model.train.sound_critic import Critic
from model.train.sound_losses import divergence, resounded, spectral

Draw = Callable[[int], Floats]
"""Batch number → sound within ±1, (crops, samples, 2), whole frames."""
WEIGHTS = {
    "log": 1.0,
    "convergence": 0.5,
    "mel": 2.0,
    "frequency": 1.0,
    "stereo": 1.0,
    "divergence": 5e-4,
    "sound": 0.2,
    "critic": 0.1,
}
FROZEN_AT = 0.8
"""Share of the run after which the encoder stands still, for good: latents can be made while the decoder goes on."""
CRITIC_FROM = 0.7
"""Share of the run after which the critic is asked, in the full size."""
FORGIVEN = 0.25
"""Largest deviation of the noise that the decoder learns to bear once the encoder stands still; latents have one of about 1."""
AHEAD = 6
"""Batches that are made ahead by threads, where a GPU waits for them."""
CONFIG = "autoencoder.json"


@dataclass(frozen=True)
class Plan:
    """Which network is trained, and where."""

    size: Size
    pace: Pace
    device: str = "cpu"
    begin_with: int = 40
    """Batches from which the principal components are found."""
    render_every_seconds: float = 300.0

    @property
    def is_full(self) -> bool:
        """Whether critic and sounds are worth their time."""
        return self.size == "full"


class Batch(NamedTuple):
    """What a step learns from."""

    audio: Tensor
    spectrum: Decoded


def analysed(audio: Floats) -> Decoded:
    """Return the spectrum of sounds (crops, samples, 2), for torch."""
    return Decoded(*(torch.from_numpy(field) for field in analyse(audio)))


def batches(draw: Draw, device: str) -> Callable[[int], Batch]:
    """Return what gives a batch by its number: made when it is asked for, or on a GPU by threads, some batches ahead."""

    def made(number: int) -> Batch:
        audio = draw(number)
        return Batch(torch.from_numpy(audio), analysed(audio))

    if device == "cpu":
        return made
    workers, waiting = ThreadPoolExecutor(AHEAD), dict[int, Future[Batch]]()

    def ahead(number: int) -> Batch:
        for one in range(number, number + AHEAD):
            if one not in waiting:
                waiting[one] = workers.submit(made, one)
        audio, found = waiting.pop(number).result()
        audio, *fields = (array.pin_memory().to(device, non_blocking=True) for array in (audio, *found))
        return Batch(audio, Decoded(*fields))

    return ahead


def train(draw: Draw, held: Floats, folder: Path, plan: Plan) -> Run:
    """Train on crops; `held` (examples, samples, 2) is measured and rendered. Returns the finished run."""
    torch.manual_seed(1)
    module = SoundAutoencoder(SIZES[plan.size]).to(plan.device)
    batch = batches(draw, plan.device)
    if not (folder / CHECKPOINT).exists():
        found = [batch(number).spectrum for number in range(plan.begin_with)]
        module.begin_with(torch.cat([one.level for one in found]), torch.cat([one.stereo for one in found]))
    was_settled = is_settled(folder)
    run = Run(module, folder, plan.pace)
    note(folder, plan.size, settled=was_settled)
    if was_settled:
        _settle(run, module)
    listener = _Listener(held, plan)
    run.learn(_losses(run, module, batch, plan), listener.heard)
    return run


def note(folder: Path, size: Size, *, settled: bool) -> None:
    """Write down what later runs in this folder are to know: the size, and whether the encoder stands still."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps({"size": size, "is_settled": settled}), encoding="utf-8")


def is_settled(folder: Path) -> bool:
    """Return whether the encoder of a run stands still; older runs do not say, and are taken to be over."""
    path = folder / CONFIG
    return path.exists() and bool(json.loads(path.read_text(encoding="utf-8")).get("is_settled", True))


def _settle(run: Run, module: SoundAutoencoder) -> None:
    """Give the encoder its averaged weights, for they are packed and latents are made with them; no step changes either now."""
    prefix = "encoder."
    settled = {name.removeprefix(prefix): value for name, value in run.averaged.items() if name.startswith(prefix)}
    module.encoder.load_state_dict(settled)


def _losses(
    run: Run, module: SoundAutoencoder, batch: Callable[[int], Batch], plan: Plan
) -> Callable[[int], dict[str, Tensor]]:
    forward = torch.compile(module) if plan.device != "cpu" else module
    decode = torch.compile(module.decoder) if plan.device != "cpu" else module.decoder
    critic = Critic(run.folder, plan.device) if plan.is_full else None
    stands = is_settled(run.folder)

    def losses(number: int) -> dict[str, Tensor]:
        nonlocal stands
        sound = batch(number)
        progress = run.spent_seconds / plan.pace.seconds
        if progress >= FROZEN_AT and not stands:
            stands = True
            _settle(run, module)
            note(run.folder, plan.size, settled=True)
        with in_bfloat16(torch.device(plan.device)):
            found, mean, log_variance = _forgiving(module, decode, sound) if stands else forward(*sound.spectrum)
        found = Decoded(*(one.float() for one in found))
        parts = spectral(found, sound.spectrum)
        if not stands:
            parts["divergence"] = divergence(mean.float(), log_variance.float())
        if plan.is_full:
            parts["sound"] = resounded(found.level, sound.spectrum.level, sound.audio, number)
        if critic is not None and progress >= CRITIC_FROM:
            parts["critic"] = critic.judge(found.level, sound.spectrum.level)
        return {"loss": torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum(), **parts}

    return losses


def _forgiving(
    module: SoundAutoencoder, decode: Callable[[Tensor], tuple[Tensor, ...]], sound: Batch
) -> tuple[Decoded, Tensor, Tensor]:
    """Return what the decoder makes of latents that are not quite right, as those of a flow are not."""
    with torch.no_grad():
        mean, log_variance = module.encoder(*sound.spectrum)
        strength = FORGIVEN * torch.rand(len(mean), 1, 1, device=mean.device)
        latent = mean + torch.randn_like(mean) * strength
    return Decoded(*decode(latent)), mean, log_variance


class _Listener:
    """Measures and renders held-out sound from the averaged weights."""

    def __init__(self, held: Floats, plan: Plan) -> None:
        self._held, self._plan = held, plan
        self._rendered = -np.inf

    def heard(self, run: Run) -> None:
        module = SoundAutoencoder(SIZES[self._plan.size])
        module.load_state_dict({name: value.cpu() for name, value in run.averaged.items()})
        run.note(**measured(module, self._held))
        plot_log(run.folder / LOG, run.folder / "loss.png")
        if run.is_over or run.spent_seconds - self._rendered >= self._plan.render_every_seconds:
            self._rendered = run.spent_seconds
            render(module, self._held[:6], run.folder)


@torch.no_grad()
def measured(module: SoundAutoencoder, held: Floats, noise: float = 0.15) -> dict[str, float]:
    """Return the losses of held-out sound, of exact latents, and that of log magnitudes where they are a little off."""
    true = analysed(held)
    mean, log_variance = module.encoder(*true)
    found = spectral(Decoded(*module.decoder(mean)), true)
    off = mean + noise * torch.randn(mean.shape, generator=torch.Generator().manual_seed(5))
    noisy = spectral(Decoded(*module.decoder(off)), true)
    figures = {f"held_{name}": value.item() for name, value in found.items()}
    figures |= {"held_log_noisy": noisy["log"].item(), "held_divergence": divergence(mean, log_variance).item()}
    return {name: round(value, 4) for name, value in figures.items()}


def codec_of(module: SoundAutoencoder) -> Codec:
    """Return a module, run by torch, for recordings of any length."""

    @torch.no_grad()
    def encoder(spectrum: Spectrum) -> Floats:
        mean: Floats = module.encoder(*(torch.from_numpy(np.ascontiguousarray(field)) for field in spectrum))[0].numpy()
        return mean

    @torch.no_grad()
    def decoder(latent: Floats) -> Spectrum:
        return Spectrum(*(field.numpy() for field in module.decoder(torch.from_numpy(latent))))

    return Codec(encoder, decoder)


def render(module: SoundAutoencoder, sounds: Floats, folder: Path) -> None:
    """Write sounds beside what becomes of them, as WAV and as a page of spectrograms."""
    codec = codec_of(module)
    decoded = [codec.decode(codec.encode(one)) for one in sounds]
    for index, (one, other) in enumerate(zip(sounds, decoded, strict=True)):
        both = np.clip(np.concatenate((one, other)), -1.0, 1.0)
        soundfile.write(folder / f"held-{index}.wav", both, SAMPLE_RATE_HZ, subtype="PCM_16")
    page(
        [(f"held {index}", pair) for index, pair in enumerate(zip(sounds, decoded, strict=True))],
        ("reference", "decoded"),
        folder / "held.png",
    )
