"""The pages for a tablet: TouchOSC and Open Stage Control, their scripts run for real against the real daemon."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import py2tosc
import pytest
import yaml

from bridge.music.score import SECTION_NAMES
from daw_templates.touchosc.build_layouts import built
from tests.daw.fake_touchosc import Page, frame, node_property
from tests.e2e.daemon import Client, Daemon, serving
from tests.peers import require_peer

FOLDER = Path(__file__).parents[2] / "daw_templates" / "touchosc"
LAYOUT = yaml.safe_load((FOLDER / "layout.yaml").read_text(encoding="utf-8"))
TOUCHOSC, SESSION = FOLDER / "stepbridge.tosc", FOLDER / "stepbridge.open-stage-control.json"
PROPERTIES = {
    "name",
    "tag",
    "script",
    "frame",
    "color",
    "interactive",
    "textColor",
    "textSize",
    "cursor",
    "grid",
    "orientation",
}
"""Those used here; TouchOSC lets a page have others of its own, so a wrong name would pass unseen."""
COMMON = {"type", "id", "left", "top", "width", "height", "interaction", "bypass", "default", "address", "onValue", "onCreate"}
WIDGETS = {
    "text": COMMON,
    "fader": COMMON | {"design", "horizontal"},
    "switch": COMMON | {"values", "layout", "gridTemplate", "wrap"},
    "button": COMMON | {"label", "mode"},
    "variable": {"type", "id", "bypass", "address", "onValue"},
}
"""Widget → properties that it has of those used here (Open Stage Control 1.27, src/client/widgets)."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with serving(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture
def client(daemon: Daemon) -> Iterator[Client]:
    with daemon.client() as client:
        yield client


def deliver(page: Page, client: Client, until: str) -> list[str]:
    """Send what the page sent, and let it hear the answers up to one; return what the page showed meanwhile."""
    for address, *arguments in page.take_sent():
        client.send(address, *arguments)
    shown = []
    while True:
        address, arguments = client.receive()
        page.hear(address, arguments)
        shown.append(page.values["status"]["text"])
        if address == f"/stepbridge/{until}":
            return shown


def test_what_is_committed_is_what_the_source_says() -> None:
    for name, content in built().items():
        assert (FOLDER / name).read_bytes() == content, "run: python daw_templates/touchosc/build_layouts.py"


def test_the_page_is_one_that_touchosc_reads() -> None:
    page = Page(TOUCHOSC)
    assert (page.document.tag, page.document.get("version"), page.root.get("type")) == ("lexml", "3", "GROUP")
    assert list(py2tosc.load(TOUCHOSC).validate()) == []
    assert {key.text for key in page.root.iterfind(".//property/key")} <= PROPERTIES
    ids = [node.get("ID") for node in page.root.iter("node")]
    assert len(set(ids)) == len(ids)


def test_nothing_lies_over_anything_else_or_off_the_page() -> None:
    page = Page(TOUCHOSC)
    frames = [frame(node) for node in page.nodes.values() if node.get("type") != "TEXT"]
    for number, (left, top, width, height) in enumerate(frames):
        assert min(left, top) >= 0
        assert left + width <= LAYOUT["width"]
        assert top + height <= LAYOUT["height"]
        assert min(width, height) >= 24
        for other in frames[number + 1 :]:
            is_apart = left + width <= other[0] or other[0] + other[2] <= left
            assert is_apart or top + height <= other[1] or other[1] + other[3] <= top


def test_every_section_and_a_preset_of_each_prompt_can_be_chosen() -> None:
    rows = {row["name"]: row for row in LAYOUT["rows"] if row["kind"] == "choice"}
    assert tuple(rows["section"]["values"]) == SECTION_NAMES
    texts = {node_property(node, "name"): values["text"] for node, values in _texts(Page(TOUCHOSC))}
    for name, row in rows.items():
        assert row["chosen"] in row["values"].values()
        for label, value in row["values"].items():
            assert texts[f"{name}={value} text"] == label
            assert not set(str(value)) & set("=;")


def _texts(page: Page) -> list[tuple[Any, dict[str, Any]]]:
    return [(node, page.values[name]) for name, node in page.nodes.items() if node.get("type") == "TEXT"]


def test_a_take_is_made_from_the_tablet(client: Client, daemon: Daemon) -> None:
    page = Page(TOUCHOSC)
    assert page.sent == [("/stepbridge/subscribe",)]
    for button in ("section=chorus", "bars=4", "prompt=bossa nova, nylon guitar"):
        page.press(button)
    lit = {name for name, colour in page.colours.items() if colour.b > 0.8}
    assert lit == {"section=chorus", "bars=4", "prompt=bossa nova, nylon guitar", "melody=none"}
    page.press("action=generate")
    shown = deliver(page, client, "done")
    assert "accepted" in shown
    assert any(re.fullmatch(r"\d+ %  \w+.*", text) for text in shown)
    assert page.values["progress"]["x"] == 1
    (manifest,) = daemon.deliveries()
    assert page.values["status"]["text"] == f"done: {manifest.parent.name}"
    made = json.loads(manifest.read_text(encoding="utf-8"))
    assert (made["section"]["name"], made["section"]["bars"], made["request"]["prompt"]) == (
        "chorus",
        4,
        "bossa nova, nylon guitar",
    )


def test_a_job_is_cancelled_from_the_tablet(client: Client) -> None:
    page = Page(TOUCHOSC)
    page.press("action=cancel")
    assert page.values["status"]["text"] == "nothing is being made"
    page.press("bars=32")
    page.press("action=generate")
    deliver(page, client, "accepted")
    page.press("action=cancel")
    assert deliver(page, client, "cancelled")[-1] == "cancelled"


def test_what_was_played_becomes_the_melody_or_the_daemon_says_why_not(client: Client) -> None:
    page = Page(TOUCHOSC)
    page.press("melody=lock")
    page.press("action=generate")
    sent = page.sent[1:]
    assert sent[0] == ("/stepbridge/clip/stop", "live")
    assert sent[1][-4:] == ("clip", "live", "seed_mode", "lock")
    assert "live" in deliver(page, client, "error")[-1] or "MIDI" in page.values["status"]["text"]


def test_other_addresses_are_left_to_other_pages() -> None:
    assert Page(TOUCHOSC).hear("/live/tempo", [120.0]) is False


def session_run(*steps: dict[str, Any]) -> dict[str, Any]:
    require_peer("node")
    script = Path(__file__).parent / "open_stage_control.js"
    done = subprocess.run(
        ["node", str(script), str(SESSION), json.dumps(steps)], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    run: dict[str, Any] = json.loads(done.stdout)
    return run


def test_the_session_has_only_what_its_widgets_have() -> None:
    content = json.loads(SESSION.read_text(encoding="utf-8"))["content"]
    for widget in content["widgets"]:
        assert set(widget) <= WIDGETS[widget["type"]]
    ids = [widget["id"] for widget in content["widgets"]]
    assert len(set(ids)) == len(ids)


def test_a_take_is_made_from_open_stage_control(client: Client) -> None:
    choices: list[dict[str, Any]] = [
        {"choose": ["section", "verse"]},
        {"choose": ["bars", 4]},
        {"choose": ["prompt", "funk, slap bass"]},
    ]
    asked = session_run(*choices, {"press": "generate"})
    assert asked["sent"][0] == ["/stepbridge/subscribe"]
    for address, *arguments in asked["sent"]:
        client.send(address, *arguments)
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["hear"][0] != "/stepbridge/done":
        address, arguments = client.receive()
        heard.append({"hear": [address, *arguments]})
    shown = session_run(*heard)["values"]
    assert shown["status"].startswith("done: verse_b1_v001_")
    assert (shown["progress"], shown["job"]) == (1, "")
    middle = session_run(*heard[:-1])
    assert re.fullmatch(r"\d+ %  \w+.*", middle["values"]["status"])
    assert session_run(*heard[:-1], {"press": "cancel"})["sent"][-1] == ["/stepbridge/cancel", asked["values"]["job"]]


def test_open_stage_control_shows_errors_and_warnings() -> None:
    for message, text in ((["/stepbridge/error", "a", "bad_value", "no"], "no"), (["/stepbridge/warning", "a", "hm"], "hm")):
        assert session_run({"hear": message})["values"]["status"] == text
    assert session_run({"press": "cancel"})["values"]["status"] == "nothing is being made"
    played = session_run({"choose": ["melody", "develop"]}, {"press": "generate"})["sent"]
    assert played[1] == ["/stepbridge/clip/stop", "live"]
    assert played[2][-4:] == ["clip", "live", "seed_mode", "develop"]
