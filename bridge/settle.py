"""Settling what a request leaves open: the request's own word first, then the clip, then the DAW, then the prompt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bridge.brief import FormSection, Strength
from bridge.errors import RequestError
from bridge.job import Transport
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key, key_fit
from bridge.music.notes import pitch_class_weights
from bridge.music.score import Score, Section, Seed
from bridge.music.tempo import BPM_MAX, BPM_MIN, DEFAULT_BPM, KNOWN_METERS, Meter, TempoChange, TempoMap
from bridge.request import BARS_MAX, ChordAt, Request, parse_form
from bridge.style import Style

DEFAULT_BARS = 8
SECONDS_MAX = 1800.0
SAD_MOODS = frozenset({"sad", "dark", "melancholic", "battle", "tense", "mysterious", "lonely", "angry"})
KEY_TOLERANCE = 0.25
"""How much worse (in correlation) a key may fit the clip than the best one, and still be believed."""
ROUNDING_BEATS = 1e-6
"""Beats are floats: a bar line may be this far off."""
DIFFERENCE_HEARD = 0.05
"""BPM or bars: less is nobody's intention."""


@dataclass(frozen=True)
class Sources:
    """All that may say something about the section."""

    request: Request
    style: Style
    seed: Seed | None
    transport: Transport
    recall: Score | None
    """The score that extend continues or repaint mends."""


def settle_section(sources: Sources) -> tuple[Section, tuple[str, ...]]:
    """Return the section, and what the musician should know about the choices made.

    Raises RequestError where it would last longer than anything sensible.
    """
    if sources.recall and sources.request.action == "repaint":
        return sources.recall.section, ()
    meter, meter_warnings = _meter(sources)
    start_bar = _start_bar(sources, meter)
    tempo, tempo_warnings = _tempo(sources, meter.bar_beat(start_bar))
    key, key_warnings = _key(sources)
    section = Section(_name(sources), start_bar, 1, meter, tempo, key)
    bars, bars_warnings = _bars(sources, section)
    section = replace(section, bars=bars)
    if section.seconds > SECONDS_MAX:
        raise RequestError(
            f"bars: {bars} bars would last {section.seconds / 60:.0f} minutes; at most {SECONDS_MAX / 60:.0f} are made at once",
            field="bars",
        )
    return section, (*meter_warnings, *tempo_warnings, *key_warnings, *bars_warnings)


def settle_form(request: Request, section: Section, recall: Score | None) -> tuple[FormSection, ...]:
    """Return the sections of the form; without a form, one as long as the whole."""
    if request.action == "repaint" and recall is not None:
        return _form_of(recall)
    if not request.form:
        return (FormSection(section.name, 1, section.bars),)
    sections, bar = [], 1
    for name, bars in parse_form(request.form):
        sections.append(FormSection(name, bar, bars))
        bar += bars
    return tuple(sections)


def _form_of(score: Score) -> tuple[FormSection, ...]:
    """Return the form that a delivered score shows by its markers."""
    bar_beats = score.section.meter.beats_per_bar
    starts = [(round(marker.beat / bar_beats) + 1, marker.name) for marker in score.markers] or [(1, score.section.name)]
    ends = [bar for bar, _ in starts[1:]] + [score.section.bars + 1]
    return tuple(FormSection(name, bar, end - bar) for (bar, name), end in zip(starts, ends, strict=True) if end > bar)


def _name(sources: Sources) -> str:
    recalled = sources.recall.section.name if sources.recall else None
    return sources.request.section or ("song" if sources.request.form else sources.style.section) or recalled or "verse"


def _meter(sources: Sources) -> tuple[Meter, tuple[str, ...]]:
    if sources.request.meter:
        return Meter.parse(sources.request.meter), ()
    if sources.recall:
        return sources.recall.section.meter, ()
    clip = sources.seed.meter if sources.seed else None
    daw = Meter.parse(sources.transport.meter) if sources.transport.meter else None
    meter = clip or daw or sources.style.meter or Meter()
    told = _otherwise("meter", sources.style.meter, meter, "clip" if clip else "DAW")
    known = next((known for known in KNOWN_METERS if known == meter), None)
    known = known or next((known for known in KNOWN_METERS if known.beats_per_bar == meter.beats_per_bar), None)
    if known is None:
        return Meter(), (*told, f"meter: {meter} cannot be composed yet; bars are taken as 4/4")
    return known, told


def _start_bar(sources: Sources, meter: Meter) -> int:
    if sources.request.start_bar is not None:
        return sources.request.start_bar
    if sources.recall:
        return sources.recall.section.start_bar + sources.recall.section.bars
    beats = sources.transport.position_beats or 0.0
    return max(1, math.floor((beats + ROUNDING_BEATS) / meter.beats_per_bar) + 1)


def _tempo(sources: Sources, start_beat: float) -> tuple[TempoMap, tuple[str, ...]]:
    request, said = sources.request, sources.style.bpm
    if request.tempo:
        return _tempo_map(request), ()
    if request.bpm:
        return TempoMap.constant(request.bpm), ()
    if sources.recall:
        return sources.recall.section.tempo, ()
    if sources.seed and sources.seed.tempo:
        tempo = _in_range(sources.seed.tempo.shifted(start_beat))
        return tempo, _unlike("bpm", said, tempo.bpm_at(start_beat), "clip")
    if sources.transport.bpm:
        return TempoMap.constant(sources.transport.bpm), _unlike("bpm", said, sources.transport.bpm, "DAW")
    return TempoMap.constant(said or DEFAULT_BPM), ()


def _unlike(field: str, prompted: float | None, used: float, by: str) -> tuple[str, ...]:
    """Return a warning where the prompt says one number and somebody who counts more says another."""
    if prompted is None or abs(prompted - used) < DIFFERENCE_HEARD:
        return ()
    return _otherwise(field, f"{prompted:g}", f"{used:g}", by)


def _otherwise(field: str, prompted: object | None, used: object, by: str) -> tuple[str, ...]:
    """Return a warning where the prompt says one thing and somebody who counts more another."""
    if prompted is None or prompted == used:
        return ()
    return (f"{field}: the prompt says {prompted}, the {by} {used}, which is used; name {field} in the request to change it",)


def _tempo_map(request: Request) -> TempoMap:
    try:
        return TempoMap(tuple(TempoChange(change.beat, change.bpm) for change in request.tempo or ()))
    except ValueError as error:
        raise RequestError(f"tempo: {error}", field="tempo") from None


def _in_range(tempo: TempoMap) -> TempoMap:
    return TempoMap(tuple(TempoChange(change.beat, min(max(change.bpm, BPM_MIN), BPM_MAX)) for change in tempo.changes))


def _key(sources: Sources) -> tuple[Key, tuple[str, ...]]:
    if sources.request.key:
        return Key.parse(sources.request.key), ()
    if sources.recall:
        return sources.recall.section.key, ()
    warnings: list[str] = []
    for key, by in _keys_said(sources):
        if _fits(sources, key):
            return key, (*warnings, *_otherwise("key", sources.style.key, key, by))
        assert sources.seed is not None  # noqa: S101 - without a clip every key fits
        warnings.append(f"key: the {by} says {key}, the notes of the clip say {sources.seed.likely_key}, which is used")
    if sources.seed:
        return sources.seed.likely_key, tuple(warnings)
    return (Key(9, "minor") if SAD_MOODS.intersection(sources.style.moods) else Key(0)), ()


def _keys_said(sources: Sources) -> list[tuple[Key, str]]:
    said = (
        (sources.seed.key if sources.seed else None, "clip"),
        (Key.parse(sources.transport.key) if sources.transport.key else None, "DAW"),
        (sources.style.key, "prompt"),
    )
    return [(key, by) for key, by in said if key is not None]


def _fits(sources: Sources, key: Key) -> bool:
    """Say whether the clip's notes can be heard in this key: DAWs write C major where nobody chose a key."""
    if sources.seed is None or sources.request.seed_mode == "free":
        return True
    weights = pitch_class_weights(sources.seed.notes)
    return key_fit(weights, key) >= key_fit(weights, sources.seed.likely_key) - KEY_TOLERANCE


def _bars(sources: Sources, section: Section) -> tuple[int, tuple[str, ...]]:
    request, style = sources.request, sources.style
    if request.form:
        return sum(bars for _, bars in parse_form(request.form)), ()
    if request.bars is not None:
        return request.bars, ()
    if request.seconds is not None:
        return _bars_covering(request.seconds, section), ()
    if sources.recall or sources.seed:
        bars = _bars_of_music(sources, section)
        return bars, _unlike("bars", style.bars, bars, "clip" if sources.seed else "take")
    return _bars_prompted(style, section), ()


def _bars_of_music(sources: Sources, section: Section) -> int:
    """Return the bars of the take that is extended, else those that the clip fills."""
    if sources.recall:
        return sources.recall.section.bars
    beats = sources.seed.length_beats if sources.seed else 0.0
    return min(max(1, math.ceil((beats - ROUNDING_BEATS) / section.meter.beats_per_bar)), BARS_MAX)


def _bars_prompted(style: Style, section: Section) -> int:
    if style.bars is not None:
        return min(max(1, style.bars), BARS_MAX)
    return _bars_covering(style.seconds, section) if style.seconds else DEFAULT_BARS


def _bars_covering(seconds: float, section: Section) -> int:
    """Return the fewest whole bars that last at least so many seconds from the start of the section."""
    beats = section.tempo.beat(section.start_seconds + seconds) - section.start_beat
    bars = max(1, math.ceil((beats - ROUNDING_BEATS) / section.meter.beats_per_bar))
    if bars > BARS_MAX:
        raise RequestError(f"seconds: {seconds:g} s are {bars} bars here; at most {BARS_MAX} bars are made", field="seconds")
    return bars


def settle_chords(request: Request, section: Section) -> tuple[ChordSpan, ...]:
    """Return the harmony that the request fixes, in beats from the start of the section; () where it fixes none."""
    if not request.chords:
        return ()
    if isinstance(request.chords, str):
        return _chords_by_bar(request.chords, section)
    return _chords_by_beat(request.chords, section)


def _chords_by_bar(text: str, section: Section) -> tuple[ChordSpan, ...]:
    """Return the written chords, a bar each (or a bar between two ``|``), repeated to the end of the section."""
    written = text.strip().strip("|").split("|") if "|" in text else text.replace(",", " ").split()
    bars = [symbols for cell in written if (symbols := cell.replace(",", " ").split())]
    spans = []
    for bar in range(section.bars):
        symbols = bars[bar % len(bars)]
        length = section.meter.beats_per_bar / len(symbols)
        start = bar * section.meter.beats_per_bar
        spans += [ChordSpan(start + index * length, length, Chord.parse(symbol)) for index, symbol in enumerate(symbols)]
    return tuple(spans)


def _chords_by_beat(chords: tuple[ChordAt, ...], section: Section) -> tuple[ChordSpan, ...]:
    """Return the chords at their beats of the timeline; the last one before the section holds into it."""
    placed = sorted(((chord.beat - section.start_beat, Chord.parse(chord.symbol)) for chord in chords), key=lambda at: at[0])
    if placed[0][0] >= section.length_beats:
        raise RequestError(f"chords: all lie after the section, which ends at beat {section.end_beat:g}", field="chords")
    starts = [max(0.0, beat) if index else 0.0 for index, (beat, _) in enumerate(placed)]
    ends = [*starts[1:], section.length_beats]
    return tuple(
        ChordSpan(start, min(end, section.length_beats) - start, chord)
        for start, end, (_, chord) in zip(starts, ends, placed, strict=True)
        if min(end, section.length_beats) > start
    )


def settle_strengths(request: Request, section: Section) -> tuple[Strength, ...]:
    """Return the windows that touch the section, in beats from its start, one after another; of two the later named counts."""
    strengths: list[Strength] = []
    for window in request.windows:
        start = section.meter.bar_beat(window.from_bar) - section.start_beat
        end = section.meter.bar_beat(max(window.to_bar, window.from_bar + 1)) - section.start_beat
        if end > 0.0 and start < section.length_beats:
            new = Strength(max(0.0, start), min(end, section.length_beats), window.text, window.melody)
            strengths = [*(piece for old in strengths for piece in _beside(old, new)), new]
    return tuple(sorted(strengths, key=lambda strength: strength.start_beat))


def windows_outside(request: Request, section: Section) -> int:
    """Return how many of the windows do not touch the section."""
    return sum(not settle_strengths(request.model_copy(update={"windows": (window,)}), section) for window in request.windows)


def _beside(old: Strength, new: Strength) -> list[Strength]:
    """Return what is left of a window before and after another one."""
    pieces = ((old.start_beat, min(old.end_beat, new.start_beat)), (max(old.start_beat, new.end_beat), old.end_beat))
    return [replace(old, start_beat=start, end_beat=end) for start, end in pieces if end > start]
