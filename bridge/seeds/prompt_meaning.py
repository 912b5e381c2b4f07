"""What a prompt means beyond its words: slips of the finger, and pictures ("rain on the window") that stand for music.

Slower than words alone, so it runs where the music is made, never where a request comes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache, lru_cache
from itertools import islice

from bridge.seeds.guesses import FIELDS, load_guesses
from bridge.seeds.prompt import fillers, heard, lexicon, replied, understand
from bridge.seeds.prompt_words import Found, refused_places, split_refused
from bridge.seeds.sentence_encoder import SentenceEncoder, load_encoder
from bridge.style import Style

LEAST_VOTE = {"genres": 0.18, "moods": 0.22, "instruments": 0.25}
"""A name with a smaller vote is no guess; suits the tuned prompts."""
GUESSED_MAX = {"genres": 1, "moods": 2, "instruments": 2}
LEAST_SHARE = {"genres": 0.0, "moods": 0.0, "instruments": 0.7}
"""A second name with less than so much of the first one's vote is no guess either."""
PICTURES_MAX = 64
WINDOW_WORDS = 6
WINDOW_HAN = 8
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
    """Return the style with slips mended, and open moods, genres and instruments filled by what its pictures stand for."""
    mended = mend(text, encoder)
    style = style if mended == text else understand(mended)
    numbers, found = heard(mended)
    pictures = list(islice(_pictures(found), PICTURES_MAX))
    if not pictures or (style.moods and style.genres):
        return style
    joined = [", ".join(pictures)] if len(pictures) > 1 else []
    told = [*pictures, *joined, _asked(found)]
    votes = load_guesses().votes(told, encoder.encode(told))
    unwanted = {*style.exclude, *(word.name for here in split_refused(found)[1] for word in here.words)}
    votes["instruments"] = _playable(votes["instruments"], style.genres, unwanted)
    guesses = {field: () if getattr(style, field) else _likeliest(field, votes[field], unwanted) for field in FIELDS}
    style = replace(
        style,
        genres=style.genres or guesses["genres"],
        moods=style.moods or guesses["moods"],
        instruments=style.instruments or guesses["instruments"],
        guessed=tuple(name for names in guesses.values() for name in names),
    )
    return replied(style, text, numbers.unplayable_meter)


def _likeliest(field: str, votes: dict[str, float], unwanted: AbstractSet[str]) -> tuple[str, ...]:
    """Return the names of a field that the pictures stand for, the likeliest first."""
    likely = sorted((name for name in votes if name not in unwanted), key=lambda name: (-votes[name], name))[
        : GUESSED_MAX[field]
    ]
    least = max(LEAST_VOTE[field], LEAST_SHARE[field] * votes[likely[0]]) if likely else 0.0
    return tuple(name for name in likely if votes[name] >= least)


def _playable(votes: dict[str, float], genres: tuple[str, ...], unwanted: AbstractSet[str]) -> dict[str, float]:
    """Return the votes for instruments that fit a genre that is written and what is refused: "no guitar" means all kinds."""
    able = load_guesses().band(genres) if genres else votes.keys()
    return {name: vote for name, vote in votes.items() if name in able and not unwanted & set(name.split())}


def mend(text: str, encoder: SentenceEncoder) -> str:
    """Return the text with words that are none, but one slip away from an English word of the lexicon, put right."""
    return _WORD.sub(lambda match: _mended(match[0], encoder), text)


def _mended(word: str, encoder: SentenceEncoder) -> str:
    lower, known = word.lower(), lexicon().vocabulary
    stems = {lower, *(lower.removesuffix(ending) for ending in _ENDINGS)}
    if stems & (known | _everyday()) or any(map(encoder.knows, stems)):
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
def _everyday() -> frozenset[str]:
    """Return English words that are no slips though they are not in the lexicon: the fillers, and those of the scenes."""
    return fillers() | load_guesses().words


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


def _asked(found: list[Found]) -> str:
    """Return the whole prompt without what is refused: words that are known lean to something, too."""
    refused = refused_places(found)
    return _HAN_GAP.sub("", " ".join(here.text for place, here in enumerate(found) if place not in refused))


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
