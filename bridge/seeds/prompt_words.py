"""The word list of prompts: read from the packaged lexicon, matched longest first, with what is refused kept apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_TOKEN = re.compile(r"[a-z]+|\d+|[^\sa-z\d'’\-_]")
_PLAYED = frozenset({"instruments", "parts"})
_SELF_NAMED = frozenset({"instruments", "genres", "moods", "parts", "production", "dynamics"})
"""Fields whose canonical name is itself a word for it (a tempo or a meter is not)."""
_CONTENT = _SELF_NAMED | {"flavours", "tempo", "meter", "section", "refusals", "texture"}
_COMMAS = frozenset({",", "、"})
_LIST_LOOKAHEAD = 16
_STOPS = frozenset(",;.。!、)")


@dataclass(frozen=True, slots=True)
class Word:
    """What a phrase means: a field of the lexicon and the canonical name in it."""

    field: str
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of the lexicon, or one token it does not know (then without meanings)."""

    words: tuple[Word, ...]
    text: str

    def has(self, *fields: str) -> bool:
        """Whether the phrase means something in one of these fields."""
        return any(word.field in fields for word in self.words)

    @property
    def is_content(self) -> bool:
        """Whether it says something about the music."""
        return self.has(*_CONTENT)

    @property
    def is_played(self) -> bool:
        """Whether it names something that sounds: an instrument or a part."""
        return self.has(*_PLAYED)


class Lexicon:
    """Phrases → meanings."""

    def __init__(self, phrases: Mapping[str, Mapping[str, str]], traditional: Mapping[str, str]) -> None:
        """Take, for each field and canonical name, the other phrases for it with commas between."""
        self.simplified = str.maketrans(dict(traditional))
        self._words: dict[tuple[str, ...], tuple[Word, ...]] = {}
        self._longest: dict[str, int] = {}
        for field, names in phrases.items():
            for name, others in names.items():
                self._add(Word(field, str(name)), others)
        self._add_plurals()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every single English word that occurs in a phrase."""
        return frozenset(token for phrase in self._words for token in phrase if token.isascii() and token.isalpha())

    def _add(self, word: Word, others: str) -> None:
        own = [word.name] if word.field in _SELF_NAMED else []
        for phrase in (*own, *others.split(",")):
            key = tuple(_TOKEN.findall(phrase.lower()))
            if key and word not in self._words.get(key, ()):
                self._enter(key, (*self._words.get(key, ()), word))

    def _enter(self, key: tuple[str, ...], words: tuple[Word, ...]) -> None:
        self._words[key] = words
        self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def _add_plurals(self) -> None:
        """Let "violins" mean violin, unless the lexicon knows the plural as something else."""
        for key, words in list(self._words.items()):
            last = key[-1]
            plural = (*key[:-1], last + ("es" if last.endswith(("x", "ch", "sh")) else "s"))
            is_english = last[0].isascii() and last[0].isalpha() and not last.endswith("s")
            if is_english and words[0].field in {"instruments", "genres", "flavours", "parts"} and plural not in self._words:
                self._enter(plural, words)

    def find(self, text: str) -> list[Found]:
        """Return the phrases of a lower-case text in order, the longest at each place, and its other tokens."""
        tokens = _TOKEN.findall(text.translate(self.simplified))
        found, at = [], 0
        while at < len(tokens):
            length, words = self._match(tokens, at)
            found.append(Found(words, " ".join(tokens[at : at + length])))
            at += length
        return found

    def _match(self, tokens: Sequence[str], at: int) -> tuple[int, tuple[Word, ...]]:
        for length in range(self._longest.get(tokens[at], 0), 0, -1):
            words = self._words.get(tuple(tokens[at : at + length]))
            if words and at + length <= len(tokens):
                return length, words
        return 1, ()


def split_refused(found: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """Return what is asked for and what is refused, among all that was found."""
    refused = refused_places(found)
    asked = [here for place, here in enumerate(found) if place not in refused]
    return asked, [found[place] for place in sorted(refused)]


def refused_places(found: Sequence[Found]) -> set[int]:
    """Return the places of what is refused: "no drums", "without bass or vocals", "不要鼓和贝斯", "鼓都不要", "鼓换成铃"."""
    places: set[int] = set()
    at = 0
    while at < len(found):
        here = found[at]
        if at and found[at - 1].is_played and (here.has("swaps") or (here.has("after") and _ends_clause(found, at + 1))):
            places.update(range(_refused_since(found, at), at))
        elif here.has("before", "degree"):
            end = _refused_until(found, at + 1)
            places.update(range(at + 1, end))
            at = max(at, end - 1)
        at += 1
    return places


def _refused_until(found: Sequence[Found], start: int) -> int:
    """Return the place after the last phrase that a refusal before `start` reaches; of a list ("no: drums, bass") the last."""
    end, last, joined = start, None, None
    is_weak = found[start - 1].has("degree")
    is_list = start < len(found) and found[start].text == ":"
    for at in range(start, len(found)):
        here = found[at]
        if here.is_content:
            if (is_weak and here.is_played) or (last and not _goes_on(last, joined, here)):
                break
            end, last, joined = at + 1, here, None
        elif last and (here.has("joins") or (here.text in _COMMAS and (is_list or _ends_with_or(found, at)))):
            joined = here
        elif not (here.has("between") or (is_list and at == start)):
            break
    return end


def _goes_on(last: Found, joined: Found | None, here: Found) -> bool:
    """Whether a refusal reaches from `last` to `here`: "no drums or loud guitars" does, "no drums and soft piano" does not."""
    if joined is None:
        return not last.is_played
    return joined.has("or_joins") or last.is_played == here.is_played


def _ends_with_or(found: Sequence[Found], at: int) -> bool:
    """Whether the commas from `at` on belong to a list such as "vocals, drums or bass"."""
    for here in found[at : at + _LIST_LOOKAHEAD]:
        if here.has("or_joins"):
            return True
        if not (here.is_played or here.text in _COMMAS):
            return False
    return False


def _refused_since(found: Sequence[Found], end: int) -> int:
    """Return the place of the first of the things named in a row right before `end`."""
    start = end
    while start and (found[start - 1].is_played or found[start - 1].has("joins")):
        start -= 1
    return start


def _ends_clause(found: Sequence[Found], at: int) -> bool:
    return at >= len(found) or found[at].text in _STOPS
