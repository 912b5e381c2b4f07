"""The websocket of events."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from bridge.events import Accepted, Done, Event, Listener, Progress, Warned
from bridge.frontends.rest_events import Mailbox
from tests.frontends.rest_serving import serving
from tests.frontends.small_core import SmallCore


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> SmallCore:
    return SmallCore(tmp_path_factory.mktemp("outbox"))


@pytest.fixture(scope="module")
def client(core: SmallCore) -> Iterator[httpx.Client]:
    with serving(core) as client:
        yield client


@contextmanager
def events_of(client: httpx.Client, query: str = "") -> Iterator[ClientConnection]:
    with connect(str(client.base_url.join(f"/v1/events{query}")).replace("http:", "ws:"), close_timeout=0.2) as connection:
        yield connection


def told(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=30))


def test_everything_that_happens_to_a_job_is_told(client: httpx.Client, core: SmallCore) -> None:
    with events_of(client) as events:
        client.post("/v1/jobs", json={"id": "told"})
        core.progress("told", 0.25, "compose")
        core.bus.publish(Warned("told", "the clip says A minor"))
        folder = core.deliver("told")
        client.post("/v1/jobs", json={"id": "failing"})
        core.fail("failing", "engine_failed", "no SoundFont")
        client.post("/v1/jobs", json={"id": "unwanted"})
        client.delete("/v1/jobs/unwanted")
        assert [told(events) for _ in range(8)] == [
            {"event": "accepted", "id": "told"},
            {"event": "progress", "id": "told", "fraction": 0.25, "stage": "compose"},
            {"event": "warning", "id": "told", "text": "the clip says A minor"},
            {"event": "done", "id": "told", "manifest_path": str(folder / "manifest.json"), "variation": 1, "remaining": 0},
            {"event": "accepted", "id": "failing"},
            {"event": "error", "id": "failing", "code": "engine_failed", "text": "no SoundFont"},
            {"event": "accepted", "id": "unwanted"},
            {"event": "cancelled", "id": "unwanted"},
        ]


def test_who_asks_for_one_job_hears_how_it_stands_and_of_no_other(client: httpx.Client, core: SmallCore) -> None:
    client.post("/v1/jobs", json={"id": "mine"})
    core.progress("mine", 0.5, "perform")
    with events_of(client, "?id=mine") as events:
        first = told(events)
        assert (first["event"], first["id"], first["job"]["fraction"]) == ("job", "mine", 0.5)
        client.post("/v1/jobs", json={"id": "another"})
        core.progress("mine", 0.75, "perform")
        assert told(events) == {"event": "progress", "id": "mine", "fraction": 0.75, "stage": "perform"}


def test_a_job_may_be_waited_for_before_it_is_ordered(client: httpx.Client) -> None:
    with events_of(client, "?id=later") as events:
        client.post("/v1/jobs", json={"id": "later"})
        assert told(events) == {"event": "accepted", "id": "later"}


def test_a_client_that_is_gone_is_forgotten(client: httpx.Client, core: SmallCore, monkeypatch: pytest.MonkeyPatch) -> None:
    listening, gone = threading.Event(), threading.Event()
    subscribe = core.bus.subscribe

    def watched(listener: Listener) -> Callable[[], None]:
        unsubscribe = subscribe(listener)
        listening.set()

        def leave() -> None:
            unsubscribe()
            assert listener not in core.bus._listeners
            gone.set()

        return leave

    monkeypatch.setattr(core.bus, "subscribe", watched)
    with events_of(client):
        assert listening.wait(30)
        assert not gone.is_set()
    assert gone.wait(30)


def test_a_client_that_never_reads_delays_nobody(client: httpx.Client, core: SmallCore) -> None:
    with events_of(client) as sleeping, events_of(client) as awake:
        sleeping.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        for count in range(20_000):
            core.bus.publish(Progress("busy", count / 20_000, "x" * 200))
        core.bus.publish(Done("busy", "/m"))
        names: list[str] = []
        while not names or names[-1] != "done":
            names.append(told(awake)["event"])
        assert client.get("/health").status_code == 200


def test_a_full_mailbox_forgets_and_says_so() -> None:
    async def scene() -> tuple[list[Event], bool, list[Event], bool]:
        mailbox = Mailbox(asyncio.get_running_loop(), limit=3)
        for number in range(5):
            mailbox.put(Accepted(str(number)))
        first = await mailbox.take()
        mailbox.put(Accepted("5"))
        return *first, *await mailbox.take()

    assert asyncio.run(scene()) == ([Accepted("3"), Accepted("4")], True, [Accepted("5")], False)
