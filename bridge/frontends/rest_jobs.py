"""Jobs, their files and clips over REST."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from bridge.frontends.rest_body import MAPPINGS, read_order, read_upload
from bridge.frontends.rest_errors import refused
from bridge.frontends.rest_views import (
    MEDIA_TYPES,
    UNKNOWN_TYPE,
    ClipView,
    JobsView,
    JobView,
    UnderstoodView,
    delivered_files,
    deliveries_of,
    job_view,
    media_type_of,
    understood_view,
)
from bridge.job import Job, State
from bridge.music.notes import PART_NAMES
from bridge.request import Request as OrderFields
from bridge.request import check_id

if TYPE_CHECKING:
    from bridge.core import Core

JOBS_SHOWN = 200
CLIP_PARTS = ("clip", "file")


def job_routes(core: Core) -> APIRouter:
    """Return the routes of jobs."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.post("", status_code=202, summary="Ask for a take", response_model=JobView, openapi_extra=_ORDER_BODY)
    async def submit(request: Request, response: Response) -> JobView:
        """Return the job once it is remembered for good. The same `id` again is the same job."""
        job = await run_in_threadpool(core.submit, await read_order(request))
        response.headers["location"] = f"/v1/jobs/{job.id}"
        return await run_in_threadpool(job_view, job)

    @router.get("", summary="List jobs, the newest first")
    def list_jobs(state: State | None = None, limit: Annotated[int, Query(ge=0, le=100_000)] = JOBS_SHOWN) -> JobsView:
        jobs = sorted(core.jobs(state), key=lambda job: job.created, reverse=True)
        return JobsView(jobs=[job_view(job) for job in jobs[:limit]], total=len(jobs))

    @router.get("/{id}", summary="Look at one job")
    def look(id: str) -> JobView:  # noqa: A002 - the name in the contract
        return job_view(core.job(id))

    @router.delete("/{id}", summary="Cancel a job")
    def cancel(id: str) -> JobView:  # noqa: A002
        """Return the job as it is now; one that is over already stays as it is."""
        return job_view(core.cancel(id))

    @router.head("/{id}/files/{name}", include_in_schema=False)
    @router.get("/{id}/files/{name}", summary="Fetch a delivered file", response_class=FileResponse, responses=_FILE)
    def fetch(id: str, name: str, variation: Annotated[int, Query(ge=1, le=16)] = 1) -> FileResponse:  # noqa: A002
        """Return a file of a delivery, whole or the range asked for."""
        return _file(core.job(id), name, variation)

    return router


def understand_routes(core: Core) -> APIRouter:
    """Return the route that says what an order would mean."""
    router = APIRouter(prefix="/v1/understand", tags=["jobs"])

    @router.post("", summary="Ask what an order means, without giving it", openapi_extra=_ORDER_BODY)
    async def understand(request: Request) -> UnderstoodView:
        """Return the section, tempo, key and style that an order would be made with; it is refused as it would be then."""
        return understood_view(await run_in_threadpool(core.understand, await read_order(request)))

    return router


def clip_routes(core: Core) -> APIRouter:
    """Return the route that takes clips."""
    router = APIRouter(prefix="/v1/clips", tags=["clips"])

    @router.post("", status_code=201, summary="Send a clip that requests can name", openapi_extra=_CLIP_BODY)
    async def keep(request: Request, id: str | None = None) -> ClipView:  # noqa: A002
        """Keep a MIDI file under an id, given or made, and say how many notes it has."""
        data, fields = await read_upload(request, CLIP_PARTS)
        clip_id = check_id(str(id or fields.get("id") or uuid.uuid4().hex[:12]))
        return ClipView(id=clip_id, notes=await run_in_threadpool(core.keep_clip, clip_id, data))

    return router


def _file(job: Job, name: str, variation: int) -> FileResponse:
    """Return a file only where its name is one of those in the delivery's folder: no path can lead elsewhere."""
    manifests = dict(deliveries_of(job))
    if variation not in manifests:
        having = ", ".join(map(str, manifests)) or "none yet"
        raise refused(f"variation: {job.id} has no delivery {variation}; it has {having}", "not_found", "variation")
    files = {file.name: file for file in delivered_files(manifests[variation])}
    if name not in files:
        raise refused(f"name: {name[:80]!r} is not delivered; there are {', '.join(files) or 'none'}", "not_found", "name")
    return FileResponse(files[name], media_type=media_type_of(files[name]), filename=name, content_disposition_type="inline")


_BINARY = {"type": "string", "format": "binary"}
_ORDER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/JobOrder"},
                "examples": {
                    "text only": {"value": {"prompt": "sad cello ballad, D minor, 70 BPM", "section": "verse", "bars": 8}},
                    "a kept clip": {
                        "value": {"clip": "hook", "section": "chorus", "start_bar": 17, "bars": 8, "id": "chorus-1"}
                    },
                },
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "description": "The same fields as text, and files: `clip`, `parts_in.PART`, `timbre.PART`, `guide.PART`.",
                    "properties": {
                        **{name: {"type": "string"} for name in ("id", *OrderFields.model_fields)},
                        "clip": _BINARY,
                        **{f"{mapping}.{part}": _BINARY for mapping in MAPPINGS for part in PART_NAMES},
                    },
                    "additionalProperties": False,
                },
            },
        },
    }
}
_CLIP_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "audio/midi": {"schema": _BINARY},
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["clip"], "properties": {"clip": _BINARY, "id": {"type": "string"}}}
            },
        },
    }
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {kind: {"schema": {} if "json" in kind else _BINARY} for kind in (*MEDIA_TYPES.values(), UNKNOWN_TYPE)},
    }
}
