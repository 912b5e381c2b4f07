"""What the daemon and a worker tell each other over the worker's standard input and output, as pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.config import Config
from bridge.engines.engine import Capabilities
from bridge.job import Job


@dataclass(frozen=True)
class Start:
    """To a new worker: how to run jobs. Answered by Ready."""

    runner: str
    """Module with the functions `run`, `warm`, `capabilities` and `sweep` of `bridge.pipeline`."""
    config: Config
    is_warming: bool


@dataclass(frozen=True)
class Run:
    """To a worker: make this. Answered by one Ended, or by the end of the worker."""

    job: Job
    clips: Mapping[str, bytes]


@dataclass(frozen=True)
class Cancel:
    """To a worker: stop at the next step."""

    job_id: str


@dataclass(frozen=True)
class Grant:
    """To a worker that asked: rename the delivery into place now."""


@dataclass(frozen=True)
class Ready:
    """From a worker: give me a job."""

    engines: tuple[Capabilities, ...]
    """What the engines can do on its device."""


@dataclass(frozen=True)
class Progressed:
    """From a worker: how far it is."""

    stage: str
    fraction: float
    """0…1 of the whole job."""


@dataclass(frozen=True)
class Warns:
    """From a worker: something the musician should know."""

    text: str


@dataclass(frozen=True)
class Ask:
    """From a worker: a delivery is complete but hidden; may I rename it? Answered by Grant or Cancel."""


@dataclass(frozen=True)
class Delivered:
    """From a worker: this variation is in the outbox."""

    variation: int
    manifest: str


@dataclass(frozen=True)
class Ended:
    """From a worker: the runner returned, or raised an error that has this code and text."""

    code: str = ""
    text: str = ""
    is_retryable: bool = False
    """The outbox could not take the delivery, but may later."""


Command = Start | Run | Cancel | Grant
Report = Ready | Progressed | Warns | Ask | Delivered | Ended
