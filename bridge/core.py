"""What any frontend may do: submit, cancel, look, listen. Thread-safe; every method may be called from any thread."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridge.brief import Brief
from bridge.config import Config
from bridge.engines.engine import Capabilities
from bridge.errors import BridgeError, ClipError, DaemonError, JobError, RequestError
from bridge.events import Accepted, Bus, Cancelled, Done, Event, Failed
from bridge.job import Job, Order, State, Transport
from bridge.jobs.clips import ClipReader, clip_key, inside, read_allowed
from bridge.jobs.lock import StateLock
from bridge.jobs.store import Store
from bridge.jobs.workers import RUNNER, Workers
from bridge.prepare import clip_notes, prepare
from bridge.request import Request, check_id
from bridge.transport import TransportLog

log = logging.getLogger(__name__)

CANCEL_SECONDS = 0.45
"""How long `cancel` waits for the rename of a delivery that was granted before; anything else takes a few milliseconds."""


class Core:
    """The daemon without its doors: accepts orders, remembers them, has them made, and tells what happens.

    What happens is told on `bus`, on threads of the core: a listener must only take note and return.
    """

    def __init__(self, config: Config, *, runner: str = RUNNER) -> None:
        self.bus = Bus()
        self._config = config
        self._runner = runner
        self._transport = TransportLog()
        self._over = threading.Condition()
        self._unsubscribe = self.bus.subscribe(self._listen)
        self._parts: tuple[StateLock, Store, Workers] | None = None

    # --- start and stop ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take up the state folder and go on with what an earlier daemon left; raises DaemonError where that cannot be.

        Returns before the workers are up.
        """
        lock = StateLock(self._config.folders.state)
        try:
            store = Store(self._config.folders.state / "jobs.sqlite")
            store.recover()
        except DaemonError:
            lock.release()
            raise
        workers = Workers(store, self.bus, self._config, lock_file=lock.file, runner=self._runner)
        self._parts = lock, store, workers
        workers.start()

    def stop(self) -> None:
        """End in good order: what cannot be finished in a few seconds waits for the next start."""
        if self._parts is None:
            return
        (lock, store, workers), self._parts = self._parts, None
        workers.stop()
        store.close()
        lock.release()
        with self._over:
            self._over.notify_all()  # who waits for a job learns that the daemon is gone

    @property
    def _store(self) -> Store:
        return self._started()[1]

    @property
    def _workers(self) -> Workers:
        return self._started()[2]

    def _started(self) -> tuple[StateLock, Store, Workers]:
        if self._parts is None:
            raise DaemonError("the daemon is not running")
        return self._parts

    # --- jobs -------------------------------------------------------------------------------------------------------

    def submit(self, order: Order) -> Job:
        """Return the job that an order has become; it survives a power cut from now on.

        An id that is known already gives the job that has it, as it stands now, and nothing new happens: also after
        a restart, and whatever the other fields say (a door that repeats itself must not make a second take).
        Raises BridgeError, naming the field, where the order is refused; then nothing of it is remembered.
        """
        (answer,) = self.submit_many([order])
        if isinstance(answer, BridgeError):
            raise answer
        return answer

    def submit_many(self, orders: Sequence[Order]) -> list[Job | BridgeError]:
        """Do what `submit` does for a burst of orders, in one commit; what is refused comes back as an error in its place."""
        clips = ClipReader(self._store, self._config.folders.clips)
        known = self._store.known([order.id for order in orders if order.id is not None])
        answers = [self._answer(order, known, clips) for order in orders]
        new = {index: job for index, (job, is_new) in enumerate(answers) if is_new and isinstance(job, Job)}
        results: list[Job | BridgeError] = [answer for answer, _ in answers]
        if not new:
            return results
        try:
            stored = self._store.add_many(
                list(new.values()), clips.bytes_by_key, lambda job: self.bus.publish(Accepted(job.id))
            )
        except DaemonError as error:
            return [error if index in new else result for index, result in enumerate(results)]
        self._workers.wake()
        for index, job in zip(new, stored, strict=True):
            results[index] = job
        return results

    def understand(self, order: Order) -> Brief:
        """Return how an order would be understood now, and remember nothing; raises BridgeError where it would be refused."""
        clips = ClipReader(self._store, self._config.folders.clips)
        return self._drafted(order, clips)[2]

    def cancel(self, job_id: str) -> Job:
        """Give a job up and return it; one that is over is returned as it is. Raises JobError (`unknown_job`).

        Once the job is `cancelled`, nothing of it is delivered any more. Only where a delivery is just being renamed into
        place may the job come back not over yet, or done: that delivery came first.
        """
        job = self.job(job_id)
        if job.state.is_over:
            return job
        self._workers.cancel(job_id)
        return self.wait(job_id, CANCEL_SECONDS)

    def wait(self, job_id: str, timeout_seconds: float | None = None) -> Job:
        """Return the job when it is over, or as it stands when the time is up. Raises JobError (`unknown_job`)."""
        ends_at = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        with self._over:
            while True:
                job = self.job(job_id)
                left = None if ends_at is None else ends_at - time.monotonic()
                if job.state.is_over or (left is not None and left <= 0.0):
                    return job
                self._over.wait(left)

    def job(self, job_id: str) -> Job:
        """Return a job as it stands now; raises JobError (`unknown_job`)."""
        job = self._store.job(job_id)
        if job is None:
            raise JobError(f"id: there is no job {job_id[:80]!r}", field="id")
        return job

    def jobs(self, state: State | None = None) -> list[Job]:
        """Return jobs, those not over first in order of acceptance, then the latest that are over; 1000 at most."""
        return self._store.jobs(state)

    # --- clips, transport, engines ----------------------------------------------------------------------------------

    def keep_clip(self, clip_id: str, data: bytes) -> int:
        """Keep a clip, MIDI or a recording, durably under an id and return its number of notes.

        A later clip of the same id takes its place; jobs accepted before keep the clip they had.
        Raises RequestError (`bad_id`) or ClipError (`bad_clip`, `no_notes`).
        """
        check_id(clip_id, "clip_id")
        try:
            notes = clip_notes(data, self._config.hum.voices)
        except ClipError as error:
            raise ClipError(f"clip {clip_id}: {error.text}", code=error.code, field="clip") from None
        self._store.keep_clip(clip_id, clip_key(data), data)
        return notes

    def keep_clip_file(self, clip_id: str, path: str) -> int:
        """Do what `keep_clip` does with a file inside the allowed folders, by its absolute or relative path."""
        return self.keep_clip(clip_id, read_allowed(path, self._config.folders.clips, "path"))

    def set_transport(self, fields: Mapping[str, Any]) -> None:
        """Take note of what the DAW is doing now; raises RequestError naming the field."""
        self._transport.tell(fields)

    def follow(self, fields: Mapping[str, Any]) -> None:
        """Take note of what the DAW's MIDI clock shows; what the DAW said itself in the last seconds stays."""
        self._transport.follow(fields)

    def position_beats(self, seconds: float) -> float | None:
        """Return where the DAW is at a moment of time.monotonic, by its own word; None where that is unknown or it stands."""
        return self._transport.position_beats(seconds)

    @property
    def transport(self) -> Transport:
        """What the DAW last said: the default of requests that come now."""
        return self._transport.now

    def engines(self) -> list[Capabilities]:
        """Return what each engine can do here and now; none is known before the workers are up."""
        return self._workers.engines

    def metrics(self) -> dict[str, float]:
        """Return figures for monitoring: jobs by state, the length of the queue, seconds spent on finished jobs, workers."""
        counts = self._store.counts()
        return {
            **{f"jobs_{state}": float(count) for state, count in counts.items()},
            "queue_length": float(counts[State.QUEUED]),
            "work_seconds_total": self._store.work_seconds(),
            "workers_up": float(len(self._workers.pids)),
        }

    # --- how an order becomes a job ---------------------------------------------------------------------------------

    def _answer(self, order: Order, known: Mapping[str, Job], clips: ClipReader) -> tuple[Job | BridgeError, bool]:
        """Return the job of an order and whether it is new, or why it is refused."""
        try:
            if order.id is not None and check_id(order.id) in known:
                return known[order.id], False
            return self._job_of(order, clips), True
        except BridgeError as error:
            log.info("order %.80r: refused: %s [%s]", order.id, error.text, error.code)
            return error, False
        except Exception as error:
            log.exception("order %.80r could not be checked", order.id)
            return BridgeError(
                f"the program failed on this request: {type(error).__name__}: {error}", code="internal_error"
            ), False

    def _job_of(self, order: Order, clips: ClipReader) -> Job:
        job, named, _ = self._drafted(order, clips)
        return job if not named else _with_clips(job, named, clips)

    def _drafted(self, order: Order, clips: ClipReader) -> tuple[Job, Mapping[str, bytes], Brief]:
        """Return an order as a job, with the clips it names by their names, and what it means; raises BridgeError."""
        request = Request.parse(order.fields)
        named = clips.clips(request, order.uploads)
        job = Job(
            id=order.id or secrets.token_hex(8),
            request=request,
            transport=self._transport.now,
            random_seed=secrets.randbelow(2**31) if request.random_seed is None else request.random_seed,
            parent=self._parent(request),
            reply_to=order.reply_to,
            created=time.time(),
        )
        parent = Path(job.parent) if job.parent else None
        brief = prepare(request, named, job.transport, job.random_seed, parent, voices=self._config.hum.voices)
        return job, named, brief

    def _parent(self, request: Request) -> str:
        """Return the path of the manifest that `take` names: by its job's id, or by its path in the outbox or a clip folder."""
        if request.take is None:
            return ""
        job = self._store.job(request.take)
        if job is not None and job.manifests:
            return job.manifests[0]
        for folder in (self._config.folders.outbox, *self._config.folders.clips):
            manifest = inside(folder, f"{request.take}/manifest.json") or inside(folder, request.take)
            if manifest is not None and manifest.name == "manifest.json":
                return str(manifest)
        why = f"has no delivery ({job.state})" if job else "is no job and no delivery in the outbox"
        raise RequestError(
            f"take: {request.take[:200]!r} {why}; give the id of a job that is done, or the folder of its delivery",
            field="take",
            code="unknown_take",
        )

    def _listen(self, event: Event) -> None:
        if isinstance(event, Failed | Cancelled | Done):
            with self._over:
                self._over.notify_all()


def _with_clips(job: Job, named: Mapping[str, bytes], clips: ClipReader) -> Job:
    """Return the job with the clips as they are now: what becomes of their files or ids later changes nothing."""
    return replace(job, clips=tuple((name, clips.key(data)) for name, data in named.items()))
