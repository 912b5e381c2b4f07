"""The way by AbletonOSC alone: the daemon asks for the clip, over real UDP, in windows that fit a datagram."""

import socket
from pathlib import Path

import pytest

from bridge.config import LiveConfig
from bridge.errors import BridgeError, ClipError
from bridge.frontends import osc_ableton
from bridge.frontends.osc_ableton import AbletonOsc
from tests.e2e.daemon import Daemon
from tests.live.fake_ableton_osc import TUNE, FakeAbletonOsc, NoteLine


def asker(live: FakeAbletonOsc) -> AbletonOsc:
    return AbletonOsc(LiveConfig(port=live.port, reply_port=live.reply_port))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc_ableton, "ANSWER_SECONDS", 0.2)


def test_clip_and_transport_are_taken_as_live_has_them() -> None:
    with FakeAbletonOsc(TUNE) as live:
        clip = asker(live).clip()
    assert [(note.pitch, note.start_beat, note.length_beats, note.velocity) for note in clip.notes] == [
        (62, 0.0, 1.0, 96), (65, 1.0, 0.5, 90), (127, 1.5, 0.5, 1),
    ]  # fmt: skip
    assert clip.length_beats == 6.0
    assert clip.transport == {
        "bpm": pytest.approx(97.3),
        "meter": "3/4",
        "position_beats": 48.0,
        "playing": False,
        "key": "D minor",
    }
    assert ("/live/api/show_message", ("stepbridge: 3 notes are taken",)) in live.asked


def test_only_what_the_loop_plays_is_taken() -> None:
    with FakeAbletonOsc([(60, beat, 0.5, 90, False) for beat in (0.0, 3.9, 4.0, 7.5, 8.0)]) as live:
        live.clip |= {"loop_start": 4.0, "length": 4.0}
        clip = asker(live).clip()
    assert [note.start_beat for note in clip.notes] == [0.0, 3.5]


@pytest.mark.parametrize("is_talkative", [True, False], ids=["which says so", "which is silent"])
def test_a_clip_too_big_for_a_datagram_comes_in_smaller_windows(is_talkative: bool) -> None:  # noqa: FBT001
    notes: list[NoteLine] = [(40 + index % 60, 0.1 + index / 96, 1 / 96, 90, False) for index in range(32 * 96)]
    with FakeAbletonOsc(notes, is_talkative=is_talkative) as live:
        live.clip |= {"loop_start": 0.1, "length": 32.0}
        clip = asker(live).clip()
    assert [note.pitch for note in clip.notes] == [note[0] for note in notes]
    assert [note.start_beat for note in clip.notes] == pytest.approx([note[1] - 0.1 for note in notes], abs=1e-5)
    spans = [params[5] for address, params in live.asked if address.endswith("/notes")]
    assert (round(spans[0]), round(min(spans))) == (16, 4)


def test_a_chord_that_fits_no_datagram_is_said() -> None:
    with (
        FakeAbletonOsc([(60, 0.0, 1.0, 90, False)] * 900) as live,
        pytest.raises(BridgeError, match="Message too long") as caught,
    ):
        asker(live).clip()
    assert caught.value.code == "live_refused"


def test_a_lost_datagram_is_asked_for_again() -> None:
    with FakeAbletonOsc(TUNE) as live:
        live.lost = 1
        assert len(asker(live).clip().notes) == 3


def test_an_abletonosc_without_scales_does() -> None:
    with FakeAbletonOsc(TUNE) as live:
        del live.song["scale_name"], live.song["root_note"]
        assert "key" not in asker(live).clip().transport


def test_what_is_no_midi_clip_is_said() -> None:
    with FakeAbletonOsc(None) as live, pytest.raises(ClipError, match=r"track 2, scene 3\) has no MIDI clip"):
        asker(live).clip()
    with FakeAbletonOsc(TUNE) as live:
        live.clip["is_midi_clip"] = False
        with pytest.raises(ClipError, match="has no MIDI clip"):
            asker(live).clip()
    with FakeAbletonOsc([]) as live, pytest.raises(ClipError, match="has no notes"):
        asker(live).clip()


def test_without_abletonosc_it_is_said_where_it_was_looked_for() -> None:
    with FakeAbletonOsc(TUNE) as live:
        config = LiveConfig(port=live.port, reply_port=live.reply_port)
    with pytest.raises(BridgeError, match=f"no AbletonOSC answers .* at 127.0.0.1:{config.port}") as caught:
        AbletonOsc(config).clip()
    assert caught.value.code == "no_live"


def test_a_reply_port_that_somebody_has_is_named() -> None:
    with FakeAbletonOsc(TUNE) as live, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", live.reply_port))
        with pytest.raises(
            BridgeError, match=f"live.reply_port: {live.reply_port}, where AbletonOSC answers, cannot be opened"
        ) as caught:
            asker(live).clip()
    assert caught.value.code == "port_in_use"


def test_the_daemon_makes_a_take_of_the_clip_at_the_place_where_live_stands(daemon: Daemon) -> None:
    with daemon.client() as client:
        client.send("/stepbridge/clip/live", "mine")
        assert client.wait_for("clip/ok") == ["mine", 3]
        take = client.make("from-live", "clip", "mine", "prompt", "rock")
    section = take["section"]
    assert (section["start_bar"], section["bars"], section["start_beat"]) == (17, 2, 48.0)
    assert take["tempo"][0]["bpm"] == pytest.approx(97.3, abs=1e-5)
    assert take["meter"] == [{"beat": 0.0, "numerator": 3, "denominator": 4}]
    assert (Path(take["folder"]) / "lead.mid").is_file()


def test_the_command_line_waits_for_live(daemon: Daemon) -> None:
    done = daemon.run("send", "/stepbridge/clip/live", "theirs")
    assert (done.returncode, done.stdout) == (0, "/stepbridge/clip/ok theirs 3\n")


def test_the_daemon_says_what_live_says(daemon: Daemon, ableton_osc: FakeAbletonOsc) -> None:
    ableton_osc.notes = []
    with daemon.client() as client:
        client.send("/stepbridge/clip/live", "nothing")
        assert client.receive() == ("/stepbridge/error", ["nothing", "bad_clip", "the selected clip has no notes"])
    ableton_osc.notes = TUNE
