"""The performer learns on a small corpus, is taken up again, and can be gone on with from its weights."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: see EXTRAS in the Makefile")
pytest.importorskip("onnx", reason="onnx is not installed: see EXTRAS in the Makefile")

from model.sound.corpus import Example, save, shards
from model.sound.layout import CHANNELS, FRAME_SAMPLES
from model.sound.notes import Floats
from model.train.loop import CHECKPOINT, LOG
from model.train.performer_package import package, remembered, unpack
from model.train.performer_runs import run_performer
from model.train.sound_performer import vocabulary

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
