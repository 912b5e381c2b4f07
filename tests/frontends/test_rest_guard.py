"""Who may speak to REST."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bridge.config import Config, RestConfig
from tests.frontends.rest_serving import serving
from tests.frontends.small_core import SmallCore

TOKEN = "s3cret, with a comma"  # noqa: S105 - of this test
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ROUTES = [
    "/",
    "/page/app.js",
    "/health",
    "/metrics",
    "/openapi.json",
    "/v1/jobs",
    "/v1/engines",
    "/v1/jobs/x/files/mix.wav",
    "/x",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(SmallCore(tmp_path_factory.mktemp("open"))) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    config = Config(rest=RestConfig(host="0.0.0.0", token=TOKEN))  # noqa: S104 - what is tested
    with serving(SmallCore(tmp_path_factory.mktemp("guarded")), config) as client:
        yield client


def websocket_of(client: httpx.Client, path: str = "/v1/events") -> str:
    return str(client.base_url.join(path)).replace("http:", "ws:")


def test_loopback_needs_no_token(client: httpx.Client) -> None:
    assert client.get("/v1/jobs").status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_needs_the_token(guarded: httpx.Client, route: str) -> None:
    answer = guarded.get(route)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.get(route, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert guarded.get(route, headers=BEARER).status_code in {200, 404}


def test_a_token_is_honoured_on_loopback_too(tmp_path: Path) -> None:
    with serving(SmallCore(tmp_path), Config(rest=RestConfig(token=TOKEN))) as client:
        assert client.get("/v1/jobs").status_code == 401
        assert client.get("/v1/jobs", headers=BEARER).status_code == 200


def test_media_elements_bring_the_token_in_the_address_but_orders_do_not(guarded: httpx.Client) -> None:
    assert guarded.get("/v1/jobs", params={"token": TOKEN}).status_code == 200
    assert guarded.post("/v1/jobs", params={"token": TOKEN}, json={}).status_code == 401


def test_a_websocket_needs_the_token(guarded: httpx.Client) -> None:
    with pytest.raises(InvalidStatus) as refusal, connect(websocket_of(guarded)):
        pass
    assert refusal.value.response.status_code == 401
    with connect(websocket_of(guarded), additional_headers=BEARER) as socket:
        assert socket.ping().wait(30)
    with connect(websocket_of(guarded, str(httpx.URL("/v1/events", params={"token": TOKEN})))) as socket:
        assert socket.ping().wait(30)


def test_a_browser_signs_in_once_and_keeps_the_token_out_of_its_address_bar(guarded: httpx.Client) -> None:
    asked = guarded.get("/", headers={"Accept": "text/html"})
    assert asked.status_code == 401
    assert "<form" in asked.text
    answer = guarded.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    guarded.cookies.clear()
    assert guarded.get("/", headers=cookie).status_code == 200
    assert guarded.post("/v1/jobs", json={}, headers=cookie).status_code == 202


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9131", "127.0.0.1.evil.example", "10.0.0.1", "", "[", "x:y:z"])
def test_a_name_that_was_bound_to_loopback_by_somebody_else_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/v1/jobs", headers={"Host": host})
    assert answer.status_code in {400, 403}
    if answer.status_code == 403:
        assert answer.json()["error"]["field"] == "host"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "[::1]:9131", "LOCALHOST"])
def test_every_name_of_loopback_is_ours(client: httpx.Client, host: str) -> None:
    assert client.get("/v1/jobs", headers={"Host": host}).status_code == 200


def test_on_all_addresses_numbers_are_ours_and_names_are_not(guarded: httpx.Client) -> None:
    assert guarded.get("/health", headers={**BEARER, "Host": "192.168.1.7:9131"}).status_code == 200
    assert guarded.get("/health", headers={**BEARER, "Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1.evil.example"])
def test_pages_of_other_sites_may_change_nothing(client: httpx.Client, origin: str) -> None:
    foreign = {"Origin": origin}
    for answer in (
        client.post("/v1/jobs", json={}, headers=foreign),
        client.delete("/v1/jobs/x", headers=foreign),
        client.post("/v1/clips", content=b"MThd", headers=foreign),
        client.post("/generate_music", json={}, headers=foreign),
    ):
        assert answer.status_code == 403
        assert answer.json()["error"]["field"] == "origin"
    with pytest.raises(InvalidStatus), connect(websocket_of(client), additional_headers=foreign):
        pass


def test_our_own_page_may_order(client: httpx.Client) -> None:
    own = {"Origin": str(client.base_url).rstrip("/")}
    assert client.post("/v1/jobs", json={}, headers=own).status_code == 202


def test_every_answer_forbids_foreign_scripts(client: httpx.Client) -> None:
    for route in ("/", "/v1/jobs", "/nowhere"):
        headers = client.get(route).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
