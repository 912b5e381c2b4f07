"""The clock follower, told ticks that come as unevenly as they do from a DAW."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.frontends.midi_clock import LOST_SECONDS, ClockFollower

TEMPI = st.floats(30.0, 200.0)
SEEDS = st.integers(0, 2**32)


def tick_on(
    clock: ClockFollower, bpm: float, beats: float, start_s: float = 0.0, jitter_s: float = 0.0, seed: int = 0
) -> float:
    """Tell ticks for so many beats and return when the next one is due."""
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    period = 60.0 / bpm / 24
    now = start_s
    for number in range(round(beats * 24)):
        now = max(now, start_s + number * period + draw.uniform(-jitter_s, jitter_s))
        clock.tick(now)
    return start_s + round(beats * 24) * period


@given(TEMPI, SEEDS)
@settings(deadline=None)
def test_eight_beats_with_two_milliseconds_of_jitter_tell_the_tempo_within_a_tenth_of_a_bpm(bpm: float, seed: int) -> None:
    clock = ClockFollower()
    tick_on(clock, bpm, 8.0, jitter_s=0.002, seed=seed)
    assert clock.bpm == pytest.approx(bpm, abs=0.1)


@given(TEMPI, TEMPI, SEEDS)
@settings(deadline=None, max_examples=50)
def test_a_new_tempo_is_followed_within_eight_beats_and_exactly_within_sixteen(before: float, after: float, seed: int) -> None:
    clock = ClockFollower()
    now = tick_on(clock, before, 12.0, jitter_s=0.001, seed=seed)
    now = tick_on(clock, after, 8.0, now, jitter_s=0.001, seed=seed + 1)
    assert clock.bpm == pytest.approx(after, abs=1.0)
    tick_on(clock, after, 8.0, now, jitter_s=0.001, seed=seed + 2)
    assert clock.bpm == pytest.approx(after, abs=0.1)


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_lost_messages_change_neither_tempo_nor_place(lost: int) -> None:
    clock, period = ClockFollower(), 60.0 / 120.0 / 24
    clock.start()
    now = tick_on(clock, 120.0, 16.0, jitter_s=0.002)
    now = tick_on(clock, 120.0, 3.0, now + lost * period, jitter_s=0.002, seed=1)
    assert clock.bpm == pytest.approx(120.0, abs=0.1)
    assert clock.position_beats == pytest.approx(19.0 + lost / 24)
    assert clock.beat(now - 1.0) == pytest.approx(17.0 + lost / 24, abs=0.005)


def test_a_song_that_jumps_after_a_lost_message_is_where_it_was_set() -> None:
    clock = ClockFollower()
    clock.start()
    now = tick_on(clock, 120.0, 8.0)
    clock.song_position(0)
    end = tick_on(clock, 120.0, 4.0, now + 60.0 / 120.0 / 24)
    offset = clock.song_offset_beats(end)
    assert offset is not None
    assert clock.position_beats == 4.0
    assert clock.beat(end) + offset == pytest.approx(4.0, abs=1e-3)


@given(TEMPI, SEEDS)
@settings(deadline=None, max_examples=30)
def test_moments_are_placed_on_beats_more_exactly_than_single_ticks(bpm: float, seed: int) -> None:
    clock = ClockFollower()
    tick_on(clock, bpm, 16.0, jitter_s=0.002, seed=seed)
    for beat in (0.5, 3.25, 8.0, 15.5):
        assert clock.beat(beat * 60.0 / bpm) * 60.0 / bpm == pytest.approx(beat * 60.0 / bpm, abs=0.0015)


@given(st.integers(30, 8 * 24 - 1), st.floats(0.01, 0.2))
@settings(deadline=None, max_examples=50)
def test_ticks_that_a_busy_machine_held_up_change_neither_tempo_nor_place(held_tick: int, held_s: float) -> None:
    clock, period = ClockFollower(), 60.0 / 120.0 / 24
    for number in range(9 * 24):
        clock.tick(max(number * period, held_tick * period + held_s) if number >= held_tick else number * period)
    assert clock.bpm == pytest.approx(120.0, abs=0.1)
    assert clock.beat(held_tick * period) == pytest.approx(held_tick / 24, abs=0.02)


def test_before_a_beat_of_ticks_has_come_no_tempo_is_claimed() -> None:
    clock = ClockFollower()
    tick_on(clock, 120.0, 0.9)
    assert clock.bpm is None
    assert clock.is_alive


def test_the_first_tick_after_start_is_beat_0_and_ticks_without_start_move_nothing() -> None:
    clock = ClockFollower()
    now = tick_on(clock, 120.0, 3.3)
    assert (clock.position_beats, clock.is_playing) == (0.0, False)
    assert clock.song_offset_beats(now - 0.5) is None
    clock.start()
    tick_on(clock, 120.0, 5.0, now)
    assert (clock.position_beats, clock.is_playing) == (5.0, True)
    offset = clock.song_offset_beats(now)
    assert offset is not None
    assert clock.beat(now) + offset == pytest.approx(0.0, abs=1e-6)


def test_stop_keeps_the_place_and_continue_goes_on_from_it() -> None:
    clock = ClockFollower()
    clock.start()
    now = tick_on(clock, 120.0, 6.5)
    clock.stop(now)
    later = tick_on(clock, 120.0, 3.0, now)
    assert (clock.position_beats, clock.is_playing) == (6.5, False)
    assert clock.song_offset_beats(later - 0.5) is None
    clock.go_on()
    tick_on(clock, 120.0, 2.0, later)
    offset = clock.song_offset_beats(later + 0.5)
    assert offset is not None
    assert clock.beat(later + 0.5) + offset == pytest.approx(7.5, abs=1e-6)


def test_a_song_position_pointer_counts_sixteenths() -> None:
    clock = ClockFollower()
    clock.song_position(16 * 8)
    clock.go_on()
    tick_on(clock, 120.0, 1.0)
    assert clock.position_beats == 33.0


def test_a_jump_while_playing_moves_the_song_and_not_the_beats_that_were_played() -> None:
    clock = ClockFollower()
    clock.start()
    now = tick_on(clock, 120.0, 16.0)
    clock.song_position(0)
    end = tick_on(clock, 120.0, 2.0, now)
    assert clock.position_beats == 2.0
    assert clock.beat(end) == pytest.approx(18.0)
    assert [clock.song_offset_beats(now - 1.0), clock.song_offset_beats(now + 0.2)] == [0.0, -16.0]


def test_a_clock_that_falls_silent_is_noticed_once_and_time_goes_on() -> None:
    clock = ClockFollower()
    clock.start()
    now = tick_on(clock, 120.0, 8.0)
    assert not clock.notice_silence(now + LOST_SECONDS / 2)
    assert clock.notice_silence(now + LOST_SECONDS)
    assert not clock.notice_silence(now + 2 * LOST_SECONDS)
    assert (clock.is_playing, clock.is_alive, clock.bpm) == (False, False, None)
    tick_on(clock, 90.0, 8.0, now + 10.0)
    assert clock.bpm == pytest.approx(90.0)
    assert clock.beat(now + 10.0) == pytest.approx(8.0 + 20.0, abs=0.05)
    assert clock.beat(now + 12.0) - clock.beat(now + 10.0) == pytest.approx(3.0)
    assert not clock.is_heard(now + 5.0)


@pytest.mark.parametrize("bpm", [60.0, 97.3, 120.0])
@pytest.mark.parametrize("seed", range(10))
def test_eight_beats_that_waver_by_several_milliseconds_tell_the_tempo_within_a_tenth_of_a_bpm(bpm: float, seed: int) -> None:
    clock = ClockFollower()
    tick_on(clock, bpm, 8.0, jitter_s=0.008, seed=seed)
    assert clock.bpm == pytest.approx(bpm, abs=0.1)


@pytest.mark.parametrize("seed", range(10))
def test_a_new_tempo_is_followed_through_five_milliseconds_of_jitter(seed: int) -> None:
    clock = ClockFollower()
    now = tick_on(clock, 120.0, 16.0, jitter_s=0.005, seed=seed)
    tick_on(clock, 132.0, 16.0, now, jitter_s=0.005, seed=seed + 100)
    assert clock.bpm == pytest.approx(132.0, abs=0.2)
