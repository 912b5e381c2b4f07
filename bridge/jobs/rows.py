"""Job ↔ row of the store."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import fields
from functools import lru_cache
from typing import Any

from bridge.job import Job, State, Transport
from bridge.request import Request


def row_of(job: Job) -> dict[str, Any]:
    """Return the columns of a newly accepted job."""
    return {
        "id": job.id,
        "state": job.state,
        "request": job.request.model_dump_json(exclude_unset=True),
        "transport": _transport_text(job.transport),
        "random_seed": job.random_seed,
        "clips": json.dumps(job.clips),
        "parent": job.parent,
        "reply_to": job.reply_to,
        "created": job.created,
    }


def job_of(row: sqlite3.Row) -> Job:
    """Return the job that a row remembers."""
    manifests = json.loads(row["manifests"])
    return Job(
        id=row["id"],
        request=Request.model_validate_json(row["request"]),
        state=State(row["state"]),
        stage=row["stage"],
        fraction=row["fraction"],
        transport=Transport(**json.loads(row["transport"])),
        random_seed=row["random_seed"],
        clips=tuple((name, key) for name, key in json.loads(row["clips"])),
        parent=row["parent"],
        reply_to=row["reply_to"],
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
        attempts=row["attempts"],
        manifests=tuple(manifests[variation] for variation in sorted(manifests, key=int)),
        error_code=row["error_code"],
        error_text=row["error_text"],
        warnings=tuple(json.loads(row["warnings"])),
    )


@lru_cache(maxsize=16)  # a burst is accepted under one transport
def _transport_text(transport: Transport) -> str:
    said = ((field.name, getattr(transport, field.name)) for field in fields(transport))
    return json.dumps({name: value for name, value in said if value is not None})
