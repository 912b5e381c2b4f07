from __future__ import annotations

import pytest

from bridge.corpus.sound.captions import LANGUAGES, _data, _templates, caption, programs
from bridge.corpus.sound.production import MORE_WORDS, PRODUCTION_WORDS
from bridge.corpus.sound.stems import PART_WEIGHTS
from tests.corpus.tiny import chance


def test_everybody_who_may_play_and_every_word_has_a_name_in_both_languages() -> None:
    data = _data()
    for part in PART_WEIGHTS:
        names = data["kits" if part == "drums" else "instruments"]
        assert all(names[program][language] for program in programs(part) for language in LANGUAGES)
        assert all("{}" in role for language in LANGUAGES for role in data["roles"][part][language])
    assert {*data["words"]} == {*PRODUCTION_WORDS, *MORE_WORDS}
    assert all(wording[language] for word in data["words"].values() for wording in word.values() for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_caption_says_all_words_and_usually_who_plays(language: str) -> None:
    random = chance(2)
    strengths = {"dark": 0.9, "big hall": 0.5}
    made = [caption(42, "lead", strengths, language, "train", random) for _ in range(100)]
    words = [[text for sort in _data()["words"][word].values() for text in sort[language]] for word in ("dark", "big hall")]
    assert all(any(text in one for text in wordings) for one in made for wordings in words)
    assert 75 <= sum(any(name in one for name in _data()["instruments"][42][language]) for one in made) < 100
    assert len({*made}) > 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_templates_are_in_no_caption_to_train_on(language: str) -> None:
    train, held = (_templates(language, split) for split in ("train", "held"))
    assert not {*train} & {*held}
    assert len(train) >= 3 * len(held)


def test_articles_fit_and_no_word_is_said_twice() -> None:
    random = chance(3)
    made = [caption(81, "lead", {"bright": 0.5}, "en", "train", random) for _ in range(200)]
    assert not any("lead lead" in one for one in made)
    made = [caption(25, "chords", {}, "en", "train", random) for _ in range(200)]
    assert not any("a acoustic" in one for one in made)
    assert any("an acoustic" in one for one in made)
