"""What the DAW says and what its MIDI clock shows, one beside the other."""

import pytest

from bridge.errors import RequestError
from bridge.job import Transport
from bridge.transport import DAW_PREVAILS_SECONDS, TransportLog


class Time:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_daw_s_word_outweighs_its_clock_for_some_seconds_field_by_field() -> None:
    time = Time()
    log = TransportLog(time)
    log.tell({"bpm": 120.0, "meter": "3/4"})
    log.follow({"bpm": 119.0, "playing": True, "position_beats": 4.0})
    assert log.now == Transport(bpm=120.0, meter="3/4", is_playing=True, position_beats=4.0)
    time.seconds += DAW_PREVAILS_SECONDS + 0.1
    log.follow({"bpm": 119.0})
    assert log.now.bpm == 119.0


def test_a_position_that_the_daw_said_moves_on_while_it_plays() -> None:
    time = Time()
    log = TransportLog(time)
    assert log.position_beats(100.0) is None
    log.tell({"bpm": 90.0, "position_beats": 8.0})
    assert log.position_beats(102.0) is None
    log.tell({"playing": True})
    assert log.position_beats(102.0) == pytest.approx(11.0)
    log.tell({"playing": False})
    assert log.position_beats(102.0) is None


def test_a_position_that_only_a_clock_showed_is_not_the_daw_s_word() -> None:
    log = TransportLog(Time())
    log.follow({"bpm": 90.0, "position_beats": 8.0, "playing": True})
    assert log.position_beats(102.0) is None


def test_a_wrong_field_changes_nothing() -> None:
    log = TransportLog(Time())
    log.tell({"bpm": 90.0})
    with pytest.raises(RequestError, match="bpm"):
        log.tell({"bpm": 0.0, "playing": True})
    assert log.now == Transport(bpm=90.0)
