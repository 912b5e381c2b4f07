"""The MIDI port: what is played becomes a clip, through a real JACK server too."""

import contextlib
import multiprocessing
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import rtmidi

from bridge.commands.doctor import Finding, _midi
from bridge.config import Config, MidiConfig
from bridge.core import Core
from bridge.errors import BridgeError, ClipError
from bridge.frontends.midi_port import MidiPort
from bridge.job import Transport
from tests.frontends.osc_client import OscClient, soon
from tests.frontends.osc_core import OscCore, answering
from tests.peers import require_peer

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where JACK's sockets lie


def test_without_a_midi_system_the_daemon_runs_and_recording_says_what_to_install(tmp_path: Path) -> None:
    core = OscCore(tmp_path)
    config = Config(midi=MidiConfig(port=""))
    with answering(core, tmp_path, MidiPort(cast("Core", core), config)) as server, OscClient(server.port) as client:
        address, answer = client.ask("clip/record", "c")
        assert (address, answer[:2]) == ("error", ["c", "no_midi_port"])
        assert "midi.port" in answer[2]
        assert client.ask("clip/stop", "c")[1][:2] == ["c", "not_recording"]


def test_a_port_that_cannot_be_opened_does_not_stop_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmidi, "get_compiled_api", list)
    port = MidiPort(cast("Core", OscCore(tmp_path)), Config())
    port.start()
    with pytest.raises(BridgeError, match="no MIDI system runs here") as refusal:
        port.record("c")
    assert refusal.value.code == "no_midi_port"
    port.stop()


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a JACK server of our own, without sound."""
    require_peer("jackd")
    name = f"stepbridge{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    command = ["jackd", "-n", name, "-r", "-d", "dummy", "-r", "48000", "-p", "256", "-C", "2", "-P", "2"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    soon(lambda: server.poll() is not None or list(SHARED_MEMORY.glob(f"jack_{name}_*_0")))
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def _play(port_name: str, ready: Any, steps: Any) -> None:
    """Be a DAW in a process of its own: play into that port what comes through the pipe."""
    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="daw")
    names = soon(lambda: [name for name in out.get_ports() if port_name in name])
    out.open_port(out.get_ports().index(names[0]))
    ready.set()
    for wait_s, message in iter(steps.recv, None):
        time.sleep(wait_s)
        out.send_message(message)
    out.delete()


def _heard(port: MidiPort, to_steps: Any, step: tuple[float, list[int]]) -> None:
    """Have a note message played until it is heard: on a busy machine JACK goes on without a late client and loses it."""
    before = len(port._live._played)
    for _ in range(10):
        to_steps.send(step)
        with contextlib.suppress(AssertionError):
            soon(lambda: len(port._live._played) > before, 2.0)
            return
    raise AssertionError(f"{step} was never heard")


@pytest.mark.usefixtures("jack")
def test_what_a_daw_plays_through_jack_becomes_a_clip_of_whole_bars(tmp_path: Path) -> None:
    core = OscCore(tmp_path)
    core.transport = Transport(bpm=240.0, meter="3/4")
    port = MidiPort(cast("Core", core), Config(midi=MidiConfig(port="seed")))
    port.start()
    context = multiprocessing.get_context("spawn")
    ready, (steps, to_steps) = context.Event(), context.Pipe(duplex=False)
    daw = context.Process(target=_play, args=("seed", ready, steps))
    daw.start()
    try:
        assert ready.wait(20.0)
        with answering(core, tmp_path, port) as server, OscClient(server.port) as client:
            client.send("clip/record", "c")
            assert client.waiting() == []
            for pitch in (60, 64, 67, 72):
                _heard(port, to_steps, (0.1, [0x90, pitch, 100]))
                to_steps.send((0.1, [0xB0, 1, 5]))
                _heard(port, to_steps, (0.1, [0x80, pitch, 0]))
            to_steps.send(None)
            assert client.ask("clip/stop", "c") == ("clip/ok", ["c", 4])
    finally:
        daw.terminate()
        daw.join()
        port.stop()
    notes = core.notes("c")
    assert [note[2] for note in notes] == [60, 64, 67, 72]
    # The DAW waits 300 ms, 1.2 beats, from note to note; on a busy machine it waits longer.
    assert notes[0][0] == 0.0
    assert all(later[0] - before[0] > 0.6 for before, later in pairwise(notes))
    assert all(note[1] > 0.4 for note in notes)
    assert core.length_beats("c") > notes[-1][0]
    assert core.length_beats("c") % 3.0 == 0.0


SONG_BPM = 117.3
PEDAL = [0xB0, 64]
LOOP_BEATS = 8
LOOP_NOTES = ((4.0, 60), (5.0, 64), (6.5, 67))
"""A musician plays these over bars 3 and 4, which the DAW repeats."""


def _loop() -> list[tuple[float, list[int]]]:
    """Return the messages of one round by beat: stop, song position, continue, clock, and a bar between foot switches."""
    events: list[tuple[float, list[int]]] = [(0.0, [0xFC]), (0.0, [0xF2, 32, 0]), (0.0, [0xFB])]
    events += [(number / 24, [0xF8]) for number in range(LOOP_BEATS * 24)]
    for beat in (3.8, 7.7):
        events += [(beat, [*PEDAL, 127]), (beat + 0.1, [*PEDAL, 0])]
    for beat, pitch in LOOP_NOTES:
        events += [(beat + 0.01, [0x90, pitch, 100]), (beat + 0.5, [0x80, pitch, 0])]
    return sorted(events, key=lambda event: event[0])


def _loop_on(port_name: str, ended: Any) -> None:
    """Be a DAW with a clock, in a process of its own, and a musician who plays along."""
    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="daw")
    names = soon(lambda: [name for name in out.get_ports() if port_name in name])
    out.open_port(out.get_ports().index(names[0]))
    start_s = time.perf_counter()
    while not ended.is_set():
        for beat, message in _loop():
            time.sleep(max(0.0, start_s + beat * 60.0 / SONG_BPM - time.perf_counter()))
            out.send_message(message)
        start_s += LOOP_BEATS * 60.0 / SONG_BPM
    out.delete()


@pytest.mark.usefixtures("jack")
def test_a_daw_s_clock_is_followed_and_a_foot_switch_takes_the_bar_that_is_played(tmp_path: Path) -> None:
    core = OscCore(tmp_path)
    port = MidiPort(cast("Core", core), Config(midi=MidiConfig(port="seed", record_by="cc 64")))
    port.start()
    context = multiprocessing.get_context("spawn")
    ended = context.Event()
    daw = context.Process(target=_loop_on, args=("seed", ended))
    daw.start()

    def is_as_played() -> bool:
        notes = core.notes("live") if "live" in core.clips else []
        return [round(start, 1) for start, *_ in notes] == [0.0, 1.0, 2.5] and [note[2] for note in notes] == [60, 64, 67]

    try:
        # A busy machine makes JACK lose a message now and then; the next round mends it.
        soon(is_as_played, 40.0)
        assert core.length_beats("live") == 4.0
        soon(lambda: core.transport.bpm == pytest.approx(SONG_BPM, abs=0.1), 20.0)
        assert 8.0 <= (core.transport.position_beats or 0.0) <= 16.0
        assert core.transport.is_playing
        ended.set()
        soon(lambda: core.transport.is_playing is False)
        with answering(core, tmp_path, port) as server, OscClient(server.port) as client:
            client.send("clip/stop", "just-played")
            assert client.until("clip/ok")[-1][1][0] == "just-played"
        assert core.length_beats("just-played") % 4.0 == 0.0
    finally:
        ended.set()
        daw.join(10.0)
        daw.terminate()
        port.stop()
    assert "midi port" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("jack")
def test_a_recording_of_silence_is_refused(tmp_path: Path) -> None:
    port = MidiPort(cast("Core", OscCore(tmp_path)), Config(midi=MidiConfig(port="seed")))
    port.record("c")
    with pytest.raises(ClipError, match="no note came in at the MIDI port seed"):
        port.stop_recording("c")
    port.stop()


def _midi_finding() -> Finding:
    (found,) = _midi(Config(midi=MidiConfig(port="seed")))
    return found


@pytest.mark.usefixtures("jack")
def test_doctor_finds_a_jack_server_where_there_is_no_other_midi_system() -> None:
    assert _midi_finding().is_good


def test_doctor_says_what_to_start_where_there_is_no_midi_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmidi, "get_compiled_api", list)
    found = _midi_finding()
    assert (found.is_good, found.is_needed) == (False, False)
    assert "start JACK" in found.text
