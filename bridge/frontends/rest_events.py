"""Events over a websocket: what happens to jobs, as JSON, to any number of clients of any speed."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from bridge.errors import BridgeError
from bridge.events import Accepted, Cancelled, Done, Event, Failed, Progress, Warned
from bridge.frontends.rest_views import job_view

if TYPE_CHECKING:
    from bridge.core import Core

MAILBOX_EVENTS = 1000
NAMES: dict[type[Event], str] = {
    Accepted: "accepted",
    Progress: "progress",
    Warned: "warning",
    Done: "done",
    Failed: "error",
    Cancelled: "cancelled",
}
"""The words that OSC uses as addresses."""


class Mailbox:
    """Events on their way from the core's threads to one client; bounded, so that a slow client costs nobody anything."""

    def __init__(self, loop: asyncio.AbstractEventLoop, job_id: str | None = None, limit: int = MAILBOX_EVENTS) -> None:
        self._loop = loop
        self._job_id = job_id
        self._limit = limit
        self._events: deque[Event] = deque()
        self._is_lossy = False
        self._lock = threading.Lock()
        self._arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        """Take an event, from any thread, and return at once; a full mailbox forgets what it holds."""
        if self._job_id not in {None, event.id}:
            return
        with self._lock:
            was_empty = not self._events
            if len(self._events) >= self._limit:
                self._events.clear()
                self._is_lossy = True
            self._events.append(event)
        if was_empty:
            with suppress(RuntimeError):  # the loop is closed: the server has stopped
                self._loop.call_soon_threadsafe(self._arrived.set)

    async def take(self) -> tuple[list[Event], bool]:
        """Return all events since the last call, once there is one, and whether earlier ones were forgotten."""
        await self._arrived.wait()
        self._arrived.clear()
        with self._lock:
            events, self._events = list(self._events), deque()
            is_lossy, self._is_lossy = self._is_lossy, False
        return events, is_lossy


def event_view(event: Event) -> dict[str, Any]:
    """Return the JSON object of an event: its name, the job's id, and what belongs to it."""
    return {"event": NAMES[type(event)], **{name: getattr(event, name) for name in event.__dataclass_fields__}}


def event_routes(core: Core) -> APIRouter:
    """Return the websocket of events."""
    router = APIRouter()

    @router.websocket("/v1/events")
    async def events(socket: WebSocket, id: str | None = None) -> None:  # noqa: A002 - the name in the contract
        mailbox = Mailbox(asyncio.get_running_loop(), id)
        unsubscribe = core.bus.subscribe(mailbox.put)  # first, so that nothing is missed once the client knows it is heard
        try:
            await socket.accept()
            await until_one_ends(_send_events(socket, mailbox, core, id), _until_gone(socket))
        finally:
            unsubscribe()

    return router


async def _send_events(socket: WebSocket, mailbox: Mailbox, core: Core, job_id: str | None) -> None:
    """Send events for ever; who asks for one job hears first how it stands, who was too slow that something was lost."""
    if job_id is not None:
        with suppress(BridgeError):
            job = await asyncio.to_thread(core.job, job_id)
            await socket.send_json({"event": "job", "id": job.id, "job": job_view(job).model_dump(mode="json")})
    while True:
        events, is_lossy = await mailbox.take()
        if is_lossy:
            await socket.send_json({"event": "lost", "text": "this client was too slow; ask /v1/jobs how things stand"})
        for event in events:
            await socket.send_json(event_view(event))


async def _until_gone(socket: WebSocket) -> None:
    """Return when the client closes the websocket; what it says before is ignored."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Run these together until one returns, then give the others up; a client that is gone is no error."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            with suppress(WebSocketDisconnect):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
