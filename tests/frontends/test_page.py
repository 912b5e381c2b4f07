"""The web page in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import mido
import pytest
from PIL import Image

from bridge.config import Config, RestConfig
from bridge.frontends.rest_server import RestServer
from bridge.job import State
from tests.frontends.rest_serving import serving
from tests.frontends.small_core import SmallCore
from tests.peers import require_peer

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install .[dev])")
expect = playwright.expect
expect.set_options(timeout=30_000)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require_peer("chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SmallCore, httpx.Client]]:
    core = SmallCore(tmp_path_factory.mktemp("unused"))
    with serving(core) as client:
        yield core, client


@pytest.fixture
def core(served: tuple[SmallCore, httpx.Client], tmp_path: Path) -> SmallCore:
    served[0].forget()
    served[0].outbox = tmp_path
    return served[0]


@pytest.fixture
def client(served: tuple[SmallCore, httpx.Client], core: SmallCore) -> httpx.Client:  # noqa: ARG001 - forgets the last test
    return served[1]


@pytest.fixture
def page(browser: Any, client: httpx.Client) -> Iterator[Any]:
    yield from opened(browser, str(client.base_url))


def opened(browser: Any, address: str, **how: Any) -> Iterator[Any]:
    """Give the page, live; in the end nothing in it may have gone wrong."""
    context = browser.new_context(locale="en-US", **how)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(address)
    expect(page.locator(".link.up")).to_be_visible()
    yield page
    context.close()
    assert complaints == []


def melody(path: Path) -> Path:
    track = mido.MidiTrack()
    for pitch in (60, 62, 64, 65):
        track += [mido.Message("note_on", note=pitch, time=0), mido.Message("note_off", note=pitch, time=480)]
    mido.MidiFile(tracks=[track]).save(path)
    return path


def test_an_order_is_made_followed_and_played(page: Any, core: SmallCore) -> None:
    page.get_by_label("What should it sound like?").fill("sad cello ballad, D minor, 70 BPM")
    expect(page.locator("#understood")).to_contain_text("D minor")
    expect(page.locator("#understood")).to_contain_text("cello")
    page.get_by_role("button", name="Make a take").click()
    card = page.locator(".job")
    expect(card).to_contain_text("queued")
    assert core.orders[-1].fields == {"prompt": "sad cello ballad, D minor, 70 BPM"}

    job = core.jobs()[0].id
    core.progress(job, 0.42, "perform bass")
    expect(card).to_contain_text("performing 42 %")
    assert card.locator("progress").evaluate("bar => bar.value") == pytest.approx(0.42)
    folder = core.deliver(job, seconds=2.0)
    expect(card.locator(".state")).to_have_text("done")
    expect(card.locator("progress")).to_have_count(0)
    expect(card.locator(".stems li")).to_have_count(4)
    card.get_by_text("All files").click()
    expect(card.get_by_role("link", name="mix.wav")).to_have_attribute("href", f"/v1/jobs/{job}/files/mix.wav")
    expect(card).to_contain_text(str(folder))
    expect(card.locator("audio")).to_have_js_property("duration", 2)


class Held:
    """The first answer to such requests, on its way for as long as a test likes; something happens just after it was given."""

    def __init__(self, page: Any, method: str, path: str, happens: Callable[[], None]) -> None:
        self._page = page
        self._method = method
        self._happens = happens
        self._held: list[tuple[Any, Any]] = []
        page.route(re.compile(path), self._hold)

    def _hold(self, route: Any) -> None:
        if self._held or route.request.method != self._method:
            route.fallback()
            return
        self._held.append((route, route.fetch()))
        self._happens()

    def arrive(self) -> None:
        """Let it arrive, and return once the page, which has heard of something newer, asks for the job again."""
        while not self._held:
            self._page.wait_for_timeout(10)  # the page is told to the handler only while something is waited for
        route, answer = self._held[0]
        with self._page.expect_request(re.compile("/v1/jobs/job-1$")):
            route.fulfill(response=answer)


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/jobs$"), ("GET", "/v1/jobs/job-1$")])
def test_an_answer_that_comes_late_does_not_turn_the_page_back(page: Any, core: SmallCore, method: str, path: str) -> None:
    held = Held(page, method, path, lambda: core.progress("job-1", 0.42, "perform bass"))
    page.get_by_role("button", name="Make a take").click()
    expect(page.locator(".job")).to_contain_text("performing 42 %")
    held.arrive()
    expect(page.locator(".job")).to_contain_text("performing 42 %")


def test_what_happens_before_the_page_knows_of_the_job_is_not_lost(page: Any, core: SmallCore, client: httpx.Client) -> None:
    client.post("/v1/jobs", json={"id": "job-1"})
    held = Held(page, "GET", r"/v1/jobs\?", lambda: core.progress("job-1", 0.42, "perform bass"))
    page.reload()
    held.arrive()
    expect(page.locator(".job")).to_contain_text("performing 42 %")


def test_stems_play_together_with_mute_and_solo(page: Any, core: SmallCore, client: httpx.Client) -> None:
    client.post("/v1/jobs", json={"id": "made"})
    core.deliver("made", seconds=3.0)
    page.get_by_role("button", name="Mute: Drums").click()
    expect(page.get_by_role("button", name="Mute: Drums")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".time")).to_have_text("0:01 / 0:03")
    page.get_by_role("button", name="Solo: Bass").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_label("Position").fill("2.9")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_label("Position")).to_have_value("0")  # played to its end
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_clip_is_dropped_onto_the_form(page: Any, core: SmallCore, tmp_path: Path) -> None:
    data = list(melody(tmp_path / "hook.mid").read_bytes())
    drag = page.evaluate_handle(
        """bytes => {
            const drag = new DataTransfer();
            drag.items.add(new File([new Uint8Array(bytes)], "hook.mid", { type: "audio/midi" }));
            return drag;
        }""",
        data,
    )
    expect(page.get_by_text("Keep it", exact=True)).to_be_hidden()
    page.dispatch_event("#drop", "drop", {"dataTransfer": drag})
    expect(page.locator("#clip-name")).to_have_text("hook.mid")
    expect(page.locator("#understood")).to_contain_text("4 notes in the clip")
    page.get_by_label("Continue it").check()
    page.get_by_role("button", name="Make a take").click()
    expect(page.locator(".job")).to_have_count(1)
    assert core.orders[-1].fields == {"clip": "hook.mid", "seed_mode": "develop"}
    assert core.orders[-1].uploads == {"hook.mid": bytes(data)}
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Keep it", exact=True)).to_be_hidden()


def test_every_field_of_the_form_reaches_the_order(page: Any, core: SmallCore) -> None:
    page.get_by_label("Section").fill("chorus")
    page.get_by_label("Start bar").fill("17")
    page.get_by_label("Bars", exact=True).fill("4")
    page.get_by_label("Tempo (BPM)").fill("92.5")
    page.get_by_label("Key", exact=True).fill("A minor")
    page.get_by_label("Meter").select_option("6/8")
    page.get_by_label("Drums").uncheck()
    page.get_by_text("More settings").click()
    page.get_by_label("Chords", exact=True).last.fill("Am F")
    page.get_by_label("Variations").fill("2")
    page.get_by_label("Bit depth").select_option("16")
    page.get_by_label("FLAC").check()
    page.get_by_role("button", name="Make a take").click()
    expect(page.locator(".job")).to_have_count(1)
    request = core.jobs()[0].request.model_dump(mode="json", exclude_unset=True)
    assert request == {
        "section": "chorus", "start_bar": 17, "bars": 4, "bpm": 92.5, "key": "A minor", "meter": "6/8", "variations": 2,
        "parts": ["lead", "chords", "bass"], "chords": "Am F", "bit_depth": "16", "formats": ["wav", "flac"],
    }  # fmt: skip


def test_what_is_wrong_is_said_beside_the_field(page: Any, core: SmallCore) -> None:
    page.get_by_label("Key", exact=True).fill("H sharp")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("key")
    expect(page.get_by_label("Key", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Make a take").click()
    expect(alert).to_be_visible()
    assert core.orders == []
    page.get_by_label("Key", exact=True).fill("G major")
    expect(alert).to_be_hidden()


def test_a_job_is_cancelled_and_a_failure_is_told(page: Any, core: SmallCore, client: httpx.Client) -> None:
    client.post("/v1/jobs", json={"id": "unwanted", "prompt": "first"})
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".state")).to_have_text("cancelled")
    assert core.job("unwanted").state == State.CANCELLED
    client.post("/v1/jobs", json={"id": "failing", "prompt": "<img src=x onerror=alert(1)>"})
    core.fail("failing", "engine_failed", "<b>soundfont</b> cannot be read")
    expect(page.locator("[data-job=failing] .refusal")).to_have_text("<b>soundfont</b> cannot be read")
    expect(page.locator("[data-job=failing] h3")).to_have_text("<img src=x onerror=alert(1)>")


def test_settings_of_an_earlier_take_fill_the_form_again(page: Any, client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "old", "prompt": "waltz", "bars": 12, "parts": ["lead", "bass"]})
    core.deliver("old")
    page.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_label("Bars", exact=True)).to_have_value("12")
    expect(page.get_by_role("checkbox", name="Drums")).not_to_be_checked()
    expect(page.get_by_label("What should it sound like?")).to_have_value("waltz")


def test_the_page_speaks_chinese_too_and_remembers_it(page: Any, client: httpx.Client) -> None:
    client.post("/v1/jobs", json={"id": "one", "prompt": "忧伤"})
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="生成")).to_be_visible()
    expect(page.locator(".state")).to_have_text("排队中")
    page.reload()
    expect(page.get_by_role("button", name="生成")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    missing = page.evaluate("[...document.querySelectorAll('[data-text]')].filter(e => !e.textContent.trim()).length")
    assert missing == 0


def test_the_page_finds_the_daemon_again_after_a_restart(browser: Any, core: SmallCore) -> None:
    server = RestServer(cast("Any", core), Config(), port=0)
    server.start()
    for page in opened(browser, f"http://127.0.0.1:{server.port}"):
        server.stop()
        expect(page.locator(".link")).to_contain_text("not connected")
        core.submit_many([])
        server = RestServer(cast("Any", core), Config(), port=server.port)
        server.start()
        expect(page.locator(".link.up")).to_be_visible()
        httpx.post(f"http://127.0.0.1:{server.port}/v1/jobs", json={"id": "after"})
        expect(page.locator("[data-job=after]")).to_be_visible()
    server.stop()


def test_a_token_is_asked_for_once(browser: Any, core: SmallCore) -> None:
    with serving(core, Config(rest=RestConfig(token="open sesame"))) as client:  # noqa: S106 - of this test
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        page.goto(str(client.base_url))
        page.get_by_label("Token").fill("open sesame")
        page.get_by_role("button", name="Open").click()
        expect(page.locator(".link.up")).to_be_visible()
        assert "sesame" not in page.url
        page.get_by_role("button", name="Make a take").click()
        expect(page.locator(".job")).to_have_count(1)
        core.deliver(core.jobs()[0].id, seconds=1.0)
        expect(page.locator("audio")).to_have_js_property("duration", 1)
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
def test_it_fits_and_can_be_read_at_every_width(
    browser: Any, core: SmallCore, client: httpx.Client, scheme: str, width: int, height: int
) -> None:
    client.post("/v1/jobs", json={"id": "made", "prompt": "a-very-long-word-" * 20})
    Image.new("RGB", (1600, 1000)).save(core.deliver("made") / "overview.png")
    for page in opened(browser, str(client.base_url), viewport={"width": width, "height": height}, color_scheme=scheme):
        expect(page.locator(".player")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect(page.locator(".delivery img")).to_have_js_property("naturalWidth", 1600)
        for pair in (
            ("body", "body"),
            (".facts", ".job"),
            ("form label", "form"),
            (".tag", ".tag"),
            ("button.main", "button.main"),
        ):
            assert contrast(page, *pair) >= 4.5, pair


def test_the_whole_form_is_reached_by_the_keyboard(page: Any) -> None:
    page.get_by_label("What should it sound like?").focus()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.name || document.activeElement.type || document.activeElement.tagName")
        )
    assert {"clip", "section", "bars", "start_bar", "bpm", "key", "meter", "parts", "SUMMARY", "submit"} <= reached
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, select, textarea, button')]"
        ".filter(e => !(e.labels?.length || e.textContent.trim() || e.ariaLabel)).map(e => e.outerHTML)"
    )
    assert unnamed == []


def contrast(page: Any, text: str, ground: str) -> float:
    """Return the contrast of an element's text on another one's ground (WCAG 2.2)."""
    colours = (
        page.locator(text).first.evaluate("e => getComputedStyle(e).color"),
        page.locator(ground).first.evaluate("e => getComputedStyle(e).backgroundColor"),
    )
    dark, light = sorted(map(luminance, colours))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_nothing_is_loaded_from_elsewhere(browser: Any, client: httpx.Client) -> None:
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(httpx.URL(request.url).host))
    page.goto(str(client.base_url))
    page.wait_for_load_state("networkidle")
    context.close()
    assert set(asked) == {"127.0.0.1"}
