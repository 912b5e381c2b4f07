"""Tempo, key, meter and length as numbers and letters in a prompt: what is written, before any word is weighed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.music.key import Key, pitch_class
from bridge.music.tempo import BPM_MAX, BPM_MIN, KNOWN_METERS, Meter
from bridge.seeds.prompt_counts import BPM, BPM_NUMBER, COUNT, written_number

BARS_MAX = 512
SECONDS_MAX = 3600.0

_MINOR_MODES = frozenset({"m", "min", "minor", "moll", "dorian", "aeolian", "phrygian", "locrian", "小调"})
_ACCIDENTALS = dict.fromkeys(("#", "♯", "sharp", "升", "is"), "#") | dict.fromkeys(("b", "♭", "flat", "降", "es", "s"), "b")
_GERMAN_NOTES = {"H": "B", "B": "Bb"}
_NOTE_BEATS = {
    "quarter": 1.0,
    "crotchet": 1.0,
    "♩": 1.0,
    "四分音符": 1.0,
    "half": 2.0,
    "minim": 2.0,
    "eighth": 0.5,
    "quaver": 0.5,
    "♪": 0.5,
}


@dataclass
class Numbers:
    """What a prompt says in numbers; None for what it does not."""

    rest: str
    """The prompt with commas in place of all that was read, at the same positions."""
    bpm: float | None = None
    """Quarter notes a minute."""
    key: Key | None = None
    meter: Meter | None = None
    bars: int | None = None
    seconds: float | None = None
    unplayable_meter: str | None = None
    """A meter that is written down but cannot be composed."""

    def blank(self, match: re.Match[str]) -> None:
        """Take what matched out of `rest`."""
        self.rest = f"{self.rest[: match.start()]}{',' * (match.end() - match.start())}{self.rest[match.end() :]}"


def read_numbers(text: str) -> Numbers:
    """Return what a prompt says in numbers; where it says something twice, the first counts."""
    found = Numbers(text)
    for read in (_read_meter, _read_key, _read_bpm, _read_length, _read_bars):
        read(found)
    return found


# --- meter ---

_METER = re.compile(r"(?<![\d/])(\d{1,2})\s?[/⁄]\s?(2|4|8|16)(?![\d/])\s?(?:拍子?|time|meter)?", re.IGNORECASE)
_METER_CHINESE = re.compile(
    r"(?<![十百每])(?:([二四八])分之([二三四五六七九]|十二)|([四八])([二三四五六七九])|([二三五六])([四八]))拍子?"
)


def _read_meter(found: Numbers) -> None:
    for match in [*_METER.finditer(found.rest), *_METER_CHINESE.finditer(found.rest)]:
        meter = _written_meter(match)
        if meter.numerator < 2:
            continue
        if meter not in KNOWN_METERS:
            found.unplayable_meter = found.unplayable_meter or str(meter)
        found.meter = found.meter or (meter if meter in KNOWN_METERS else None)
        found.blank(match)


def _written_meter(match: re.Match[str]) -> Meter:
    """Return the meter of "3/4", of "四三拍" and "四分之三拍" (the note value comes first), or of "三四拍"."""
    if match.re is _METER:
        return Meter(int(match[1]), int(match[2]))
    by_value, by_value_short, by_count = match.group(1, 2), match.group(3, 4), match.group(6, 5)
    note_value, numerator = next(pair for pair in (by_value, by_value_short, by_count) if pair[0])
    return Meter(int(written_number(numerator)), int(written_number(note_value)))


# --- key ---

_SIGN = "[#♯b♭]"
_LETTER = "(?P<letter>[A-Ga-g])"
_AFTER_LETTER = r"(?:\s?(?P<sign>[#♯♭]|b(?![a-z])|b(?=m(?:aj|in)))|[\s-]?(?P<word>(?i:sharp|flat)))?"
_MODE = "(?P<mode>(?i:major|minor|maj|min|dur|moll|ionian|dorian|phrygian|lydian|mixolydian|aeolian|locrian))"
_KEY_CHINESE = (  # 降E大调 · F#小调 · G调
    rf"(?<![A-Za-z])(?P<before>升|降|{_SIGN})?\s?{_LETTER}\s?(?P<sign>升|降|{_SIGN})?\s?(?:自然|和声|旋律)?\s?"
    r"(?P<mode>大调|小调|调(?![式性子音]))"
)
# 1=bB, as numbered notation writes it
_KEY_NUMBERED = rf"(?<!\d)1\s?=\s?(?P<before>{_SIGN})?(?P<letter>[A-G])(?P<sign>{_SIGN})?(?![A-Za-z])"
# D minor · F-sharp major · Bb-Dur
_KEY_ENGLISH = rf"(?<![A-Za-z]){_LETTER}{_AFTER_LETTER}[\s-]{{0,2}}{_MODE}(?![a-z0-9])"
_KEY_GERMAN = (  # As-Dur · cis-Moll · h-Moll
    r"(?<![A-Za-z])(?P<letter>[A-Ha-h])(?P<sign>(?<=[CDFGAcdfga])is|(?<=[CDGcdg])es|(?<=[AEae])s)?[\s-]?"
    r"(?P<mode>(?i:dur|moll))(?![a-z])"
)
_KEY_NAMED = (  # in C · key of Eb · key: F#m
    r"(?:\b(?i:in|key|tonality)(?i: of| is)?|调性?[是为]?)\s?[:=]?\s{0,2}"
    rf"(?P<letter>[A-G]){_AFTER_LETTER}(?P<mode>m|min)?(?![A-Za-z#'])"
)
_KEY_ALONE = (  # Dm, F# or C between commas, but not in a row of chords
    r"(?<!\b[A-G])(?<!\b[A-G][#bm7])(?<!\b[A-G][#b]m)(?:^|[,;、。(:])\s?"
    rf"(?P<letter>[A-G]|[a-g](?=[ -](?:flat|sharp)\b)){_AFTER_LETTER}(?P<mode>m|min)?(?=\s?(?:$|[,;、。).]))"
    r"(?!\s?,\s?[A-G][#b]?m?\d?(?![A-Za-z]))"
)
_KEYS = tuple(map(re.compile, (_KEY_CHINESE, _KEY_NUMBERED, _KEY_ENGLISH, _KEY_GERMAN, _KEY_NAMED, _KEY_ALONE)))
_ARTICLE = re.compile(r"[\s-]?(?:key|mode|tonality|feel|mood|scale|chord|third|change|issue|problem|hit|part|role|label)s?\b")


def _read_key(found: Numbers) -> None:
    for pattern in _KEYS:
        for match in pattern.finditer(found.rest):
            if not _is_article(found.rest, match):
                found.key = found.key or _written_key(match.groupdict())
                found.blank(match)


def _written_key(said: dict[str, str | None]) -> Key:
    sign = (said.get("before") or said.get("sign") or said.get("word") or "").lower()
    mode = (said.get("mode") or "").lower()
    note = str(said["letter"]).upper() + _ACCIDENTALS.get(sign, "")
    note = _GERMAN_NOTES.get(note, note) if mode in {"dur", "moll"} else note
    return Key(pitch_class(note), "minor" if mode in _MINOR_MODES else "major")


def _is_article(text: str, match: re.Match[str]) -> bool:
    """Whether this "a" is the article: "a minor waltz", "in a minor key", "in A café"; not "song in a minor"."""
    said = match.groupdict()
    if said["letter"] not in {"a", "A"} or any(said.get(group) for group in ("before", "sign", "word")):
        return False
    following = text[match.end() : match.end() + 24]
    if not (said.get("mode") or "").isascii():
        return False
    if _ARTICLE.match(following):
        return True
    before = text[: match.start()].rstrip().lower()
    if not said.get("mode"):
        return re.match(r"\s+[a-z]", following) is not None
    return (
        said["letter"] == "a" and re.match(r"\s+[a-z]", following) is not None and not before.endswith(("in", "of", "key", ":"))
    )


# --- tempo ---

_NOTE = f"(?P<note>{'|'.join(_NOTE_BEATS)})"
_TEMPO = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<low>\d{2,3})\s?[-–~]\s?(?P<high>\d{2,3})\s?(?:bpm|拍)",
        rf"(?P<low>{BPM_NUMBER})\s?(?:to|到|至)\s?(?P<high>{BPM_NUMBER})\s?(?:bpm|拍)",
        r"每分钟?\s?(?:约|大约)?" + BPM + r"\s?[拍下次]",
        BPM + r"\s?-?(?:bpm|bmp|b\.p\.m|beats?[ -]?(?:per|a|/)[ -]?min(?:ute)?)(?![a-z])",
        r"\bbpm\s?(?:[:=]|of|at|is|为|是|约)?\s{0,2}" + BPM,
        rf"(?P<dotted>dotted[ -]|附点)?{_NOTE}(?:[ -]note)?(?P<dot>\.)?\s?[=≈]\s?" + BPM,
        r"(?:\btempo|\bspeed|速度)\s?(?:[:=]|of|at|is|around|about|为|是|约|在)?\s{0,2}"
        + BPM
        + r"(?!\s?(?:bars?|sec|%|小节|秒))",
        BPM + r"\s?拍(?!子)(?:\s?(?:每|/|一)\s?分钟?)?",
        r"\bat (?:about |around )?" + BPM + r"(?=\s{0,2}(?:$|[,.;。、!)]))",
    )
)


def _read_bpm(found: Numbers) -> None:
    for pattern in _TEMPO:
        for match in pattern.finditer(found.rest):
            bpm = _written_bpm(match)
            if BPM_MIN <= bpm <= BPM_MAX:
                found.bpm = found.bpm or bpm
                found.blank(match)


def _written_bpm(match: re.Match[str]) -> float:
    said = match.groupdict()
    if said.get("low"):
        return (written_number(said["low"]) + written_number(str(said["high"]))) / 2
    beats = _NOTE_BEATS.get((said.get("note") or "♩").lower(), 1.0) * (1.5 if said.get("dot") or said.get("dotted") else 1.0)
    return written_number(match[match.lastindex or 1]) * beats


# --- length ---

_TOLD = r"(?! (?:left|later?|ago|away|early|before|after|until|till|past|remaining|to (?:midnight|go|spare|live))\b)"
"""Follows a length that is asked for, not one that is told: "ten seconds left", "a minute to midnight"."""
_LEFT = r"(?<![剩每\d零〇一二两三四五六七八九十百])(?<!最后)(?<!倒计时)"
"""Stands before a length that is asked for: not 还剩十秒."""
_HALF_MINUTES = re.compile(r"(?<!and a )(?<!and )\b(?:half a|a half|half)[ -]minute|半分钟", re.IGNORECASE)
_MINUTES = re.compile(
    rf"(?:{COUNT}|\b(?P<one>an?))(?P<half4> and a half)? ?-?(?:minutes?|mins?|m(?=\s?\d{{1,2}}\s?s))\b(?P<half> and a half)?"
    rf"(?:\s?(?:and )?(?P<seconds>\d{{1,2}})\s?(?:seconds?|secs?|s)\b)?{_TOLD}"
    rf"|{_LEFT}{COUNT}\s?个?分(?:(?P<half2>半)钟?|钟(?P<half3>半)?|(?=\d))(?:(?P<seconds2>\d{{1,2}})\s?秒)?",
    re.IGNORECASE,
)
_SECONDS = re.compile(rf"{COUNT}[ -]?(?:seconds?|secs?)\b{_TOLD}|{_LEFT}{COUNT}\s?秒钟?(?![后前内])", re.IGNORECASE)
_SECONDS_SHORT = re.compile(
    r"(?<![\d.:'’])(?<!the )(?<!late )(?<!early )(\d{1,3}) ?s\b(?! (?:synth|rock|pop|disco|style|music|vibe|retro|funk|soul))"
)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?![\d:])(?!\s?[ap]m)")


def _read_length(found: Numbers) -> None:
    for pattern in (_HALF_MINUTES, _MINUTES, _SECONDS, _SECONDS_SHORT, _CLOCK):
        for match in pattern.finditer(found.rest):
            seconds = _written_seconds(match)
            if 0 < seconds <= SECONDS_MAX:
                found.seconds = found.seconds or seconds
                found.blank(match)


def _written_seconds(match: re.Match[str]) -> float:
    if match.re is _HALF_MINUTES:
        return 30.0
    if match.re is _CLOCK:
        return 60.0 * int(match[1]) + int(match[2])
    said = match.groupdict()
    counts = [group for name, group in enumerate(match.groups(), 1) if group and name not in match.re.groupindex.values()]
    count = written_number(counts[0]) if counts else 1.0
    if match.re is not _MINUTES:
        return 0.0 if match.re is _SECONDS_SHORT and count in {50, 60, 70, 80, 90, 808, 909} else count
    half = 0.5 if any(said[name] for name in ("half", "half2", "half3", "half4")) else 0.0
    return 60.0 * (count + half) + float(said["seconds"] or said["seconds2"] or 0)


_BARS = re.compile(rf"(?<!every )(?<!per ){COUNT}[ -]?(?:bars?|measures?)\b|{COUNT}\s?个?小节", re.IGNORECASE)


def _read_bars(found: Numbers) -> None:
    for match in _BARS.finditer(found.rest):
        bars = written_number(match[1] or match[2])
        if 1 <= bars <= BARS_MAX and bars == int(bars):
            found.bars = found.bars or int(bars)
            found.blank(match)
