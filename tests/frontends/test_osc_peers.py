"""Other people's OSC programs talk to the door: liblo's tools, Pure Data, SuperCollider."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge import __version__
from bridge.frontends.osc import OscServer
from tests.frontends.osc_client import OscClient, soon
from tests.frontends.osc_core import OscCore
from tests.peers import require_peer

PATCH = """#N canvas 0 0 600 400 10;
#X obj 10 10 loadbang;
#X msg 10 40 connect 127.0.0.1 {port};
#X obj 10 200 netsend -u -b;
#X obj 200 40 delay 200;
#X msg 200 70 17 bars 8 bpm 120 section verse;
#X obj 200 100 oscformat stepbridge generate;
#X obj 200 130 list prepend send;
#X obj 200 160 list trim;
#X obj 10 230 oscparse;
#X obj 10 260 print reply;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 0 0 3 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 7 0 2 0;
#X connect 2 1 8 0;
#X connect 8 0 9 0;
"""
SUPERCOLLIDER = """
(
var daemon = NetAddr("127.0.0.1", {port});
OSCFunc({{ |message| message.postln; 0.exit }}, "/stepbridge/accepted");
daemon.sendBundle(5, ["/stepbridge/generate", "sc", "bars", 8, "bpm", 93.5]);
)
"""


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the end of the block."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], text: str) -> str:
    """Return the first line of output that holds this text."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"{text} was never printed")


def oscsend(url: str, *arguments: str) -> None:
    subprocess.run(["oscsend", url, *arguments], check=True)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_oscsend_triggers_a_job(server: OscServer, core: OscCore, transport: str) -> None:
    require_peer("oscsend")
    fields = ["song-1", "prompt", "悲伤的大提琴", "bars", "8", "bpm", "93.5"]
    oscsend(f"osc.{transport}://127.0.0.1:{server.port}/", "/stepbridge/generate", "ssssisf", *fields)
    soon(core.jobs)
    request = core.job("song-1").request
    assert (request.prompt, request.bars, request.bpm) == ("悲伤的大提琴", 8, 93.5)


def test_oscdump_hears_the_replies_at_the_port_that_was_named(server: OscServer, core: OscCore) -> None:
    require_peer("oscsend", "oscdump")
    with OscClient(server.port) as probe:
        port = probe.port  # free again once the probe is closed
    url = f"osc.udp://127.0.0.1:{server.port}/"
    with running("oscdump", "-L", str(port)) as listener:
        soon(lambda: f":{port:04X} " in Path("/proc/net/udp").read_text() + Path("/proc/net/udp6").read_text())
        oscsend(url, "/stepbridge/reply_to", "i", str(port))
        assert __version__ in line_with(listener, "/stepbridge/pong")
        oscsend(url, "/stepbridge/generate", "ssi", "song-1", "bars", "8")
        assert "song-1" in line_with(listener, "/stepbridge/accepted")
        core.progress("song-1", 0.5, "perform")
        assert '"song-1" 0.500000 "perform"' in line_with(listener, "/stepbridge/progress")
        core.fail("song-1", "engine_failed", "no SoundFont")
        assert "no SoundFont" in line_with(listener, "/stepbridge/error")


def test_pure_data_sends_a_request_of_floats_and_hears_that_it_is_accepted(
    server: OscServer, core: OscCore, tmp_path: Path
) -> None:
    require_peer("pd")
    patch = tmp_path / "stepbridge.pd"
    patch.write_text(PATCH.format(port=server.port))
    with running("pd", "-nogui", "-noaudio", "-nomidi", "-stderr", str(patch)) as pd:
        assert "stepbridge accepted 17" in line_with(pd, "reply:")
    request = core.job("17").request
    assert (request.bars, request.bpm, request.section) == (8, 120.0, "verse")


def test_supercollider_sends_a_bundle_for_later_and_is_answered_now(server: OscServer, core: OscCore, tmp_path: Path) -> None:
    require_peer("sclang", is_optional=True)
    script = tmp_path / "stepbridge.scd"
    script.write_text(SUPERCOLLIDER.format(port=server.port))
    with running(
        "sclang", str(script), QT_QPA_PLATFORM="offscreen", QTWEBENGINE_DISABLE_SANDBOX="1", HOME=str(tmp_path)
    ) as sclang:
        assert "sc" in line_with(sclang, "/stepbridge/accepted")
    assert (core.job("sc").request.bars, core.job("sc").request.bpm) == (8, 93.5)
