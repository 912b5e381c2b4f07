"""Jobs and clips in SQLite: what a method has stored when it returns survives a power cut. The only file that speaks SQL."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from bridge.errors import DaemonError
from bridge.job import Job, State
from bridge.jobs.rows import job_of, row_of

APPLICATION_ID = 0x73746570
SCHEMA_VERSION = 1
LISTED_MAX = 1000
"""Jobs that one listing shows at most."""
UNFINISHED = (State.RUNNING, State.DELIVERING, State.QUEUED)
OVER = (State.DONE, State.FAILED, State.CANCELLED)

_ADD = """INSERT INTO jobs (id, state, request, transport, random_seed, clips, parent, reply_to, created)
    VALUES (:id, :state, :request, :transport, :random_seed, :clips, :parent, :reply_to, :created)"""
_ADD_CLIP = "INSERT INTO clip_bytes VALUES (?, ?) ON CONFLICT DO NOTHING"
_CLAIM = """UPDATE jobs SET state = 'running', attempts = attempts + 1, started = coalesce(started, ?)
    WHERE number = (SELECT number FROM jobs WHERE state = 'queued' ORDER BY number LIMIT 1) RETURNING *"""
_END = """UPDATE jobs SET state = ?, finished = ?, fraction = ?, stage = ?
    WHERE id = ? AND state IN (SELECT value FROM json_each(?))"""
_FORGET_UNNEEDED_CLIPS = """DELETE FROM clip_bytes WHERE sha256 NOT IN (SELECT sha256 FROM kept_clips) AND sha256 NOT IN
    (SELECT clip.value ->> 1 FROM jobs, json_each(jobs.clips) AS clip WHERE state IN ('queued', 'running', 'delivering'))"""


class Store:
    """The daemon's memory. Thread-safe: each method is one transaction, and they happen one after the other.

    States move only as the public contract allows: a method that asks for another move changes nothing and says so.
    Every method raises DaemonError (`store_failed`) where the disk or the file does not obey.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._progress: dict[str, tuple[float, str]] = {}
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except sqlite3.Error as error:
            raise self._refusal(error) from None
        try:
            self._open()
        except sqlite3.Error as error:
            self._connection.close()
            raise self._refusal(error) from None
        except DaemonError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Write everything into the one file and let go of it."""
        with self._lock:
            self._connection.close()

    # --- jobs -------------------------------------------------------------------------------------------------------

    def add_many(self, jobs: Sequence[Job], clips: Mapping[str, bytes], stored: Callable[[Job], None]) -> list[Job]:
        """Remember jobs and the bytes of their clips (by SHA-256) in one commit; return what is remembered under each id.

        That is the job itself where the id is new, else the earlier one. `stored` is called for each new job
        before any worker can claim it.
        """
        with self._lock:
            with self._transaction() as run:
                for clip in clips.items():
                    run(_ADD_CLIP, clip)
                remembered = self.known([job.id for job in jobs])
                new: dict[str, Job] = {}
                for job in jobs:
                    if job.id not in remembered:
                        new.setdefault(job.id, job)
                self._connection.executemany(_ADD, map(row_of, new.values()))
            for job in new.values():
                stored(job)
        return [(remembered | new)[job.id] for job in jobs]

    def known(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """Return id → job for those of the ids that are remembered."""
        with self._reading() as run:
            rows = run("SELECT * FROM jobs WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(job_ids),)).fetchall()
            return {row["id"]: self._shown(row) for row in rows}

    def claim(self) -> Job | None:
        """Return the job that waited longest, now running, or None where none waits."""
        with self._transaction() as run:
            return self._job(run(_CLAIM, (time.time(),)).fetchone())

    def retry(self, job_id: str) -> Job | None:
        """Return a job whose delivery failed for now, begun once more, or None where it is over."""
        with self._transaction() as run:
            return self._job(
                run(
                    "UPDATE jobs SET attempts = attempts + 1 WHERE id = ? AND state = 'delivering' RETURNING *", (job_id,)
                ).fetchone()
            )

    def job(self, job_id: str) -> Job | None:
        """Return a job as it stands now."""
        with self._reading() as run:
            return self._job(run("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone())

    def jobs(self, state: State | None = None, limit: int = LISTED_MAX) -> list[Job]:
        """Return jobs: those in work, those that wait in order of acceptance, those over, the latest first; `limit` in all."""
        states = (state,) if state else (*UNFINISHED, *OVER)
        begun, over = [], []
        with self._reading() as run:
            for each in states:
                if each.is_over:
                    over += run("SELECT * FROM jobs WHERE state = ? ORDER BY number DESC LIMIT ?", (each, limit)).fetchall()
                else:
                    begun += run("SELECT * FROM jobs WHERE state = ? ORDER BY number LIMIT ?", (each, limit)).fetchall()
            over.sort(key=lambda row: row["number"], reverse=True)
            return [self._shown(row) for row in (begun + over)[:limit]]

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state."""
        with self._reading() as run:
            counted = dict(run("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
        return {state: counted.get(state.value, 0) for state in State}

    def work_seconds(self) -> float:
        """Return the seconds that all jobs done so far took from their start to their last delivery."""
        with self._reading() as run:
            return float(run("SELECT total(finished - started) FROM jobs WHERE state = 'done'").fetchone()[0])

    # --- moves ------------------------------------------------------------------------------------------------------

    def progress(self, job_id: str, fraction: float, stage: str) -> None:
        """Show how far a job is. Not on disk: after a restart the job begins again anyway."""
        with self._lock:
            self._progress[job_id] = (fraction, stage)

    def delivering(self, job_id: str) -> bool:
        """Move a running job on; say whether it may deliver (it may not once it is over)."""
        with self._transaction() as run:
            moved = run("UPDATE jobs SET state = 'delivering' WHERE id = ? AND state IN ('running', 'delivering')", (job_id,))
            return moved.rowcount > 0

    def warn(self, job_id: str, text: str) -> bool:
        """Remember a warning; say whether it is new."""
        with self._transaction() as run:
            row = run("SELECT warnings FROM jobs WHERE id = ?", (job_id,)).fetchone()
            warnings = json.loads(row["warnings"])
            if text in warnings:
                return False
            run("UPDATE jobs SET warnings = ? WHERE id = ?", (json.dumps([*warnings, text], ensure_ascii=False), job_id))
            return True

    def deliver(self, job_id: str, variation: int, manifest: str) -> Job | None:
        """Remember a delivery; the last one ends the job. Return the job, or None where the delivery was remembered before."""
        with self._transaction() as run:
            row = run("SELECT * FROM jobs WHERE id = ? AND state IN ('running', 'delivering')", (job_id,)).fetchone()
            manifests = json.loads(row["manifests"]) if row else {}
            if row is None or str(variation) in manifests:
                return None
            manifests[str(variation)] = manifest
            run("UPDATE jobs SET state = 'delivering', manifests = ? WHERE id = ?", (json.dumps(manifests), job_id))
            if len(manifests) == job_of(row).request.variations:
                self._progress[job_id] = (1.0, "")
                self._end(run, job_id, State.DONE)
            return self.job(job_id)

    def fail(self, job_id: str, code: str, text: str) -> bool:
        """End a job with a reason; say whether it was not over before."""
        with self._transaction() as run:
            ended = self._end(run, job_id, State.FAILED)
            if ended:
                run("UPDATE jobs SET error_code = ?, error_text = ? WHERE id = ?", (code, text, job_id))
            return ended

    def cancel(self, job_id: str, *states: State) -> bool:
        """Give a job up, if it is in one of these states; say whether it was."""
        with self._transaction() as run:
            return self._end(run, job_id, State.CANCELLED, states)

    def requeue(self, job_id: str, *, crashed: bool = False) -> int:
        """Put a job back where it waited, before all later ones; return how often workers have died over it."""
        with self._transaction() as run:
            self._progress.pop(job_id, None)
            row = run(
                "UPDATE jobs SET state = 'queued', crashes = crashes + ? WHERE id = ? AND state IN ('running', 'delivering') "
                "RETURNING crashes",
                (int(crashed), job_id),
            ).fetchone()
            return int(row["crashes"]) if row else 0

    def recover(self) -> None:
        """Queue again what an earlier daemon left unfinished, and forget clips that nothing needs."""
        with self._transaction() as run:
            run("UPDATE jobs SET state = 'queued' WHERE state IN ('running', 'delivering')")
            run(_FORGET_UNNEEDED_CLIPS)

    def _end(self, run: _Run, job_id: str, state: State, allowed: Sequence[State] = UNFINISHED) -> bool:
        fraction, stage = self._progress.pop(job_id, (0.0, ""))
        return run(_END, (state, time.time(), fraction, stage, job_id, json.dumps(allowed))).rowcount > 0

    # --- clips ------------------------------------------------------------------------------------------------------

    def keep_clip(self, clip_id: str, key: str, data: bytes) -> None:
        """Keep a clip's bytes (whose SHA-256 is `key`) under an id, in place of what had that id; jobs keep what they had."""
        with self._transaction() as run:
            run(_ADD_CLIP, (key, data))
            run("INSERT INTO kept_clips VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256", (clip_id, key))

    def kept_clip(self, clip_id: str) -> bytes | None:
        """Return the bytes kept under an id."""
        with self._reading() as run:
            row = run("SELECT data FROM clip_bytes JOIN kept_clips USING (sha256) WHERE id = ?", (clip_id,)).fetchone()
            return row["data"] if row else None

    def clips_of(self, job: Job) -> dict[str, bytes]:
        """Return the bytes of a job's clips by the names its request uses; there for as long as the job is not over."""
        with self._reading() as run:
            return {
                name: run("SELECT data FROM clip_bytes WHERE sha256 = ?", (key,)).fetchone()["data"] for name, key in job.clips
            }

    # --- the file ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """Make the tables in a new file; raises DaemonError for one that is not ours."""
        run = self._connection.execute
        self._connection.row_factory = sqlite3.Row
        run("PRAGMA busy_timeout = 5000")
        tables = run("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        owner, version = run("PRAGMA application_id").fetchone()[0], run("PRAGMA user_version").fetchone()[0]
        if tables and owner != APPLICATION_ID:
            raise DaemonError(f"{self._path}: is a database of another program; name another folder in folders.state")
        if tables and version != SCHEMA_VERSION:
            raise DaemonError(
                f"{self._path}: was written by another version of stepbridge (format {version}, not {SCHEMA_VERSION}); "
                "use that version, or name another folder in folders.state"
            )
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")  # NORMAL would lose the last commits with the power
        if not tables:
            schema = files("bridge.jobs").joinpath("schema.sql").read_text(encoding="utf-8")
            self._connection.executescript(f"BEGIN EXCLUSIVE;\n{schema}\nCOMMIT;")

    @contextmanager
    def _transaction(self) -> Iterator[_Run]:
        """Give what runs a statement; commit in the end, or change nothing where anything raised."""
        with self._reading() as run:
            run("BEGIN IMMEDIATE")
            try:
                yield run
                run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    run("ROLLBACK")
                raise

    @contextmanager
    def _reading(self) -> Iterator[_Run]:
        with self._lock:
            try:
                yield self._connection.execute
            except sqlite3.Error as error:
                raise self._refusal(error) from None

    def _refusal(self, error: sqlite3.Error) -> DaemonError:
        return DaemonError(f"{self._path}: the job store cannot be used: {error}", code="store_failed")

    def _job(self, row: sqlite3.Row | None) -> Job | None:
        return None if row is None else self._shown(row)

    def _shown(self, row: sqlite3.Row) -> Job:
        job = job_of(row)
        if job.id not in self._progress:
            return job
        fraction, stage = self._progress[job.id]
        return replace(job, fraction=fraction, stage=stage)


_Run = Callable[..., sqlite3.Cursor]
