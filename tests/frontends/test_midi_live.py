"""What is heard at the MIDI port, message by message, without a port: takes, foot switches, the clock."""

import logging
from pathlib import Path
from typing import Any, cast

import pytest

from bridge.config import MidiConfig
from bridge.core import Core
from bridge.errors import ClipError
from bridge.frontends.midi_live import Live
from bridge.job import Transport
from bridge.seeds.midi_clip import read_seed
from tests.frontends.osc_core import OscCore

CLOCK, START, STOP = [0xF8], [0xFA], [0xFC]


class Player:
    """Plays to a Live at times of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.core = OscCore(folder)
        self.live = Live(cast("Core", self.core), MidiConfig(**settings))

    def note(self, start_s: float, length_s: float, pitch: int, velocity: int = 90) -> None:
        self.live.hear([0x90, pitch, velocity], start_s)
        self.live.hear([0x80, pitch, 0], start_s + length_s)

    def song(self, bpm: float, beats: float, notes: list[tuple[float, int]], start_s: float = 0.0) -> float:
        """Play quavers at these song beats over a running clock, from its start, and return the end."""
        beat_s = 60.0 / bpm
        events = [(start_s - 1e-6, START)]
        events += [(start_s + number * beat_s / 24, CLOCK) for number in range(round(beats * 24))]
        for beat, pitch in notes:
            events.append((start_s + beat * beat_s, [0x90, pitch, 90]))
            events.append((start_s + (beat + 0.5) * beat_s, [0x80, pitch, 0]))
        for seconds, message in sorted(events, key=lambda event: event[0]):
            self.live.hear(message, seconds)
        return start_s + beats * beat_s

    def notes(self, clip_id: str) -> list[Any]:
        return [
            (pytest.approx(start, abs=1e-3), round(length, 3), pitch) for start, length, pitch, _ in self.core.notes(clip_id)
        ]


def test_without_a_clock_the_first_note_is_beat_0_and_the_tempo_is_the_known_one(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.core.transport = Transport(bpm=90.0, meter="3/4")
    player.live.record("c", 10.0)
    player.note(11.0, 0.5, 60)
    player.note(13.0, 0.5, 64)
    assert player.live.stop_recording("c", 14.0) == 2
    assert player.notes("c") == [(0.0, 0.75, 60), (3.0, 0.75, 64)]
    assert player.core.length_beats("c") == 6.0


def test_where_the_daw_was_playing_the_recording_began_on_a_bar_line(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.core.transport = Transport(bpm=120.0, is_playing=True)
    player.live.record("c", 10.0)
    player.note(10.5, 0.5, 60)
    player.live.stop_recording("c", 14.0)
    assert player.notes("c") == [(1.0, 1.0, 60)]


def test_a_key_still_held_rings_to_the_end_and_one_struck_again_is_two_notes(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.live.record("c", 0.0)
    for seconds, pitch, velocity in ((0.0, 60, 90), (0.5, 60, 70), (0.5, 64, 90), (0.75, 64, 0), (0.8, 65, 0)):
        player.live.hear([0x90, pitch, velocity], seconds)
    player.live.stop_recording("c", 1.0)
    assert player.notes("c") == [(0.0, 1.0, 60), (1.0, 0.5, 64), (1.0, 1.0, 60)]


def test_a_recording_without_notes_and_a_stop_of_another_clip_are_refused(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.live.record("c", 0.0)
    with pytest.raises(ClipError, match=r"clip d: is not being recorded, but c is"):
        player.live.stop_recording("d", 1.0)
    with pytest.raises(ClipError, match="no note came in at the MIDI port stepbridge"):
        player.live.stop_recording("c", 1.0)


def test_what_was_just_played_needs_no_recording_and_begins_after_the_last_long_rest(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.note(0.0, 0.5, 50)
    for number, pitch in enumerate((60, 62, 64, 65)):
        player.note(20.0 + number, 0.5, pitch)
    assert player.live.stop_recording("c", 60.0) == 4
    assert player.notes("c") == [(0.0, 1.0, 60), (2.0, 1.0, 62), (4.0, 1.0, 64), (6.0, 1.0, 65)]
    assert player.core.length_beats("c") == 8.0


def test_no_more_than_the_last_bars_are_what_was_just_played(tmp_path: Path) -> None:
    player = Player(tmp_path, rolling_bars=2)
    for number in range(40):
        player.note(number * 0.5, 0.25, 40 + number)
    player.live.stop_recording("c", 25.0)
    assert [pitch for _, _, pitch in player.notes("c")] == list(range(72, 80))
    assert player.core.length_beats("c") == 8.0


@pytest.mark.parametrize(("bars", "told"), [(8, "no note has come in"), (0, "start with /stepbridge/clip/record")])
def test_where_nothing_was_played_that_is_said(tmp_path: Path, bars: int, told: str) -> None:
    player = Player(tmp_path, rolling_bars=bars)
    if not bars:
        player.note(0.0, 0.5, 60)
    with pytest.raises(ClipError, match=told) as refusal:
        player.live.stop_recording("c", 1.0)
    assert refusal.value.code == "not_recording"


def test_what_was_just_played_keeps_its_place_in_the_bars_of_the_clock(tmp_path: Path) -> None:
    player = Player(tmp_path)
    end = player.song(97.0, 24.0, [(9.0, 60), (11.5, 64), (14.98, 67)], start_s=5.0)
    player.live.stop_recording("c", end + 30.0)
    assert player.notes("c") == [(1.0, 0.5, 60), (3.5, 0.5, 64), (6.98, 0.5, 67)]
    assert player.core.length_beats("c") == 8.0


def test_a_note_a_little_before_the_bar_line_is_on_it(tmp_path: Path) -> None:
    player = Player(tmp_path)
    end = player.song(120.0, 24.0, [(7.95, 60), (9.0, 62)])
    player.live.stop_recording("c", end)
    assert player.notes("c") == [(0.0, 0.5, 60), (1.0, 0.5, 62)]
    assert read_seed(player.core.clips["c"]).start_seconds == pytest.approx((-0.025, 0.5), abs=1e-3)


def test_a_recording_over_a_clock_begins_at_the_bar_line_nearest_to_its_beginning(tmp_path: Path) -> None:
    player = Player(tmp_path)
    end = player.song(120.0, 8.2, [])
    player.live.record("c", end)
    for number in range(8 * 24):
        player.live.hear(CLOCK, end + number / 48)
    player.note(end + 2.9, 0.5, 60)
    player.live.stop_recording("c", end + 4.0)
    assert player.notes("c") == [(pytest.approx(6.0, abs=0.01), 1.0, 60)]


@pytest.mark.parametrize(("strength", "starts"), [(0.0, [0.0, 1.04, 1.92]), (0.5, [0.0, 1.02, 1.96]), (1.0, [0.0, 1.0, 2.0])])
def test_notes_are_drawn_to_the_grid_as_much_as_is_set_and_the_raw_times_are_kept(
    tmp_path: Path, strength: float, starts: list[float]
) -> None:
    player = Player(tmp_path, quantise=strength)
    player.core.transport = Transport(bpm=120.0)
    for beat, pitch in ((0.0, 60), (1.04, 62), (1.92, 64)):
        player.note(beat / 2, 0.1, pitch)
    player.live.stop_recording("c", 2.0)
    seed = read_seed(player.core.clips["c"])
    assert [note.start_beat for note in seed.notes] == pytest.approx(starts, abs=1e-3)
    assert seed.start_seconds == pytest.approx((0.0, 0.52, 0.96), abs=1e-6)


def test_without_a_known_tempo_there_is_no_grid_to_draw_notes_to(tmp_path: Path) -> None:
    player = Player(tmp_path, quantise=1.0)
    player.note(0.0, 0.1, 60)
    player.note(0.55, 0.1, 62)
    player.live.stop_recording("c", 2.0)
    assert player.notes("c") == [(0.0, 0.2, 60), (1.1, 0.2, 62)]


def test_two_quick_notes_of_one_pitch_stay_two_on_a_coarse_grid(tmp_path: Path) -> None:
    player = Player(tmp_path, quantise=1.0, grid_beats=1.0)
    player.core.transport = Transport(bpm=120.0)
    player.note(0.0, 0.04, 60)
    player.note(0.1, 0.04, 60)
    assert player.live.stop_recording("c", 1.0) == 2
    assert len(player.notes("c")) == 2


@pytest.mark.parametrize(("record_by", "press", "release"), [
    ("cc 64", [0xB3, 64, 127], [0xB3, 64, 0]),
    ("note 36", [0x90, 36, 5], [0x80, 36, 0]),
])  # fmt: skip
def test_a_foot_switch_begins_a_recording_and_ends_it_and_is_no_note(
    tmp_path: Path, record_by: str, press: list[int], release: list[int]
) -> None:
    player = Player(tmp_path, record_by=record_by, clip="foot")
    player.note(0.0, 0.1, 50)
    player.live.hear(press, 1.0)
    player.live.hear(press, 1.1)
    player.live.hear(release, 1.2)
    player.note(2.0, 0.5, 60)
    player.live.hear(press, 3.0)
    player.live.hear(release, 3.1)
    assert player.notes("foot") == [(0.0, 1.0, 60)]


def test_a_switch_that_only_stops_keeps_what_was_just_played_and_says_where_there_is_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    player = Player(tmp_path, start_by="note 1", stop_by="note 2")
    with caplog.at_level(logging.WARNING):
        player.note(0.0, 0.1, 2)
    assert "clip live: is not being recorded, and no note has come in" in caplog.text
    player.note(1.0, 0.5, 60)
    player.note(2.0, 0.1, 2)
    assert player.notes("live") == [(0.0, 1.0, 60)]
    player.note(3.0, 0.1, 1)
    player.note(4.0, 0.5, 62)
    player.note(5.0, 0.1, 2)
    assert player.notes("live") == [(0.0, 1.0, 62)]


def test_the_clock_tells_tempo_position_and_playing_a_few_times_a_second(tmp_path: Path) -> None:
    player = Player(tmp_path)
    said: list[dict[str, Any]] = []

    def follow(fields: dict[str, Any]) -> None:
        said.append(fields)
        player.core.set_transport(fields)

    player.core.follow = follow  # type: ignore[method-assign]
    end = player.song(93.0, 31.0, [])
    assert player.core.transport.bpm == 93.0
    assert player.core.transport.position_beats == pytest.approx(31.0, abs=0.5)
    assert player.core.transport.is_playing
    assert len(said) <= 1 + 4 * end
    assert sum("bpm" in fields for fields in said) <= 2
    player.live.hear(STOP, end)
    assert (player.core.transport.is_playing, player.core.transport.position_beats) == (False, 31.0)


def test_a_clock_that_falls_silent_stops_the_transport(tmp_path: Path) -> None:
    player = Player(tmp_path)
    assert player.live.patience_seconds is None
    end = player.song(120.0, 4.0, [])
    patience = player.live.patience_seconds
    assert patience is not None
    player.live.notice_silence(end + patience)
    assert player.core.transport.is_playing is False
    assert player.live.patience_seconds is None


def played(folder: Path, *messages: tuple[float, list[int]], end_s: float = 8.0) -> Player:
    """Return a player who recorded these messages at 60 BPM as the clip "c"."""
    player = Player(folder)
    player.core.transport = Transport(bpm=60.0, meter="4/4")
    player.live.record("c", 0.0)
    for seconds, message in messages:
        player.live.hear(message, seconds)
    player.live.stop_recording("c", end_s)
    return player


def test_under_the_sustain_pedal_a_note_rings_until_the_next_one_and_the_last_until_the_pedal_is_let_go(tmp_path: Path) -> None:
    strokes = [(0.0, [0x90, 60, 90]), (0.0, [0x90, 61, 90]), (0.3, [0x80, 60, 0]), (0.3, [0x80, 61, 0]), (1.0, [0x90, 62, 90])]
    player = played(tmp_path, (0.0, [0xB0, 64, 127]), *strokes, (1.3, [0x80, 62, 0]), (3.0, [0xB0, 64, 0]))
    assert player.notes("c") == [(0.0, 1.0, 60), (0.0, 1.0, 61), (1.0, 2.0, 62)]


@pytest.mark.parametrize("controller", [120, 123, 126])
def test_all_notes_off_releases_the_keys_of_its_channel(tmp_path: Path, controller: int) -> None:
    player = played(tmp_path, (0.0, [0x90, 60, 90]), (0.5, [0x91, 67, 90]), (1.0, [0xB0, controller, 0]), (2.0, [0x81, 67, 0]))
    assert player.notes("c") == [(0.0, 1.0, 60), (0.5, 1.5, 67)]


def test_a_key_whose_release_is_lost_does_not_make_the_clip_minutes_long(tmp_path: Path) -> None:
    player = played(tmp_path, (0.0, [0x90, 60, 90]), (1.0, [0x90, 64, 90]), (1.5, [0x80, 64, 0]), end_s=600.0)
    assert player.core.length_beats("c") <= 24.0


def test_a_key_that_hangs_does_not_hide_the_rest_before_what_was_just_played(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.core.transport = Transport(bpm=60.0, meter="4/4")
    player.live.hear([0x90, 40, 90], 0.0)
    player.note(20.0, 0.5, 72)
    player.note(21.0, 0.5, 74)
    assert player.live.stop_recording("c", 22.0) == 2
    assert player.notes("c") == [(0.0, 0.5, 72), (1.0, 0.5, 74)]


def test_a_pitch_repeated_on_another_channel_is_not_ended_by_the_release_of_the_first(tmp_path: Path) -> None:
    strokes = ((0.0, [0x91, 60, 90]), (1.0, [0x92, 60, 90]), (1.02, [0x81, 60, 0]), (2.0, [0x82, 60, 0]))
    assert played(tmp_path, *strokes).notes("c") == [(0.0, 1.0, 60), (1.0, 1.0, 60)]


@pytest.mark.parametrize("beats_before", [0, 20])
def test_a_recording_begun_before_the_daw_starts_has_no_bars_of_waiting(tmp_path: Path, beats_before: int) -> None:
    player = Player(tmp_path)
    for number in range(24 * beats_before):
        player.live.hear(CLOCK, number * 0.5 / 24)
    player.live.record("c", 1.0)
    end = player.song(120.0, 16.0, [(0.0, 60), (5.0, 62)], start_s=10.0)
    player.live.stop_recording("c", end)
    assert player.notes("c") == [(0.0, 0.5, 60), (5.0, 0.5, 62)]
    assert player.core.length_beats("c") == 8.0
