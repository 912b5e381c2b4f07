"""What happens to a job, as frozen values, and the bus that tells everybody who listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """Something that happened to the job with this id."""

    id: str


@dataclass(frozen=True)
class Accepted(Event):
    """The job is remembered and survives a crash from now on."""


@dataclass(frozen=True)
class Progress(Event):
    """The job moved on."""

    fraction: float
    """0…1 of the whole job."""
    stage: str
    """What is being done now, in a word or two."""


@dataclass(frozen=True)
class Warned(Event):
    """Something the musician should know; the job goes on."""

    text: str


@dataclass(frozen=True)
class Done(Event):
    """One delivery of the job is in the outbox, whole; the job is over once `remaining` is 0."""

    manifest_path: str
    variation: int = 1
    remaining: int = 0


@dataclass(frozen=True)
class Failed(Event):
    """The job is over without a delivery."""

    code: str
    text: str


@dataclass(frozen=True)
class Cancelled(Event):
    """The job was given up; nothing is delivered."""


Listener = Callable[[Event], None]


class Bus:
    """Tells every listener of every event; never waits for one, and outlives a failing one."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener that must return at once; call what comes back to remove it again."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._remove(listener)

    def _remove(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        """Tell all listeners; one that raises is logged and the others still hear of it."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s", event)
