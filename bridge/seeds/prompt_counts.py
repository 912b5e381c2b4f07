"""Numbers as prompts write them: in digits, in English words ("one hundred and twenty", "one twenty"), in Chinese (一百二)."""

from __future__ import annotations

import re

_UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ENGLISH_VALUES = (
    {word: value for value, word in enumerate((*_UNITS, *_TEENS), 1)}
    | {word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)}
    | {"a": 1}
)
_UNIT, _TEEN, _TEN = ("|".join(sorted(words, key=len, reverse=True)) for words in (_UNITS, _TEENS, _TENS))
_BELOW_HUNDRED = rf"(?:(?:{_TEN})(?:[ -](?:{_UNIT})\b)?|{_TEEN}|{_UNIT})"
_ENGLISH = rf"(?:(?:{_UNIT}|a)[ -]hundred(?:(?: and)?[ -]{_BELOW_HUNDRED})?|{_BELOW_HUNDRED})"
_ENGLISH_SPOKEN = rf"(?:(?:one|two)[ -](?:{_TEN})(?:[ -](?:{_UNIT})\b)?)"
"""Tempi are said like this too: "one twenty"."""

_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE = "[零〇一二两三四五六七八九十百半]{1,6}"
_CHINESE_BPM = r"(?<![零〇一二两三四五六七八九十百\d])[一二两三四五六七八九]?[十百][零一二三四五六七八九十]{0,4}"

COUNT = rf"(?<![\d.:第每])(\d{{1,4}}(?:\.\d{{1,2}})?|(?<![第每]){_CHINESE}|\b{_ENGLISH})"
"""A count of bars, seconds or minutes, as one group of a pattern that ignores case."""
BPM_NUMBER = rf"\d{{1,3}}(?:\.\d{{1,3}})?|{_CHINESE_BPM}|\b(?:{_ENGLISH_SPOKEN}|{_ENGLISH})\b"
BPM = rf"(?<![\d.])({BPM_NUMBER})"
"""A tempo, the same."""

_WORDS = re.compile(r"[a-z]+")


def written_number(text: str) -> float:
    """Return the number written in digits, in English words or in Chinese; 0 for what is none."""
    if text[0].isdigit() and text[0] not in _CHINESE_DIGITS:
        return float(text)
    return float(_english(text.lower()) if text[0].isascii() else _chinese(text))


def _english(text: str) -> int:
    """Return 120 for "one hundred and twenty" and for "one twenty"."""
    total = 0
    for word in _WORDS.findall(text):
        if word == "hundred" or (word in _TENS and 0 < total < 10):
            total *= 100
        total += _ENGLISH_VALUES.get(word, 0)
    return total


def _chinese(text: str) -> float:
    if text == "半":
        return 0.5
    total, digit, place = 0, 0, 1
    for sign in text:
        if sign in "十百":
            place = 100 if sign == "百" else 10
            total, digit = total + (digit or 1) * place, 0
        elif sign in _CHINESE_DIGITS:
            place = 1 if sign in "零〇" else place
            digit = digit * 10 + _CHINESE_DIGITS[sign]
    return total + digit * (10 if place == 100 else 1)  # 一百二 is 120, 一百零二 is 102
