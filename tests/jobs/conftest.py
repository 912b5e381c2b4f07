"""A shop: the store and the workers of a daemon, without its doors."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any

import pytest

from bridge.config import Config, FoldersConfig
from bridge.events import Bus, Cancelled, Done, Event, Failed
from bridge.job import Job, State
from bridge.jobs.lock import StateLock
from bridge.jobs.store import Store
from bridge.jobs.workers import Workers
from bridge.request import Request

PATIENCE_SECONDS = 30.0


class Shop:
    """Jobs in, events out."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.bus = Bus()
        self.events: list[Event] = []
        self.changed = threading.Condition()
        self.bus.subscribe(self._listen)
        self.lock = StateLock(config.folders.state)
        self.store = Store(config.folders.state / "jobs.sqlite")
        self.workers = Workers(self.store, self.bus, config, lock_file=self.lock.file, runner="job_runner")
        self.store.recover()
        self.workers.start()

    def _listen(self, event: Event) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def add(self, job_id: str, prompt: str, **fields: Any) -> None:
        job = Job(job_id, Request.parse({"prompt": prompt, **fields}), created=time.time())
        self.store.add_many([job], {}, lambda _job: None)
        self.workers.wake()

    def job(self, job_id: str) -> Job:
        job = self.store.job(job_id)
        assert job is not None
        return job

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for an event after which this is so."""
        with self.changed:
            assert self.changed.wait_for(is_so, PATIENCE_SECONDS), self.events[-10:]

    def until_events(self, count: int) -> None:
        self.until(lambda: len(self.events) >= count)

    def until_over(self, job_id: str) -> Job:
        self.until(lambda: any(not event.remaining for event in self.of(job_id, Done)) or self.of(job_id, Failed | Cancelled))
        return self.job(job_id)

    def until_in(self, job_id: str, state: State) -> None:
        self.until(lambda: self.job(job_id).state is state)

    def of(self, job_id: str, kind: type[Event] | UnionType) -> list[Any]:
        return [event for event in self.events if event.id == job_id and isinstance(event, kind)]

    def runs(self, job_id: str) -> int:
        lines = (self.config.folders.state / "runs").read_text().splitlines()
        return sum(line.split()[0] == job_id for line in lines)

    def close(self) -> None:
        self.workers.stop(grace_seconds=0.0)
        self.store.close()
        self.lock.release()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    folders = FoldersConfig(
        inbox=tmp_path / "inbox", outbox=tmp_path / "outbox", clips=(tmp_path / "clips",), state=tmp_path / "state"
    )
    for folder in (folders.inbox, folders.outbox, *folders.clips, folders.state):
        folder.mkdir()
    return Config(folders=folders)


@pytest.fixture
def shop(config: Config) -> Iterator[Shop]:
    with contextlib.closing(Shop(config)) as shop:
        yield shop
