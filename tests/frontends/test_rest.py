"""Jobs, files, clips and figures over a real server."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import soundfile

from bridge.config import Config
from bridge.errors import DaemonError
from bridge.frontends.rest_server import RestServer
from bridge.job import State
from tests.frontends.rest_serving import serving
from tests.frontends.small_core import SmallCore

MIDI = b"MThd" + bytes(30)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> SmallCore:
    return SmallCore(tmp_path_factory.mktemp("outbox"))


@pytest.fixture(scope="module")
def client(core: SmallCore) -> Iterator[httpx.Client]:
    with serving(core) as client:
        yield client


def error_of(answer: httpx.Response) -> dict[str, Any]:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "text", "field"}
    error: dict[str, Any] = body["error"]
    return error


def raw_answer(client: httpx.Client, head: str) -> bytes:
    """Return what the server answers to a head that no client library would send."""
    host, port = client.base_url.host, client.base_url.port
    assert port is not None
    with socket.create_connection((host, port), timeout=30) as connection, connection.makefile("rb") as answer:
        connection.sendall(f"{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return answer.read()


def test_an_order_is_answered_with_its_job(client: httpx.Client, core: SmallCore) -> None:
    answer = client.post("/v1/jobs", json={"id": "first", "prompt": "悲伤的大提琴", "bars": 4, "chords": "Am F C G"})
    assert answer.status_code == 202
    assert answer.headers["location"] == "/v1/jobs/first"
    job = answer.json()
    assert (job["id"], job["state"], job["error"], job["deliveries"]) == ("first", "queued", None, [])
    assert job["request"] == {"prompt": "悲伤的大提琴", "bars": 4, "chords": "Am F C G"}
    assert client.get("/v1/jobs/first").json() == job
    assert core.orders[-1].id == "first"


def test_what_an_order_means_is_said_without_giving_it(client: httpx.Client, core: SmallCore) -> None:
    orders = len(core.orders)
    answer = client.post("/v1/understand", json={"prompt": "sad cello ballad, D minor, 70 BPM", "start_bar": 9, "bars": 7})
    assert answer.status_code == 200, answer.text
    means = answer.json()
    assert (means["bpm"], means["key"], means["bars"], means["start_bar"], round(means["seconds"], 6)) == (
        70,
        "D minor",
        7,
        9,
        24,
    )
    assert means["instruments"] == ["cello"]
    assert error_of(client.post("/v1/understand", json={"bars": -1}))["field"] == "bars"
    assert len(core.orders) == orders


def test_null_is_the_same_as_nothing_said(client: httpx.Client) -> None:
    fields = client.get("/openapi.json").json()["components"]["schemas"]["JobOrder"]["properties"]
    nothing = {name: None for name, schema in fields.items() if {"type": "null"} in schema.get("anyOf", [])}
    assert {"id", "clip", "tempo", "parts", "bars"} <= set(nothing)
    answer = client.post("/v1/jobs", json=nothing)
    assert answer.status_code == 202, answer.text


def test_the_same_id_twice_is_one_job(client: httpx.Client, core: SmallCore) -> None:
    first = client.post("/v1/jobs", json={"id": "twice"}).json()
    orders = len(core.orders)
    assert client.post("/v1/jobs", json={"id": "twice", "bars": 9}).json() == first
    assert len(core.orders) == orders


def test_files_come_with_an_order_in_parts(client: httpx.Client, core: SmallCore) -> None:
    files = {"clip": ("my tune.mid", MIDI), "parts_in.bass": ("bass.mid", MIDI + b"b"), "parts_in.drums": ("bass.mid", MIDI)}
    files |= {"timbre.lead": ("violin.wav", b"RIFF")}
    fields = {"id": "uploaded", "bars": "4", "parts": "lead bass", "prompt": "民谣"}
    answer = client.post("/v1/jobs", data=fields, files=files)
    assert answer.status_code == 202, answer.text
    order = core.orders[-1]
    assert order.uploads == {
        "my tune.mid": MIDI,
        "bass.mid": MIDI + b"b",
        "parts_in.drums:bass.mid": MIDI,
        "violin.wav": b"RIFF",
    }
    assert answer.json()["request"] == {
        "bars": 4,
        "clip": "my tune.mid",
        "parts": ["lead", "bass"],
        "parts_in": {"bass": "bass.mid", "drums": "parts_in.drums:bass.mid"},
        "prompt": "民谣",
        "timbre": {"lead": "violin.wav"},
    }


def test_a_path_in_a_file_name_is_not_kept(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", data={"id": "sly"}, files={"clip": ("../../etc/passwd", MIDI)})
    assert list(core.orders[-1].uploads) == ["passwd"]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"bar": 4}, "unknown_field", "bar"),
        ({"bars": 0}, "bad_value", "bars"),
        ({"bars": "many"}, "bad_value", "bars"),
        ({"id": "a b"}, "bad_id", "id"),
        ({"id": 7}, "bad_id", "id"),
        ({"id": ".."}, "bad_id", "id"),
        ({"parts_in": {"horn": "x"}}, "bad_value", "parts_in.horn"),
        ({"key": "H sharp"}, "bad_value", "key"),
    ],
)
def test_a_bad_order_is_refused_with_its_field(client: httpx.Client, fields: Any, code: str, field: str) -> None:
    answer = client.post("/v1/jobs", json=fields)
    error = error_of(answer)
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["field"].startswith(field)
    assert field in error["text"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"bars": NaN}',
        b'{"prompt": "\\ud800"}',
        b"[" * 100_000,
        b'{"bars": 1' + b"0" * 5000 + b"}",
    ],
    ids=range(11),
)
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert error_of(answer)["code"] in {"bad_value", "unknown_field"}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_media_type_is_refused_with_the_right_one(client: httpx.Client, kind: str) -> None:
    answer = client.post("/v1/jobs", content=b"{}", headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 415
    assert "application/json" in error_of(answer)["text"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="bars"\r\n\r\n4'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n4\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x; charset=klingon",
            b'--x\r\nContent-Disposition: form-data; name="bars"\r\n\r\n4\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n\xff\r\n--x--\r\n'),
    ],
)
def test_a_broken_form_never_breaks_the_daemon(client: httpx.Client, kind: str, body: bytes) -> None:
    answer = client.post("/v1/jobs", content=body, headers={"Content-Type": kind})
    assert answer.status_code in {202, 400}
    if answer.status_code == 400:
        assert error_of(answer)["field"]


def test_a_file_in_a_field_that_takes_none_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", files={"prompt": ("x.mid", MIDI)})
    assert (answer.status_code, error_of(answer)["field"]) == (400, "prompt")


def test_parts_in_is_given_in_one_way(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", data={"parts_in": "bass=b"}, files={"parts_in.drums": ("d.mid", MIDI)})
    assert (answer.status_code, error_of(answer)["field"]) == (400, "parts_in")


def test_jobs_are_listed_the_newest_first_and_by_state(client: httpx.Client, core: SmallCore) -> None:
    for name in ("older", "newer"):
        client.post("/v1/jobs", json={"id": name})
    core.progress("older", 0.5, "compose")
    listed = client.get("/v1/jobs").json()
    ids = [job["id"] for job in listed["jobs"]]
    assert ids.index("newer") < ids.index("older")
    assert listed["total"] == len(ids)
    running = client.get("/v1/jobs", params={"state": "running"}).json()["jobs"]
    assert [(job["id"], job["fraction"], job["stage"]) for job in running] == [("older", 0.5, "compose")]
    assert len(client.get("/v1/jobs", params={"limit": 1}).json()["jobs"]) == 1
    refused = client.get("/v1/jobs", params={"state": "sleeping"})
    assert (refused.status_code, error_of(refused)["field"]) == (400, "state")
    assert "queued" in error_of(refused)["text"]


def test_a_job_is_cancelled(client: httpx.Client) -> None:
    client.post("/v1/jobs", json={"id": "unwanted"})
    answer = client.delete("/v1/jobs/unwanted")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert client.delete("/v1/jobs/unwanted").json()["state"] == "cancelled"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_job_is_not_found(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/v1/jobs/nobody")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_job")


def test_a_failed_job_says_why(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "failing"})
    core.fail("failing", "engine_failed", "the SoundFont is broken")
    job = client.get("/v1/jobs/failing").json()
    assert (job["state"], job["error"]) == (
        "failed",
        {"code": "engine_failed", "text": "the SoundFont is broken", "field": None},
    )


def test_delivered_files_are_listed_and_fetched(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "made"})
    folder = core.deliver("made")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "link.wav").symlink_to("/etc/passwd")
    delivery = client.get("/v1/jobs/made").json()["deliveries"][0]
    assert delivery["manifest"] == str(folder / "manifest.json")
    assert [file["name"] for file in delivery["files"]] == [
        "bass.wav", "chords.wav", "drums.wav", "lead.wav", "manifest.json", "mix.wav", "score.mid",
    ]  # fmt: skip
    for file in delivery["files"]:
        answer = client.get(file["url"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(file["media_type"])
        assert len(answer.content) == file["bytes"]
    samples, rate_hz = soundfile.read(io.BytesIO(client.get("/v1/jobs/made/files/mix.wav").content))
    assert (samples.shape, rate_hz) == ((24000, 2), 48000)
    for name in (".hidden", "link.wav", "nothing.wav"):
        assert client.get(f"/v1/jobs/made/files/{name}").status_code == 404


def test_players_can_seek_in_a_file(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "seekable"})
    whole = (core.deliver("seekable") / "mix.wav").read_bytes()
    url = "/v1/jobs/seekable/files/mix.wav"
    part = client.get(url, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, whole[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole)}"
    head = client.head(url)
    assert (head.headers["accept-ranges"], head.headers["content-length"], head.content) == ("bytes", str(len(whole)), b"")
    assert client.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_variations_are_told_apart_whatever_order_they_come_in(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "varied", "variations": 3})
    for variation in (3, 1):
        core.deliver("varied", variation=variation)
    assert [delivery["variation"] for delivery in client.get("/v1/jobs/varied").json()["deliveries"]] == [1, 3]
    url = "/v1/jobs/varied/files/manifest.json"
    assert client.get(url).json()["variation"] == 1
    assert client.get(url, params={"variation": 3}).json()["variation"] == 3
    missing = client.get(url, params={"variation": 2})
    assert (missing.status_code, error_of(missing)["field"]) == (404, "variation")
    assert client.get(url, params={"variation": "x"}).status_code == 400


@pytest.mark.parametrize(
    "name", ["..", "../manifest.json", "..%2f..%2fsecret", "%2e%2e", "..\\secret", "%00", "/etc/passwd", "."]
)
def test_no_name_leads_out_of_the_delivery(client: httpx.Client, core: SmallCore, name: str) -> None:
    if not core.jobs(State.DONE):
        core.deliver("first")
    (core.outbox / "song" / "secret").write_text("out of reach")
    job = core.jobs(State.DONE)[0].id
    text = raw_answer(client, f"GET /v1/jobs/{job}/files/{name} HTTP/1.1")
    assert text.startswith(b"HTTP/1.1 404 ")
    assert b"out of reach" not in text


def test_a_delivery_that_was_moved_away_is_said_so(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "moved"})
    folder = core.deliver("moved")
    folder.rename(folder.with_name("elsewhere"))
    assert client.get("/v1/jobs/moved").json()["deliveries"][0]["files"] == []
    assert client.get("/v1/jobs/moved/files/mix.wav").status_code == 404


def test_a_clip_is_kept_as_a_raw_body_or_as_a_file(client: httpx.Client, core: SmallCore) -> None:
    raw = client.post("/v1/clips", params={"id": "hook"}, content=MIDI, headers={"Content-Type": "audio/midi"})
    assert (raw.status_code, raw.json()) == (201, {"id": "hook", "notes": 3})
    form = client.post("/v1/clips", data={"id": "riff"}, files={"clip": ("riff.mid", MIDI)})
    assert form.json() == {"id": "riff", "notes": 3}
    made = client.post("/v1/clips", files={"file": ("riff.mid", MIDI)}).json()["id"]
    assert core.clips == {"hook": MIDI, "riff": MIDI, made: MIDI}


def test_a_clip_that_is_none_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/clips", content=b"RIFFxxxx")
    assert (answer.status_code, error_of(answer)["code"]) == (400, "bad_clip")
    assert client.post("/v1/clips", params={"id": "a/b"}, content=MIDI).status_code == 400
    answer = client.post("/v1/clips", data={"id": "nothing"}, files={"other": ("x", b"")})
    assert (answer.status_code, error_of(answer)["field"]) == (400, "other")


def test_a_body_beyond_the_limit_is_refused_while_it_is_read(client: httpx.Client) -> None:
    declared = raw_answer(client, "POST /v1/clips HTTP/1.1\r\nContent-Length: 1000000000000")
    assert declared.startswith(b"HTTP/1.1 413 ")
    streamed = client.post("/v1/clips", content=(bytes(2**20) for _ in range(65)))
    assert (streamed.status_code, error_of(streamed)["code"]) == (413, "too_large")
    long = client.post("/v1/jobs", content=b'{"prompt": "' + b"x" * 5_000_000, headers={"Content-Type": "application/json"})
    assert long.status_code == 413


def test_unknown_routes_and_methods_are_answered_in_the_same_shape(client: httpx.Client) -> None:
    nowhere = client.get("/v2/jobs")
    assert (nowhere.status_code, error_of(nowhere)["code"]) == (404, "not_found")
    method = client.put("/v1/jobs")
    assert (method.status_code, error_of(method)["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"] == "GET, POST"
    assert client.post("/v1/jobs/x").headers["allow"] == "DELETE, GET"
    assert client.post("/").headers["allow"] == "GET"


def test_health_and_engines(client: httpx.Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
    engine = client.get("/v1/engines").json()["engines"][0]
    assert engine == {"name": "sampler", "device": "cpu", "is_ready": True, "reason": "", "sample_rates_hz": [44100, 48000]}


def test_every_line_of_the_metrics_is_prometheus_text(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "counted"})
    core.fail("counted", 'odd"code', "x")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    sample = re.compile(r'^[a-z_]+(\{[a-z]+="(\\"|[^"])*"(,[a-z]+="[^"]*")*\})? [-0-9.e+]+$')
    lines = answer.text.splitlines()
    assert all(line.startswith(("# HELP ", "# TYPE ")) or sample.match(line) for line in lines), answer.text
    assert 'stepbridge_errors_total{code="odd\\"code"} 1' in lines
    assert any(line.startswith('stepbridge_jobs{state="queued"} ') for line in lines)


def test_openapi_describes_every_field_and_the_one_shape_of_errors(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    order = schema["components"]["schemas"]["JobOrder"]["properties"]
    assert {"id", "prompt", "clip", "seed_mode", "sample_rate_hz", "seconds"} <= set(order)
    assert order["bars"]["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 512}
    form = schema["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(order) <= set(form["properties"])
    files = schema["paths"]["/v1/jobs/{id}/files/{name}"]["get"]["responses"]["200"]["content"]
    assert {"audio/wav", "audio/midi", "image/png", "application/json"} <= set(files)
    assert set(schema["paths"]) == {
        "/health", "/metrics", "/v1/engines", "/v1/jobs", "/v1/jobs/{id}", "/v1/jobs/{id}/files/{name}", "/v1/clips",
        "/v1/understand",
        "/generate_music",
    }  # fmt: skip
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert "422" not in operation["responses"]
            assert operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorBody")
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', client.get("/openapi.json").text))
    assert references <= set(schema["components"]["schemas"])


def test_a_taken_port_is_said_so(client: httpx.Client, core: Any) -> None:
    assert client.base_url.port is not None
    with pytest.raises(DaemonError, match=r"rest\.port"):
        RestServer(core, Config(), port=client.base_url.port).start()


def test_a_stopped_server_gives_its_port_back(core: Any) -> None:
    server = RestServer(core, Config(), port=0)
    server.start()
    server.stop()
    again = RestServer(core, Config(), port=server.port)
    again.start()
    assert httpx.get(f"http://127.0.0.1:{again.port}/health").status_code == 200
    again.stop()
