"""Every training takes a step on a small corpus, is taken up again, and ends as files that run without torch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: see EXTRAS in the Makefile")
pytest.importorskip("onnx", reason="onnx is not installed: see EXTRAS in the Makefile")

from model.score.composer import arranger, harmoniser
from model.score.grid import PARTS, to_notes
from model.score.layout import CHANNELS, slots
from model.train import runs
from model.train.loop import LOG, Pace, Run
from model.train.package import package, unpack
from model.transformer import FlowTransformer, TransformerConfig
from tests.model.small_corpus import write_corpus

ONE_STEP = 1e-6
"""Seconds of a run that ends after its first step."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> runs.Corpus:
    return runs.Corpus.read(write_corpus(tmp_path_factory.mktemp("corpus")))


@pytest.fixture(scope="module")
def trained(corpus: runs.Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every network was trained for a step."""
    folder = tmp_path_factory.mktemp("runs")
    torch.manual_seed(0)
    runs.remember_tags(folder, corpus.tags)
    for train in (runs.run_autoencoder, runs.run_harmoniser, runs.run_arranger, runs.run_critic, runs.run_lstm):
        train(corpus, folder, ONE_STEP, crops=3)
    return folder


@pytest.fixture(scope="module")
def weights(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(trained, tmp_path_factory.mktemp("weights"), {}).parent


def run_onnx(path: Path, arrays: dict[str, Any]) -> list[Any]:
    import onnxruntime

    return list(onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, arrays))


def test_the_tags_are_the_families_and_the_words_that_are_frequent(corpus: runs.Corpus) -> None:
    assert corpus.tags == ("rock", "waltz")
    assert len(corpus.train) == 6
    assert len(corpus.held) == 2


def test_a_run_writes_its_log_and_draws_it(trained: Path) -> None:
    line = json.loads((trained / "harmoniser" / LOG).read_text().splitlines()[-1])
    assert line["step"] == 1
    assert 0 <= line["held_root"] <= 1
    assert (trained / "harmoniser" / "log.png").stat().st_size > 1000


def test_a_run_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    def losses(module: Any) -> Any:
        return lambda _step: {"loss": (module.weight - 3.0).square().sum()}

    torch.manual_seed(0)
    first = torch.nn.Linear(2, 2)
    stopped = Run(first, tmp_path, Pace(ONE_STEP, learning_rate=0.1))
    stopped.learn(losses(first))
    second = torch.nn.Linear(2, 2)
    again = Run(second, tmp_path, Pace(60.0, learning_rate=0.1))
    assert again.step == stopped.step == 1
    assert torch.equal(second.weight, first.weight)
    assert again.spent_seconds == stopped.spent_seconds
    momentum = again.optimizer.state_dict()["state"][0]["exp_avg"]
    assert torch.equal(momentum, stopped.optimizer.state_dict()["state"][0]["exp_avg"])


def test_latents_have_a_spread_of_one_where_a_part_plays_and_are_nought_where_not(corpus: runs.Corpus, trained: Path) -> None:
    bank = runs.latent_bank(corpus, trained)
    for part, where in slots().items():
        playing = [row[:, where] for song, row in zip(bank.songs, bank.latents, strict=True) if part in song.parts]
        silent = [row[:, where] for song, row in zip(bank.songs, bank.latents, strict=True) if part not in song.parts]
        assert np.concatenate(playing).astype(np.float32).std() == pytest.approx(1.0, abs=0.02)
        assert not any(row.any() for row in silent)


def test_the_exported_flow_says_what_the_trained_one_says(trained: Path, weights: Path) -> None:
    module = runs.harmoniser_of(trained)
    torch.nn.init.normal_(module.leave.weight, std=0.1)
    from model.export import CONDITIONS, ENCODED, export_flow
    from model.transformer import Conditions

    encode, step = export_flow(module, weights, "varied")
    config, frames = module.config, 13
    given = Conditions(
        torch.randn(1, frames, config.known),
        torch.randn(1, frames, config.melody),
        torch.ones(1, frames),
        torch.randn(1, 512),
        torch.ones(1, config.tags),
        torch.full((1, frames), 0.5),
    )
    x, time = torch.randn(1, frames, config.channels), torch.tensor([0.3])
    led = run_onnx(encode, dict(zip(CONDITIONS, (tensor.numpy() for tensor in given), strict=True)))
    found = run_onnx(step, {"x": x.numpy(), "time": time.numpy(), **dict(zip(ENCODED, led, strict=True))})[0]
    with torch.no_grad():
        expected = module(x, time, given)[0].numpy()
    assert np.abs(expected).max() > 0.1
    assert np.allclose(found, expected, atol=1e-4)


def test_every_file_of_the_weights_is_in_their_card_with_its_hash(weights: Path) -> None:
    import hashlib

    card = json.loads((weights / "score.json").read_text(encoding="utf-8"))
    for name, said in card["files"].items():
        assert hashlib.sha256((weights / f"{name}.onnx").read_bytes()).hexdigest() == said["sha256"]
    assert {path.stem for path in weights.glob("*.onnx")} - {"varied-encode", "varied-step"} == set(card["files"])
    assert set(card["scale"]) == {part.name for part in PARTS}


def test_shipped_weights_can_be_trained_on(corpus: runs.Corpus, trained: Path, weights: Path, tmp_path: Path) -> None:
    names = unpack(weights, tmp_path)
    assert names == ["arranger", "autoencoder", "critic", "harmoniser", "lstm-arranger", "lstm-harmoniser"]
    for name in names:
        before, after = (
            torch.load(folder / name / "checkpoint.pt", weights_only=True)["averaged"] for folder in (trained, tmp_path)
        )
        assert before.keys() == after.keys()
        assert all(torch.allclose(after[key], value, atol=1e-3, rtol=1e-3) for key, value in before.items()), name
    assert runs.run_harmoniser(corpus, tmp_path, ONE_STEP, crops=3).step == 1


def test_what_was_unpacked_is_packed_as_it_was(weights: Path, tmp_path: Path) -> None:
    unpack(weights, tmp_path / "runs")
    card = package(tmp_path / "runs", tmp_path / "weights", {})
    assert json.loads(card.read_text(encoding="utf-8")) == json.loads((weights / "score.json").read_text(encoding="utf-8"))


def test_the_decoders_give_cells_that_are_notes(weights: Path) -> None:
    from model.score.grid import Roll

    for part in PARTS:
        where = slots()[part.name]
        arrays = {"latent": np.zeros((1, 7, where.stop - where.start), np.float32), "chord": np.zeros((1, 7, 12), np.float32)}
        attack, sound, _ = run_onnx(weights / f"{part.name}-decoder.onnx", arrays)
        roll = Roll((attack[0] > attack.max() - 1e-6).astype(np.float32), (sound[0] > 0).astype(np.float32))
        assert len(to_notes(roll, part, np.zeros(7, np.int8))) >= 1
    assert where.stop == CHANNELS


def test_a_guide_asks_for_more_where_words_are_heard_and_for_nothing_where_none_are(trained: Path, corpus: runs.Corpus) -> None:
    from model.train.score_composer import Draw, Guide, arranger_batch

    bank = runs.latent_bank(corpus, trained)
    module = runs.arranger_of(trained)
    torch.nn.init.normal_(module.leave.weight, std=0.1)
    run = Run(module, trained / "guided", Pace(ONE_STEP))
    guide = Guide(run, runs.arranger_of(trained), 3.0)
    data, _, said = arranger_batch(Draw(bank, 4, 32, np.random.default_rng(0)))
    said = said._replace(text_strength=torch.ones_like(said.text_strength), tags=torch.ones_like(said.tags))
    unsaid = said._replace(text_strength=torch.zeros_like(said.text_strength))
    time = torch.full((4,), 0.5)
    with torch.no_grad():
        expected = 2.0 * (module(data, time, said)[0] - module(data, time, unsaid)[0])
    assert expected.abs().max() > 0.01
    assert torch.allclose(guide.more(data, time, said), expected, atol=1e-4)
    assert not guide.more(data, time, unsaid).any()


def test_flows_of_two_sizes_are_not_mixed_in_one_folder(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bridge.cli import main

    assert main(["train", "score-composer", "--size", "full", "--runs", str(trained)]) != 0
    assert f"size: {trained} holds flows of size small" in capsys.readouterr().err
    assert runs.remembered_size(trained) == "small"


def test_full_flows_are_for_a_gpu_and_small_ones_for_a_processor() -> None:
    def millions(config: TransformerConfig) -> float:
        return sum(parameter.numel() for parameter in FlowTransformer(config).parameters()) / 1e6

    assert 30 < millions(arranger(400, "full")) + millions(harmoniser(300, "full")) < 55
    assert millions(arranger(400)) + millions(harmoniser(300)) < 8


def test_what_no_step_changes_keeps_its_bytes_in_the_average(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    module[0].requires_grad_(requires_grad=False)
    module[0].weight.fill_(-0.0)
    run = Run(module, tmp_path, Pace(1e-6))
    run.learn(lambda _step: {"loss": module(torch.ones(1, 2)).square().sum()})
    assert run.step == 1
    assert torch.signbit(run.averaged["0.weight"]).all()
    assert not torch.equal(run.averaged["1.weight"], module[1].weight)
