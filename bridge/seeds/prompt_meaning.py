"""What a prompt means beyond its words: slips of the finger, and pictures ("rain on the window") that stand for music.

Slower than words alone, so it runs where the music is made, never where a request comes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import yaml

from bridge.seeds.prompt import fillers, heard, lexicon, replied, understand
from bridge.seeds.prompt_words import Found, refused_places
from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder
from bridge.style import Style

ALIKE = 0.46
"""From this cosine on, a picture is taken to be like a known scene; measured on the tuned half of the labelled prompts."""
SECOND_WEIGHT = 0.3
"""What the second likest sentence of a scene counts."""
NEARLY_AS_ALIKE = 0.05
"""A second scene counts too if it is at most this much further away."""
WINDOW_WORDS = 6
WINDOW_HAN = 8
MOODS_GUESSED = 2
GENRES_GUESSED = 1
_CLAUSE_ENDS = frozenset(",.;:!?()。、")
_PICTURED = ("genres", "flavours", "moods")
"""Known words that belong to the picture; the others are said already."""
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_WORD = re.compile(r"[A-Za-z]{3,}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=256)
def understand_fully(text: str) -> Style:
    """Return what a prompt says, and in the fields that its words leave open what it means; the latter is listed in `guessed`.

    The same as `understand` where the sentence encoder is missing. Deterministic.
    """
    encoder = load_encoder()
    return understand(text) if encoder is None else deepen(understand(text), text, encoder)


def deepen(style: Style, text: str, encoder: SentenceEncoder) -> Style:
    """Return the style with slips mended, and open moods and genres filled by the known scenes nearest in meaning."""
    mended = mend(text, encoder)
    style = style if mended == text else understand(mended)
    pictures = list(_pictures(mended))
    if not pictures or (style.moods and style.genres):
        return style
    nearest = _nearest_scenes(pictures, encoder)
    moods = () if style.moods else _once(name for scene in nearest for name in scene.moods)[:MOODS_GUESSED]
    genres = () if style.genres else _once(name for scene in nearest for name in scene.genres)[:GENRES_GUESSED]
    deeper = replace(style, moods=style.moods or moods, genres=style.genres or genres, guessed=(*moods, *genres))
    return replied(deeper, text, heard(mended)[0].unplayable_meter)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def mend(text: str, encoder: SentenceEncoder) -> str:
    """Return the text with words that are none, but one slip away from an English word of the lexicon, put right."""
    return _WORD.sub(lambda match: _mended(match[0], encoder), text)


def _mended(word: str, encoder: SentenceEncoder) -> str:
    lower, known = word.lower(), lexicon().vocabulary
    if {lower, lower.removesuffix("s")} & (known | _everyday(encoder)) or encoder.knows(lower):
        return word
    candidates = sorted(slip for slip in _slips(lower) if slip in known)
    return candidates[0] if candidates else word


def _slips(word: str) -> Iterator[str]:
    """Give the words one slip away with the same first letter; short words differ by little, so fewer slips count."""
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield head + head[-1] + tail
        if len(word) > 3:
            yield head + tail[1:]
            yield head + tail[1:2] + tail[:1] + tail[2:]
            yield from (head + letter + tail for letter in _LETTERS)
        if len(word) > 5:
            yield from (head + letter + tail[1:] for letter in _LETTERS)


@cache
def _everyday(encoder: SentenceEncoder) -> frozenset[str]:
    """Return English words that are no slips though they are not in the lexicon: the fillers, and those of the scenes."""
    return fillers() | {
        word for scene in _scenes(encoder) for sentence in scene.sentences for word in _WORD.findall(sentence.lower())
    }


def _pictures(text: str) -> Iterator[str]:
    """Give the clauses that hold words which the lexicon does not know, without what is refused and what is said already."""
    found = heard(text)[1]
    refused = refused_places(found)
    clause: list[Found] = []
    for place, here in enumerate(found):
        if here.text in _CLAUSE_ENDS:
            yield from _picture(clause)
            clause = []
        elif place not in refused and not here.text.isdigit() and (not here.is_content or here.has(*_PICTURED)):
            clause.append(here)
    yield from _picture(clause)


def _picture(clause: list[Found]) -> Iterator[str]:
    unknown = "".join(here.text for here in clause if not here.words and here.text not in fillers())
    if len(unknown) < (3 if unknown.isascii() else 2):
        return
    words = _HAN_GAP.sub("", " ".join(here.text for here in clause))
    yield words
    yield from _windows(words)


def _windows(clause: str) -> Iterator[str]:
    """Give overlapping pieces of a long clause: a sentence about many things is like none of them."""
    for tokens, size, glue in ((clause.split(), WINDOW_WORDS, " "), (clause, WINDOW_HAN, "")):
        if (glue == " ") == clause.isascii() and len(tokens) > size + size // 2:
            yield from (glue.join(tokens[at : at + size]) for at in range(0, len(tokens) - size // 2, size // 2))


@dataclass(frozen=True)
class _Scene:
    """A scene, and what it stands for."""

    genres: tuple[str, ...]
    moods: tuple[str, ...]
    sentences: tuple[str, ...]
    vectors: np.ndarray
    """A row for each sentence."""

    def alike(self, pictures: np.ndarray) -> float:
        """Return how like the scene any of the pictures is: by its best sentences, since one alone may be near by accident."""
        cosines = pictures @ self.vectors.T
        cosines.sort(axis=1)
        return float((cosines[:, -1] * (1.0 - SECOND_WEIGHT) + cosines[:, -2] * SECOND_WEIGHT).max())


@cache
def _scenes(encoder: SentenceEncoder) -> tuple[_Scene, ...]:
    path = resources.files("bridge.seeds") / "lexicon" / "scenes.yaml"
    said = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["scenes"]  # noqa: S506 - both are safe loaders
    vectors = iter(encoder.encode([sentence for scene in said for sentence in scene["say"]]))
    return tuple(
        _Scene(
            tuple(scene["genres"]), tuple(scene["moods"]), tuple(scene["say"]), np.stack([next(vectors) for _ in scene["say"]])
        )
        for scene in said
    )


def _nearest_scenes(pictures: list[str], encoder: SentenceEncoder) -> list[_Scene]:
    """Return the scenes that the pictures, one by one or together, are most like, the likest first."""
    vectors = encoder.encode([*pictures, ", ".join(pictures)] if len(pictures) > 1 else pictures)
    scored = sorted(((scene.alike(vectors), -place, scene) for place, scene in enumerate(_scenes(encoder))), reverse=True)
    enough = max(ALIKE, scored[0][0] - NEARLY_AS_ALIKE)
    return [scene for alike, _, scene in scored if alike >= enough]
