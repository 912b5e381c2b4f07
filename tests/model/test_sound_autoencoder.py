"""The sound autoencoder learns, is taken up again, hears with a critic, and ends as files that run without torch."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: see EXTRAS in the Makefile")
pytest.importorskip("onnx", reason="onnx is not installed: see EXTRAS in the Makefile")

from bridge.engines.neural.weights import load_codec
from model.sound.autoencoder import SIZES, SoundAutoencoder
from model.sound.codec import HALO
from model.sound.corpus import Example, save
from model.sound.layout import CHANNELS, FRAME_SAMPLES, SAMPLE_RATE_HZ
from model.sound.spectrum import SLICES, Floats
from model.train import sound_autoencoder, sound_critic
from model.train.loop import CHECKPOINT, LOG, Pace
from model.train.sound_autoencoder import Plan, analysed, codec_of, measured, train
from model.train.sound_crops import Crops, held_crops
from model.train.sound_losses import spectral
from model.train.sound_package import package, trained, unpack

FRAMES = 8
PLAN = Plan("tiny", Pace(0.5, log_every=1), begin_with=4)


def plucked(seed: int, frames: int = 16) -> Floats:
    """A tone that dies away, on one side more than on the other."""
    random = np.random.default_rng(seed)
    at = np.arange(frames * FRAME_SAMPLES) / SAMPLE_RATE_HZ
    wave = sum(np.sin(2 * np.pi * random.uniform(100, 900) * harmonic * at) / harmonic for harmonic in range(1, 6))
    left, right = random.uniform(0.02, 0.1, 2)
    return np.asarray(np.exp(-4 * at)[:, None] * np.stack((left * wave, right * wave), -1), np.float32)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    known = {"notes": np.zeros((0, 4), np.float32), "program": 0, "part": "lead", "caption": "", "language": "en"}
    for split, seeds in (("train", range(8)), ("held", range(8, 10))):
        made = [Example(audio=plucked(seed), production=(), instruments="none", split=split, **known) for seed in seeds]  # type: ignore[arg-type]
        save(made, folder / f"{split}-000.npy")
    return folder


@pytest.fixture(scope="module")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    train(Crops(corpus, 4, FRAMES), held_crops(corpus, 2, 2 * FRAMES), folder, PLAN)
    return folder


def one_step_more(corpus: Path, folder: Path) -> SoundAutoencoder:
    """Take a run up for a step; return its averaged weights."""
    spent = torch.load(folder / CHECKPOINT, weights_only=True)["spent_seconds"] if (folder / CHECKPOINT).exists() else 0.0
    train(Crops(corpus, 4, FRAMES), held_crops(corpus, 1, FRAMES), folder, replace(PLAN, pace=Pace(spent + 1e-6)))
    return trained(folder)[0]


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def logged(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


def test_it_begins_with_principal_components_that_already_tell_sounds_apart(corpus: Path) -> None:
    sounds = np.concatenate([Crops(corpus, 8, FRAMES)(number) for number in range(2)])
    true = analysed(sounds)
    module = SoundAutoencoder(SIZES["tiny"])
    module.begin_with(true.level, true.stereo)
    assert module.encoder(*true)[0].std().item() == pytest.approx(1.0, abs=0.2)
    assert measured(module, sounds)["held_log"] < 0.3 * (true.level - true.level.mean((0, 1))).abs().mean().item()


def test_a_run_measures_renders_and_draws(run: Path) -> None:
    rows = logged(run)
    assert rows[0]["step"] == 1
    assert rows[-1]["held_log"] < 2.0
    assert all((run / name).stat().st_size > 1000 for name in ("loss.png", "held.png", "held-0.wav", "checkpoint.pt"))


def test_steps_make_it_better(corpus: Path) -> None:
    torch.manual_seed(0)
    true = analysed(Crops(corpus, 10, FRAMES)(0))
    module = SoundAutoencoder(SIZES["tiny"])
    module.begin_with(true.level, true.stereo)
    optimizer = torch.optim.Adam([one for one in module.parameters() if one.requires_grad], lr=3e-3)
    heard = []
    for _ in range(20):
        loss = torch.stack(list(spectral(module(*true)[0], true).values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        heard.append(loss.item())
    assert np.mean(heard[-5:]) < 0.9 * np.mean(heard[:5])


def test_a_run_goes_on_where_it_stopped(corpus: Path, run: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((run / "checkpoint.pt").read_bytes())
    before = torch.load(run / "checkpoint.pt", weights_only=True)
    longer = replace(PLAN, pace=replace(PLAN.pace, seconds=before["spent_seconds"] + 0.2))
    assert train(Crops(corpus, 4, FRAMES), held_crops(corpus, 2, FRAMES), tmp_path, longer).step > before["step"]


def test_an_encoder_learns_until_it_stands_still_and_then_no_more(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_autoencoder, "FROZEN_AT", 2.0)
    first, second = one_step_more(corpus, tmp_path), one_step_more(corpus, tmp_path)
    assert not same(first.encoder, second.encoder)
    assert not sound_autoencoder.is_settled(tmp_path)
    monkeypatch.setattr(sound_autoencoder, "FROZEN_AT", 0.5)
    third = one_step_more(corpus, tmp_path)
    assert sound_autoencoder.is_settled(tmp_path)
    monkeypatch.setattr(sound_autoencoder, "FROZEN_AT", 2.0)
    fourth = one_step_more(corpus, tmp_path)
    assert same(second.encoder, third.encoder)
    assert same(third.encoder, fourth.encoder)
    assert not same(third.decoder, fourth.decoder)


def test_the_full_size_hears_with_a_critic_and_several_resolutions(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SIZES, "full", SIZES["tiny"])
    monkeypatch.setattr(sound_autoencoder, "CRITIC_FROM", 0.0)
    monkeypatch.setattr(sound_critic, "WIDTH", 4)
    train(
        Crops(corpus, 3, FRAMES),
        held_crops(corpus, 1, FRAMES),
        tmp_path,
        Plan("full", Pace(1e-6, log_every=1, accumulate=2), begin_with=4),
    )
    row = logged(tmp_path)[0]
    assert 0.0 < row["critic"] < 10.0
    assert 0.0 < row["sound"] < 10.0


@pytest.mark.parametrize("size", ["small", "full"])
def test_networks_look_no_further_than_the_halo(size: str) -> None:
    module = SoundAutoencoder(SIZES[size]).eval()  # type: ignore[index]
    latents = torch.randn(1, 2 * HALO + 2, CHANNELS, generator=torch.Generator().manual_seed(0))
    other = latents.clone()
    other[:, 0] += 1.0
    level, frequency, stereo = (one - two for one, two in zip(module.decoder(other), module.decoder(latents), strict=True))
    assert level[:, SLICES * (HALO + 1) :].abs().max() == 0.0
    assert frequency[:, SLICES * (HALO + 1) :].abs().max() == 0.0
    assert stereo[:, HALO + 1 :].abs().max() == 0.0
    spectrum = list(module.decoder(latents))
    means = module.encoder(*spectrum)[0]
    spectrum[0] = spectrum[0].clone()
    spectrum[0][:, 0] += 1.0
    assert (module.encoder(*spectrum)[0] - means)[:, HALO + 1 :].abs().max() == 0.0


def test_weights_run_without_torch_and_are_taken_up_again(corpus: Path, run: Path, tmp_path: Path) -> None:
    card = json.loads(package(run, tmp_path / "weights").read_text())
    assert card["size"] == "tiny"
    module, (sound, latents) = trained(run)[0], (plucked(9), np.random.default_rng(1).standard_normal((20, CHANNELS)))
    codec, reference = load_codec(tmp_path / "weights", 1), codec_of(module)
    assert np.abs(codec.encode(sound) - reference.encode(sound)).max() < 0.02
    ours, theirs = (one.decoder(latents[None].astype(np.float32)) for one in (codec, reference))
    assert max(float(np.abs(one - other).max()) for one, other in zip(ours, theirs, strict=True)) < 0.02
    unpack(tmp_path / "weights", tmp_path / "run")
    again, _ = trained(tmp_path / "run")
    assert all(
        torch.allclose(one, other, atol=1e-2) for one, other in zip(again.parameters(), module.parameters(), strict=True)
    )
    one_step_more(corpus, tmp_path / "run")
    package(tmp_path / "run", tmp_path / "more")
    encoders, decoders = ([tmp_path / of / f"{half}.onnx" for of in ("weights", "more")] for half in ("encoder", "decoder"))
    assert encoders[0].read_bytes() == encoders[1].read_bytes()
    assert decoders[0].read_bytes() != decoders[1].read_bytes()
