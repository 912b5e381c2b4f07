"""Reads what a client sends, JSON or multipart, as an order; never more of it than allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge import strict_json
from bridge.errors import BridgeError, RequestError
from bridge.frontends.rest_errors import error_response, refused
from bridge.job import Order
from bridge.request import check_id

BODY_MAX_BYTES = 64 * 1024 * 1024
"""Room for five minutes of a sung 24-bit stereo recording."""
JSON_MAX_BYTES = 4 * 1024 * 1024
"""Room for a MIDI file in base64."""
FIELD_MAX_BYTES = 256 * 1024
FILES_MAX = 16
FIELDS_MAX = 100
MAPPINGS = ("parts_in", "timbre", "guide")
"""Fields that hold a clip for each part; a form may give them one by one, as ``parts_in.bass``."""


class BodyLimit:
    """ASGI middleware that stops reading a body where it grows beyond the limit, and answers 413."""

    def __init__(self, app: ASGIApp, max_bytes: int = BODY_MAX_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > self._max_bytes:
            await error_response(_too_large(self._max_bytes))(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        read_bytes = 0

        async def receiving() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > self._max_bytes:
                raise _too_large(self._max_bytes)
            return message

        return receiving


def _too_large(max_bytes: int) -> BridgeError:
    return refused(f"body: is too large; {max_bytes // 1024 // 1024} MiB are the most", "too_large", "body")


def media_type(request: Request) -> str:
    """Return the media type of the body, without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_order(request: Request) -> Order:
    """Return the order in a JSON or multipart body; raises BridgeError (400, 413, 415)."""
    uploads: dict[str, bytes] = {}
    match media_type(request):
        case "application/json":
            fields = await read_json(request)
        case "multipart/form-data":
            fields, uploads = await _read_form(request)
        case other:
            _refuse_media_type(other, "application/json or multipart/form-data")
    return Order(fields=fields, id=taken_id(fields), uploads=uploads)


def _refuse_media_type(given: str, right: str) -> NoReturn:
    shown = given[:80] or "nothing"
    raise refused(f"content-type: send {right}, not {shown}", "unsupported_media_type", "content-type")


def taken_id(fields: dict[str, Any]) -> str | None:
    """Take the client's `id` out of the fields; raises RequestError where it is no id."""
    given = fields.pop("id", None)
    if given is None:
        return None
    if not isinstance(given, str):
        raise RequestError(f"id: must be text (got {given!r:.80})", field="id", code="bad_id")
    return check_id(given)


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body; raises BridgeError where it is none (400), too long (413) or something else (415)."""
    if media_type(request) != "application/json":
        _refuse_media_type(media_type(request), "application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > JSON_MAX_BYTES:
            raise _too_large(JSON_MAX_BYTES)
    return parse_json(bytes(body))


def parse_json(body: bytes) -> dict[str, Any]:
    """Return the JSON object in these bytes; raises RequestError for anything else, NaN and half characters among it."""
    try:
        value = strict_json.read(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise RequestError("body: is not valid JSON (it must be UTF-8)", field="body") from None
    except ValueError as error:
        raise RequestError(f"body: is not valid JSON ({error})", field="body") from None
    if not isinstance(value, dict):
        raise RequestError("body: must be a JSON object of request fields", field="body")
    return value


async def read_upload(request: Request, names: tuple[str, ...]) -> tuple[bytes, Mapping[str, Any]]:
    """Return the one file of a multipart body, in the first of these parts, or the raw body; and the other fields.

    Raises BridgeError where there is no file (400) or it is too large (413).
    """
    if media_type(request) != "multipart/form-data":
        return await request.body(), {}
    fields, uploads = await _read_form(request)
    for name in names:
        if fields.get(name) in uploads:
            return uploads[fields[name]], fields
    raise RequestError(f"{names[0]}: is missing; send the file as the part {names[0]!r}", field=names[0])


async def _read_form(request: Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return fields and uploads of a multipart body; a file stands in its field under its own name."""
    try:
        form = await request.form(max_files=FILES_MAX, max_fields=FIELDS_MAX, max_part_size=FIELD_MAX_BYTES)
    except HTTPException as error:
        raise RequestError(f"body: is not readable as multipart/form-data ({error.detail})", field="body") from None
    fields: dict[str, Any] = {}
    uploads: dict[str, bytes] = {}
    try:
        for field in form:
            values = [await _value(field, value, uploads) for value in form.getlist(field)]
            fields[field] = values[0] if len(values) == 1 else values
    finally:
        await form.close()
    return _with_mappings(fields), uploads


async def _value(field: str, value: str | UploadFile, uploads: dict[str, bytes]) -> str:
    if isinstance(value, str):
        return value
    if field not in {"clip", "file"} and field.partition(".")[0] not in MAPPINGS:
        raise RequestError(f"{field[:80]}: takes no file; clip, parts_in.PART, timbre.PART and guide.PART do", field=field[:80])
    name = (value.filename or field).replace("\\", "/").rpartition("/")[2] or field
    if name in uploads:
        name = f"{field}:{name}"
    uploads[name] = await value.read()
    return name


def _with_mappings(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with every ``parts_in.bass`` put into the mapping `parts_in`."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        mapping, dot, part = name.partition(".")
        if dot and mapping in MAPPINGS:
            if mapping in fields:
                raise RequestError(f"{mapping}: give it once, or a part each as {mapping}.PART", field=mapping)
            found.setdefault(mapping, {})[part] = value
        else:
            found[name] = value
    return found
