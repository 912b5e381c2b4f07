"""The controller script for Bitwig against the real daemon, in a Bitwig that has the published API and nothing else."""

import contextlib
import json
import select
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.music.midi import read_smf, score_parts
from tests.daw.bitwig_peer import AGAIN, ALONE, ARRANGER, CANCEL, LAUNCHER, Bitwig, installed
from tests.e2e.daemon import Daemon, serving
from tests.peers import require_peer

TUNE = [(62, 0.0, 1.0, 96), (65, 1.0, 0.5, 90), (69, 4 / 3, 1 / 3, 101), (74, 5 / 3, 2.25, 110), (70, 4.0, 4.0, 64)]
PARTS = ["lead", "chords", "bass", "drums"]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    require_peer("node")
    with serving(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture
def script(daemon: Daemon, tmp_path: Path) -> Path:
    return installed(daemon.config, tmp_path / "Bitwig Studio")


@pytest.fixture
def bitwig(script: Path) -> Iterator[Bitwig]:
    with Bitwig(script) as bitwig:
        bitwig.set(Prompt="悲伤的 rock ballad")
        yield bitwig


def manifest_of(inserted: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((Path(inserted["file"]).parent / "manifest.json").read_text(encoding="utf-8"))
    return fields


def lead_of(inserted: dict[str, Any]) -> list[tuple[int, float]]:
    parts = score_parts(read_smf((Path(inserted["file"]).parent / "score.mid").read_bytes()))
    return [(note.pitch, round(note.start_beat, 3)) for note in parts[0].notes]


def test_a_selected_clip_comes_back_as_a_scene_of_stems(bitwig: Bitwig) -> None:
    bitwig.tell("transport", bpm=97.3, playStart=33.5)
    bitwig.set(Section="chorus")
    bitwig.select(TUNE, 8.0)
    bitwig.press(LAUNCHER)
    files = bitwig.inserted(4)
    assert [(file["track"], file["scene"]) for file in files] == [(part, 0) for part in PARTS]
    made = manifest_of(files[0])
    assert {Path(file["file"]).name for file in files} == {stem["file"] for stem in made["stems"]}
    section = made["section"]
    assert (section["name"], section["start_bar"], section["bars"], made["project"]) == ("chorus", 9, 2, "song")
    assert (made["tempo"], made["request"]["prompt"]) == ([{"beat": 0.0, "bpm": 97.3}], "悲伤的 rock ballad")
    assert lead_of(files[0]) == [(pitch, round(start, 3)) for pitch, start, _, _ in TUNE]
    bitwig.wait_for("popup", "chorus_b9_v001 is in scene 1")
    assert bitwig.state()["scenes"][0] == "chorus_b9_v001"
    told = [event["text"] for event in bitwig.heard if event["event"] == "popup"]
    assert any(" % " in text for text in told)
    assert all(text.startswith("stepbridge: ") for text in told)


def test_the_next_take_is_in_the_next_scene_on_the_same_tracks(bitwig: Bitwig) -> None:
    bitwig.set(Parts="lead bass", Takes=2)
    bitwig.tell("song", scenes=["Intro"])
    bitwig.press(ALONE)
    assert [(file["track"], file["scene"]) for file in bitwig.inserted(4)] == [
        ("lead", 0),
        ("bass", 0),
        ("lead", 1),
        ("bass", 1),
    ]
    bitwig.wait_for("popup", "is in scene 2")
    bitwig.press(AGAIN)
    assert {(file["track"], file["scene"]) for file in bitwig.inserted(2)} == {("lead", 2), ("bass", 2)}
    bitwig.wait_for("popup", "is in scene 3")
    state = bitwig.state()
    assert [track["name"] for track in state["tracks"]] == ["Melody", "lead", "bass"]
    assert (state["scenes"][0], len(state["scenes"])) == ("Intro", 3)


def test_tracks_of_a_name_are_used_where_they_can_hold_the_file(bitwig: Bitwig) -> None:
    tracks = [{"name": "Bass", "type": "Audio", "slots": {"0": "mine"}}, {"name": "lead", "type": "Instrument", "slots": {}}]
    bitwig.tell("song", tracks=tracks)
    bitwig.set(Parts="lead bass", Bring_in="audio and MIDI")
    bitwig.press(ALONE)
    files = bitwig.inserted(4)
    assert [(file["track"], file["scene"], Path(file["file"]).name) for file in files] == [
        ("lead", 1, "lead.wav"),
        ("Bass", 1, "bass.wav"),
        ("lead MIDI", 1, "lead.mid"),
        ("bass MIDI", 1, "bass.mid"),
    ]
    assert [track["type"] for track in bitwig.state()["tracks"]] == ["Audio", "Instrument", "Audio", "Instrument", "Instrument"]


def test_the_loop_of_the_arranger_is_the_section_in_any_meter(bitwig: Bitwig) -> None:
    bitwig.tell("transport", numerator=6, denominator=8, isLoop=True, loopStart=9.0, loopLength=7.0)
    bitwig.set(Parts="lead")
    bitwig.select([(60, 0.0, 1.5, 100), (64, 1.5, 1.5, 100)], 3.0, "arranger")
    bitwig.press(ARRANGER)
    made = manifest_of(bitwig.inserted(1)[0])
    assert (made["section"]["start_bar"], made["section"]["bars"], made["request"]["meter"]) == (4, 3, "6/8")


def test_a_clip_longer_than_the_grid_is_read_to_its_end(bitwig: Bitwig) -> None:
    tune = [(60 + number % 12, number * 0.75, 0.5, 100) for number in range(96)]
    bitwig.set(Parts="lead")
    bitwig.select(tune, 72.0)
    bitwig.press(LAUNCHER)
    assert lead_of(bitwig.inserted(1)[0]) == [(pitch, start) for pitch, start, _, _ in tune]


def test_what_is_muted_or_outside_the_loop_is_not_sent(bitwig: Bitwig) -> None:
    notes = [
        {"pitch": pitch, "start": start, "length": 2.0, "velocity": 90} for pitch, start in ((60, 2.0), (64, 4.0), (67, 7.0))
    ]
    notes.append({"pitch": 72, "start": 5.0, "length": 1.0, "velocity": 90, "isMuted": True})
    clip = {"notes": notes, "isLoop": True, "loopStart": 4.0, "loopLength": 4.0, "playStart": 0, "playStop": 16}
    bitwig.tell("clip", which="launcher", clip=clip)
    bitwig.set(Parts="lead")
    bitwig.press(LAUNCHER)
    assert lead_of(bitwig.inserted(1)[0]) == [(64, 0.0), (67, 3.0)]


def test_what_cannot_be_sent_is_told(bitwig: Bitwig) -> None:
    bitwig.press(LAUNCHER)
    bitwig.wait_for("popup", "select a clip first")
    bitwig.select([], 4.0)
    bitwig.press(LAUNCHER)
    bitwig.wait_for("popup", "the selected clip has no notes")
    bitwig.press(AGAIN)
    bitwig.wait_for("popup", "no take has come yet")
    bitwig.press(CANCEL)
    bitwig.wait_for("popup", "nothing is being made")


def test_the_daemon_s_refusal_is_shown_in_its_words(bitwig: Bitwig) -> None:
    bitwig.set(Parts="lead tuba")
    bitwig.press(ALONE)
    assert "tuba" in bitwig.wait_for("popup", "verse, bar 1: parts")["text"]


def test_what_is_being_made_can_be_cancelled(bitwig: Bitwig, daemon: Daemon) -> None:
    before = daemon.deliveries()
    bitwig.tell("transport", isLoop=True, loopStart=0.0, loopLength=1600.0)
    bitwig.press(ALONE)
    bitwig.wait_for("popup", "accepted")
    bitwig.press(CANCEL)
    bitwig.wait_for("popup", "cancelled")
    assert daemon.deliveries() == before


def test_a_take_that_finds_no_track_says_so_and_the_next_one_comes_in(bitwig: Bitwig) -> None:
    bitwig.tell("song", isStuck=True)
    bitwig.set(Parts="bass")
    bitwig.press(ALONE)
    bitwig.wait_for("popup", "Bitwig made no track for bass")
    bitwig.tell("song", isStuck=False)
    bitwig.press(AGAIN)
    assert bitwig.inserted(1)[0]["track"] == "bass"


def test_a_file_that_is_gone_is_named(bitwig: Bitwig) -> None:
    bitwig.set(Parts="bass")
    bitwig.press(ALONE)
    (file,) = bitwig.inserted(1)
    bitwig.wait_for("popup", "is in scene")
    shutil.rmtree(Path(file["file"]).parent)
    bitwig.press(AGAIN)
    assert "bass.wav did not go in" in bitwig.wait_for("popup", "did not go in")["text"]


def test_the_daemon_knows_the_transport_of_bitwig(bitwig: Bitwig, daemon: Daemon) -> None:
    bitwig.tell("transport", bpm=133.7, numerator=5, denominator=4)
    with daemon.client() as client:
        for attempt in range(50):
            made = client.make(f"mirror-{attempt}", "prompt", "rock", "bars", 1, "parts", "bass")
            if made["tempo"] == [{"beat": 0.0, "bpm": 133.7}]:
                break
    assert (made["tempo"], made["meter"][0]["numerator"]) == ([{"beat": 0.0, "bpm": 133.7}], 5)


def test_without_a_daemon_the_musician_is_told_what_to_start(script: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        with Bitwig(script, **{"OSC port": str(nobody.getsockname()[1])}) as bitwig:
            bitwig.press(ALONE)
            bitwig.wait_for("popup", "no daemon answers at 127.0.0.1:")


@contextlib.contextmanager
def losing(port: int, *addresses: bytes) -> Iterator[int]:
    """Give a port from which datagrams go to the daemon and back, but for the first of each of these addresses."""
    lost, client = set(addresses), None
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside,
    ):
        for end in (inside, outside):
            end.bind(("127.0.0.1", 0))

        def carry() -> None:
            nonlocal client
            while ready := select.select([inside, outside], [], [])[0]:
                packet, sender = ready[0].recvfrom(65536)
                if not packet:
                    return
                if ready[0] is outside:
                    inside.sendto(packet, client or sender)
                    continue
                client = sender
                if (address := packet.partition(b"\0")[0]) in lost:
                    lost.remove(address)
                else:
                    outside.sendto(packet, ("127.0.0.1", port))

        carrier = threading.Thread(target=carry)
        carrier.start()
        yield inside.getsockname()[1]
        assert not lost
        outside.sendto(b"", inside.getsockname())
        carrier.join()


def test_lost_datagrams_are_sent_again(script: Path, daemon: Daemon) -> None:
    lost = (b"/stepbridge/clip/notes", b"/stepbridge/generate")
    with losing(daemon.osc_port, *lost) as port, Bitwig(script, **{"OSC port": str(port)}) as bitwig:
        tune = [(60 + number % 12, number * 0.5, 0.5, 100) for number in range(60)]
        bitwig.set(Parts="lead")
        bitwig.select(tune, 32.0)
        bitwig.press(LAUNCHER)
        assert lead_of(bitwig.inserted(1)[0])[:60] == [(pitch, start) for pitch, start, _, _ in tune]


def test_replies_may_come_to_a_port_of_their_own(script: Path, daemon: Daemon) -> None:
    with daemon.client() as client:
        try:
            with Bitwig(script, Replies="to port 9133") as bitwig:
                bitwig.set(Parts="bass")
                bitwig.press(ALONE)
                assert bitwig.inserted(1)[0]["track"] == "bass"
        finally:
            client.send("/stepbridge/reply_to", 0)
            assert client.receive()[0] == "/stepbridge/pong"


def test_another_address_starts_the_script_anew(bitwig: Bitwig) -> None:
    bitwig.set(Address="10.0.0.2")
    bitwig.wait_for("restart")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("host.createTransport().launchRocket()", "Transport has no launchRocket"),
        ("host.showPopupNotification()", "is not published; it takes (string)"),
        ("host.showPopupNotification(5)", "is not published; it takes (string)"),
        ("host.createTransport().isPlaying().get()", "was not marked as interesting in init"),
        ("host.scheduleTask(function () { host.createTransport(); }, 0)", "createTransport is allowed in init only"),
        (
            (
                "var v = host.createTransport().isPlaying(); host.scheduleTask(function () { v.addValueObserver(nobody); }, 0);"
                " function nobody() {}"
            ),
            "addValueObserver is allowed in init only",
        ),
        ("var v = host.createTransport().isPlaying(); v.markInterested(); v.markInterested()", "marked as interesting before"),
        ("host.setShouldFailOnDeprecatedUse(true); host.createTransport().getTempo()", "getTempo is deprecated"),
        ("loadAPI(9); host.createTransport().playStartPosition()", "needs loadAPI(10)"),
        ("nobody()", "nobody is not defined"),
    ],
)
def test_the_bitwig_of_the_tests_refuses_what_bitwig_refuses(body: str, told: str, tmp_path: Path) -> None:
    require_peer("node")
    script = tmp_path / "bad.control.js"
    script.write_text(f"loadAPI(17); function init() {{ {body} }}\nfunction exit() {{}}", encoding="utf-8")
    bitwig = Bitwig(script)
    with pytest.raises(AssertionError, match=told.replace("(", r"\(").replace(")", r"\)")):
        bitwig.wait_for("nothing")
    bitwig.close()
