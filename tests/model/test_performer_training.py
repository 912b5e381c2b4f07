"""The performer learns on a small corpus, is taken up again, and can be gone on with from its weights."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: see EXTRAS in the Makefile")
pytest.importorskip("onnx", reason="onnx is not installed: see EXTRAS in the Makefile")

from torch import Tensor

from model.sound.corpus import Example, save, shards
from model.sound.layout import CHANNELS, FRAME_SAMPLES
from model.sound.notes import Floats
from model.sound.performer import performer
from model.train.loop import CHECKPOINT, LOG, begin
from model.train.performer_guiding import TEACHER, guided, run_guiding
from model.train.performer_package import GUIDANCE, package, remembered, unpack
from model.train.performer_runs import run_performer
from model.train.sound_performer import vocabulary
from model.transformer import Conditions, FlowTransformer

FRAMES = 16
SECONDS = 1e-6
"""Of a run that ends after its first step."""


def example(index: int, split: str) -> Example:
    random = np.random.default_rng(index)
    audio = random.uniform(-0.5, 0.5, (FRAMES * FRAME_SAMPLES, 2)).astype(np.float32)
    notes = np.array([(0.1 * at, 0.1, 60 + index % 12, 90) for at in range(5)], np.float32)
    sentence = random.standard_normal(512).astype(np.float32) / 512**0.5
    part = ("lead", "drums")[index % 2]
    return Example(audio, notes, 0, part, "dark piano", "en", ("dark",), "r3", split, sentence)


def encode(audio: Floats) -> Floats:
    """Return made-up latents: the energies of CHANNELS pieces of each frame."""
    pieces = audio[:, 0].reshape(-1, CHANNELS, FRAME_SAMPLES // CHANNELS)
    found: Floats = np.square(pieces).mean(2)
    return found


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    for split, count in (("train", 10), ("held", 4)):
        save([example(index, split) for index in range(count)], folder / f"{split}-000.npy")
    return folder


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("performer")
    torch.manual_seed(0)
    run_performer((shards(corpus, "train"), shards(corpus, "held")), ("made-up", encode), folder, SECONDS, size="tiny", crops=2)
    return folder


def test_words_that_are_frequent_are_its_tags(corpus: Path, trained: Path) -> None:
    assert vocabulary(shards(corpus, "train")) == ("dark",)
    setup = remembered(trained)
    assert setup is not None
    assert setup.tags == ("dark",)
    assert setup.autoencoder == "made-up"


def test_latents_are_scaled_to_a_spread_of_one(corpus: Path, trained: Path) -> None:
    setup = remembered(trained)
    assert setup is not None
    latents = np.load(trained / "latents" / "train-000-made-up.npy").astype(np.float32)
    assert latents.shape == (10, FRAMES, CHANNELS)
    scaled = (latents - setup.scale.mean) / setup.scale.spread
    assert scaled.std() == pytest.approx(1.0, rel=0.01)
    assert np.allclose(encode(next(iter(shards(corpus, "train")[0])).audio), latents[0], atol=1e-3)


def test_the_log_says_what_notes_and_words_are_worth(trained: Path) -> None:
    line = json.loads((trained / LOG).read_text().splitlines()[-1])
    assert {"held", "held_other_notes", "held_other_words", "held_wordless"} <= line.keys()
    assert {"layer_0_words", "layer_1_words", "layer_0_notes"} <= line.keys()
    assert (trained / "log.png").stat().st_size > 1000


def test_it_goes_on_from_its_weights(trained: Path, corpus: Path, tmp_path: Path) -> None:
    card = json.loads(package(trained, tmp_path / "weights", {"more": 1}).read_text())
    assert card["trained"]["steps"] == 1
    assert card["more"] == 1
    unpack(tmp_path / "weights", tmp_path / "again")
    kept = torch.load(tmp_path / "again" / CHECKPOINT, weights_only=True)["module"]
    first = torch.load(trained / CHECKPOINT, weights_only=True)["averaged"]
    assert all(torch.allclose(kept[name], first[name], atol=1e-3) for name in first)
    both = shards(corpus, "train"), shards(corpus, "held")
    run = run_performer(both, ("made-up", encode), tmp_path / "again", SECONDS, crops=2)
    assert run.step == 1


def test_a_guided_run_learns_what_the_branches_of_its_teacher_give(trained: Path, corpus: Path, tmp_path: Path) -> None:
    both = shards(corpus, "train"), shards(corpus, "held")
    source = shutil.copytree(trained, tmp_path / "source")
    setup = remembered(trained)
    assert setup is not None
    module = setup.module()
    torch.nn.init.normal_(module.leave.weight, std=0.5)
    begin(source, module)
    taught = run_guiding(both, ("made-up", encode), (source, tmp_path / "run"), SECONDS, crops=2)
    assert taught.step == 1
    assert json.loads((tmp_path / "run" / LOG).read_text().splitlines()[-1])["held_apart"] > 0.0
    card = json.loads(package(tmp_path / "run", tmp_path / "weights", {}).read_text())
    assert card["guidance"] == {"text": 1.0, "notes": 1.0}
    assert json.loads(package(source, tmp_path / "plain", {}).read_text())["guidance"] == GUIDANCE


def test_a_guided_run_is_resumed_with_the_teacher_that_it_began_with(trained: Path, corpus: Path, tmp_path: Path) -> None:
    both = shards(corpus, "train"), shards(corpus, "held")
    source = shutil.copytree(trained, tmp_path / "source")
    first = run_guiding(both, ("made-up", encode), (source, tmp_path / "run"), SECONDS, crops=2)
    teacher = (tmp_path / "run" / TEACHER / CHECKPOINT).read_bytes()
    (source / CHECKPOINT).unlink()
    run_performer(both, ("made-up", encode), source, SECONDS, crops=2)
    again = run_guiding(both, ("made-up", encode), (source, tmp_path / "run"), first.spent_seconds + SECONDS, crops=2)
    assert again.step == 2
    assert (tmp_path / "run" / TEACHER / CHECKPOINT).read_bytes() == teacher


def test_what_goes_on_from_guided_weights_learns_from_data_again(trained: Path, tmp_path: Path) -> None:
    setup = remembered(trained)
    assert setup is not None
    run = shutil.copytree(trained, tmp_path / "run")
    replace(setup, is_guided=True).save(run)
    package(run, tmp_path / "weights", {})
    unpack(tmp_path / "weights", tmp_path / "again")
    again = remembered(tmp_path / "again")
    assert again is not None
    assert not again.is_guided


def test_a_teacher_leads_away_from_no_words_only_where_something_is_said() -> None:
    module = FlowTransformer(performer(1, "tiny")).eval()
    torch.nn.init.normal_(module.leave.weight, std=0.5)
    torch.manual_seed(0)
    state, time = torch.randn(2, 8, CHANNELS), torch.tensor([0.3, 0.3])
    sentence = torch.stack((torch.randn(512), torch.zeros(512)))
    ones = torch.ones(2, 8)
    known, melody = torch.randn(2, 8, module.config.known), torch.randn(2, 8, module.config.melody)
    conditions = Conditions(known, melody, ones, sentence, torch.zeros(2, 1), ones)

    def branch(**silent: Tensor) -> Tensor:
        velocity, _ = module(state, time, conditions._replace(**silent))
        assert isinstance(velocity, Tensor)
        return velocity

    led, noteless = branch(), branch(melody_strength=0 * ones)
    wordless = branch(text_strength=0 * ones)
    found = guided(module, state, time, conditions)
    notes = led + (GUIDANCE["notes"] - 1.0) * (led - noteless)
    assert torch.allclose(found[1], notes[1], atol=1e-5)
    assert torch.allclose(found[0], (notes + (GUIDANCE["text"] - 1.0) * (led - wordless))[0], atol=1e-5)
    assert not torch.allclose(led, noteless, atol=1e-3)
