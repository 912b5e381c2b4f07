"""Handing a take over: a folder in the outbox that is there whole or not at all, and is never changed afterwards."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridge.brief import Brief
from bridge.errors import DeliveryError
from bridge.job import Job
from bridge.music.take import Take
from bridge.outbox.files import write_files
from bridge.outbox.manifest import DEFAULT_PROJECT, MANIFEST_NAME, Account, Levels, manifest, manifest_bytes, timestamp
from bridge.outbox.names import job_digest, safe_name
from bridge.outbox.workshop import put_in_place, sweep_folder, workshop
from bridge.step import HAND_OVER, Step

_SYNC_THREADS = 8
"""Files written to the disk at once: it joins them in one journal entry."""
_REFUSALS = {
    errno.ENOSPC: ("disk_full", "the disk is full; make room and it is delivered"),
    errno.EDQUOT: ("disk_full", "the disk quota is used up; make room and it is delivered"),
    errno.EFBIG: ("file_too_large", "a file is larger than its file system allows; ask for fewer bars or another outbox"),
    errno.EROFS: ("outbox_read_only", "the file system is read-only; mount it for writing"),
    errno.EACCES: ("outbox_forbidden", "this user may not write there; change its permissions"),
    errno.EPERM: ("outbox_forbidden", "this user may not write there; change its permissions"),
    errno.ENOENT: ("outbox_missing", "the folder has vanished; it is made again on the next attempt"),
    errno.ESTALE: ("outbox_missing", "the folder has vanished; mount it again"),
    errno.ENOTDIR: ("outbox_missing", "a file is where the folder should be; move it away"),
    errno.EEXIST: ("outbox_missing", "a file is where the folder should be; move it away"),
    errno.ENAMETOOLONG: ("path_too_long", "the path is too long; choose an outbox with a shorter path"),
}


def deliver(  # noqa: PLR0913 - each says something else of the delivery
    take: Take,
    job: Job,
    brief: Brief,
    variation: int,
    outbox: Path,
    *,
    timings: Mapping[str, float],
    step: Step,
    levels: Levels | None = None,
    midi_tempo: bool = True,
) -> Path:
    """Return the path of the manifest of a new delivery; the outbox is made where it is missing.

    `variation` counts from 1; `timings` are seconds by stage, `levels` what was measured of each stem (and ``mix``);
    without `midi_tempo` the MIDI files leave the tempo to the DAW.
    Raises DeliveryError, whose code says what is in the way, and whatever `step` raises: then nothing is left behind,
    and the same take can be delivered again.
    """
    started = time.monotonic()
    with _told_clearly(outbox):
        project = outbox / safe_name(job.request.project or DEFAULT_PROJECT, DEFAULT_PROJECT)
        with workshop(project, job.id, variation) as folder:
            levels = levels or {}
            files, warnings = write_files(folder, take, job, brief, variation, levels=levels, step=step, midi_tempo=midi_tempo)
            hashes = _sealed(folder)
            seconds = {**timings, "deliver": time.monotonic() - started}
            account = Account(variation, hashes, levels, seconds, warnings)
            path = folder / MANIFEST_NAME
            path.write_bytes(manifest_bytes(manifest(take, job, brief, files, account)))
            _seal(path)
            step(f"deliver {HAND_OVER}", 1, 1)  # the last moment to give up
            section = take.score.section
            stem = f"{safe_name(section.name, 'section')}_b{section.start_bar}"
            return put_in_place(folder, stem, job_digest(job.id)) / MANIFEST_NAME


def find_deliveries(outbox: Path, job_id: str, created: float | None = None) -> dict[int, Path]:
    """Return variation → manifest path of every whole delivery of a job; none where the outbox is missing.

    `created` (seconds since 1970) leaves out deliveries of an older job that had the same id.
    """
    found: dict[int, Path] = {}
    for path in sorted(outbox.glob(f"*/*_{job_digest(job_id)}/{MANIFEST_NAME}")):
        fields = _manifest_fields(path)
        is_of_job = fields.get("id") == job_id and (created is None or fields.get("created") == timestamp(created))
        if is_of_job and isinstance(fields.get("variation"), int):
            found.setdefault(fields["variation"], path)
    return found


def sweep(outbox: Path, job_id: str | None = None) -> None:
    """Remove what interrupted deliveries of a job (or, without an id, of any job) left hidden; never a delivery."""
    sweep_folder(outbox, job_id)


def _manifest_fields(path: Path) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}


@contextmanager
def _told_clearly(outbox: Path) -> Iterator[None]:
    """Raise DeliveryError with what is in the way and what to do, in place of what the system says."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        code, text = _REFUSALS.get(error.errno or 0, (DeliveryError.code, f"{reason}; it is tried again"))
        raise DeliveryError(f"outbox {outbox}: {text}", code=code) from None


def _sealed(folder: Path) -> dict[str, str]:
    """Return file name → SHA-256 once every file in the folder is on the disk."""
    paths = sorted(folder.iterdir())
    with ThreadPoolExecutor(_SYNC_THREADS) as pool:
        return {path.name: digest for path, digest in zip(paths, pool.map(_seal, paths), strict=True)}


def _seal(path: Path) -> str:
    """Return the SHA-256 of a file once it is on the disk."""
    with path.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256")
        os.fsync(file.fileno())
    return digest.hexdigest()
