import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.music.score import Section
from bridge.music.tempo import KNOWN_METERS, Meter, TempoChange, TempoMap

RATES_HZ = (44100, 48000, 88200, 96000, 192000)


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    beats = sorted(draw(st.sets(st.integers(0, 2000), min_size=1, max_size=8)))
    return TempoMap(tuple(TempoChange(beat / 4, draw(st.integers(1000, 40000)) / 100) for beat in beats))


@given(tempo_maps(), st.floats(-100, 2000))
def test_beats_and_seconds_are_inverse(tempo: TempoMap, beat: float) -> None:
    assert tempo.beat(tempo.seconds(beat)) == pytest.approx(beat, abs=1e-8)


@given(tempo_maps(), st.floats(-100, 2000), st.floats(0.001, 100))
def test_time_never_stands_still(tempo: TempoMap, beat: float, later: float) -> None:
    assert tempo.seconds(beat + later) > tempo.seconds(beat)


@given(tempo_maps())
def test_seconds_are_the_sum_of_the_steps(tempo: TempoMap) -> None:
    expected = math.fsum((b.beat - a.beat) * 60 / a.bpm for a, b in itertools.pairwise(tempo.changes))
    assert tempo.seconds(tempo.changes[-1].beat) == pytest.approx(expected)


@given(tempo_maps(), st.floats(0, 500), st.integers(0, 400))
def test_a_shifted_map_plays_the_same_later(tempo: TempoMap, beat: float, shift: int) -> None:
    shifted = tempo.shifted(shift)
    assert shifted.bpm_at(beat + shift) == tempo.bpm_at(beat)
    assert shifted.seconds(beat + shift) - shifted.seconds(shift) == pytest.approx(tempo.seconds(beat), abs=1e-8)


@given(tempo_maps(), st.integers(0, 400))
def test_a_map_shifted_to_a_section_plays_it_from_zero(tempo: TempoMap, start: int) -> None:
    assert tempo.shifted(-start).seconds(7.0) == pytest.approx(tempo.seconds(start + 7.0) - tempo.seconds(start), abs=1e-8)


@given(tempo_maps(), st.sampled_from(KNOWN_METERS), st.integers(1, 60), st.lists(st.integers(1, 16), min_size=2, max_size=6))
def test_neighbouring_sections_join_to_the_sample(tempo: TempoMap, meter: Meter, bar: int, lengths: list[int]) -> None:
    for rate in RATES_HZ:
        start = bar
        at = Section(start_bar=bar, meter=meter, tempo=tempo).start_sample(rate)
        for bars in lengths:
            section = Section(start_bar=start, bars=bars, meter=meter, tempo=tempo)
            assert section.start_sample(rate) == at
            at += section.frames(rate)
            start += bars
        whole = Section(start_bar=bar, bars=sum(lengths), meter=meter, tempo=tempo)
        assert at - whole.start_sample(rate) == whole.frames(rate)


@pytest.mark.parametrize("rate", RATES_HZ)
def test_sections_at_awkward_tempi_join_where_one_song_changes(rate: int) -> None:
    tempo = TempoMap((TempoChange(0.0, 97.3), TempoChange(32.0, 133.7)))
    verse, chorus = Section(bars=8, tempo=tempo), Section(start_bar=9, bars=8, tempo=tempo)
    assert verse.start_sample(rate) + verse.frames(rate) == chorus.start_sample(rate)
    exact = (32 * 60 / 97.3 + 32 * 60 / 133.7) * rate
    assert abs(chorus.start_sample(rate) + chorus.frames(rate) - exact) <= 0.5


def test_a_step_holds_from_its_beat_on() -> None:
    tempo = TempoMap((TempoChange(0.0, 60.0), TempoChange(4.0, 120.0)))
    assert [tempo.bpm_at(beat) for beat in (-1.0, 0.0, 3.999, 4.0, 100.0)] == [60.0, 60.0, 60.0, 120.0, 120.0]
    assert [tempo.seconds(beat) for beat in (0.0, 4.0, 6.0)] == [0.0, 4.0, 5.0]


def test_the_first_tempo_holds_from_the_start() -> None:
    assert TempoMap((TempoChange(8.0, 90.0), TempoChange(16.0, 60.0))).changes == (
        TempoChange(0.0, 90.0),
        TempoChange(16.0, 60.0),
    )
    assert TempoMap((TempoChange(-4.0, 90.0), TempoChange(-1.0, 60.0))).changes == (TempoChange(0.0, 60.0),)


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (TempoChange(1.0, 90.0), TempoChange(1.0, 80.0)),
        (TempoChange(2.0, 90.0), TempoChange(1.0, 80.0)),
        (TempoChange(0.0, 0.0),),
        (TempoChange(0.0, -3.0),),
        (TempoChange(0.0, math.nan),),
        (TempoChange(math.nan, 90.0),),
        (TempoChange(0.0, math.inf),),
    ],
)
def test_a_map_that_no_music_has_is_refused(changes: tuple[TempoChange, ...]) -> None:
    with pytest.raises(ValueError, match="tempo map"):
        TempoMap(changes)


@pytest.mark.parametrize(
    ("text", "beats", "pulse", "pulses"),
    [
        ("2/4", 2, 1, 2),
        ("3/4", 3, 1, 3),
        ("4/4", 4, 1, 4),
        ("5/4", 5, 1, 5),
        ("6/8", 3, 1.5, 2),
        ("12/8", 6, 1.5, 4),
        ("3/8", 1.5, 0.5, 3),
    ],
)
def test_meters_know_their_bars_and_pulses(text: str, beats: float, pulse: float, pulses: int) -> None:
    meter = Meter.parse(text)
    assert (str(meter), meter.beats_per_bar, meter.pulse_beats, meter.pulses_per_bar) == (text, beats, pulse, pulses)
    assert meter.bar_beat(5) == 4 * beats


@pytest.mark.parametrize("text", ["", "4", "4/", "/4", "0/4", "4/0", "4/3", "-4/4", "4/4/4", "²/4", "4/128", "9999/4", "a/b"])
def test_what_is_no_meter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a meter is written like 3/4"):
        Meter.parse(text)
