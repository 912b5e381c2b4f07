"""Errors as REST shows them: ``{"error": {"code", "text", "field"}}`` with a fitting status."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from bridge.errors import BridgeError, ClipError, RequestError

STATUS_OF_CODE = {
    "bad_value": 400,
    "unknown_field": 400,
    "bad_id": 400,
    "bad_clip": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "unknown_job": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "cancelled": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "no_daemon": 503,
    "queue_full": 503,
    "disk_full": 507,
}
CODE_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


class ErrorText(BaseModel):
    """What was wrong, in one sentence, with what would be right."""

    code: str
    """Short and stable, for programs."""
    text: str
    """One sentence, for people."""
    field: str | None = None
    """The field it is about."""


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorText = Field(examples=[{"code": "bad_value", "text": "bars: must be 1 or more (got 0)", "field": "bars"}])


def refused(text: str, code: str, field: str | None = None) -> BridgeError:
    """Return the error to raise where REST itself refuses something."""
    return BridgeError(text, code=code, field=field)


def status_of(error: BridgeError) -> int:
    """Return the HTTP status that says the same as the error's code: 400 where the client can mend it, else 500."""
    mendable = 400 if isinstance(error, RequestError | ClipError) else 500
    return STATUS_OF_CODE.get(error.code, mendable)


def error_body(code: str, text: str, field: str | None = None) -> dict[str, Any]:
    """Return the JSON object of an error."""
    return {"error": {"code": code, "text": text, "field": field}}


def error_response(error: BridgeError) -> JSONResponse:
    """Return the answer that tells this error."""
    return JSONResponse(error_body(error.code, error.text, error.field), status_of(error))


def install_error_handlers(app: FastAPI) -> None:
    """Give every error of this app the one shape, also those that the framework finds itself."""
    app.add_exception_handler(BridgeError, _bridge_error)
    app.add_exception_handler(RequestValidationError, _parameter_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _surprise)


async def _bridge_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, BridgeError)  # noqa: S101 - what it is registered for
    return error_response(error)


async def _parameter_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    first = error.errors()[0]
    field = str(first["loc"][-1])
    reason = str(first["msg"]).replace("Input should be", "must be")
    return JSONResponse(error_body("bad_value", f"{field}: {reason} (got {first.get('input')!r:.80})", field), 400)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    code = CODE_OF_STATUS.get(error.status_code, "bad_value" if error.status_code < 500 else "failed")
    path = request.url.path
    texts = {
        "not_found": f"{path}: there is no such route; /openapi.json lists them all",
        "method_not_allowed": f"{path}: does not understand {request.method}; /openapi.json says what it does",
    }
    body = error_body(code, texts.get(code, str(error.detail)))
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == 405:
        headers["allow"] = ", ".join(_methods(request)) or headers.get("allow", "GET")
    return JSONResponse(body, error.status_code, headers)


def _methods(request: Request) -> list[str]:
    """Return all methods of this path; the framework itself names those of the first route it finds."""
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(request.url.path):
            return sorted(method.upper() for method in operations)
    return []


async def _surprise(_request: Request, error: Exception) -> JSONResponse:
    """Say that the fault is ours; the server logs the traceback."""
    return JSONResponse(
        error_body("failed", f"the daemon failed on this request ({type(error).__name__}); its log says more"), 500
    )
