from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bridge.music.chord import Chord, ChordSpan
from bridge.music.notes import Note, Part
from bridge.music.score import Marker, Score, Section
from bridge.music.take import Stem, Take
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.outbox import pictures_text
from bridge.outbox.pictures import COLOURS, HEIGHT, WIDTH, overview_png
from bridge.outbox.pictures_sound import envelope, spectrogram
from bridge.outbox.pictures_text import drawable, shortened, text_width

RATE_HZ = 8000
ALL_PARTS = ("lead", "chords", "bass", "drums", "pad", "counter")


def sine(hz: float, frames: int, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(frames) / rate_hz)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def made_take(section: Section, parts: tuple[str, ...] = ALL_PARTS, *, level: float = 1.0) -> Take:
    dice = np.random.default_rng(1)
    bar = section.meter.beats_per_bar
    notes = {
        name: tuple(
            Note(beat * bar / 2, bar / 2, int(dice.choice([36, 38, 42, 49]) if name == "drums" else dice.integers(50, 74)))
            for beat in range(section.bars * 2)
        )
        for name in parts
    }
    chords = tuple(ChordSpan(at * bar, bar, Chord.parse("F#m7")) for at in range(section.bars))
    score = Score(section, tuple(Part(name, notes[name]) for name in parts), chords, (Marker(0.0, "intro"),))
    frames = section.frames(RATE_HZ)
    stems = tuple(Stem(name, level * sine(220.0 * (1 + place), frames)) for place, name in enumerate(parts))
    mix = Stem("mix", np.sum([stem.samples for stem in stems], axis=0) / 6) if stems else None
    return Take(score, stems, RATE_HZ, mix, {"name": "rules"}, {"name": "sampler"})


def pixels(png: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(png))
    image.verify()
    return np.asarray(Image.open(io.BytesIO(png)))


def has_colour(picture: NDArray[np.uint8], part: str) -> bool:
    return bool((picture == np.array(COLOURS[part], np.uint8)).all(axis=2).any())


@pytest.mark.parametrize(
    ("meter", "bars"), [("2/4", 1), ("3/4", 8), ("4/4", 3), ("5/4", 2), ("6/8", 4), ("12/8", 1), ("7/8", 2)]
)
def test_every_meter_gives_a_picture_of_the_promised_size(meter: str, bars: int) -> None:
    picture = pixels(overview_png(made_take(Section(bars=bars, meter=Meter.parse(meter))), title="x"))
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert all(has_colour(picture, part) for part in (*ALL_PARTS, "mix"))


def test_512_bars_with_a_form_fit() -> None:
    section = Section(bars=512, tempo=TempoMap.constant(240), meter=Meter(2, 4))
    take = made_take(section, ("lead", "drums"))
    form = tuple(Marker(at * 32.0, name) for at, name in enumerate(["verse", "chorus"] * 16))
    take = take.changed(score=Score(section, take.score.parts, take.score.chords, form))
    assert pixels(overview_png(take, title="long " * 200)).shape == (HEIGHT, WIDTH, 3)


def test_tempo_changes_move_the_bar_lines_with_the_sound() -> None:
    steady = Section(bars=2)
    slowing = Section(bars=2, tempo=TempoMap((TempoChange(0, 120), TempoChange(4, 60))))
    # The second bar starts after a half of the steady picture, and after a third of the slowing one.
    for section, share in ((steady, 1 / 2), (slowing, 1 / 3)):
        take = Take(Score(section, (Part("lead", (Note(4.0, 4.0, 60),)),)), (), RATE_HZ)
        picture = pixels(overview_png(take))[150:740]
        orange = picture[:, :, 0].astype(int) - picture[:, :, 2] > 60
        first = np.nonzero(orange.any(axis=0))[0].min()
        assert abs((first - 96) / (1576 - 96) - share) < 0.01


@pytest.mark.parametrize("parts", [("lead",), ("drums",), ("bass", "chords"), ()])
def test_any_choice_of_parts_gives_a_picture(parts: tuple[str, ...]) -> None:
    picture = pixels(overview_png(made_take(Section(bars=4), parts), title="x"))
    assert all(has_colour(picture, part) for part in parts)


def test_an_empty_score_and_silent_stems_give_a_picture() -> None:
    silent = made_take(Section(bars=2), level=0.0)
    empty = Take(Score(Section(bars=2), ()), (), RATE_HZ)
    hollow = Take(Score(Section(bars=2), (Part("lead", ()), Part("drums", ()))), silent.stems, RATE_HZ)
    for take in (silent, empty, hollow):
        assert pixels(overview_png(take)).shape == (HEIGHT, WIDTH, 3)


def test_the_same_take_gives_the_same_bytes() -> None:
    take = made_take(Section(bars=2))
    assert overview_png(take, title="x") == overview_png(take, title="x")


def test_notes_outside_the_section_or_the_drum_keys_are_no_error() -> None:
    notes = (Note(-1.0, 0.5, 0), Note(7.9, 9.0, 127), Note(100.0, 1.0, 60))
    score = Score(Section(bars=2), (Part("lead", notes), Part("drums", notes)))
    assert overview_png(Take(score, (), RATE_HZ))


def test_peaks_of_every_column_are_kept() -> None:
    samples = np.zeros((10_000, 2), np.float32)
    samples[1234, 1], samples[7777, 0] = 0.9, -0.8
    low, high, _ = envelope(samples, 100)
    assert (int(np.argmax(high)), int(np.argmin(low))) == (12, 77)
    assert float(high.max()) == pytest.approx(0.9)
    assert float(low.min()) == pytest.approx(-0.8)


def test_fewer_samples_than_columns_are_no_error() -> None:
    low, high, rms = envelope(sine(100, 10), 50)
    assert low.shape == high.shape == rms.shape == (50,)


def test_a_higher_tone_lies_higher_in_the_spectrogram() -> None:
    rows = []
    for hz in (110.0, 440.0, 1760.0):
        brightness = spectrogram([sine(hz, 24_000, 48_000)], 48_000, 40, 120).sum(axis=2, dtype=int)
        rows.append(int(np.argmax(brightness[:, 10:30].sum(axis=1))))
    # Two octaves apart each: even steps on a logarithmic scale.
    steps = [before - after for before, after in pairwise(rows)]
    assert steps[0] > 20
    assert abs(steps[0] - steps[1]) <= 2


def test_a_title_without_glyphs_leaves_no_boxes() -> None:
    assert drawable("\ufffe\ufffe") == ""
    assert drawable("sad\ue123 cello") == "sad cello"
    assert drawable("café 70 BPM") in {"café 70 BPM", "cafe 70 BPM"}


def test_without_a_font_for_it_chinese_is_left_out_and_accents_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures_text, "_SYSTEM_FONTS", ())
    pictures_text._glyphs.cache_clear()
    try:
        assert [drawable(text) for text in ("忧伤 cello，70", "café – bar", "好听的音乐")] == ["cello,70", "cafe - bar", ""]
    finally:
        pictures_text._glyphs.cache_clear()


def test_a_long_title_is_cut_to_its_room() -> None:
    assert text_width(shortened("word " * 100, 26, 300), 26) <= 300
    assert shortened("word", 26, 300) == "word"


def test_a_title_whose_letters_no_font_has_gives_way_to_a_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures_text, "_SYSTEM_FONTS", ())
    pictures_text._glyphs.cache_clear()
    take = made_take(Section(bars=1))
    try:
        chinese = overview_png(take, title="史诗感的D小调战斗主题", plain_title="epic, brass")
        assert chinese == overview_png(take, title="epic, brass")
        assert overview_png(take, title="café", plain_title="x") == overview_png(take, title="café")
    finally:
        pictures_text._glyphs.cache_clear()


def test_parts_that_do_not_play_are_not_named_in_the_picture() -> None:
    alone = made_take(Section(bars=1), ("lead",))
    silent = alone.changed(score=replace(alone.score, parts=(*alone.score.parts, Part("chords", (), 4))))
    header = np.s_[: HEIGHT // 10]
    assert np.array_equal(pixels(overview_png(silent, title="x"))[header], pixels(overview_png(alone, title="x"))[header])
