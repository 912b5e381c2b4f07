"""The engine neural through real, small networks: lengths, places, what leads, progress, cancelling, missing weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: see EXTRAS in the Makefile")
pytest.importorskip("onnx", reason="onnx is not installed: see EXTRAS in the Makefile")

from bridge import engines
from bridge.brief import Brief, Likeness, Strength
from bridge.engines.neural.engine import NeuralEngine
from bridge.engines.neural.stretch import Stretch
from bridge.engines.neural.weights import FOLDER, load_sound
from bridge.engines.neural.writing import Leading, write
from bridge.engines.sampler import SamplerEngine
from bridge.errors import BridgeError, CancelledError
from bridge.music.notes import Part
from bridge.music.tempo import TempoChange, TempoMap
from bridge.networks import Flow
from bridge.step import ignore
from bridge.style import Style
from model.sound.known import CONTEXT, WINDOW
from model.train.performer_package import remembered
from model.train.runs import averaged
from model.transformer import Conditions
from tests.engines.scores import BASS, DRUMS, LEAD, brief, score
from tests.engines.tiny_sound import write_weights

FEW_STEPS = 2


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def engine(weights: Path) -> NeuralEngine:
    return NeuralEngine(folder=weights)


def asked(sample_rate_hz: int = 48000, **fields: Any) -> Brief:
    return replace(brief(score(LEAD), sample_rate_hz), steps=FEW_STEPS, **fields)


@pytest.mark.parametrize("sample_rate_hz", [44100, 48000, 96000])
def test_stems_are_as_long_as_the_section_on_the_timeline(engine: NeuralEngine, sample_rate_hz: int) -> None:
    tempo = TempoMap((TempoChange(0.0, 117.3), TempoChange(9.0, 143.0)))
    wanted = score(LEAD, DRUMS, tempo=tempo, start_bar=3)
    take = engine.perform(wanted, replace(brief(wanted, sample_rate_hz), steps=FEW_STEPS), ignore)
    frames = wanted.section.frames(sample_rate_hz)
    assert [stem.part for stem in take.stems] == ["lead", "drums"]
    assert all(stem.samples.shape == (frames, 2) and stem.samples.dtype == np.float32 for stem in take.stems)
    assert all(stem.tail is not None and 0 < len(stem.tail) < 2.1 * sample_rate_hz for stem in take.stems)
    assert all(np.isfinite(stem.samples).all() for stem in take.stems)


def test_the_balance_is_the_samplers(engine: NeuralEngine) -> None:
    wanted = score(LEAD, BASS)
    stems = engine.perform(wanted, asked(), ignore).stems
    sampled = SamplerEngine().perform(wanted, asked(), ignore).stems
    ratios = [np.sqrt(np.mean(mine.samples**2) / np.mean(its.samples**2)) for mine, its in zip(stems, sampled, strict=True)]
    assert ratios == pytest.approx([1.0, 1.0], rel=0.1)


def test_the_same_brief_gives_the_same_samples_and_another_seed_others(engine: NeuralEngine) -> None:
    first, again, other = (engine.perform(score(LEAD), asked(random_seed=seed), ignore).stems[0].samples for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_part_without_notes_is_silent_and_does_not_disturb_the_others(engine: NeuralEngine) -> None:
    wanted = score(LEAD, Part("pad", (), 89))
    take = engine.perform(wanted, asked(), ignore)
    assert not take.stems[1].samples.any()
    assert len(take.stems[1].samples) == len(take.stems[0].samples)
    assert np.array_equal(take.stems[0].samples, engine.perform(score(LEAD), asked(), ignore).stems[0].samples)


def test_words_and_notes_lead_only_where_they_are_as_strong(weights: Path) -> None:
    model, wanted = load_sound(weights, 1), score(LEAD)
    spoken = asked(style=Style(production=("dark-sounding",)))

    def made(**fields: Any) -> Any:
        return write(model, Stretch(wanted, replace(spoken, **fields)), wanted.parts, lambda _done, _total: None)

    whole = made()
    assert not np.allclose(made(style=Style(production=("bright-sounding",))), whole)
    silent = (Strength(0.0, 100.0, text=0.0, melody=1.0),)
    assert np.array_equal(made(style=Style(), strengths=silent), made(strengths=silent))
    noteless = (Strength(0.0, 100.0, text=1.0, melody=0.0),)
    assert not np.allclose(made(strengths=noteless), whole)


@pytest.mark.parametrize(("field", "at_most"), [("timbres", 0.9), ("guides", 0.95)])
def test_a_part_leans_to_the_recording_given_for_it(field: str, at_most: float) -> None:
    """The weights that are shipped: a flute's and a tuba's sounds draw the same tune apart, each towards itself."""
    wanted, model = score(LEAD), load_sound(FOLDER, 1)
    said = replace(brief(wanted), engine="neural", steps=8)
    flute, tuba = (
        Likeness(
            "lead", SamplerEngine().perform(score(replace(LEAD, program=program)), brief(wanted), ignore).stems[0].samples[:, 0]
        )
        for program in (73, 58)
    )
    stretches = {each: Stretch(wanted, replace(said, **cast("Any", {field: (each,)}))) for each in (flute, tuba)}
    means = {each: write(model, stretch, stretch.parts, lambda *_: None)[0].mean(0) for each, stretch in stretches.items()}
    for own, other in ((flute, tuba), (tuba, flute)):
        near, far = (np.linalg.norm(means[each] - model.heard(own).mean(0)) for each in (own, other))
        assert near < at_most * far


def test_windows_go_on_where_the_one_before_ended(weights: Path) -> None:
    long = score(LEAD, bars=8)
    windows = list(Stretch(long, asked()).windows())
    assert len(windows) > 2
    assert [window.given for window in windows] == [0] + [CONTEXT] * (len(windows) - 1)
    assert all(later.start == one.start + WINDOW - CONTEXT for one, later in pairwise(windows))
    frames = Stretch(long, asked()).frames
    assert windows[-1].start + WINDOW >= frames > windows[-1].start + CONTEXT
    model = load_sound(weights, 1)
    short = write(model, Stretch(score(LEAD, bars=2), asked()), (LEAD,), lambda _done, _total: None)
    whole = write(model, Stretch(long, asked()), (LEAD,), lambda _done, _total: None)
    assert np.array_equal(whole[:, :WINDOW], short[:, :WINDOW])


def test_progress_rises_with_every_step_and_ends_at_the_whole(engine: NeuralEngine) -> None:
    heard: list[tuple[int, int]] = []
    wanted = score(LEAD, BASS, bars=4)
    engine.perform(wanted, asked(), lambda _stage, done, total: heard.append((done, total)))
    shares = [done / total for done, total in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    windows = len(list(Stretch(wanted, asked()).windows()))
    assert len({share for share in shares if share > 0.0}) >= windows * FEW_STEPS


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_job_given_up_ends_at_the_next_step(engine: NeuralEngine, after: int) -> None:
    calls = 0

    def step(_stage: str, _done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            raise CancelledError

    with pytest.raises(CancelledError):
        engine.perform(score(LEAD, BASS), asked(), step)
    assert calls == after


def test_guidance_of_one_asks_the_network_once_a_step(weights: Path) -> None:
    model = load_sound(weights, 1)
    spoken = asked(style=Style(production=("dark-sounding",)))
    assert Leading.of(model, replace(spoken, guidance=3.0)).branches[:2] == ("led", "wordless")
    assert "wordless" not in Leading.of(model, replace(spoken, guidance=1.0)).branches
    assert "wordless" not in Leading.of(model, asked(guidance=3.0)).branches


def test_without_weights_it_says_so_and_refuses(tmp_path: Path) -> None:
    engine = NeuralEngine(folder=tmp_path)
    found = engine.capabilities()
    assert not found.is_ready
    assert "stepbridge train" in found.reason
    with pytest.raises(BridgeError, match="weights") as refusal:
        engine.perform(score(LEAD), asked(), ignore)
    assert refusal.value.code == "no_weights"


def test_a_file_that_is_not_the_cards_is_refused(weights: Path, tmp_path: Path) -> None:
    for path in weights.glob("*.*"):
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "performer-step.onnx").write_bytes((weights / "performer-encode.onnx").read_bytes())
    with pytest.raises(BridgeError, match=r"performer-step\.onnx") as refusal:
        NeuralEngine(folder=tmp_path).perform(score(LEAD), asked(), ignore)
    assert refusal.value.code == "bad_weights"


def test_it_is_there_by_name_and_auto_does_not_choose_it(engine: NeuralEngine) -> None:
    assert engines.check("neural") == "neural"
    assert engines.check("auto") == "sampler"
    assert engine.capabilities().is_ready


def test_the_exported_networks_say_what_the_trained_ones_do(weights: Path) -> None:
    model, setup = load_sound(weights, 1), remembered(weights / "run")
    assert setup is not None
    module = averaged(setup.module(), weights / "run")
    wanted, spoken = score(LEAD), asked(style=Style(production=("dark-sounding",)))
    found = write(model, Stretch(wanted, spoken), wanted.parts, lambda _done, _total: None)
    by_torch = replace(model, performer=cast("Flow", _Torch(module)))
    expected = write(by_torch, Stretch(wanted, spoken), wanted.parts, lambda _done, _total: None)
    assert np.abs(found - expected).max() < 0.05  # large parameters are kept in half precision
    assert np.abs(found - expected).mean() < 0.002


class _Torch:
    """The same flow without ONNX."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def led(self, conditions: dict[str, Any]) -> Any:
        with torch.no_grad():
            return self.module.encode(Conditions(**{name: torch.from_numpy(rows) for name, rows in conditions.items()}))

    def velocity(self, state: Any, time: float, led: Any) -> Any:
        with torch.no_grad():
            return self.module.velocity(torch.from_numpy(state), torch.full((len(state),), time), led)[0].numpy()
