from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.corpus.sound import effects
from bridge.corpus.sound.production import _OPPOSITES, MORE_WORDS, PRODUCTION_WORDS, Production, drawn, produced
from bridge.corpus.sound.reverb import impulse_response, space
from model.sound.layout import SAMPLE_RATE_HZ
from tests.corpus.tiny import chance


@pytest.mark.parametrize("word", PRODUCTION_WORDS)
def test_a_word_moves_its_descriptor_the_way_it_says(word: str, dry_stems: list[NDArray[np.float32]]) -> None:
    moved = PRODUCTION_WORDS[word]
    changes = [
        moved.measure(produced(stem, Production({word: 0.8}, seed))) - moved.measure(produced(stem, Production({}, seed)))
        for seed, stem in enumerate(dry_stems)
    ]
    assert sum(change * moved.direction > 0.0 for change in changes) >= 2, changes


@pytest.mark.parametrize("word", MORE_WORDS)
def test_other_words_are_heard_too(word: str, dry_stems: list[NDArray[np.float32]]) -> None:
    plain, asked = (produced(dry_stems[0], Production(strengths, 1)) for strengths in ({}, {word: 0.8}))
    assert np.abs(plain - asked).max() > 0.01


def test_production_is_a_matter_of_its_seed_and_keeps_length_level_and_peak(dry_stems: list[NDArray[np.float32]]) -> None:
    production = Production({"lo-fi": 0.9, "big hall": 0.6}, 5)
    one, again = (produced(dry_stems[2], production) for _ in range(2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, produced(dry_stems[2], Production(production.strengths, 6)))
    assert one.shape == dry_stems[2].shape
    assert one.dtype == np.float32
    assert np.abs(one).max() <= 0.99
    assert abs(20 * np.log10(effects.level(one) / effects.level(dry_stems[2]))) < 3.0


def test_silence_stays_silent() -> None:
    silence = np.zeros((9600, 2), np.float32)
    assert not produced(silence, Production({"lo-fi": 1.0}, 1)).any()


def test_words_that_are_drawn_do_not_contradict_each_other() -> None:
    random = chance(1)
    productions = [drawn(random) for _ in range(300)]
    assert {word for one in productions for word in one.strengths} == {*PRODUCTION_WORDS, *MORE_WORDS}
    assert all(len(group & {*one.strengths}) < 2 for one in productions for group in _OPPOSITES)


def test_a_shelf_lifts_what_lies_beyond_its_corner_by_its_gain() -> None:
    seconds = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    for hertz, is_high, expected_db in ((15_000.0, True, 6.0), (60.0, True, 0.0), (30.0, False, 6.0), (9000.0, False, 0.0)):
        tone = np.tile(np.sin(2 * np.pi * hertz * seconds).astype(np.float32), (2, 1))
        lifted = effects.shelved(tone, 1000.0, 6.0, is_high=is_high)
        assert abs(20 * np.log10(effects.level(lifted) / effects.level(tone)) - expected_db) < 0.4


def test_a_larger_hall_rings_longer() -> None:
    small, large = (impulse_response(space("hall", size, 1)) for size in (0.0, 1.0))
    halves = [np.sum(one[:, SAMPLE_RATE_HZ // 2 :] ** 2) / np.sum(one**2) for one in (small, large)]
    assert halves[1] > 1.5 * halves[0]
