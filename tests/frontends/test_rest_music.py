"""One request, answered with audio."""

from __future__ import annotations

import base64
import io
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from bridge.events import Cancelled, Event
from bridge.job import State
from tests.frontends.rest_serving import serving
from tests.frontends.small_core import SmallCore

WISH = {
    "prompt": "A joyful piano melody with light strings, suitable for a children's cartoon, 120 BPM",
    "duration_seconds": 60,
    "temperature": 0.85,
    "top_k": 40,
    "use_melody_seed": False,
    "output_format": "wav",
}
MIDI = b"MThd" + bytes(30)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> SmallCore:
    return SmallCore(tmp_path_factory.mktemp("outbox"))


@pytest.fixture(scope="module")
def client(core: SmallCore) -> Iterator[httpx.Client]:
    with serving(core) as client:
        yield client


@pytest.fixture
def plays(core: SmallCore) -> Iterator[SmallCore]:
    """The core delivers every job at once, two seconds long."""
    core.plays_seconds = 2.0
    yield core
    core.plays_seconds = None


def test_the_wish_is_ordered_as_it_was_said(client: httpx.Client, plays: SmallCore) -> None:
    plays.plays_seconds = 60.0
    answer = client.post("/generate_music", json=WISH)
    assert answer.status_code == 200
    assert plays.orders[-1].fields == {"prompt": WISH["prompt"], "seconds": 60.0, "temperature": 0.85, "top_k": 40}
    assert answer.headers["content-type"] == "audio/wav"
    job = client.get(f"/v1/jobs/{answer.headers['x-stepbridge-job']}").json()
    assert answer.headers["x-stepbridge-manifest"] == job["deliveries"][0]["manifest"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{job["id"]}.wav"'
    assert answer.content == client.get(f"/v1/jobs/{job['id']}/files/mix.wav").content
    assert soundfile.info(io.BytesIO(answer.content)).frames == 60 * 48000


@pytest.mark.parametrize(
    ("name", "kind"), [("wav", "audio/wav"), ("flac", "audio/flac"), ("ogg", "audio/ogg"), ("mp3", "audio/mpeg")]
)
@pytest.mark.parametrize("seconds", [2.0, 1.3])
@pytest.mark.usefixtures("plays")
def test_every_format_is_exactly_as_long_as_asked_for(client: httpx.Client, name: str, kind: str, seconds: float) -> None:
    answer = client.post("/generate_music", json={"duration_seconds": seconds, "output_format": name})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    samples, rate_hz = soundfile.read(io.BytesIO(answer.content))
    assert (rate_hz, samples.shape) == (48000, (round(seconds * 48000), 2))
    assert np.sqrt(np.mean(samples[: 48000 // 2] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


@pytest.mark.usefixtures("plays")
def test_where_the_music_is_cut_it_fades_instead_of_clicking(client: httpx.Client) -> None:
    answer = client.post("/generate_music", json={"duration_seconds": 1.0, "output_format": "wav"})
    samples, _ = soundfile.read(io.BytesIO(answer.content))
    assert np.abs(samples[-48:]).max() < 0.02
    assert np.abs(samples[-4800:-2400]).max() > 0.45


def test_a_melody_comes_as_base64_or_as_the_id_of_a_clip(client: httpx.Client, plays: SmallCore) -> None:
    text = base64.b64encode(MIDI).decode()
    for melody in (text, f"data:audio/midi;base64,{text}"):
        client.post("/generate_music", json={"use_melody_seed": True, "melody_seed": melody, "duration_seconds": 2})
        order = plays.orders[-1]
        assert order.uploads == {order.fields["clip"]: MIDI}
    client.post("/generate_music", json={"use_melody_seed": True, "melody_seed": "hook", "duration_seconds": 2})
    assert (plays.orders[-1].fields["clip"], plays.orders[-1].uploads) == ("hook", {})
    client.post("/generate_music", json={"use_melody_seed": False, "melody_seed": "hook", "duration_seconds": 2})
    assert "clip" not in plays.orders[-1].fields


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"use_melody_seed": True}, "melody_seed"),
        ({"use_melody_seed": True, "melody_seed": "A" * 100}, "melody_seed"),
        ({"use_melody_seed": True, "melody_seed": "not base64, no id"}, "melody_seed"),
        ({"duration_seconds": 0}, "duration_seconds"),
        ({"duration_seconds": True}, "duration_seconds"),
        ({"output_format": "aiff"}, "output_format"),
        ({"use_melody_seed": 0}, "use_melody_seed"),
        ({"length": 3}, "length"),
        ({"temperature": "warm"}, "temperature"),
    ],
)
def test_a_bad_wish_is_refused_with_its_field(client: httpx.Client, fields: dict[str, Any], field: str) -> None:
    answer = client.post("/generate_music", json=fields)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["text"].startswith(f"{field}: ")


def test_a_job_that_fails_is_answered_with_its_reason(client: httpx.Client, core: SmallCore) -> None:
    with ThreadPoolExecutor() as threads:
        core.submitted.clear()
        asked = threads.submit(client.post, "/generate_music", json={"prompt": "fails"})
        assert core.submitted.wait(30)
        job = core.jobs(State.QUEUED)[-1].id
        core.progress(job, 0.5, "perform")
        core.fail(job, "engine_failed", "the SoundFont is broken")
        answer = asked.result(10)
    assert answer.status_code == 500
    assert answer.json() == {"error": {"code": "engine_failed", "text": "the SoundFont is broken", "field": None}}


def test_a_job_that_somebody_cancels_is_answered_so(client: httpx.Client, core: SmallCore) -> None:
    with ThreadPoolExecutor() as threads:
        core.submitted.clear()
        asked = threads.submit(client.post, "/generate_music", json={"prompt": "unwanted"})
        assert core.submitted.wait(30)
        core.cancel(core.jobs(State.QUEUED)[-1].id)
        answer = asked.result(10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "cancelled")


def test_a_client_that_hangs_up_cancels_its_job(client: httpx.Client, core: SmallCore) -> None:
    cancelled = threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, Cancelled):
            cancelled.set()

    unsubscribe = core.bus.subscribe(listen)
    core.submitted.clear()
    assert client.base_url.port is not None
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        head = (
            "POST /generate_music HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        )
        connection.sendall(head.encode())
        assert core.submitted.wait(30)
    assert cancelled.wait(30)
    unsubscribe()


@pytest.mark.usefixtures("plays")
def test_many_ask_at_once(client: httpx.Client) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: client.post("/generate_music", json={"duration_seconds": 2}), range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert len({answer.headers["x-stepbridge-job"] for answer in answers}) == 16
