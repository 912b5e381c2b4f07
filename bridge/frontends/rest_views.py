"""Jobs, deliveries and engines as REST shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from bridge.brief import Brief
from bridge.frontends.rest_errors import ErrorText
from bridge.job import Job, State

MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".mid": "audio/midi",
    ".png": "image/png",
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json",
    ".dawproject": "application/zip",
}

UNKNOWN_TYPE = "application/octet-stream"


class FileView(BaseModel):
    """A delivered file."""

    name: str
    url: str
    bytes: int
    media_type: str


class DeliveryView(BaseModel):
    """One variation of the take, in the outbox."""

    variation: int
    manifest: str
    """Path of its manifest.json."""
    files: list[FileView]


class JobView(BaseModel):
    """A job."""

    id: str
    state: State
    stage: str = Field(description="What is being done now.")
    fraction: float = Field(description="0 to 1 of the whole job.")
    request: dict[str, Any] = Field(description="The fields that were given.")
    random_seed: int
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    warnings: list[str]
    error: ErrorText | None
    deliveries: list[DeliveryView]


class JobsView(BaseModel):
    """The newest jobs first."""

    jobs: list[JobView]
    total: int = Field(description="How many there are, also beyond the limit.")


class EngineView(BaseModel):
    """What an engine can do here and now."""

    name: str
    device: str
    is_ready: bool
    reason: str
    sample_rates_hz: list[int]


class EnginesView(BaseModel):
    """All engines."""

    engines: list[EngineView]


class ClipView(BaseModel):
    """A clip that was kept: requests name its id."""

    id: str
    notes: int


class UnderstoodView(BaseModel):
    """What an order means."""

    section: str
    start_bar: int
    bars: int
    seconds: float
    bpm: float = Field(description="At the start of the section, in quarter notes a minute.")
    meter: str
    key: str
    parts: list[str]
    seed_notes: int | None = Field(description="Notes of the melody in the clip.")
    instruments: list[str]
    genres: list[str]
    moods: list[str]
    exclude: list[str] = Field(description="What must not sound.")
    production: list[str] = Field(description="How it shall sound, such as warm, dry or tape.")
    dynamics: list[str] = Field(description="Such as soft, very loud or building.")
    solo: bool = Field(description="Whether the lead is to play alone, or nearly so.")
    said_back: str = Field(description="What was understood, in a sentence in the language of the prompt.")
    hints: list[str] = Field(description="What would help, where the prompt says little.")
    warnings: list[str]


class HealthView(BaseModel):
    """The daemon is there."""

    status: str
    version: str


def job_view(job: Job) -> JobView:
    """Return a job as REST shows it, with what is in its delivery folders now."""
    return JobView(
        id=job.id,
        state=job.state,
        stage=job.stage,
        fraction=job.fraction,
        request=job.request.model_dump(mode="json", exclude_unset=True),
        random_seed=job.random_seed,
        created=_when(job.created),
        started=_when(job.started),
        finished=_when(job.finished),
        warnings=list(job.warnings),
        error=ErrorText(code=job.error_code, text=job.error_text) if job.error_code else None,
        deliveries=[_delivery_view(job, variation, manifest) for variation, manifest in deliveries_of(job)],
    )


def _when(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def understood_view(brief: Brief) -> UnderstoodView:
    """Return what REST shows of a brief."""
    section, style = brief.section, brief.style
    return UnderstoodView(
        section=section.name,
        start_bar=section.start_bar,
        bars=section.bars,
        seconds=section.seconds,
        bpm=section.tempo.bpm_at(section.start_beat),
        meter=str(section.meter),
        key=str(section.key),
        parts=list(brief.parts),
        seed_notes=len(brief.seed.notes) if brief.seed else None,
        instruments=list(style.instruments),
        genres=list(style.genres),
        moods=list(style.moods),
        exclude=list(style.exclude),
        production=list(style.production),
        dynamics=list(style.dynamics),
        solo=style.solo,
        said_back=style.said_back,
        hints=list(style.hints),
        warnings=list(brief.warnings),
    )


def deliveries_of(job: Job) -> list[tuple[int, Path]]:
    """Return (variation, path of the manifest) of each delivery of this job so far, in order of the variations."""
    manifests = [Path(manifest) for manifest in job.manifests]
    if job.request.variations == 1:
        return [(1, manifest) for manifest in manifests]
    return sorted((_variation(manifest, default), manifest) for default, manifest in enumerate(manifests, start=1))


def _variation(manifest: Path, default: int) -> int:
    """Return which variation this delivery is: variations may be finished in any order."""
    try:
        return int(json.loads(manifest.read_bytes())["variation"])
    except (OSError, ValueError, KeyError, TypeError):
        return default


def _delivery_view(job: Job, variation: int, manifest: Path) -> DeliveryView:
    files = [
        FileView(name=file.name, url=_url(job, file, variation), bytes=file.stat().st_size, media_type=media_type_of(file))
        for file in delivered_files(manifest)
    ]
    return DeliveryView(variation=variation, manifest=str(manifest), files=files)


def _url(job: Job, file: Path, variation: int) -> str:
    which = f"?variation={variation}" if variation > 1 else ""
    return f"/v1/jobs/{quote(job.id)}/files/{quote(file.name)}{which}"


def media_type_of(file: Path) -> str:
    """Return the media type of a delivered file."""
    return MEDIA_TYPES.get(file.suffix.lower(), UNKNOWN_TYPE)


def delivered_files(manifest: Path) -> list[Path]:
    """Return the plain files beside this manifest, in order of name; none where the folder is gone."""
    try:
        files = [file for file in manifest.parent.iterdir() if file.is_file() and not file.is_symlink()]
    except OSError:
        return []
    return sorted(file for file in files if not file.name.startswith("."))
