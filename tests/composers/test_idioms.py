from __future__ import annotations

import re

import pytest

from bridge.composers.rules.grid import Grid
from bridge.composers.rules.idiom import DRUM_KEYS, TIME_KEEPERS, Groove
from bridge.composers.rules.idioms import IDIOMS, idiom_named
from bridge.composers.rules.instruments import ALIASES, INSTRUMENTS
from bridge.composers.rules.pattern import events
from bridge.composers.rules.plan import Passage
from bridge.composers.rules.roles import ROLES, role_of
from bridge.composers.rules.vocabulary import chord_of
from bridge.music.key import Key
from bridge.music.notes import PART_NAMES
from bridge.music.tempo import KNOWN_METERS, Meter

SIGNS = {"chords": "xXuombB123456-.", "bass": "Rr35678Lawxg-."}


@pytest.mark.parametrize("name", sorted(IDIOMS))
def test_every_pattern_of_an_idiom_is_well_written(name: str) -> None:
    idiom = IDIOMS[name]
    sets: tuple[tuple[tuple[Groove, ...], int], ...] = ((idiom.grooves, 4), (idiom.three, 3), (idiom.compound, 2))
    for grooves, pulses in sets:
        for made in grooves:
            for line, pattern in (("chords", made.chords), ("bass", made.bass), *made.drums.items()):
                assert line in SIGNS or line in DRUM_KEYS
                for bar in pattern.split("|"):
                    assert len(bar.split()) == pulses, (line, pattern)
                    assert {len(cell) for cell in bar.split()} <= {3, 4, 6, 8}, (line, pattern)
                    assert set(bar) <= set(SIGNS.get(line, "Xxog?-.") + " "), (line, pattern)
    assert all(set(fill) <= set(DRUM_KEYS) and {len(text.split()) for text in fill.values()} == {4} for fill in idiom.fills)
    assert set(idiom.programs) == set(PART_NAMES) - {"drums"}
    for progressions, key in ((idiom.harmony.major, Key(0)), (idiom.harmony.minor, Key(0, "minor"))):
        assert all(chord_of(roman, key) for progression in progressions for roman in re.split(r"[\s-]+", progression))


def test_words_mean_one_idiom_each_and_longer_names_are_read_by_what_they_hold() -> None:
    words = [word for idiom in IDIOMS.values() for word in (idiom.name, *idiom.words)]
    assert len(words) == len(set(words))
    assert idiom_named("Melodic Techno") is IDIOMS["house"]
    assert idiom_named("hip-hop") is IDIOMS["hiphop"]
    assert idiom_named("dodecaphony") is None
    assert set(ALIASES.values()) <= set(INSTRUMENTS)


@pytest.mark.parametrize("meter", [str(meter) for meter in KNOWN_METERS])
def test_a_pattern_of_four_fills_bars_of_any_meter_and_stays_inside_them(meter: str) -> None:
    grid = Grid(Meter.parse(meter))
    for bar in range(4):
        found = events("x.x. x..x ..x. x-x-", grid, bar)
        assert found
        assert all(0 <= event.beat < grid.bar_beats for event in found)
        assert all(event.length_beats > 0 for event in found)


def test_patterns_adapt_to_the_pulses_of_a_meter() -> None:
    def beats(meter: str, bar: int = 0, pattern: str = "x... .... x... o...", **how: bool) -> list[float]:
        return [round(event.beat, 3) for event in events(pattern, Grid(Meter.parse(meter)), bar, **how)]

    assert beats("4/4") == [0.0, 2.0, 3.0]
    assert [beats("2/4", bar) for bar in (0, 1)] == [[0.0], [0.0, 1.0]]
    assert beats("3/4") == [0.0, 2.0]
    assert beats("5/4") == [0.0, 2.0, 3.0, 4.0]
    assert beats("12/8") == [0.0, 3.0, 4.5]
    assert beats("6/8", pattern="x.x. x.x. x.x. x.x.", flows=True) == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert "hat" in TIME_KEEPERS


def test_a_held_sign_lasts_until_the_next_one_even_over_the_bar_line() -> None:
    first, second = events("x--- ---- ---- --x-|---- x--- .... ....", Grid(Meter()), 0)
    assert (first.length_beats, second.length_beats) == (3.5, 1.5)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Chorus 2", "chorus"),
        ("Pre-Chorus", "prechorus"),
        ("副歌", "chorus"),
        ("前奏", "intro"),
        ("Drop", "chorus"),
        ("coda", "outro"),
        ("A", "verse"),
    ],
)
def test_sections_are_known_by_other_names(name: str, role: str) -> None:
    assert role_of(name) is ROLES[role]


@pytest.mark.parametrize(("bars", "phrases"), [(1, [1]), (4, [4]), (5, [5]), (8, [4, 4]), (10, [4, 4, 2]), (9, [4, 5])])
def test_a_passage_is_divided_into_phrases_of_four(bars: int, phrases: list[int]) -> None:
    passage = Passage("verse", ROLES["verse"], 0, bars, 0, None, is_alone=True)
    assert [length for _, length in passage.phrases] == phrases


def test_roman_numerals_mean_chords_of_a_key() -> None:
    minor = Key(9, "minor")
    assert [str(chord_of(roman, Key(0))) for roman in ("ii7", "V/vi", "bVII", "IVmaj7", "viio")] == [
        "Dm7",
        "E7",
        "A#",
        "Fmaj7",
        "Bdim",
    ]
    assert [str(chord_of(roman, minor)) for roman in ("i", "VI", "iiø7", "V7", "bII")] == ["Am", "F", "Bm7b5", "E7", "A#"]
