"""Reads the tune collections that music21 brings along: O'Neill's (1850 tunes), Ryan's Mammoth Collection, Aird's Airs.

All three are of the eighteenth and nineteenth century, in the public domain.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from bridge.corpus.tunes import STEPS, Tune
from bridge.music.key import Key, likely_key, pitch_class
from bridge.music.notes import Note
from bridge.music.tempo import Meter

COLLECTIONS = {"oneills": "oneills1850", "ryans": "ryansMammoth", "airds": "airdsAirs"}
METERS = {"C": "4/4", "C|": "4/4", "4/4": "4/4", "2/2": "4/4", "2/4": "2/4", "3/4": "3/4", "6/8": "6/8", "12/8": "12/8"}
"""Meter as written → as it is counted here; tunes in others are left out."""
BARS_MIN = 8
_KEY = re.compile(r"^K:\s*([A-G])([#b]?)\s*(\w*)", re.MULTILINE)
_MINOR = frozenset({"m", "min", "dor", "aeo", "phr", "loc"})
"""Modes with a minor third, by their first three letters."""


class Written(NamedTuple):
    """One tune as its collection has it."""

    name: str
    abc: str


def read_collections(processes: int = 2) -> list[Tune]:
    """Return every tune that can be read and lies in a meter of METERS; needs music21."""
    with ProcessPoolExecutor(processes) as pool:
        found = pool.map(_tune_or_none, _written(), chunksize=16)
        return [tune for tune in found if tune is not None]


def _written() -> list[Written]:
    from music21 import common  # noqa: PLC0415 - only for training, and slow

    root = Path(common.getCorpusFilePath())
    return [tune for name, folder in COLLECTIONS.items() for tune in _of_collection(name, root / folder)]


def _of_collection(name: str, folder: Path) -> Iterator[Written]:
    for path in sorted(folder.glob("*.abc")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, abc in enumerate(re.split(r"^(?=X:)", text, flags=re.MULTILINE)[1:], 1):
            written = re.match(r"X:\s*(\d+)", abc)
            label = path.stem if name == "ryans" else f"{path.stem}-{int(written[1]) if written else number}"
            yield Written(f"{name}/{label}", abc)


def _tune_or_none(written: Written) -> Tune | None:
    try:
        return read_tune(written)
    except Exception:  # noqa: BLE001 - music21 has many ways to fail on a misprint; that tune is left out
        return None


def read_tune(written: Written) -> Tune | None:
    """Return a tune with its repeats written out, or None where its meter or its bars are irregular."""
    meter_field = re.search(r"^M:\s*(\S+)", written.abc, re.MULTILINE)
    keys = _KEY.findall(written.abc)
    meters = re.findall(r"^M:|\[M:", written.abc, re.MULTILINE)
    if meter_field is None or meter_field[1] not in METERS or len(keys) != 1 or len(meters) > 1 or "[K:" in written.abc:
        return None
    meter = Meter.parse(METERS[meter_field[1]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measures = _measures(written.abc)
    title = re.search(r"^T:\s*(.+)", written.abc, re.MULTILINE)
    return _built(written.name, title[1].strip() if title else "", (meter, keys[0]), _repeated(measures))


class _Measure(NamedTuple):
    """A measure as printed. `notes` are (offset in quarters, length, pitch, whether tied to the one before)."""

    length: Fraction
    notes: list[tuple[Fraction, Fraction, int, bool]]
    starts_repeat: bool
    ends_repeat: bool
    ending: str
    """1 or 2 in a first or second ending."""


def _measures(abc: str) -> list[_Measure]:
    from music21 import converter, stream  # noqa: PLC0415 - only for training, and slow

    score = converter.parseData(abc, format="abc")
    part = next(iter(score.getElementsByClass(stream.Part)), score)
    endings = {id(m): b.number for b in part.recurse().getElementsByClass("RepeatBracket") for m in b.getSpannedElements()}
    return [_measure(m, str(endings.get(id(m), ""))) for m in part.getElementsByClass(stream.Measure)]


def _measure(measure: Any, ending: str) -> _Measure:  # noqa: ANN401 - music21 has no types
    notes = []
    for item in measure.notes:
        if item.duration.quarterLength == 0 or item.duration.isGrace:
            continue
        pitch = max(p.midi for p in item.pitches)
        tied = item.tie is not None and item.tie.type in {"stop", "continue"}
        notes.append((Fraction(item.offset), Fraction(item.duration.quarterLength), int(pitch), tied))
    left, right = measure.leftBarline, measure.rightBarline
    starts, ends = (
        bar is not None and getattr(bar, "direction", "") == side for bar, side in ((left, "start"), (right, "end"))
    )
    return _Measure(Fraction(measure.highestTime), notes, starts, ends, ending)


def _repeated(measures: list[_Measure]) -> list[_Measure]:
    """Return the measures in the order of playing: each repeated stretch twice, first endings once."""
    played: list[_Measure] = []
    start = 0
    for index, measure in enumerate(measures):
        start = index if measure.starts_repeat else start
        played.append(measure)
        if measure.ends_repeat:
            played += [again for again in measures[start : index + 1] if again.ending != "1"]
            start = index + 1
    return played


def _built(name: str, title: str, given: tuple[Meter, tuple[str, str, str]], measures: list[_Measure]) -> Tune | None:
    """Return the tune from its first full bar to the last bar line that lies where it should."""
    meter, written_key = given
    bar = Fraction(meter.beats_per_bar)
    first = next((index for index, measure in enumerate(measures) if measure.length == bar), None)
    if first is None:
        return None
    position, bars = Fraction(0), 0
    notes: list[tuple[Fraction, Fraction, int]] = []
    for measure in measures[first:]:
        if measure.length >= bar and (position % bar or measure.length > bar):
            break
        _append(notes, measure, position)
        position += measure.length
    bars = int(position // bar) if position % bar < bar / 2 else int(position // bar) + 1
    scale = STEPS / Fraction(meter.pulse_beats)
    stepped = [(round(s * scale), max(1, round((s + n) * scale) - round(s * scale)), p) for s, n, p in notes if s < bars * bar]
    if bars < BARS_MIN or len(stepped) < 1.4 * bars:
        return None
    key = _key(written_key, [Note(float(s), float(n), p) for s, n, p in notes], float(bar))
    return Tune(name, title, str(meter), key.tonic, key.mode, bars, tuple(_one_at_a_time(stepped)))


def _append(notes: list[tuple[Fraction, Fraction, int]], measure: _Measure, position: Fraction) -> None:
    for offset, length, pitch, tied in measure.notes:
        start = position + offset
        if tied and notes and notes[-1][2] == pitch and notes[-1][0] + notes[-1][1] == start:
            notes[-1] = (notes[-1][0], notes[-1][1] + length, pitch)
        else:
            notes.append((start, length, pitch))


def _one_at_a_time(notes: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    for (start, length, pitch), following in pairwise([*notes, (10**9, 0, 0)]):
        if following[0] > start:
            yield start, min(length, following[0] - start), pitch


def _key(written: tuple[str, str, str], notes: list[Note], bar_beats: float) -> Key:
    """Return the key as written, or as heard where the closing note agrees with the ear on another tonic."""
    letter, accidental, mode = written
    said = Key(pitch_class(letter + accidental), "minor" if mode.lower()[:3] in _MINOR else "major")
    heard = likely_key(notes, beats_per_bar=bar_beats)
    closing = notes[-1].pitch % 12
    return heard if closing == heard.tonic != said.tonic else said
