from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.music.key import Key
from bridge.music.tempo import KNOWN_METERS, Meter
from bridge.seeds.prompt import understand
from bridge.style import Style

LEXICON = Path(str(resources.files("bridge.seeds"))) / "lexicon"


def test_the_wish_in_chinese_is_a_battle_theme_for_brass_and_percussion() -> None:
    style = understand("史诗感的D小调战斗主题，快速节奏，包含铜管与打击乐")
    assert (style.key, style.moods, style.instruments) == (Key(2, "minor"), ("epic",), ("brass", "percussion"))
    assert style.bpm == 140


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("slow, 140 BPM", 140),
        ("120-bpm", 120),
        ("bpm: 96.5", 96.5),
        ("tempo of 88", 88),
        ("rock at 92, E minor", 92),
        ("♩ = 72", 72),
        ("dotted quarter = 60", 90),
        ("half note = 60", 120),
        ("每分钟一百二十拍", 120),
        ("每分钟 ９０ 拍", 90),
        ("速度：75", 75),
        ("一百拍", 100),
        ("八十二拍", 82),
        ("90拍/分", 90),
        ("90 to 100 BPM", 95),
        ("at one hundred bpm", 100),
        ("one hundred and twenty beats per minute", 120),
        ("one forty-five bpm", 145),
        ("ninety-six BPM", 96),
        ("tempo of eighty-eight", 88),
        ("ninety to one hundred bpm", 95),
        ("一百二十拍", 120),
        ("速度一百二", 120),
        ("一百零八拍", 108),
        ("九十到一百拍", 95),
        ("9000 bpm", None),
        ("3 BPM", None),
        ("allegro", 132),
        ("快板", 132),
        ("慢板", 66),
        ("not too fast", None),
        ("8 beats in a bar", None),
        ("80 bmp", 80),
        ("faster", 140),
        ("rock, fast food", None),
        ("快递到了", None),
    ],
)
def test_tempo(text: str, bpm: float | None) -> None:
    assert understand(text).bpm == bpm


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("in D minor", "D minor"),
        ("D小调", "D minor"),
        ("F# major", "F# major"),
        ("F sharp major", "F# major"),
        ("f-sharp minor", "F# minor"),
        ("降E大调", "Eb major"),
        ("降 e 小调", "Eb minor"),
        ("♭B大调", "Bb major"),
        ("bB大调", "Bb major"),
        ("升F小调", "F# minor"),
        ("b minor", "B minor"),
        ("Bb minor", "Bb minor"),
        ("B♭ major", "Bb major"),
        ("a-Moll", "A minor"),
        ("C-Dur", "C major"),
        ("As-Dur", "Ab major"),
        ("cis-moll", "C# minor"),
        ("h-Moll", "B minor"),
        ("B-Dur", "Bb major"),
        ("Bb-Dur", "Bb major"),
        ("piano, F#, 90 bpm", "F# major"),
        ("xylophone, C", "C major"),
        ("b flat", "Bb major"),
        ("plan a, then b", None),
        ("C, G, Am, F", None),
        ("D dorian", "D minor"),
        ("A minor", "A minor"),
        ("A minor blues", "A minor"),
        ("a song in a minor", "A minor"),
        ("in a minor key", None),
        ("A minor key, slow", None),
        ("a minor waltz", None),
        ("a major breakthrough", None),
        ("in a café", None),
        ("in A café", None),
        ("in A, slow", "A major"),
        ("in E", "E major"),
        ("key of Eb", "Eb major"),
        ("key: C#m", "C# minor"),
        ("slow, Am, piano", "A minor"),
        ("I Am here", None),
        ("chords Am F C G", None),
        ("Am, F, C, G", None),
        ("Cmaj7", None),
        ("1=bB", "Bb major"),
        ("G调", "G major"),
        ("小调", None),
        ("vitamin C", None),
        ("Ｄ　ｍｉｎｏｒ", "D minor"),
    ],
)
def test_key(text: str, key: str | None) -> None:
    assert understand(text).key == (Key.parse(key) if key else None)


@pytest.mark.parametrize(
    ("text", "meter"),
    [
        ("3/4", "3/4"),
        ("in 6/8 time", "6/8"),
        ("６／８拍", "6/8"),
        ("¾ time", "3/4"),
        ("12/8 feel", "12/8"),
        ("waltz time", "3/4"),
        ("四三拍", "3/4"),
        ("四分之三拍", "3/4"),
        ("三拍子", "3/4"),
        ("八六拍", "6/8"),
        ("八分之十二拍", "12/8"),
        ("a waltz", "3/4"),
        ("a waltz in 4/4", "4/4"),
        ("7/8", None),
        ("24/7 vibes", None),
        ("1/4 notes", None),
    ],
)
def test_meter(text: str, meter: str | None) -> None:
    assert understand(text).meter == (Meter.parse(meter) if meter else None)


@pytest.mark.parametrize(
    ("text", "bars", "seconds"),
    [
        ("8 bars", 8, None),
        ("sixteen bars", 16, None),
        ("forty-eight bars", 48, None),
        ("eleven bars", 11, None),
        ("a hundred bars", 100, None),
        ("三十二个小节", 32, None),
        ("two and a half minutes", None, 150),
        ("two hundred seconds", None, 200),
        ("两百秒", None, 200),
        ("an 8-bar loop", 8, None),
        ("十六个小节", 16, None),
        ("１２小节", 12, None),
        ("第8小节", None, None),
        ("starting at bar 17", None, None),
        ("600 bars", None, None),
        ("30 seconds", None, 30),
        ("a 30-second loop", None, 30),
        ("45s", None, 45),
        ("80s synth", None, None),
        ("a minute", None, 60),
        ("one minute", None, 60),
        ("a minute and a half", None, 90),
        ("2 minutes 30 seconds", None, 150),
        ("1:30 long", None, 90),
        ("half a minute", None, 30),
        ("一分钟", None, 60),
        ("半分钟", None, 30),
        ("一分半钟", None, 90),
        ("1分30秒", None, 90),
        ("三十秒", None, 30),
        ("120 beats a minute", None, None),
        ("每分钟120拍", None, None),
        ("a second verse", None, None),
        ("八分音符", None, None),
        ("seven seconds left on the clock", None, None),
        ("one minute to midnight", None, None),
        ("还剩最后三十秒", None, None),
        ("倒计时十秒", None, None),
        ("三十秒后爆炸", None, None),
        ("30 seconds to use in a reel", None, 30),
    ],
)
def test_length(text: str, bars: int | None, seconds: float | None) -> None:
    assert (understand(text).bars, understand(text).seconds) == (bars, seconds)


@pytest.mark.parametrize(
    ("text", "instruments"),
    [
        ("acoustic guitars", ("acoustic guitar",)),
        ("bass drum", ("drums",)),
        ("bass clarinet", ("clarinet",)),
        ("低音提琴和大提琴", ("double bass", "cello")),
        ("Violins & cellos", ("violin", "cello")),
        ("pipa / 古筝 / Erhu", ("pipa", "guzheng", "erhu")),
        ("electric-guitar", ("electric guitar",)),
        ("horns", ("brass",)),
        ("pianissimo", ()),
    ],
)
def test_the_longest_phrase_wins(text: str, instruments: tuple[str, ...]) -> None:
    assert understand(text).instruments == instruments


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("cello solo", None),
        ("大提琴独奏", None),
        ("solo section", "solo"),
        ("副歌", "chorus"),
        ("middle eight", "bridge"),
        ("主歌", "verse"),
    ],
)
def test_solo_is_a_section_only_where_it_says_so(text: str, section: str | None) -> None:
    assert understand(text).section == section


def test_a_stronger_genre_comes_before_a_flavour() -> None:
    assert understand("jazzy waltz").genres == ("waltz", "jazz")


def test_vague_prompts_get_hints_in_their_own_language() -> None:
    assert all(hint.isascii() for hint in understand("nice music").hints)
    assert "乐器" in understand("好听的音乐").hints[0]
    assert understand("").hints
    assert not understand("sad cello").hints


def test_a_meter_that_cannot_be_composed_is_named_in_a_hint() -> None:
    assert "7/8" in understand("piano in 7/8").hints[0]


@pytest.mark.parametrize(
    "piece", ["一", "1", "a ", "no ", "不要", "♩", "b", "A minor ", "1/", "half ", "drums or ", "drums, ", "( "]
)
def test_four_thousand_hostile_characters_are_read(piece: str) -> None:
    assert isinstance(understand((piece * 4000)[:4000]), Style)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_understood_somehow(text: str) -> None:
    style = understand(text)
    assert style.meter is None or style.meter in KNOWN_METERS
    assert style == understand(text)


@pytest.mark.parametrize("field", ["instruments", "genres", "moods"])
def test_every_canonical_name_means_itself(field: str) -> None:
    names = yaml.safe_load((LEXICON / f"{field}.yaml").read_text(encoding="utf-8"))[field]
    assert [name for name in names if name not in getattr(understand(name), field)] == []
    assert all(name == name.lower() and name.isascii() for name in names)


def test_the_word_list_has_more_than_600_phrases_in_each_language() -> None:
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in LEXICON.glob("*.yaml")]
    fields = ("instruments", "genres", "flavours", "moods", "production", "dynamics", "texture", "tempo", "section")
    named = [file[field] for file in files for field in fields if field in file]
    phrases = {phrase.strip() for names in named for words in names.values() for phrase in words.split(",")}
    assert sum(phrase.isascii() for phrase in phrases) > 600
    assert sum(not phrase.isascii() for phrase in phrases) > 600


@pytest.mark.parametrize(
    ("text", "production", "dynamics"),
    [
        ("warm lo-fi tape sound", ("warm", "lo-fi", "tape"), ()),
        ("huge roomy drums, very loud", ("huge", "roomy"), ("very loud",)),
        ("dry distorted bass, not too loud", ("dry", "distorted"), ("soft",)),
        ("no reverb, whispered", ("dry",), ("very soft",)),
        ("温暖，失真，混响，渐强", ("warm", "distorted", "reverberant"), ("building",)),
        ("不要失真", (), ()),
        ("饼干", (), ()),
    ],
)
def test_production_and_dynamics(text: str, production: tuple[str, ...], dynamics: tuple[str, ...]) -> None:
    style = understand(text)
    assert (style.production, style.dynamics) == (production, dynamics)


@pytest.mark.parametrize(
    ("text", "solo"),
    [("cello solo", True), ("大提琴独奏", True), ("solo piano", True), ("solo section", False), ("cello", False)],
)
def test_who_plays_solo_plays_alone(text: str, solo: bool) -> None:  # noqa: FBT001 - a case
    assert understand(text).solo is solo


@pytest.mark.parametrize(
    "text",
    [
        "driving through Tokyo",
        "a bridge over the river",
        "a drop of water",
        "strong winds over the moor",
        "car keys on the table",
        "a train whistle far away",
        "metal detector on the beach",
        "house by the lake",
        "the trap is set",
        "solo travel in Peru",
        "汽笛",
        "鼓楼下的夜市",
        "鼓起勇气",
    ],
)
def test_a_word_of_music_that_means_another_thing_is_none(text: str) -> None:
    style = understand(text)
    assert (style.instruments, style.genres, style.moods, style.section, style.solo) == ((), (), (), None, False)


def test_pictures_of_instruments_and_faces_are_words_too() -> None:
    style = understand("🎹🎻 😢")
    assert (style.instruments, style.moods) == (("piano", "violin"), ("sad",))


def test_what_was_understood_is_said_back_in_the_language_of_the_prompt() -> None:
    english = understand("sad cello solo, D minor, 70 BPM, no drums").said_back
    assert english == "I understood: sad, cello alone, D minor, 70 BPM, no drums."
    assert (
        understand("忧伤的大提琴独奏，降E小调，70 BPM，不要鼓").said_back
        == "我的理解：忧伤，大提琴独奏，降E小调，70 BPM，不要鼓。"
    )


@pytest.mark.parametrize(
    ("text", "is_solo"),
    [
        ("cello solo", True),
        ("rock with guitar solo", False),
        ("只有钢琴独奏", True),
        ("摇滚，带吉他独奏", False),
        ("a solo for flute", True),
    ],
)
def test_a_solo_that_a_band_makes_room_for_is_not_a_piece_for_one(text: str, *, is_solo: bool) -> None:
    assert understand(text).solo == is_solo
