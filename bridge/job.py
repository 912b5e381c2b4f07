"""A job: a request being worked on, its states, and the moves allowed between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bridge.request import Request


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"  #: Accepted and remembered; waits for a worker
    RUNNING = "running"  #: A worker composes and performs it
    DELIVERING = "delivering"  #: The take is being written to the outbox
    DONE = "done"  #: Every delivery of it is in the outbox
    FAILED = "failed"  #: Over, with a reason
    CANCELLED = "cancelled"  #: Given up by the musician; nothing more is delivered

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to the job any more."""
        return self in {State.DONE, State.FAILED, State.CANCELLED}


@dataclass(frozen=True)
class Order:
    """A request as a door received it, not checked yet."""

    fields: Mapping[str, Any]
    """Names of the public contract → values of any type the door can carry."""
    id: str | None = None
    """The client's, or None: the daemon makes one."""
    uploads: Mapping[str, bytes] = field(default_factory=dict)
    """Clip bytes, by the name that `clip`, `parts_in`, `timbre` and `guide` use for them."""
    reply_to: str = ""


@dataclass(frozen=True)
class Transport:
    """What the DAW last said it is doing; None where it did not say."""

    bpm: float | None = None
    meter: str | None = None
    key: str | None = None
    position_beats: float | None = None
    is_playing: bool | None = None


@dataclass(frozen=True)
class Job:
    """One row of the store."""

    id: str
    """Given by the client, or made by the daemon."""
    request: Request
    state: State = State.QUEUED
    stage: str = ""
    fraction: float = 0.0
    """0…1 of the whole job."""
    transport: Transport = Transport()
    """What the DAW was doing when the job was accepted."""
    random_seed: int = 0
    """Drawn when the job was accepted, unless the request names one."""
    clips: tuple[tuple[str, str], ...] = ()
    """(what the request calls it, key of its bytes in the store) of every clip the request names."""
    parent: str = ""
    """Path of the manifest of the take that repaint or extend works on."""
    reply_to: str = ""
    """Where the client wants to hear of it: a frontend's own address text, such as ``udp:127.0.0.1:52114``."""
    created: float = 0.0
    """Seconds since 1970."""
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    manifests: tuple[str, ...] = ()
    """Paths of the manifests delivered so far, one a variation."""
    error_code: str = ""
    error_text: str = ""
    warnings: tuple[str, ...] = ()
