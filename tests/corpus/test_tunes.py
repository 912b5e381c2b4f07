from fractions import Fraction

import pytest

from bridge.corpus.collections import _built, _Measure, _repeated
from bridge.corpus.crops import crop, fits, in_c
from bridge.corpus.leaks import hold_out, shared, windows_of
from bridge.corpus.tunes import Tune
from bridge.music.tempo import Meter
from tests.corpus.tiny import TUNES, chance, tune_in


def measure(length: int, pitch: int, *, starts: bool = False, ends: bool = False, ending: str = "") -> _Measure:
    notes = [(Fraction(beat), Fraction(1), pitch, False) for beat in range(length)]
    return _Measure(Fraction(length), notes, starts, ends, ending)


def moved(tune: Tune, semitones: int, name: str = "moved") -> Tune:
    notes = tuple((start, length, pitch + semitones) for start, length, pitch in tune.notes)
    return Tune(name, "Another Title Altogether", tune.meter, (tune.tonic + semitones) % 12, tune.mode, tune.bars, notes)


def test_repeats_are_written_out_with_their_endings() -> None:
    printed = [
        measure(4, 60, starts=True),
        measure(4, 61, ends=True, ending="1"),
        measure(4, 62, ending="2"),
        measure(4, 63, ends=True),
    ]
    assert [played.notes[0][2] for played in _repeated(printed)] == [60, 61, 60, 62, 63, 62, 63]


def test_bar_0_is_the_first_full_bar_and_a_pickup_within_completes_the_short_bar_before_it() -> None:
    measures = [measure(1, 70), *[measure(4, 60)] * 7, measure(3, 62), measure(1, 64), *[measure(4, 65)] * 4]
    tune = _built("x/1", "X", (Meter(), ("C", "", "")), measures)
    assert tune is not None
    assert (tune.bars, tune.notes[0]) == (12, (0, 12, 60))
    assert (7 * 48 + 36, 12, 64) in tune.notes
    assert (8 * 48, 12, 65) in tune.notes


def test_a_tune_ends_where_its_bars_become_irregular() -> None:
    measures = [*[measure(4, 60)] * 8, measure(2, 62), *[measure(4, 65)] * 8]
    tune = _built("x/1", "X", (Meter(), ("C", "", "")), measures)
    assert tune is not None
    assert max(pitch for _, _, pitch in tune.notes) == 62


@pytest.mark.parametrize(
    ("written", "mode"), [("", "major"), ("m", "minor"), ("Dor", "minor"), ("mix", "major"), ("Maj", "major")]
)
def test_modes_are_major_or_minor_by_their_third(written: str, mode: str) -> None:
    tune = _built("x/1", "X", (Meter(), ("D", "", written)), [measure(4, 62)] * 8)
    assert tune is not None
    assert (tune.tonic, tune.mode) == (2, mode)


def test_a_crop_is_whole_phrases_of_16_to_32_bars_in_c() -> None:
    for tune in TUNES:
        made = crop(tune, tune.meter, chance(1))
        assert made.bars in {16, 24, 32}
        assert made.tonic == 0
        assert all(
            0 <= start < made.bars * made.bar_steps and start + n <= made.bars * made.bar_steps for start, n, _ in made.notes
        )


def test_c_is_reached_by_the_nearest_way() -> None:
    shifts = {tonic: in_c(Tune("x", "", "4/4", tonic, "major", 1, ((0, 12, 60),))).notes[0][2] - 60 for tonic in range(12)}
    assert all((tonic + shift) % 12 == 0 and -5 <= shift <= 6 for tonic, shift in shifts.items())


def test_a_short_tune_comes_again() -> None:
    short = tune_in("4/4").cut(0, 8)
    made = crop(short, "4/4", chance(1))
    assert made.bars == 16
    assert [note for note in made.notes if note[0] >= 8 * 48] == [(s + 8 * 48, n, p) for s, n, p in made.notes if s < 8 * 48]


def test_in_five_the_first_half_of_each_bar_is_a_pulse_longer() -> None:
    tune = Tune("x", "", "4/4", 0, "major", 16, tuple((beat * 12, 12, 60 + beat % 4) for beat in range(64)))
    made = crop(tune, "5/4", chance(1))
    assert made.bar_steps == 60
    assert [(start, length) for start, length, _ in made.notes[:4]] == [(0, 12), (12, 24), (36, 12), (48, 12)]


def test_two_bars_of_6_8_are_one_of_12_8_and_2_4_doubled_is_4_4() -> None:
    jig, reel = tune_in("6/8"), tune_in("2/4")
    twelve = crop(jig, "12/8", chance(1))
    assert (twelve.bar_steps, twelve.notes[: len(jig.notes)]) == (48, in_c(jig).notes)
    doubled = crop(reel, "4/4", chance(1))
    assert doubled.notes == tuple((2 * s, 2 * n, p) for s, n, p in in_c(reel).notes)
    assert not fits(jig, "4/4")


def test_a_tune_in_another_key_has_the_same_windows() -> None:
    tune = tune_in("6/8")
    assert shared(moved(tune, 5), set(windows_of(tune))) == 1.0
    assert shared(tune_in("3/4"), set(windows_of(tune))) == 0.0


def test_near_copies_of_held_out_tunes_and_namesakes_are_dropped() -> None:
    jig, waltz = tune_in("6/8"), tune_in("3/4")
    namesake = Tune("y/2", f"The {jig.title}", "3/4", 0, "major", waltz.bars, waltz.notes)
    train, held, dropped = hold_out([jig, moved(jig, 3), namesake, waltz], chance(1), {"6/8": 1})
    assert len(held) == 1
    assert held[0].meter == "6/8"
    assert waltz in train
    assert dropped >= 1
    assert not {tune.name for tune in train} & {jig.name, "moved"}
