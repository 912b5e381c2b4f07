import numpy as np
import pytest

from bridge.corpus.captions import (
    HELD_CAPTIONS,
    HELD_SLOTS,
    LANGUAGES,
    TRAIN_CAPTIONS,
    _data,
    _split,
    facts_of,
    family_captions,
    song_captions,
)
from bridge.corpus.families import load_families
from tests.corpus.tiny import chance, ruled


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_40_templates_and_a_tenth_is_held_out(language: str) -> None:
    train, held = _split(language)
    assert len({*train, *held}) >= 40
    assert len(held) == len([*train, *held]) // 10


def test_every_family_has_words_and_moods() -> None:
    assert list(_data()["families"]) == list(load_families())
    assert set(_data()["moods"]) == set(load_families())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", ["rock", "rock and roll", "jazz waltz", "chinese"])
def test_captions_differ_and_held_out_words_are_in_none_to_train_on(family: str, language: str) -> None:
    made = list(family_captions(family, language, chance(1)))
    texts = [text for text, _ in made]
    assert len(set(texts)) == len(texts)
    assert [split for _, split in made].count("train") == TRAIN_CAPTIONS
    assert [split for _, split in made].count("held") == HELD_CAPTIONS
    own = _data()["families"][family][language]
    kept_back = [own[slot][-1] for slot in HELD_SLOTS]
    assert not [text for text, split in made if split == "train" and any(word in text for word in kept_back)]


def test_a_song_is_called_what_it_is() -> None:
    song = ruled("6/8", "ballad")
    facts = facts_of(song.meta, int(np.sum(song.notes[:, 0] > 0)))
    assert (facts.family, facts.tempo, facts.meter) == ("ballad", "slow" if song.meta["bpm"] < 84 else "medium", "compound")
    english = song_captions(song.meta, 100, "en", chance(1), 40)
    assert len(set(english)) > 20
    assert any(name in text for text in english for name in facts.instruments)
    assert all("{" not in text for text in english)


def test_an_article_suits_the_word_after_it() -> None:
    texts = [text for text, _ in family_captions("trance", "en", chance(1))]
    assert not [text for text in texts if " a upbeat" in f" {text}" or " a unhurried" in f" {text}"]
    assert not [text for text in texts if "an euphoric" in text]
