"""``POST /generate_music``: one request, answered with the audio itself."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import Field, StrictBool, ValidationError, model_validator
from starlette.concurrency import run_in_threadpool

from bridge.errors import BridgeError, RequestError
from bridge.events import Cancelled, Done, Event, Failed
from bridge.frontends.rest_body import read_json
from bridge.frontends.rest_errors import refused
from bridge.frontends.rest_events import Mailbox, until_one_ends
from bridge.frontends.rest_views import MEDIA_TYPES, deliveries_of
from bridge.job import Job, Order, State
from bridge.request import FORMATS, Float, Int, Value, check_id, refusal

if TYPE_CHECKING:
    from bridge.core import Core

FADE_SECONDS = 0.03
"""Long enough not to click, short enough not to be heard as a fade."""
BLOCK_FRAMES = 65536
"""libsndfile's Vorbis encoder overflows its stack where it is given minutes of audio at once."""
SUBTYPES = {"wav": "PCM_24", "flac": "PCM_24", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}
UPLOAD = "melody_seed.mid"


class MusicOrder(Value):
    """What to make: text, a length in seconds and, if wanted, a melody to start from."""

    prompt: Annotated[str, Field(max_length=4000)] = ""
    """Chinese or English."""
    duration_seconds: Annotated[Float, Field(ge=0.5, le=1800.0)] = 30.0
    """The audio is exactly this long."""
    temperature: Annotated[Float, Field(ge=0.0, le=10.0)] | None = None
    """Of the composer."""
    top_k: Annotated[Int, Field(ge=1, le=1000)] | None = None
    """Scores that are drawn together; the best is kept."""
    use_melody_seed: StrictBool = False
    """Whether `melody_seed` is played, note for note."""
    melody_seed: str | None = None
    """A MIDI file in base64, or the id of a clip sent to /v1/clips."""
    output_format: Literal[FORMATS] = "wav"  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _has_its_melody(self) -> Self:
        if self.use_melody_seed and not self.melody_seed:
            raise ValueError("melody_seed: is missing; use_melody_seed needs a MIDI file in base64 or the id of a clip")
        return self


def music_routes(core: Core) -> APIRouter:
    """Return the route that answers with audio."""
    router = APIRouter()

    @router.post("/generate_music", **_DOCUMENTED)
    async def generate_music(request: Request) -> Response:
        asked = _parse(await read_json(request))
        job = await run_in_threadpool(core.submit, await run_in_threadpool(_order, asked))
        job = await _finished(core, job, request)
        manifest = deliveries_of(job)[0][1]
        audio = await run_in_threadpool(_exactly, manifest.with_name("mix.wav"), asked)
        headers = {
            "content-disposition": f'attachment; filename="{job.id}.{asked.output_format}"',
            "x-stepbridge-job": job.id,
            "x-stepbridge-manifest": quote(str(manifest)),
            "x-stepbridge-random-seed": str(job.random_seed),
        }
        return Response(audio, media_type=MEDIA_TYPES[f".{asked.output_format}"], headers=headers)

    return router


def _parse(fields: dict[str, Any]) -> MusicOrder:
    try:
        return MusicOrder.model_validate(fields)
    except ValidationError as error:
        raise refusal(error, MusicOrder.model_fields) from None


def _order(asked: MusicOrder) -> Order:
    """Return the order of a take that covers the duration; it is cut afterwards."""
    fields: dict[str, Any] = {"prompt": asked.prompt, "seconds": asked.duration_seconds}
    fields |= {name: getattr(asked, name) for name in ("temperature", "top_k") if getattr(asked, name) is not None}
    if not (asked.use_melody_seed and asked.melody_seed):
        return Order(fields)
    midi = _midi(asked.melody_seed)
    if midi is None:
        return Order({**fields, "clip": check_id(asked.melody_seed, "melody_seed")})
    return Order({**fields, "clip": UPLOAD}, uploads={UPLOAD: midi})


def _midi(text: str) -> bytes | None:
    """Return the MIDI file that is written here in base64, with or without ``data:…;base64,``; None where it is an id."""
    try:
        data = base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if data.startswith(b"MThd"):
        return data
    if len(text) > 64:
        raise RequestError("melody_seed: is neither a MIDI file in base64 nor the id of a clip", field="melody_seed")
    return None


@dataclass
class _Watch:
    """Waits for the end of one job."""

    core: Core
    job: Job
    mailbox: Mailbox

    async def over(self) -> None:
        """Return once the job is over; it may have been before we listened."""
        self.job = await run_in_threadpool(self.core.job, self.job.id)
        while not self.job.state.is_over:
            events, is_lossy = await self.mailbox.take()
            if is_lossy or any(map(_is_last, events)):
                self.job = await run_in_threadpool(self.core.job, self.job.id)


def _is_last(event: Event) -> bool:
    return isinstance(event, Failed | Cancelled) or (isinstance(event, Done) and event.remaining == 0)


async def _finished(core: Core, job: Job, request: Request) -> Job:
    """Return the job once it is done; raises what it failed with. A client that hangs up cancels it."""
    watch = _Watch(core, job, Mailbox(asyncio.get_running_loop(), job.id))
    unsubscribe = core.bus.subscribe(watch.mailbox.put)
    try:
        await until_one_ends(watch.over(), _hung_up(request))
    finally:
        unsubscribe()
    if not watch.job.state.is_over:
        await run_in_threadpool(core.cancel, job.id)
        raise refused("the client hung up, so the job was cancelled", "cancelled")
    if watch.job.state != State.DONE:
        raise BridgeError(watch.job.error_text or f"the job was {watch.job.state}", code=watch.job.error_code or "cancelled")
    return watch.job


async def _hung_up(request: Request) -> None:
    """Return when the client closes its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _exactly(mix: Path, asked: MusicOrder) -> bytes:
    """Return the mix as a file of the format asked for, cut after exactly the duration, with a short fade where it is cut."""
    import numpy as np  # noqa: PLC0415 - heavy, and the daemon listens before it is needed
    import soundfile  # noqa: PLC0415

    samples, sample_rate_hz = soundfile.read(mix, dtype="float32", always_2d=True)
    frames = round(asked.duration_seconds * sample_rate_hz)
    if len(samples) == frames and asked.output_format == "wav":
        return mix.read_bytes()
    if len(samples) > frames:
        fade = min(frames, round(FADE_SECONDS * sample_rate_hz))
        samples = samples[:frames]
        samples[frames - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
    samples = np.pad(samples, ((0, frames - len(samples)), (0, 0)))
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", sample_rate_hz, samples.shape[1], SUBTYPES[asked.output_format], format=asked.output_format
    ) as out:
        for start in range(0, frames, BLOCK_FRAMES):
            out.write(samples[start : start + BLOCK_FRAMES])
    return file.getvalue()


def _audio(name: str) -> dict[str, Any]:
    return {MEDIA_TYPES[f".{name}"]: {"schema": {"type": "string", "format": "binary"}}}


_EXAMPLE = {
    "prompt": "A joyful piano melody with light strings, suitable for a children's cartoon, 120 BPM",
    "duration_seconds": 60,
    "temperature": 0.85,
    "top_k": 40,
    "use_melody_seed": False,
    "output_format": "wav",
}
_DOCUMENTED: dict[str, Any] = {
    "summary": "Make music of a sentence; the answer is the audio",
    "tags": ["music"],
    "response_class": Response,
    "responses": {
        200: {
            "description": "The mix, exactly as long as asked for.",
            "content": {k: v for name in FORMATS for k, v in _audio(name).items()},
        }
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MusicOrder"}, "example": _EXAMPLE}},
        }
    },
}
