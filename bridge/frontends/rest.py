"""REST and the web page: the contract's §5 as a FastAPI app."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from bridge import __version__
from bridge.config import Config
from bridge.frontends.rest_body import BodyLimit
from bridge.frontends.rest_errors import ErrorBody, install_error_handlers
from bridge.frontends.rest_events import event_routes
from bridge.frontends.rest_guard import Guard
from bridge.frontends.rest_jobs import clip_routes, job_routes, understand_routes
from bridge.frontends.rest_metrics import CONTENT_TYPE, Metrics
from bridge.frontends.rest_music import MusicOrder, music_routes
from bridge.frontends.rest_views import EnginesView, EngineView, HealthView
from bridge.request import ID_PATTERN, Request

if TYPE_CHECKING:
    from bridge.core import Core

PAGE = Path(__file__).with_name("page")
mimetypes.add_type("text/javascript", ".js")  # some systems say text/plain, which browsers refuse to run
REF = "#/components/schemas/{model}"
ERROR = {"application/json": {"schema": {"$ref": REF.format(model="ErrorBody")}}}


class JobOrder(Request):
    """A request, and the id that its job is to have."""

    id: Annotated[str | None, Field(pattern=ID_PATTERN.pattern)] = None


def make_app(core: Core, config: Config) -> FastAPI:
    """Return the app that serves the contract's REST routes and the page, guarded by the token rule of `config.rest`."""
    app = FastAPI(
        title="stepbridge",
        version=__version__,
        summary="A clip and a sentence in, bar-exact stems and MIDI out.",
        docs_url=None,  # they load scripts from other sites
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    install_error_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, config=config.rest)
    _add_facts(app, core)
    for router in (job_routes(core), understand_routes(core), clip_routes(core), music_routes(core), event_routes(core)):
        app.include_router(router)
    _add_page(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def _add_facts(app: FastAPI, core: Core) -> None:
    metrics = Metrics(core)

    @app.get("/health", tags=["daemon"], summary="Ask whether the daemon is there")
    def health() -> HealthView:
        return HealthView(status="ok", version=__version__)

    @app.get("/metrics", tags=["daemon"], summary="Read figures for Prometheus", response_class=PlainTextResponse)
    def read_metrics() -> PlainTextResponse:
        return PlainTextResponse(metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/v1/engines", tags=["daemon"], summary="List engines and whether they are ready")
    def engines() -> EnginesView:
        return EnginesView(engines=[EngineView.model_validate(engine, from_attributes=True) for engine in core.engines()])


def _add_page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    app.mount("/page", StaticFiles(directory=PAGE), name="page")


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the request fields and the one shape of errors."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        models: list[tuple[type[BaseModel], Literal["validation"]]] = [
            (model, "validation") for model in (JobOrder, MusicOrder, ErrorBody)
        ]
        _, definitions = models_json_schema(models, ref_template=REF)
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        components.update(_in_schema_words(definitions["$defs"]))
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = {
                    "description": "What was wrong, and what would be right.",
                    "content": ERROR,
                }
        app.openapi_schema = schema
    return app.openapi_schema


def _in_schema_words(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema with the bounds that pydantic leaves in its own words (behind a validator) in those of JSON Schema."""
    if isinstance(schema, list):
        return [_in_schema_words(item) for item in schema]
    if isinstance(schema, dict):
        words = {"ge": "minimum", "le": "maximum"}
        return {words.get(name, name): _in_schema_words(value) for name, value in schema.items()}
    return schema
