"""The Max for Live device: its file, its patch, and its script at work with the real daemon."""

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.frontends.osc_addresses import ADDRESSES
from daw_templates.ableton.build_device import device as built
from tests.e2e.daemon import Daemon
from tests.live.device import FOLDER, Cables, Device
from tests.live.published import members
from tests.live.studio import TUNE

SONG = {
    "name": "song", "tempo": 97.3, "signature_numerator": 4, "signature_denominator": 4,
    "loop": 0, "loop_start": 0.0, "loop_length": 16.0, "current_song_time": 33.0,
}  # fmt: skip
CLIP = {
    "is_midi_clip": 1, "is_arrangement_clip": 1, "start_time": 64.0, "end_time": 72.0, "length": 8.0,
    "looping": 0, "loop_start": 0.0, "loop_end": 8.0, "start_marker": 0.0,
    "notes": [{"start_time": s, "duration": d, "pitch": p, "velocity": v, "mute": 0} for s, d, p, v in TUNE],
}  # fmt: skip
PIECE = "/stepbridge/clip/notes"


@pytest.fixture
def device() -> Iterator[Device]:
    with Device() as device:
        yield device


def fields(device: Device) -> dict[str, Any]:
    """Return what the device asks for once the daemon has the clip."""
    (begun,) = [message for message in device.sent if message[0].endswith("begin")]
    device.call("/stepbridge/clip/ok", begun[1], begun[2])
    pairs = device.sent[-1][2:]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def notes(device: Device) -> list[tuple[float, float, int]]:
    values = [value for message in device.sent if message[0] == PIECE for value in message[3:]]
    return [(values[at + 1], values[at + 2], values[at]) for at in range(0, len(values), 4)]


# The file


def test_the_device_is_built_from_its_source() -> None:
    assert (FOLDER / "stepbridge.amxd").read_bytes() == built((FOLDER / "stepbridge.maxpat").read_bytes())


def test_the_header_is_that_of_an_unfrozen_midi_effect() -> None:
    data = (FOLDER / "stepbridge.amxd").read_bytes()
    assert struct.unpack("<4sI4s4sII4sI", data[:32]) == (b"ampf", 4, b"mmmm", b"meta", 4, 0, b"ptch", len(data) - 32)
    assert data.endswith(b"\n\x00")
    assert json.loads(data[32:-1]) == json.loads((FOLDER / "stepbridge.maxpat").read_text(encoding="utf-8"))


def test_no_patch_is_built_of_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        built(b"{")


def test_every_cord_of_the_patch_ends_at_an_inlet_that_is_there() -> None:
    patcher = json.loads((FOLDER / "stepbridge.maxpat").read_text(encoding="utf-8"))["patcher"]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    assert len(boxes) == len(patcher["boxes"])
    for cord in (entry["patchline"] for entry in patcher["lines"]):
        (source, outlet), (target, inlet) = cord["source"], cord["destination"]
        assert outlet < boxes[source]["numoutlets"], cord
        assert inlet < boxes[target]["numinlets"], cord
    assert all(len(box.get("outlettype", [])) == box["numoutlets"] for box in boxes.values())
    shown = {name for name, box in boxes.items() if box.get("presentation")}
    assert {"prompt", "section", "bars", "generate", "cancel", "progress", "status"} <= shown
    for name in shown:
        left, top, width, height = boxes[name]["presentation_rect"]
        assert left + width <= patcher["devicewidth"], name
        assert top + height <= 169, name  # what Live shows of a device


def test_the_patch_calls_what_the_script_has_and_uses_its_ports() -> None:
    patcher = json.loads((FOLDER / "stepbridge.maxpat").read_text(encoding="utf-8"))["patcher"]
    texts = {entry["box"].get("text", "") for entry in patcher["boxes"]}
    script = (FOLDER / "stepbridge_device.js").read_text(encoding="utf-8")
    assert {"js stepbridge_device.js", "udpsend 127.0.0.1 9130", "udpreceive 9134"} <= texts
    assert "OWN_PORT = 9134;" in script
    for name in ("start", "text", "section", "bars", "generate", "cancel", "anything"):
        assert f"\nfunction {name}(" in script
    assert {"start", "generate", "cancel", "prepend section", "prepend bars"} <= texts


# The script


def test_the_script_is_the_javascript_of_max_8() -> None:
    script = (FOLDER / "stepbridge_device.js").read_text(encoding="utf-8")
    assert not re.search(r"\b(let|const|class|async)\b[^.;,\n]*[={]|=>|`|\.\.\.[a-z]", re.sub(r"//.*", "", script))


def test_the_clip_is_sent_in_pieces_note_for_note(device: Device) -> None:
    device.open_set(SONG, CLIP)
    device.call("text", "sad", "cello", "ballad")
    device.call("section", "chorus")
    device.call("generate")
    assert notes(device) == [(start, length, pitch) for start, length, pitch, _ in TUNE]
    assert fields(device) == {
        "clip": device.sent[-1][1], "start_bar": 17, "bars": 2, "bpm": 97.3, "meter": "4/4", "project": "song",
        "prompt": "sad cello ballad", "section": "chorus",
    }  # fmt: skip
    assert {message[0] for message in device.sent} <= {line.address for line in ADDRESSES}


@pytest.mark.parametrize(
    ("song", "clip", "bars", "wanted"),
    [
        ({}, {"start_time": 66.0, "end_time": 70.0}, 0, (17, 2)),
        ({"loop": 1, "loop_start": 64.0, "loop_length": 32.0}, {}, 0, (17, 8)),
        ({"loop": 1, "loop_start": 0.0, "loop_length": 16.0}, {}, 0, (17, 2)),
        ({"signature_numerator": 6, "signature_denominator": 8}, {"start_time": 6.0, "end_time": 9.0}, 0, (3, 1)),
        ({}, {"is_arrangement_clip": 0}, 0, (9, 2)),
        ({}, {}, 4, (17, 4)),
    ],
    ids=["filled to bars", "loop brace", "loop brace elsewhere", "six eight", "session", "bars wished"],
)
def test_the_section_is_what_the_set_means(
    device: Device, song: dict[str, Any], clip: dict[str, Any], bars: int, wanted: tuple[int, int]
) -> None:
    device.open_set({**SONG, **song}, {**CLIP, **clip})
    device.call("bars", bars)
    device.call("generate")
    asked = fields(device)
    assert (asked["start_bar"], asked["bars"]) == wanted


def test_a_looped_clip_is_sent_as_it_sounds(device: Device) -> None:
    device.open_set(SONG, {**CLIP, "looping": 1, "loop_end": 2.0, "end_time": 69.0})
    device.call("generate")
    assert notes(device) == [
        (0.0, 1.0, 62), (1.0, 0.5, 65), (1.5, 0.5, 69), (2.0, 1.0, 62), (3.0, 0.5, 65), (3.5, 0.5, 69), (4.0, 1.0, 62),
    ]  # fmt: skip


def test_without_a_midi_clip_it_says_so(device: Device) -> None:
    for clip in (None, {**CLIP, "is_midi_clip": 0}):
        device.open_set(SONG, clip)
        device.call("generate")
        assert device.said[-1] == "select a MIDI clip"
    device.open_set(SONG, {**CLIP, "notes": []})
    device.call("generate")
    assert device.said[-1] == "the clip has no notes there"
    assert not device.sent


def test_without_a_daemon_it_says_so(device: Device) -> None:
    device.open_set(SONG, CLIP)
    device.call("generate")
    device.wait()
    assert device.said[-1] == "no daemon answers; start one: stepbridge serve"


def test_every_name_it_uses_is_published(device: Device) -> None:
    device.open_set({**SONG, "loop": 1}, CLIP)
    device.call("generate")
    classes = {"live_set": "Song", "live_set view detail_clip": "Clip"}
    assert len(device.used) > 10
    for path, name in device.used:
        assert name in members(classes[path]), name


def test_the_port_of_the_config_is_told_to_udpsend(tmp_path: Path) -> None:
    script = tmp_path / "device.js"
    text = (FOLDER / "stepbridge_device.js").read_text(encoding="utf-8")
    script.write_text(text.replace('"@osc_port@"', '"9999"'), encoding="utf-8")
    with Device(script) as device:
        device.call("start")
        assert device.sent == [["port", 9999]]


# With the real daemon


def test_from_the_button_to_the_delivery_while_others_get_their_own_answers(device: Device, daemon: Daemon) -> None:
    device.open_set(SONG, CLIP)
    device.call("text", "bossa nova")
    device.call("generate")
    with Cables(device, daemon.osc_port) as cables, daemon.client() as other:
        cables.pass_on()
        heard = [cables.hear()]
        while heard[-1] != "/stepbridge/done":
            heard.append(cables.hear())
            assert heard[-1] != "/stepbridge/error", device.said
        other.send("/stepbridge/ping")
        assert other.receive()[0] == "/stepbridge/pong"
    assert heard[:3] == ["/stepbridge/pong", "/stepbridge/clip/ok", "/stepbridge/accepted"]
    assert max(device.progress) > 0
    manifest = json.loads(Path(device.said[-1].removeprefix("done: ")).read_text(encoding="utf-8"))
    assert (manifest["project"], manifest["section"]["start_bar"], manifest["section"]["bars"]) == ("song", 17, 2)


def test_a_refusal_is_shown_in_the_daemon_s_words(device: Device, daemon: Daemon) -> None:
    device.open_set({**SONG, "signature_numerator": 7, "signature_denominator": 8}, CLIP)
    device.call("generate")
    with Cables(device, daemon.osc_port) as cables:
        cables.pass_on()
        while cables.hear() != "/stepbridge/error":
            pass
    assert device.said[-1].startswith("meter: must be")


def test_cancel_reaches_the_daemon(device: Device, daemon: Daemon) -> None:
    device.call("cancel")
    assert device.said == ["nothing to cancel"]
    device.open_set(SONG, CLIP)
    device.call("bars", 64)
    device.call("generate")
    with Cables(device, daemon.osc_port) as cables:
        cables.pass_on()
        while cables.hear() != "/stepbridge/accepted":
            pass
        device.call("cancel")
        cables.pass_on()
        while cables.hear() != "/stepbridge/cancelled":
            pass
    assert device.said[-1] == "cancelled"
