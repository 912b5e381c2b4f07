"""What goes out: events and jobs as OSC messages, to the sender of the request, to other askers and to subscribers."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bridge.errors import BridgeError
from bridge.events import Accepted, Cancelled, Done, Event, Failed, Progress, Warned
from bridge.frontends.osc_addresses import PREFIX
from bridge.frontends.osc_packet import encode
from bridge.job import Job, State

if TYPE_CHECKING:
    from bridge.core import Core

log = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 0.05
"""At most 20 progress messages a second for each job."""
SUBSCRIBERS_MAX = 64
ASKERS_MAX = 4096
"""Jobs for which somebody else than the first sender wants to hear too."""
TEXT_CHARACTERS_MAX = 1000
ERRORS_PER_S = 100.0
ERRORS_AT_ONCE = 200.0
SENDERS_MAX = 1024

Send = Callable[[str, bytes], None]


class ErrorLimit:
    """How many errors about misunderstood packets a sender gets, so that a flood is not answered with a flood."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Sender → (errors it may still get, when that was counted)."""

    def take(self, sender: str) -> int:
        """Return how many errors this sender may still get: 1 is the last one for now, which should say so; 0 is none."""
        now = self._clock()
        left, counted = self._left.pop(sender, (ERRORS_AT_ONCE, now))
        left = min(ERRORS_AT_ONCE, left + (now - counted) * ERRORS_PER_S)
        may = int(left)
        self._left[sender] = (left - 1.0 if may else left, now)
        if len(self._left) > SENDERS_MAX:
            self._left.popitem(last=False)
        return may


class Replies:
    """Sends what clients should hear; events wait in a queue, so that no core thread ever waits for a socket."""

    def __init__(self, core: Core, send: Send) -> None:
        self._core = core
        self._send = send
        self._limit = ErrorLimit()
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._subscribers: OrderedDict[str, None] = OrderedDict()
        self._askers: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._progress_sent: dict[str, float] = {}
        self.order = threading.RLock()
        """Held while requests are accepted, so that no progress of a job goes out before its `/accepted`."""

    def start(self) -> None:
        """Listen to the core."""
        self._unsubscribe = self._core.bus.subscribe(self._listen)
        self._thread = threading.Thread(target=self._work, name="osc-replies", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, then no more."""
        self._unsubscribe()
        self._events.put(None)
        self._thread.join(timeout=5.0)

    def message(self, to: str, name: str, *arguments: str | float) -> None:
        """Send ``/stepbridge/name`` with these arguments."""
        self._send(to, encode(PREFIX + name, *arguments))

    def error(self, to: str, id: str, error: BridgeError) -> None:  # noqa: A002 - the contract's word
        """Say what is wrong with a request of this id."""
        self.message(to, "error", id, error.code, error.text[:TEXT_CHARACTERS_MAX])

    def misunderstood(self, to: str, error: BridgeError) -> None:
        """Say what is wrong with a packet that belongs to no id, unless this sender has been told too often."""
        left = self._limit.take(to)
        if left > 1:
            self.error(to, "", error)
        elif left == 1:
            text = f"{error.text[:500]} (more than {ERRORS_PER_S:g} errors a second: the next ones are not answered)"
            self.error(to, "", BridgeError(text, code=error.code))

    def subscribe(self, to: str) -> None:
        """Send events of all jobs there; the oldest of more than 64 subscribers is forgotten."""
        with self.order:
            self._subscribers.pop(to, None)
            self._subscribers[to] = None
            if len(self._subscribers) > SUBSCRIBERS_MAX:
                self._subscribers.popitem(last=False)

    def unsubscribe(self, to: str) -> None:
        """Send only what concerns requests of that sender."""
        with self.order:
            self._subscribers.pop(to, None)

    def accepted(self, to: str, job: Job) -> None:
        """Say that a job is remembered; for one sent a second time, how it ended or will end as well."""
        self.message(to, "accepted", job.id)
        self.also_tell(to, job)
        self.outcome(to, job)

    def also_tell(self, to: str, job: Job) -> None:
        """Send what happens to a job to somebody else than its first sender too."""
        if to != job.reply_to and not job.state.is_over:
            others = self._askers.pop(job.id, ())
            self._askers[job.id] = (*(other for other in others if other != to), to)[-4:]
            if len(self._askers) > ASKERS_MAX:
                self._askers.popitem(last=False)

    def job(self, to: str, job: Job) -> None:
        """Say where a job stands."""
        self.message(to, "job", job.id, job.state.value, float(job.fraction), job.stage)

    def outcome(self, to: str, job: Job) -> None:
        """Repeat how a job ended, for a client whose first message was lost; nothing where it is not over."""
        for path in job.manifests if job.state is State.DONE else ():
            self.message(to, "done", job.id, path)
        if job.state is State.FAILED:
            self.error(to, job.id, BridgeError(job.error_text, code=job.error_code))
        elif job.state is State.CANCELLED:
            self.message(to, "cancelled", job.id)

    def _listen(self, event: Event) -> None:
        if not isinstance(event, Accepted) or self._subscribers:  # the sender is told by the handler
            self._events.put(event)

    def _work(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                with self.order:
                    self._tell(event)
            except Exception:
                log.exception("OSC clients were not told of %s", event)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Progress) and not self._is_time(event):
            return
        for to in self._listeners(event):
            self._tell_one(to, event)
        if isinstance(event, Failed | Cancelled) or (isinstance(event, Done) and event.remaining == 0):
            self._askers.pop(event.id, None)
            self._progress_sent.pop(event.id, None)

    def _is_time(self, event: Progress) -> bool:
        now = time.monotonic()
        if now - self._progress_sent.get(event.id, -1.0) < PROGRESS_INTERVAL_S:
            return False
        self._progress_sent[event.id] = now
        return True

    def _listeners(self, event: Event) -> Iterable[str]:
        """Return each address text once."""
        if isinstance(event, Accepted):
            first = self._core.job(event.id).reply_to
            return [to for to in self._subscribers if to != first]
        return dict.fromkeys((self._core.job(event.id).reply_to, *self._askers.get(event.id, ()), *self._subscribers))

    def _tell_one(self, to: str, event: Event) -> None:
        match event:
            case Accepted(id):
                self.message(to, "accepted", id)
            case Progress(id, fraction, stage):
                self.message(to, "progress", id, float(fraction), stage)
            case Warned(id, text):
                self.message(to, "warning", id, text[:TEXT_CHARACTERS_MAX])
            case Done(id, manifest_path):
                self.message(to, "done", id, manifest_path)
            case Failed(id, code, text):
                self.error(to, id, BridgeError(text, code=code))
            case Cancelled(id):
                self.message(to, "cancelled", id)
