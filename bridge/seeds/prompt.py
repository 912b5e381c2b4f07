"""A prompt in English, Chinese or both → what it means. The words themselves are data: lexicon/*.yaml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import yaml

from bridge.music.tempo import Meter
from bridge.seeds.prompt_numbers import Numbers, read_numbers
from bridge.seeds.prompt_reply import say_back
from bridge.seeds.prompt_words import Found, Lexicon, split_refused
from bridge.style import Style

_HAN = re.compile(r"[\u3400-\u9fff]")
_FILES = ("instruments.yaml", "genres.yaml", "moods.yaml", "sound.yaml", "words.yaml")
_PHRASES = (
    *("instruments", "parts", "refusals", "genres", "flavours", "moods", "production", "dynamics", "texture"),
    *("tempo", "meter", "section", "ignored"),
)

_SOLO_AMONG_OTHERS = re.compile(
    r"\b(?:with|and|plus|featuring|then)\b[^,;.]{0,30}\bsolo|(?:带有?|配有|加上)[^，。；]{0,10}独奏"
)
"""A solo that a band makes room for ("rock with guitar solo") is not a piece for one instrument."""
_NOTHING_BUT = re.compile(
    r"除了([^,;.，。；不都]{1,12}?)(?:以外|之外)?[,，]?(?:什么|别的|其他|其它)?都?不要(?=别的|其他|其它|[,，.。]|$)"
)
"""Refuses what is not named: 除了钢琴不要别的, where 除了钢琴都要 refuses what is."""


def understand(text: str) -> Style:
    """Return what a prompt says: canonical English names in lower case, in the order said. Never raises.

    Numbers win over words: "slow, 140 BPM" is 140. Where a prompt says next to nothing, or asks for a meter that cannot
    be composed, `hints` says what would help, in the language of the prompt.
    """
    numbers, found = heard(text)
    asked, refused = split_refused(found)
    exclude = _names(refused, "instruments", "parts") + _names(asked, "refusals")
    style = Style(
        bpm=numbers.bpm or next(map(float, _names(asked, "tempo")), None),
        key=numbers.key,
        meter=numbers.meter or _meant_meter(asked),
        bars=numbers.bars,
        seconds=numbers.seconds,
        section=next(iter(_names(asked, "section")), None),
        instruments=_without(_names(asked, "instruments"), exclude),
        genres=_once([*_names(asked, "genres"), *_names(asked, "flavours")]),
        moods=_without(_names(asked, "moods"), _names(refused, "moods")),
        exclude=_once(exclude),
        production=_names(asked, "production"),
        dynamics=_names(asked, "dynamics"),
        solo=bool(_names(asked, "texture")) and not _SOLO_AMONG_OTHERS.search(text.lower()),
    )
    return replied(style, text, numbers.unplayable_meter)


def heard(text: str) -> tuple[Numbers, list[Found]]:
    """Return a prompt's numbers, and the phrases and unknown words of what is left, in order."""
    numbers = read_numbers(_normalised(text))
    return numbers, lexicon().find(numbers.rest.lower())


def replied(style: Style, text: str, unplayable_meter: str | None) -> Style:
    """Return the style with what is said back in the language of the prompt: what was understood, and hints."""
    language = "zh" if _HAN.search(text) else "en"
    said = say_back(style, _data()["replies"][language], chinese_names() if language == "zh" else {})
    return replace(style, said_back=said, hints=_hints(style, unplayable_meter, _data()["hints"][language]))


@cache
def lexicon() -> Lexicon:
    """Return the packaged word list, read once."""
    small_words = {field: {field: phrases} for field, phrases in _data()["negation"].items()}
    return Lexicon({field: _data()[field] for field in _PHRASES} | small_words, _data()["traditional"])


@cache
def fillers() -> frozenset[str]:
    """Return the words that say nothing about the music."""
    return frozenset(word.strip() for word in _data()["fillers"].split(","))


def mood_phrases() -> dict[str, tuple[str, ...]]:
    """Return the words for each mood, its name among them."""
    return {mood: (mood, *(phrase.strip() for phrase in others.split(","))) for mood, others in _data()["moods"].items()}


@cache
def chinese_names() -> dict[tuple[str, str], str]:
    """Return, for each field and canonical name, the usual Chinese word: the first that the word list has."""
    fields = ("instruments", "parts", "flavours", "genres", "moods", "production", "dynamics", "section")
    named: dict[tuple[str, str], str] = {}
    for field in fields:
        for name, others in _data()[field].items():
            word = next((phrase.strip() for phrase in others.split(",") if _HAN.search(phrase)), str(name))
            named["genres" if field == "flavours" else field, str(name)] = word
    return named


@cache
def _data() -> dict[str, Any]:
    folder = resources.files("bridge.seeds") / "lexicon"
    data: dict[str, Any] = {}
    for file in _FILES:
        # The C loader reads the list eight times as fast; PyYAML has it wherever it was built with libyaml.
        data |= yaml.load((folder / file).read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    return data


def _normalised(text: str) -> str:
    """Return full-width signs as ASCII, letters without accents, line ends as commas, and 除了钢琴不要别的 as 只要钢琴."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\n", ", "))
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _NOTHING_BUT.sub(r"只要\1", plain.translate(lexicon().simplified))


def _names(found: Iterable[Found], *fields: str) -> tuple[str, ...]:
    return _once(word.name for phrase in found for word in phrase.words if word.field in fields)


def _without(names: Iterable[str], refused: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in set(refused))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _meant_meter(asked: list[Found]) -> Meter | None:
    """Return the meter said in words, else the one that a genre has by nature (waltz: 3/4)."""
    by_genre = _data()["genre_meter"]
    meant = [*_names(asked, "meter"), *(by_genre[genre] for genre in _names(asked, "genres") if genre in by_genre)]
    return Meter.parse(meant[0]) if meant else None


def _hints(style: Style, unplayable_meter: str | None, said: dict[str, str]) -> tuple[str, ...]:
    hints = [] if unplayable_meter is None else [said["meter"].format(meter=unplayable_meter)]
    facts = (style.moods, style.bpm, style.key, style.meter, style.section, style.bars or style.seconds)
    if not (style.instruments or style.genres or sum(map(bool, facts)) > 1):
        hints.append(said["who"])
        if not style.moods:
            hints.append(said["mood"])
        if style.bpm is None:
            hints.append(said["tempo"])
    return tuple(hints)
