"""overview.png: what a take holds, at one look: notes, chords, form, levels and sound over one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np

from bridge.music.notes import PART_NAMES, Part
from bridge.music.programs import program_name
from bridge.music.score import Marker, Score, Section
from bridge.music.take import Stem, Take
from bridge.outbox.pictures_canvas import Box, Canvas, blend
from bridge.outbox.pictures_roll import draw_drums, draw_roll
from bridge.outbox.pictures_sound import HIGH_HZ, LOW_HZ, bar_coverage, envelope, spectrogram
from bridge.outbox.pictures_text import Line, Rgb, drawable, is_drawable, shortened, text_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1600, 1000
COLOURS: dict[str, Rgb] = {
    "lead": (255, 179, 71),
    "chords": (90, 190, 250),
    "bass": (178, 136, 255),
    "drums": (244, 104, 146),
    "pad": (77, 208, 165),
    "counter": (244, 226, 102),
    "mix": (222, 228, 236),
}
_BACKGROUND, _PANEL, _INK, _DIM, _FAINT = (17, 19, 25), (26, 29, 38), (236, 239, 244), (150, 158, 172), (92, 99, 114)
_FORM_COLOURS: tuple[Rgb, ...] = (
    (83, 121, 189),
    (190, 106, 88),
    (92, 156, 116),
    (160, 108, 178),
    (186, 148, 74),
    (84, 150, 164),
)
_LEFT, _RIGHT = 96, 1576
_STEM_HEIGHT, _MIX_HEIGHT, _SPECTROGRAM_HEIGHT, _DRUMS_HEIGHT, _AXIS_HEIGHT = 36, 56, 172, 84, 26
_GAP, _STRIP_GAP = 8, 2
_SILENT = 1e-4
"""Peaks below this are drawn as the line they are, not blown up."""
_BAR_STEPS = (1, 2, 4, 8, 16, 32, 64, 128)
_BAR_NUMBER_PIXELS, _BEATS_FROM_PIXELS = 34, 70
_CHORD_SIZES, _CHORD_INSET = (15, 13, 11), 4
_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_SPECTROGRAM_LABELS = ((100, "100"), (1_000, "1k"), (10_000, "10k"))


def overview_png(take: Take, *, title: str = "", plain_title: str = "") -> bytes:
    """Return a PNG of 1600 × 1000 pixels: form, chords, notes, drums, levels and spectrum over one axis of time.

    `title` may be in any language; where no font of this machine has its letters, `plain_title` stands for it.
    """
    page = _Page(Canvas(WIDTH, HEIGHT, _BACKGROUND), take)
    _draw_header(page, title if is_drawable(title) or not plain_title else plain_title)
    _draw_form(page)
    _draw_bar_numbers(page)
    _draw_chords(page)
    _draw_notes(page)
    _draw_sounds(page)
    _draw_spectrogram(page)
    _draw_time_axis(page)
    return page.canvas.png()


@dataclass
class _Page:
    canvas: Canvas
    take: Take
    y: int = 0
    """The first free row: panels are stacked from the top."""

    @property
    def score(self) -> Score:
        return self.take.score

    @property
    def section(self) -> Section:
        return self.take.score.section

    @cached_property
    def sounds(self) -> list[Stem]:
        """Stems in the usual order of parts, then the mix."""
        order = {name: place for place, name in enumerate(PART_NAMES)}
        stems = sorted(self.take.stems, key=lambda stem: order.get(stem.part, len(order)))
        return [*stems, *([self.take.mix] if self.take.mix else [])]

    @cached_property
    def bar_columns(self) -> list[float]:
        """The column at which each bar starts, and the end."""
        return [self.column(bar * self.section.meter.beats_per_bar) for bar in range(self.section.bars + 1)]

    @cached_property
    def bar_step(self) -> int:
        """Every how many bars a number has room."""
        narrowest = min(after - before for before, after in pairwise(self.bar_columns))
        return next((step for step in _BAR_STEPS if step * narrowest >= _BAR_NUMBER_PIXELS), _BAR_STEPS[-1])

    def column(self, beat: float) -> float:
        """Return the column of a beat of the section. Time is even along the picture: notes stand over their sound."""
        start_beat, start_seconds, seconds = self._span
        share = (self.section.tempo.seconds(start_beat + beat) - start_seconds) / seconds
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    @cached_property
    def _span(self) -> tuple[float, float, float]:
        return self.section.start_beat, self.section.start_seconds, self.section.seconds

    def panel(self, height: int, gap: int = _GAP) -> Box:
        """Return the next free box across the picture, painted."""
        box = Box(_LEFT, self.y, _RIGHT - _LEFT, height)
        self.canvas.view(box)[:] = np.tile(np.array(_PANEL, np.uint8), (box.width, 1))
        self.y = box.bottom + gap
        return box

    @cached_property
    def rules(self) -> NDArray[np.float32]:
        """How bright each column of a panel is ruled, 0…1: bars, stronger every four, and beats where there is room."""
        bright = np.zeros(_RIGHT - _LEFT + 1, np.float32)
        if self.bar_columns[1] - self.bar_columns[0] >= _BEATS_FROM_PIXELS:
            meter = self.section.meter
            pulses = range(1, self.section.bars * meter.pulses_per_bar)
            bright[[round(self.column(pulse * meter.pulse_beats)) - _LEFT for pulse in pulses]] = 0.03
        for bar, left in enumerate(self.bar_columns[1:-1], 1):
            strength = (0.17 if bar % 4 == 0 else 0.09) if bar % self.bar_step == 0 else 0.03
            bright[round(left) - _LEFT] = strength
        return bright[:-1]

    def rule(self, box: Box, strength: float = 1.0) -> None:
        """Draw the bar lines into a box."""
        self.canvas.rule(box, self.rules * strength)


def _draw_header(page: _Page, title: str) -> None:
    canvas = page.canvas
    facts = _facts(page)
    canvas.write(Line(_RIGHT, 43, facts, 16, _DIM, "r"))
    room = _RIGHT - 24 - text_width(facts, 16) - 32
    canvas.write(Line(24, 44, shortened(drawable(title) or page.section.name.capitalize(), 26, room), 26, _INK))
    x = float(_LEFT)
    for part in sorted(_sounding(page.score), key=lambda part: PART_NAMES.index(part.name)):
        canvas.fill(x, x + 12, 67, 79, COLOURS[part.name])
        x += 19
        for text, colour in ((part.name, _INK), (program_name(part.program, is_drums=part.is_drums), _DIM)):
            canvas.write(Line(x, 78, text, 14, colour))
            x += text_width(text, 14) + 7
        x += 22
    page.y = 94


def _sounding(score: Score) -> Sequence[Part]:
    """Return the parts that play; all where none does."""
    return [part for part in score.parts if part.notes] or score.parts


def _facts(page: _Page) -> str:
    section, take = page.section, page.take
    last = section.start_bar + section.bars - 1
    bars = f"bars {section.start_bar}-{last}" if section.bars > 1 else f"bar {section.start_bar}"
    made = [f"{role['name']}" for role in (take.composer, take.engine) if role.get("name")]
    facts = [
        str(section.key),
        _tempo(section),
        str(section.meter),
        bars,
        _clock(section.seconds),
        *made,
        f"seed {take.random_seed}",
    ]
    return "   ·   ".join(facts)


def _tempo(section: Section) -> str:
    inside = [change.bpm for change in section.tempo.changes if section.start_beat < change.beat < section.end_beat]
    tempi = [section.tempo.bpm_at(section.start_beat), *inside]
    slowest, fastest = min(tempi), max(tempi)
    return f"{slowest:g} BPM" if slowest == fastest else f"{slowest:.4g}-{fastest:.4g} BPM"


def _clock(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _draw_form(page: _Page) -> None:
    """Draw a band for each section of the form, in one colour for each name."""
    whole = (Marker(0.0, page.section.name),)
    markers = [marker for marker in page.score.markers or whole if 0 <= marker.beat < page.section.length_beats] or list(whole)
    names = list(dict.fromkeys(marker.name for marker in markers))
    box = page.panel(21, gap=0)
    for marker, following in zip(markers, [*markers[1:], None], strict=True):
        left = page.column(marker.beat)
        right = page.column(following.beat) if following else float(_RIGHT)
        page.canvas.fill(left, right - 1, box.top, box.bottom, _FORM_COLOURS[names.index(marker.name) % len(_FORM_COLOURS)])
        name = shortened(drawable(marker.name) or "section", 13, right - left - 10)
        if len(name) > 1:
            page.canvas.write(Line(left + 7, box.top + 15, name, 13, (255, 255, 255)))


def _draw_bar_numbers(page: _Page) -> None:
    box = page.panel(21, gap=0)
    page.rule(box, 1.5)
    for bar in range(0, page.section.bars, page.bar_step):
        page.canvas.write(Line(page.bar_columns[bar] + 5, box.bottom - 6, str(page.section.start_bar + bar), 13, _DIM))
    page.canvas.write(Line(_LEFT - 8, box.bottom - 6, "bar", 12, _FAINT, "r"))
    section = page.section
    for change in section.tempo.changes:
        if section.start_beat < change.beat < section.end_beat and len(section.tempo.changes) < 12:
            left = page.column(change.beat - section.start_beat)
            page.canvas.write(Line(left + 26, box.bottom - 6, f"{change.bpm:.4g} BPM", 12, COLOURS["counter"]))


def _draw_chords(page: _Page) -> None:
    """Write each chord over its first beat, where the one before leaves room."""
    if not page.score.chords:
        return
    box = page.panel(26, gap=0)
    page.canvas.write(Line(_LEFT - 8, box.bottom - 9, "chords", 12, _FAINT, "r"))
    named = [(page.column(span.start_beat), page.column(span.end_beat), span.chord) for span in page.score.chords]
    labels = [(left, right, chord.spelled(flats=page.section.key.is_flat)) for left, right, chord in named]
    size = next((size for size in _CHORD_SIZES if _share_with_room(labels, size) > 0.9), _CHORD_SIZES[-1])
    free_from = 0.0
    for left, right, symbol in labels:
        page.canvas.fill(left, right - 1.5, box.top + 1, box.bottom - 1, COLOURS["chords"], 0.13)
        end = left + _CHORD_INSET + text_width(symbol, size)
        if left >= free_from and end <= _RIGHT:
            page.canvas.write(Line(left + _CHORD_INSET, box.bottom - 8, symbol, size, _INK))
            free_from = end + 3


def _share_with_room(labels: list[tuple[float, float, str]], size: int) -> float:
    """Return how many of the chord names fit over their own chord, 0…1."""
    return sum(_CHORD_INSET + text_width(symbol, size) + 3 <= right - left for left, right, symbol in labels) / len(labels)


def _draw_notes(page: _Page) -> None:
    drums = page.score.part("drums")
    pitched = [part for part in page.score.parts if not part.is_drums]
    below = _SPECTROGRAM_HEIGHT + _GAP + _AXIS_HEIGHT + (_DRUMS_HEIGHT + _GAP if drums else 0)
    below += sum(_sound_height(sound) + _STRIP_GAP for sound in page.sounds) + (_GAP if page.sounds else 0)
    box = page.panel(HEIGHT - page.y - below - _GAP)
    draw_roll(page.canvas, box, pitched, page.column, COLOURS, _FAINT)
    page.rule(box)
    if drums:
        box = page.panel(_DRUMS_HEIGHT)
        page.rule(box)
        draw_drums(page.canvas, box, drums, page.column, COLOURS["drums"], _FAINT)


def _sound_height(sound: Stem) -> int:
    return _MIX_HEIGHT if sound.part == "mix" else _STEM_HEIGHT


def _draw_sounds(page: _Page) -> None:
    """Draw waveforms, peaks faint and RMS bright: the stems at one scale, so that their balance is seen, the mix at its own."""
    envelopes = [envelope(sound.samples, _RIGHT - _LEFT) for sound in page.sounds]
    peaks = [float(np.abs(levels).max()) for levels in envelopes]
    loudest_stem = max((peak for sound, peak in zip(page.sounds, peaks, strict=True) if sound.part != "mix"), default=0.0)
    for sound, levels, peak in zip(page.sounds, envelopes, peaks, strict=True):
        box = page.panel(_sound_height(sound), _STRIP_GAP)
        page.rule(box, 0.7)
        colour = COLOURS.get(sound.part, _DIM)
        low, high, rms = (level / max(peak if sound.part == "mix" else loudest_stem, _SILENT) for level in levels)
        page.canvas.fill(box.left, box.right, box.top + box.height // 2, box.top + box.height // 2 + 1, colour, 0.25)
        blend(page.canvas.view(box), bar_coverage(low, high, box.height) * 0.55, colour)
        blend(page.canvas.view(box), bar_coverage(-rms, rms, box.height) * 0.9, colour)
        page.canvas.write(Line(_LEFT - 8, box.top + box.height // 2 + 5, sound.part, 14, colour, "r"))
    page.y += _GAP - _STRIP_GAP if page.sounds else 0


def _draw_spectrogram(page: _Page) -> None:
    box = page.panel(HEIGHT - page.y - _AXIS_HEIGHT, gap=0)
    mix, rate_hz = page.take.mix, page.take.sample_rate_hz
    sources = [mix.samples] if mix else [stem.samples for stem in page.take.stems]
    page.canvas.view(box)[:] = spectrogram(sources, rate_hz, box.width, box.height)
    page.rule(box, 0.8)
    top_hz = min(HIGH_HZ, rate_hz / 2)
    for hz, label in _SPECTROGRAM_LABELS:
        y = box.bottom - box.height * log(hz / LOW_HZ) / log(top_hz / LOW_HZ)
        page.canvas.fill(_LEFT - 5, _LEFT, round(y), round(y) + 1, _FAINT)
        page.canvas.write(Line(_LEFT - 9, y + 4, label, 12, _FAINT, "r"))
    page.canvas.write(Line(_LEFT - 9, box.bottom - 2, "Hz", 12, _FAINT, "r"))


def _draw_time_axis(page: _Page) -> None:
    seconds = page.section.seconds
    step = next((step for step in _TIME_STEPS_S if seconds / step <= 16), _TIME_STEPS_S[-1])
    for tick in range(int(seconds / step) + 1):
        x = _LEFT + (_RIGHT - _LEFT) * tick * step / seconds
        page.canvas.fill(x, x + 1, page.y, page.y + 4, _FAINT)
        at = tick * step
        text = f"{int(at // 60)}:{at % 60:02.0f}" if seconds >= 60 else f"{at:g} s"
        if x < _RIGHT - 12:
            page.canvas.write(Line(x, page.y + 17, text, 12, _FAINT, "m"))
