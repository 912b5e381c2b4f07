"""A core without workers: jobs stay where a test puts them, and deliveries are small real files."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import numpy as np
import soundfile

from bridge.brief import Brief
from bridge.engines.engine import Capabilities
from bridge.errors import BridgeError, ClipError, JobError
from bridge.events import Accepted, Bus, Cancelled, Done, Failed, Progress
from bridge.job import Job, Order, State, Transport
from bridge.prepare import prepare
from bridge.request import Request, check_id

SAMPLE_RATE_HZ = 48000
PARTS = ("lead", "chords", "bass", "drums")


class SmallCore:
    """Implements what REST asks of a core."""

    def __init__(self, outbox: Path) -> None:
        self.bus = Bus()
        self.outbox = outbox
        self.orders: list[Order] = []
        self.clips: dict[str, bytes] = {}
        self.transport = Transport()
        self.submitted = threading.Event()
        self.plays_seconds: float | None = None
        """Where this is given, every job is delivered at once, with a mix this long."""
        self._jobs: dict[str, Job] = {}

    def forget(self) -> None:
        """Begin anew, for the next test on the same server."""
        self._jobs.clear()
        self.orders.clear()

    def submit(self, order: Order) -> Job:
        job_id = check_id(order.id) if order.id else f"job-{len(self._jobs) + 1}"
        if job_id in self._jobs:
            return self._jobs[job_id]
        self._jobs[job_id] = Job(job_id, Request.parse(order.fields), random_seed=7, created=time.time())
        self.orders.append(order)
        self.bus.publish(Accepted(job_id))
        if self.plays_seconds is not None:
            self.deliver(job_id, seconds=self.plays_seconds)
        self.submitted.set()
        return self._jobs[job_id]

    def submit_many(self, orders: Sequence[Order]) -> list[Job | BridgeError]:
        return [self.submit(order) for order in orders]

    def understand(self, order: Order) -> Brief:
        request = Request.parse(order.fields)
        if request.clip and request.clip not in order.uploads:
            raise ClipError(f"clip: {request.clip!r:.80} is no upload", code="unknown_clip", field="clip")
        return prepare(request, order.uploads, self.transport, 0)

    def cancel(self, job_id: str) -> Job:
        if not self.job(job_id).state.is_over:
            self._jobs[job_id] = replace(self.job(job_id), state=State.CANCELLED, finished=time.time())
            self.bus.publish(Cancelled(job_id))
        return self.job(job_id)

    def job(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise JobError(f"id: there is no job {job_id!r:.80}", field="id")
        return self._jobs[job_id]

    def jobs(self, state: State | None = None) -> list[Job]:
        return [job for job in self._jobs.values() if state in {None, job.state}]

    def keep_clip(self, clip_id: str, data: bytes) -> int:
        if not data.startswith(b"MThd"):
            raise ClipError(f"clip {clip_id}: is no MIDI file", field="clip")
        self.clips[clip_id] = data
        return 3

    def set_transport(self, fields: Mapping[str, Any]) -> None:
        self.transport = Transport(**fields)

    def engines(self) -> list[Capabilities]:
        return [Capabilities("sampler", "cpu", is_ready=True, sample_rates_hz=(44100, 48000))]

    def metrics(self) -> dict[str, float]:
        return {"jobs_queued": float(len(self.jobs(State.QUEUED)))}

    def progress(self, job_id: str, fraction: float, stage: str) -> None:
        self._jobs[job_id] = replace(self.job(job_id), state=State.RUNNING, fraction=fraction, stage=stage)
        self.bus.publish(Progress(job_id, fraction, stage))

    def fail(self, job_id: str, code: str, text: str) -> None:
        self._jobs[job_id] = replace(self.job(job_id), state=State.FAILED, error_code=code, error_text=text)
        self.bus.publish(Failed(job_id, code, text))

    def deliver(self, job_id: str, *, seconds: float = 0.5, variation: int = 1) -> Path:
        job = self.job(job_id)
        folder = self.outbox / "song" / f"verse_b1_v{variation:03d}_{job_id[:8]}"
        folder.mkdir(parents=True)
        frames = round(seconds * SAMPLE_RATE_HZ)
        sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(frames) / SAMPLE_RATE_HZ)
        for name in (*PARTS, "mix"):
            soundfile.write(folder / f"{name}.wav", np.stack([sine, sine], axis=1), SAMPLE_RATE_HZ, "PCM_24")
        mido.MidiFile(tracks=[mido.MidiTrack()]).save(folder / "score.mid")
        manifest = folder / "manifest.json"
        manifest.write_text(json.dumps(_manifest(job, variation, seconds)))
        manifests = (*job.manifests, str(manifest))
        remaining = job.request.variations - len(manifests)
        state = State.DELIVERING if remaining else State.DONE
        self._jobs[job_id] = replace(job, state=state, fraction=1.0, manifests=manifests, finished=time.time())
        self.bus.publish(Done(job_id, str(manifest), variation, remaining))
        return folder


def _manifest(job: Job, variation: int, seconds: float) -> dict[str, Any]:
    """Return what the page reads of a manifest."""
    return {
        "schema": "stepbridge.take/1",
        "id": job.id,
        "variation": variation,
        "section": {"name": "verse", "start_bar": 1, "bars": 8, "seconds": seconds},
        "tempo": [{"beat": 0.0, "bpm": 120.0}],
        "meter": [{"beat": 0.0, "numerator": 4, "denominator": 4}],
        "key": "D minor",
        "stems": [{"part": part, "file": f"{part}.wav"} for part in PARTS],
        "mix": {"file": "mix.wav"},
        "style": {"genres": ["ballad"], "moods": ["sad"], "instruments": ["cello"]},
    }
