"""What a prompt means beyond its words: slips of the finger, and pictures ("rain on the window") that stand for music.

Slower than words alone, so it runs where the music is made, never where a request comes in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from itertools import islice

import numpy as np

from bridge.seeds.prompt import fillers, heard, lexicon, replied, understand
from bridge.seeds.prompt_words import Found, refused_places, split_refused
from bridge.seeds.scenes import SECOND_NAME_VOTE, Scene, load_leanings, load_scenes
from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder
from bridge.style import Style

ALIKE = 0.6
"""From this cosine on, a picture is like known scenes, which vote too; below it, only the tendency of all scenes is known."""
VOTE_WIDTH = 0.05
"""A scene whose cosine is so much lower than the best one's has 1/e of its vote."""
VOTING_SCENES = 8
LEANING = 0.16
"""A tendency below this is no guess; suits the tuned prompts."""
PICTURES_MAX = 64
WINDOW_WORDS = 6
WINDOW_HAN = 8
MOODS_GUESSED = 2
GENRES_GUESSED = 1
_CLAUSE_ENDS = frozenset(",.;:!?()。、")
_PICTURED = ("genres", "flavours", "moods")
"""Known words that belong to the picture; the others are said already."""
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_WORD = re.compile(r"\b[A-Za-z]{3,20}\b")
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ly")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=256)
def understand_fully(text: str) -> Style:
    """Return what a prompt says, and in the fields that its words leave open what it means; the latter is listed in `guessed`.

    The same as `understand` where the sentence encoder is missing, which is loaded only for prompts with unknown words.
    """
    style = understand(text)
    if not any(_is_unknown(here) for here in heard(text)[1]):
        return style
    encoder = load_encoder()
    return style if encoder is None else deepen(style, text, encoder)


@lru_cache(maxsize=256)
def prompt_vector(text: str) -> tuple[float, ...]:
    """Return a prompt as a sentence vector: 512 numbers, of length 1; () where it is empty or the encoder is missing."""
    encoder = load_encoder() if text.strip() else None
    return () if encoder is None else tuple(encoder.encode([text])[0].tolist())


def deepen(style: Style, text: str, encoder: SentenceEncoder) -> Style:
    """Return the style with slips mended, and open moods and genres filled by the known scenes nearest in meaning."""
    mended = mend(text, encoder)
    style = style if mended == text else understand(mended)
    numbers, found = heard(mended)
    pictures = list(islice(_pictures(found), PICTURES_MAX))
    if not pictures or (style.moods and style.genres):
        return style
    vectors = encoder.encode([*pictures, ", ".join(pictures)] if len(pictures) > 1 else pictures)
    unwanted = {word.name for here in split_refused(found)[1] for word in here.words}
    moods = style.moods or _guess("moods", vectors, unwanted, encoder)[:MOODS_GUESSED]
    genres = style.genres or _guess("genres", vectors, unwanted, encoder)[:GENRES_GUESSED]
    guessed = (*(() if style.moods else moods), *(() if style.genres else genres))
    return replied(replace(style, moods=moods, genres=genres, guessed=guessed), text, numbers.unplayable_meter)


def _guess(field: str, pictures: np.ndarray, unwanted: set[str], encoder: SentenceEncoder) -> tuple[str, ...]:
    """Return the names that the pictures stand for, the likeliest first: by tendency and by the scenes most like them."""
    likest = sorted(((scene.alike(pictures), scene) for scene in load_scenes(encoder)), key=lambda pair: -pair[0])
    votes = load_leanings(encoder, field).votes(pictures)
    if likest[0][0] >= ALIKE:
        near = _votes(likest[:VOTING_SCENES], field)
        votes = {name: leaning + near.get(name, 0.0) for name, leaning in votes.items()}
    names = (name for name in votes if votes[name] >= LEANING and name not in unwanted)
    return tuple(sorted(names, key=lambda name: (-votes[name], name)))


def _votes(likest: list[tuple[float, Scene]], field: str) -> dict[str, float]:
    """Return name → the share of the scenes that stand for it, the likest counting most."""
    votes: dict[str, float] = {}
    weights = [math.exp((alike - likest[0][0]) / VOTE_WIDTH) for alike, _ in likest]
    for weight, (_, scene) in zip(weights, likest, strict=True):
        for place, name in enumerate(getattr(scene, field)):
            votes[name] = votes.get(name, 0.0) + weight / sum(weights) * (SECOND_NAME_VOTE if place else 1.0)
    return votes


def mend(text: str, encoder: SentenceEncoder) -> str:
    """Return the text with words that are none, but one slip away from an English word of the lexicon, put right."""
    return _WORD.sub(lambda match: _mended(match[0], encoder), text)


def _mended(word: str, encoder: SentenceEncoder) -> str:
    lower, known = word.lower(), lexicon().vocabulary
    stems = {lower, *(lower.removesuffix(ending) for ending in _ENDINGS)}
    if stems & (known | _everyday(encoder)) or any(map(encoder.knows, stems)):
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
        word for scene in load_scenes(encoder) for sentence in scene.sentences for word in _WORD.findall(sentence.lower())
    }


def _pictures(found: list[Found]) -> Iterator[str]:
    """Give the clauses that hold words which the lexicon does not know, without what is refused and what is said already."""
    refused = refused_places(found)
    clause: list[Found] = []
    for place, here in enumerate(found):
        if here.text in _CLAUSE_ENDS:
            yield from _picture(clause)
            clause = []
        elif place not in refused and not here.text.isdigit() and (not here.is_content or here.has(*_PICTURED)):
            clause.append(here)
    yield from _picture(clause)


def _is_unknown(here: Found) -> bool:
    return not here.words and here.text.isalpha() and here.text not in fillers()


def _picture(clause: list[Found]) -> Iterator[str]:
    unknown = [here.text for here in clause if _is_unknown(here)]
    if not any(len(word) > 2 for word in unknown) and sum(not word.isascii() for word in unknown) < 2:
        return
    words = _HAN_GAP.sub("", " ".join(here.text for here in clause))
    yield words
    yield from _windows(words)


def _windows(clause: str) -> Iterator[str]:
    """Give overlapping pieces of a long clause: a sentence about many things is like none of them."""
    for tokens, size, glue in ((clause.split(), WINDOW_WORDS, " "), (clause, WINDOW_HAN, "")):
        if (glue == " ") == clause.isascii() and len(tokens) > size + size // 2:
            yield from (glue.join(tokens[at : at + size]) for at in range(0, len(tokens) - size // 2, size // 2))
