from __future__ import annotations

import dataclasses

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bridge.errors import CancelledError
from bridge.finish.mixdown import BALANCE_LU, finish, stem_levels
from bridge.music.score import Score, Section
from bridge.music.take import Stem, Take

Audio = NDArray[np.float32]
RATE_HZ = 44100


def hits(seconds: float, seed: int, level: float = 0.3) -> Audio:
    """Return something like drums: decaying noise twice a second, much louder at its peaks than on average."""
    dice = np.random.default_rng(seed)
    frames = round(seconds * RATE_HZ)
    decay = np.exp(-(np.arange(frames) % (RATE_HZ // 2)) / 1500.0)
    noise = resample_poly(dice.standard_normal((frames, 2)), 4, 3, axis=0)[:frames]
    return np.asarray(level * decay[:, None] * noise, np.float32)


def tone(seconds: float, frequency_hz: float, level: float) -> Audio:
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    left, right = (level * np.sin(2 * np.pi * frequency_hz * detune * time) for detune in (1.0, 1.003))
    return np.stack([left, right], axis=1).astype(np.float32)


def band(seconds: float = 3.0) -> Take:
    """Return an unfinished take, its levels all over the place, with tails."""
    tail = (tone(1.0, 440.0, 0.9) * np.linspace(1, 0, RATE_HZ)[:, None]).astype(np.float32)
    stems = (
        Stem("lead", tone(seconds, 440.0, 0.9), tail),
        Stem("chords", tone(seconds, 263.0, 0.01), 0.01 * tail[:5000]),
        Stem("bass", tone(seconds, 55.0, 0.2)),
        Stem("drums", hits(seconds, 1)),
    )
    return Take(Score(Section(bars=3), ()), stems, RATE_HZ)


def true_peak_db(audio: Audio) -> float:
    return float(20 * np.log10(np.abs(resample_poly(audio.astype(np.float64), 8, 1, axis=0)).max()))


def independent_lufs(audio: Audio) -> float:
    return float(pyloudnorm.Meter(RATE_HZ, filter_class="DeMan").integrated_loudness(audio.astype(np.float64)))


def mix_of(take: Take) -> Stem:
    assert take.mix is not None
    return take.mix


@pytest.mark.parametrize(("lufs", "ceiling_db"), [(-16.0, -1.0), (-23.0, -1.0), (-13.0, -1.0), (-16.0, -6.0)])
def test_the_mix_is_at_its_loudness_and_under_its_peak(lufs: float, ceiling_db: float) -> None:
    take = finish(band(), lufs=lufs, true_peak_db=ceiling_db)
    mix = mix_of(take)
    assert independent_lufs(mix.samples) == pytest.approx(lufs, abs=0.3)
    for stem in (*take.stems, mix):
        assert true_peak_db(stem.samples) <= ceiling_db
        if stem.tail is not None:
            assert true_peak_db(np.concatenate([stem.samples, stem.tail])) <= ceiling_db


@pytest.mark.parametrize("lufs", [-16.0, -9.0])
def test_the_stems_sum_to_the_mix_with_their_tails(lufs: float) -> None:
    take = finish(band(), lufs=lufs)
    mix = mix_of(take)
    assert mix.tail is not None
    for heard, pieces in ((mix.samples, [stem.samples for stem in take.stems]), (mix.tail, [stem.tail for stem in take.stems])):
        total = np.zeros_like(heard)
        for piece in pieces:
            if piece is not None:
                total[: len(piece)] += piece
        assert np.abs(total - heard).max() < 10 ** (-120 / 20)


def test_without_limiting_each_part_sits_at_its_place() -> None:
    take = finish(band(), lufs=-30.0)
    levels = {stem.part: stem_levels(stem, RATE_HZ)[0] for stem in take.stems}
    for part, level in levels.items():
        assert level - levels["lead"] == pytest.approx(BALANCE_LU[part], abs=0.1)


def test_the_gain_applied_is_told_and_is_constant_where_nothing_is_limited() -> None:
    before = [stem.samples.copy() for stem in band().stems]
    take = finish(band(), lufs=-30.0)
    for old, stem in zip(before, take.stems, strict=True):
        assert np.allclose(old * 10 ** (stem.gain_db / 20), stem.samples, rtol=1e-4, atol=1e-7)


def test_tails_are_scaled_with_their_stems() -> None:
    old, take = band(), finish(band(), lufs=-30.0)
    lead = take.stems[0]
    assert lead.tail is not None
    assert old.stems[0].tail is not None
    assert np.allclose(old.stems[0].tail * 10 ** (lead.gain_db / 20), lead.tail, rtol=1e-4, atol=1e-7)


def test_silence_stays_silent_beside_music_and_alone() -> None:
    old = band()
    still = Stem("pad", np.zeros_like(old.stems[0].samples))
    take = finish(old.changed(stems=(*old.stems, still)))
    assert not take.stems[-1].samples.any()
    assert independent_lufs(mix_of(take).samples) == pytest.approx(-16, abs=0.3)
    alone = finish(old.changed(stems=(Stem("pad", np.zeros((RATE_HZ, 2), np.float32)),)))
    assert not mix_of(alone).samples.any()
    assert stem_levels(mix_of(alone), RATE_HZ) == (-120.0, -120.0)


def test_a_whisper_is_not_blown_up_into_noise() -> None:
    old = band()
    whisper = dataclasses.replace(old.stems[0], samples=tone(3, 440, 1e-5), tail=None)
    take = finish(old.changed(stems=(whisper,)))
    assert np.abs(mix_of(take).samples).max() < 0.02
    assert "LUFS instead of -16" in take.warnings[0]


def test_a_mix_is_not_crushed_to_be_louder() -> None:
    take = finish(band(), lufs=-6.0, true_peak_db=-6.0)
    assert independent_lufs(mix_of(take).samples) < -8
    assert "crushed" in take.warnings[0]
    assert true_peak_db(mix_of(take).samples) <= -6.0
    assert not finish(band()).warnings


@pytest.mark.parametrize("frames", [1, 40, 4409, 13230])
def test_the_shortest_sections_are_finished(frames: int) -> None:
    old = band(0.4)
    stems = tuple(Stem(stem.part, stem.samples[:frames].copy()) for stem in old.stems)
    take = finish(old.changed(stems=stems))
    mix = mix_of(take)
    assert mix.samples.shape == (frames, 2)
    assert np.isfinite(mix.samples).all()
    assert np.abs(mix.samples).max() < 10 ** (-1 / 20)
    if frames == 13230:
        assert stem_levels(mix, RATE_HZ)[0] == pytest.approx(-16, abs=0.5)


def test_a_later_take_can_have_the_gains_of_an_earlier_one() -> None:
    first = finish(band())
    gains_db = {stem.part: stem.gain_db for stem in first.stems}
    quieter = band()
    quieter.stems[0].samples[: len(quieter.stems[0].samples) // 2] *= 0.1
    second = finish(quieter, gains_db=gains_db)
    assert {stem.part: stem.gain_db for stem in second.stems} == pytest.approx(gains_db)
    drums = [take.stem("drums") for take in (first, second)]
    assert drums[0] is not None
    assert drums[1] is not None
    assert np.abs(drums[0].samples - drums[1].samples).max() < 0.3


def test_buffers_that_cannot_be_written_are_left_alone() -> None:
    old = band()
    for stem in old.stems:
        stem.samples.setflags(write=False)
    before = old.stems[0].samples.copy()
    take = finish(old)
    assert np.array_equal(old.stems[0].samples, before)
    assert independent_lufs(mix_of(take).samples) == pytest.approx(-16, abs=0.3)


def test_giving_up_ends_it() -> None:
    def step(_stage: str, _done: int, _total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        finish(band(), step=step)


def test_the_same_take_is_finished_to_the_same_samples() -> None:
    one, other = mix_of(finish(band())), mix_of(finish(band()))
    assert np.array_equal(one.samples, other.samples)
