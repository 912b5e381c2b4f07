"""What was understood, said back to the musician in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.music.key import Key
from bridge.style import Style

_SIGNS = {"": "", "#": "升", "b": "降"}
_SHOWN = ("moods", "genres", "instruments", "dynamics", "production")


def say_back(style: Style, said: Mapping[str, str], chinese: Mapping[tuple[str, str], str]) -> str:
    """Return "I understood: …" with what is guessed in a sentence of its own.

    `said` holds the turns of phrase of the language; `chinese` the Chinese word for each (field, name), or nothing for English.
    """
    written = [word for field in _SHOWN for word in _named(style, field, said, chinese, is_guess=False)]
    written += _numbers(style, said, chinese)
    written += [said["without"].format(_unwanted(name, chinese)) for name in style.exclude]
    guessed = [word for field in _SHOWN for word in _named(style, field, said, chinese, is_guess=True)]
    sentences = [said["understood"].format(said["comma"].join(written)) if written else said["nothing"]]
    if guessed:
        sentences.append(said["guessed"].format(said["comma"].join(guessed)))
    return said["between"].join(sentences)


def _named(
    style: Style, field: str, said: Mapping[str, str], chinese: Mapping[tuple[str, str], str], *, is_guess: bool
) -> list[str]:
    names = [name for name in getattr(style, field) if (name in style.guessed) == is_guess]
    words = [chinese.get((field, name), name) for name in names]
    if field == "instruments" and style.solo and not is_guess:
        words[:1] = [said["solo"].format(words[0] if words else said["anyone"])]
    return words


def _unwanted(name: str, chinese: Mapping[tuple[str, str], str]) -> str:
    return chinese.get(("instruments", name)) or chinese.get(("parts", name), name)


def _numbers(style: Style, said: Mapping[str, str], chinese: Mapping[tuple[str, str], str]) -> list[str]:
    parts = [
        chinese.get(("section", style.section), style.section) if style.section else "",
        _key_named(style.key, is_chinese=bool(chinese)) if style.key else "",
        str(style.meter or ""),
        f"{style.bpm:g} BPM" if style.bpm else "",
        said["bars"].format(style.bars) if style.bars else "",
        said["seconds"].format(style.seconds) if style.seconds else "",
    ]
    return [part for part in parts if part]


def _key_named(key: Key, *, is_chinese: bool) -> str:
    if not is_chinese:
        return str(key)
    return f"{_SIGNS[key.tonic_name[1:]]}{key.tonic_name[0]}{'小调' if key.is_minor else '大调'}"
