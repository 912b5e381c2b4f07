from __future__ import annotations

import dataclasses
import hashlib
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge import engines
from bridge.engines.sampler import SamplerEngine
from bridge.errors import CancelledError, RequestError
from bridge.music.notes import Note, Part
from bridge.music.score import Score
from bridge.music.take import Take
from bridge.music.tempo import TempoChange, TempoMap
from bridge.step import ignore
from tests.engines.scores import BASS, CHORDS, DRUMS, LEAD, brief, score


def played(asked: Score, sample_rate_hz: int = 48000, threads: int = 1, genres: tuple[str, ...] = ()) -> Take:
    return SamplerEngine(None, threads).perform(asked, brief(asked, sample_rate_hz, genres), ignore)


def digest(take: Take) -> list[str]:
    return [hashlib.sha256(stem.samples.tobytes()).hexdigest() for stem in take.stems]


def onset(samples: NDArray[np.float32]) -> int:
    level = np.abs(samples).max(axis=1)
    return int(np.argmax(level > 0.01 * level.max()))


@pytest.mark.parametrize("sample_rate_hz", [44100, 48000, 96000])
@pytest.mark.parametrize("meter", ["4/4", "6/8", "5/4"])
def test_every_stem_is_as_long_as_the_section_to_the_sample(sample_rate_hz: int, meter: str) -> None:
    asked = score(LEAD, BASS, tempo=TempoMap((TempoChange(0, 97.3), TempoChange(5, 131.1))), start_bar=2, meter=meter)
    take = played(asked, sample_rate_hz)
    for stem in take.stems:
        assert stem.samples.shape == (asked.section.frames(sample_rate_hz), 2)
        assert stem.samples.dtype == np.float32


def test_each_note_sounds_at_its_sample_across_a_tempo_change() -> None:
    tempo = TempoMap((TempoChange(0, 120.0), TempoChange(10, 77.0)))
    beats = (0.0, 1.5, 3.0, 6.25)
    for beat in beats:
        asked = score(Part("bass", (Note(beat, 0.5, 40, 120),), 38), tempo=tempo, start_bar=3)
        (stem,) = played(asked).stems
        assert 0 <= onset(stem.samples) - asked.section.frame(beat, 48000) < 100


def test_the_pitch_is_that_of_the_key() -> None:
    for key, rate in ((45, 48000), (69, 44100), (81, 96000)):
        asked = score(Part("lead", (Note(0, 7.0, key, 100),), 80))
        (stem,) = played(asked, rate).stems
        spectrum = np.abs(np.fft.rfft(stem.samples[rate // 2 : rate * 5 // 2, 0] * np.hanning(2 * rate)))
        fundamental = 440.0 * 2.0 ** ((key - 69) / 12.0)
        near = slice(int(2 * fundamental * 0.97), int(2 * fundamental * 1.03) + 1)
        found = (near.start + int(np.argmax(spectrum[near]))) / 2.0
        assert abs(1200 * np.log2(found / fundamental)) < 12
        assert spectrum[near].max() > 0.2 * spectrum.max()


def test_the_same_score_gives_the_same_samples_whatever_was_played_before() -> None:
    one, other = score(LEAD, CHORDS, BASS, DRUMS), score(DRUMS, LEAD, bars=1)
    first = digest(played(one))
    played(other, 44100, genres=("ballad",))
    assert digest(played(one)) == first
    assert digest(played(one, threads=3)) == first


def test_a_part_sounds_the_same_alone_and_in_company() -> None:
    alone, together = played(score(LEAD)), played(score(DRUMS, LEAD))
    stem = together.stem("lead")
    assert stem is not None
    assert np.array_equal(alone.stems[0].samples, stem.samples)


def test_a_note_that_rings_over_the_end_is_released_into_the_tail() -> None:
    asked = score(Part("chords", (Note(4.0, 40.0, 60, 100),), 48))
    (stem,) = played(asked).stems
    assert stem.tail is not None
    assert 0 < len(stem.tail) <= 4 * 48000
    assert np.abs(stem.samples[-4800:]).max() > 0.001
    assert np.abs(stem.tail[-100:]).max() < 0.01 * np.abs(stem.tail).max()


def test_the_tail_continues_the_stem_without_a_step() -> None:
    asked = score(Part("chords", (Note(0.0, 8.0, 60, 100),), 48))
    (stem,) = played(asked).stems
    assert stem.tail is not None
    around = np.concatenate([stem.samples[-2000:], stem.tail[:2000]])
    steps = np.abs(np.diff(around, axis=0)).max(axis=1)
    assert steps[1999] <= np.percentile(steps, 99.9)


def test_silence_stays_silent_and_has_no_tail() -> None:
    (stem,) = played(score(Part("lead", ()))).stems
    assert not stem.samples.any()
    assert stem.tail is None


def test_louder_notes_are_louder_and_only_so() -> None:
    levels = []
    for velocity in (1, 30, 60, 90, 127):
        (stem,) = played(score(Part("bass", (Note(0, 2.0, 40, velocity),), 33))).stems
        levels.append(float(np.sqrt(np.mean(stem.samples**2))))
    assert all(quiet < loud for quiet, loud in itertools.pairwise(levels))


def test_a_drum_rings_out_however_short_its_note() -> None:
    short, long = (played(score(Part("drums", (Note(0, length, 49, 100),)))).stems[0] for length in (0.05, 6.0))
    assert np.array_equal(short.samples, long.samples)


def test_a_closing_hi_hat_cuts_the_open_one_off() -> None:
    opened = played(score(Part("drums", (Note(0, 0.1, 46, 110),)))).stems[0].samples
    closed = played(score(Part("drums", (Note(0, 0.1, 46, 110), Note(0.5, 0.1, 42, 20))))).stems[0].samples
    late = slice(30000, 36000)
    assert np.abs(closed[late]).max() < 0.25 * np.abs(opened[late]).max()


def test_kits_and_programs_differ() -> None:
    kits = {digest(played(score(dataclasses.replace(DRUMS, program=program))))[0] for program in (0, 8, 16, 25, 40)}
    leads = {
        digest(played(score(dataclasses.replace(LEAD, program=program), bars=1)))[0] for program in (0, 24, 40, 56, 73, 81)
    }
    assert len(kits) == 5
    assert len(leads) == 6


def test_programs_and_kits_of_the_packaged_font_sound_clean() -> None:
    note, hits = (
        (Note(0, 1.0, 60, 100),),
        tuple(Note(index / 8, 0.1, key, 90) for index, key in enumerate((36, 38, 42, 46, 49, 45))),
    )
    for program in range(0, 128, 3):
        (stem,) = played(score(Part("bass", note, program), bars=1), 44100).stems
        peak = float(np.abs(stem.samples).max())
        assert 0.0005 < peak < 2.0, program
    for kit in (0, 8, 16, 24, 25, 32, 40, 48, 99):
        (stem,) = played(score(Part("drums", hits, kit), bars=1)).stems
        assert 0.01 < float(np.abs(stem.samples).max()) < 4.0, kit


def test_a_ballad_gets_a_hall_and_funk_a_dry_club_and_the_bass_none() -> None:
    ballad, funk = (played(score(LEAD, BASS), genres=(genre,)) for genre in ("ballad", "funk"))
    tails = [0 if take.stems[0].tail is None else len(take.stems[0].tail) for take in (ballad, funk)]
    assert tails[0] > 1.5 * tails[1]
    assert np.array_equal(ballad.stems[1].samples, funk.stems[1].samples)


def test_the_picture_is_wide_for_chords_and_narrow_for_the_bass() -> None:
    take = played(score(CHORDS, BASS))
    chords, bass = (stem.samples for stem in take.stems)
    assert np.array_equal(bass[:, 0], bass[:, 1])
    assert np.corrcoef(chords[:, 0], chords[:, 1]).min() < 0.97
    left, right = (float(np.mean(chords[:, channel] ** 2)) for channel in (0, 1))
    assert abs(10 * np.log10(left / right)) < 4


@pytest.mark.parametrize("threads", [1, 2])
def test_giving_up_ends_it(threads: int) -> None:
    asked = score(LEAD, CHORDS, BASS, DRUMS)
    calls = 0

    def step(_stage: str, _done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        SamplerEngine(None, threads).perform(asked, brief(asked), step)


def test_auto_is_the_sampler_and_it_is_ready() -> None:
    engine = engines.load("auto")
    assert engine.name == "sampler"
    assert engine.capabilities().is_ready
    assert 48000 in engine.capabilities().sample_rates_hz
    assert engines.names()[0] == "sampler"


@pytest.mark.parametrize("name", ["piano", "", "ace_step", "ace_step_api"])
def test_an_engine_there_is_not_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(RequestError, match="sampler") as refusal:
        engines.load(name)
    assert refusal.value.field == "engine"
