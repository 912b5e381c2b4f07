"""One engine device: its worker process, and the thread on which every decision about the job on it is made.

Because one thread decides, cancelling is exact. A worker renames a delivery into place only after this thread granted it,
and a job is cancelled only by this thread, so one of the two comes first:

- cancelled first: the grant never comes, nothing is delivered any more, and a worker that does not stop is killed;
- granted first: the rename is awaited (it takes no time), and what is delivered stays; a job that has more variations to
  come is cancelled then, one that has not is done.
"""

from __future__ import annotations

import heapq
import logging
import signal
import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from bridge.config import Config
from bridge.engines.engine import Capabilities
from bridge.errors import DaemonError
from bridge.events import Bus, Cancelled, Done, Failed, Progress, Warned
from bridge.job import Job, State
from bridge.jobs.messages import Ask, Cancel, Delivered, Ended, Grant, Progressed, Ready, Report, Run, Start, Warns
from bridge.jobs.process import WorkerProcess
from bridge.jobs.store import Store

log = logging.getLogger(__name__)

DELIVER = "deliver"
"""First word of the stages in which the runner writes to the outbox."""
OBEY_SECONDS = 0.3
"""How long a worker may take to stop a cancelled job, and to rename a granted delivery of one, before it is killed."""
CRASHES_MAX = 3
"""Workers that may die over a job before it has failed."""
RETRY_SECONDS = (1.0, 60.0)
"""First and longest wait before a delivery is tried again; it doubles in between."""
SILENCE_SECONDS = 120.0
"""A worker that takes no step for so long hangs: a step is well under a second of work, however busy the machine is."""
RESPAWN_SECONDS = 1.0
"""Wait before another worker where one did not even come up."""


@dataclass
class _Work:
    """The job on the worker."""

    job: Job
    fraction: float = 0.0
    stage: str = ""
    is_delivering: bool = False
    """It has come to its first delivery."""
    is_granted: bool = False
    """The worker may be renaming a delivery just now."""
    is_unwanted: bool = False
    """The musician wants it cancelled as soon as no rename is going on."""
    is_over: bool = False
    """The store says it is over; the worker may not know yet."""


@dataclass(frozen=True)
class _Report:
    process: WorkerProcess
    report: Report | None


@dataclass(frozen=True)
class _Cancel:
    job_id: str


@dataclass(frozen=True)
class _Stop:
    grace_seconds: float


class _Wake:
    pass


class Device:
    """Claims jobs, has them made by its worker, records and tells what comes of it."""

    def __init__(self, name: str, store: Store, bus: Bus, config: Config, runner: str, lock_file: int) -> None:
        self.engines: tuple[Capabilities, ...] = ()
        """What the engines can do here; () until a worker has come up."""
        self._store = store
        self._bus = bus
        self._config = config
        self._runner = runner
        self._lock_file = lock_file
        self._letters: SimpleQueue[_Report | _Cancel | _Stop | _Wake] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, daemon=True, name=f"device {name}")
        self._process: WorkerProcess | None = None
        self._is_ready = False
        self._is_idle = False
        self._work: _Work | None = None
        self._kill_at: float | None = None
        self._silent_at: float | None = None
        self._spawn_at: float | None = 0.0
        self._stop_at: float | None = None
        self._retries: list[tuple[float, str]] = []
        self._failures: dict[str, int] = {}
        self._came_up = True

    # --- for other threads ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look into the queue, if it waits for a job."""
        if self._is_idle:
            self._letters.put(_Wake())

    def cancel(self, job_id: str) -> None:
        """Have it cancel this job, unless another device has it."""
        self._letters.put(_Cancel(job_id))

    def stop(self, grace_seconds: float) -> None:
        """Have it end after the job it is on, or put that job back into the queue when the time is up."""
        self._letters.put(_Stop(grace_seconds))

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, while there is one."""
        process = self._process
        return process.pid if process else None

    # --- the thread -------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not (self._stop_at is not None and self._work is None):
            try:
                self._turn()
            except Exception:
                log.exception("the daemon stumbled; the job in work begins again")
                self._start_over()
        self._end_process()

    def _turn(self) -> None:
        self._do_what_is_due()
        self._take_job()
        try:
            letter = self._letters.get(timeout=self._patience())
        except Empty:
            return
        self._is_idle = False
        match letter:
            case _Report(process, report) if process is self._process:
                self._hear(report)
                self._silent_at = time.monotonic() + SILENCE_SECONDS if self._work else None
            case _Cancel(job_id):
                self._cancel(job_id)
            case _Stop(grace_seconds):
                self._stop_at = time.monotonic() + grace_seconds

    def _patience(self) -> float | None:
        """Return the seconds until something is due; None: nothing is, and an idle daemon costs nothing."""
        retry_at = self._retries[0][0] if self._retries and self._can_take else None
        due = [at for at in (self._kill_at, self._silent_at, self._spawn_at, self._stop_at, retry_at) if at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_at = None
            self._kill()
        if self._silent_at is not None and now >= self._silent_at:
            self._silent_at = None
            log.error("the worker has not taken a step for %g s; it is ended", SILENCE_SECONDS)
            self._kill()
        if self._spawn_at is not None and now >= self._spawn_at:
            self._spawn()
        if self._stop_at is not None and now >= self._stop_at:
            self._put_back()

    def _put_back(self) -> None:
        """Give up waiting for the job in work: the next daemon makes it."""
        self._end_process()
        if self._work and not self._work.is_over:
            self._store.requeue(self._work.job.id)
        self._work = None

    def _start_over(self) -> None:
        """Go on from a clean state after an error of ours or of the store's disk."""
        self._end_process()
        while self._work and not self._work.is_over:
            try:
                self._store.requeue(self._work.job.id)
                break
            except DaemonError as error:
                log.error("%s", error)  # noqa: TRY400 - the sentence says it all, every second
                time.sleep(RESPAWN_SECONDS)
        self._work = None
        self._spawn_at = time.monotonic() + RESPAWN_SECONDS

    # --- the worker process -----------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        self._spawn_at = None
        self._process = WorkerProcess(self._config.threads, self._lock_file, lambda p, r: self._letters.put(_Report(p, r)))
        self._process.send(Start(self._runner, self._config, self._came_up))

    def _kill(self) -> None:
        if self._process:
            self._process.kill()

    def _end_process(self) -> None:
        self._is_ready = False
        self._kill_at = self._silent_at = None
        if self._process:
            self._process.kill()
            self._process.close()
            self._process = None

    def _hear(self, report: Report | None) -> None:
        match report:
            case None:
                self._bury()
            case Ready(engines):
                self.engines = engines
                self._is_ready = self._came_up = True
            case Progressed(stage, fraction):
                self._progress(stage, fraction)
            case Warns(text):
                self._warn(text)
            case Ask():
                self._grant()
            case Delivered(variation, manifest):
                self._deliver(variation, manifest)
            case Ended():
                self._settle(report)

    def _bury(self) -> None:
        """Take note of a worker that is gone, and start the next."""
        assert self._process is not None  # noqa: S101 - it has just told
        came_up, status = self._is_ready, self._process.close()
        self._process, self._is_ready, self._kill_at, self._silent_at = None, False, None, None
        work, self._work = self._work, None
        if work is not None:
            self._crashed(work, status)
        self._came_up = came_up
        if came_up:
            self._spawn()
        else:
            self._spawn_at = time.monotonic() + RESPAWN_SECONDS

    def _crashed(self, work: _Work, status: int) -> None:
        job_id = work.job.id
        if work.is_over:
            return
        if work.is_unwanted:
            self._give_up(job_id, State.RUNNING, State.DELIVERING)
            return
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        log.warning("the worker died over job %s (%s)", job_id, how)
        if self._store.requeue(job_id, crashed=True) >= CRASHES_MAX:
            text = f"the worker process died {CRASHES_MAX} times over this job, the last time with {how}; the log may say why"
            self._fail(job_id, "worker_crashed", text)

    # --- the job in work --------------------------------------------------------------------------------------------

    @property
    def _can_take(self) -> bool:
        return self._is_ready and self._work is None and self._stop_at is None

    def _take_job(self) -> None:
        if not self._can_take:
            return
        self._is_idle = True  # before the look, so that a job stored after it finds us to wake
        job = self._next_job()
        if job is None:
            return
        self._is_idle = False
        assert self._process is not None  # noqa: S101 - it is ready
        self._work = _Work(job)
        self._process.send(Run(job, self._store.clips_of(job)))
        self._silent_at = time.monotonic() + SILENCE_SECONDS

    def _next_job(self) -> Job | None:
        while self._retries and self._retries[0][0] <= time.monotonic():
            job = self._store.retry(heapq.heappop(self._retries)[1])
            if job is not None:
                return job
        return self._store.claim()

    def _progress(self, stage: str, fraction: float) -> None:
        work = self._work
        if work is None or work.is_over:
            return
        if fraction <= work.fraction and stage == work.stage:
            return
        work.fraction, work.stage = max(work.fraction, fraction), stage
        if stage.startswith(DELIVER) and not work.is_delivering:
            work.is_delivering = self._store.delivering(work.job.id)
        self._store.progress(work.job.id, work.fraction, stage)
        self._bus.publish(Progress(work.job.id, work.fraction, stage))

    def _warn(self, text: str) -> None:
        if self._work and not self._work.is_over and self._store.warn(self._work.job.id, text):
            self._bus.publish(Warned(self._work.job.id, text))

    def _grant(self) -> None:
        work = self._work
        if work is None or work.is_over or self._process is None:
            return
        if self._store.delivering(work.job.id):
            work.is_granted = True
            self._process.send(Grant())

    def _deliver(self, variation: int, manifest: str) -> None:
        work = self._work
        if work is None or work.is_over:
            return
        work.is_granted = False
        self._kill_at = None
        job = self._store.deliver(work.job.id, variation, manifest)
        if job is not None:
            remaining = job.request.variations - len(job.manifests)
            work.is_over = job.state.is_over
            self._failures.pop(job.id, None)
            self._bus.publish(Done(job.id, manifest, variation, remaining))
        if work.is_unwanted and not work.is_over:
            self._cancel(work.job.id)

    def _settle(self, ended: Ended) -> None:
        """Take note of how the runner ended."""
        work, self._work, self._kill_at = self._work, None, None
        if work is None or work.is_over:
            return
        job_id = work.job.id
        if work.is_unwanted:
            self._give_up(job_id, State.RUNNING, State.DELIVERING)
        elif ended.is_retryable:
            self._put_off(job_id, ended.text)
        elif ended.code:
            self._fail(job_id, ended.code, ended.text)
        else:
            self._fail(job_id, "internal_error", "the program ended this job without delivering all of it")

    def _put_off(self, job_id: str, text: str) -> None:
        """Try again later. The job is made anew then: the same random seed makes the same take, so none need be kept."""
        failures = self._failures[job_id] = self._failures.get(job_id, 0) + 1
        first, longest = RETRY_SECONDS
        wait = min(first * 2 ** (failures - 1), longest)
        if not self._store.delivering(job_id):
            return
        heapq.heappush(self._retries, (time.monotonic() + wait, job_id))
        self._store.progress(job_id, 1.0, "waiting for the outbox")
        warning = f"{text}; tried again until it works or the job is cancelled"
        if self._store.warn(job_id, warning):
            self._bus.publish(Warned(job_id, warning))

    # --- ends -------------------------------------------------------------------------------------------------------

    def _cancel(self, job_id: str) -> None:
        """Cancel the job if it is in work here, or waits here for the outbox, or waits for any device."""
        if any(waiting == job_id for _, waiting in self._retries):
            self._retries = sorted(retry for retry in self._retries if retry[1] != job_id)
            self._give_up(job_id, State.DELIVERING)
            return
        work = self._work
        if work is None or work.job.id != job_id:
            self._give_up(job_id, State.QUEUED)
            return
        if work.is_over:
            return
        if self._kill_at is None:
            self._kill_at = time.monotonic() + OBEY_SECONDS
        if work.is_granted:
            work.is_unwanted = True
            return
        work.is_over = True
        self._give_up(job_id, State.RUNNING, State.DELIVERING)
        if self._process:
            self._process.send(Cancel(job_id))

    def _give_up(self, job_id: str, *states: State) -> None:
        self._failures.pop(job_id, None)
        if self._store.cancel(job_id, *states):
            self._bus.publish(Cancelled(job_id))

    def _fail(self, job_id: str, code: str, text: str) -> None:
        self._failures.pop(job_id, None)
        if self._store.fail(job_id, code, text):
            self._bus.publish(Failed(job_id, code, text))
