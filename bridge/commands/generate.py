"""`stepbridge generate [CLIP]`: a take here and now, without a daemon."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from bridge.commands.files import clip_bytes
from bridge.commands.progress import Progress
from bridge.config import Config
from bridge.errors import RequestError
from bridge.job import Job
from bridge.request import Request, check_id

ALREADY_ARGUMENTS = frozenset({"clip"})


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare one option for every field of a request."""
    parser.add_argument("clip", nargs="?", help="a MIDI file: the melody seed")
    parser.add_argument("--out", type=Path, help="folder for the delivery (default: the outbox of config.yaml)")
    parser.add_argument("--id", help="id of the job (default: a new one)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON with the manifest's path, for machines")
    for name in Request.model_fields:
        if name not in ALREADY_ARGUMENTS:
            parser.add_argument(f"--{name.replace('_', '-')}", default=None, metavar="…", help=_help(name))


def _help(name: str) -> str:
    text = Request.model_fields[name].description or ""
    return text.replace("%", "%%")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Make the take and say where it is."""
    named = {name: getattr(arguments, name) for name in Request.model_fields}
    request = Request.parse({name: value for name, value in named.items() if value is not None})
    if arguments.out:
        folders = config.folders.model_copy(update={"outbox": arguments.out.resolve()})
        config = config.model_copy(update={"folders": folders})
    job, clips = _job(arguments.id, request)
    manifests, warnings = _make(job, clips, config)
    _say(manifests, warnings, as_json=arguments.json)
    return 0


def _job(asked_id: str | None, request: Request) -> tuple[Job, dict[str, bytes]]:
    clips = {name: clip_bytes(Path(name), field) for field, name in request.named_clips.items()}
    job = Job(
        id=check_id(asked_id) if asked_id else f"cli-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}",
        request=request,
        random_seed=secrets.randbelow(2**31) if request.random_seed is None else request.random_seed,
        parent=_parent(request),
        created=time.time(),
    )
    return job, clips


def _parent(request: Request) -> str:
    if request.take is None:
        return ""
    path = Path(request.take)
    manifest = path / "manifest.json" if path.is_dir() else path
    if not manifest.is_file():
        raise RequestError(
            f"take: {request.take!r} is no delivery; give the folder or the manifest.json of one",
            field="take",
            code="unknown_take",
        )
    return str(manifest.resolve())


def _make(job: Job, clips: dict[str, bytes], config: Config) -> tuple[list[Path], list[str]]:
    from bridge import pipeline

    manifests: list[Path] = []
    warnings: list[str] = []
    with Progress() as progress:
        try:
            pipeline.run(job, clips, config, progress.step, lambda _number, path: manifests.append(path), warnings.append)
        except BaseException:
            pipeline.sweep(config, job.id)
            raise
    return manifests, warnings


def _say(manifests: list[Path], warnings: list[str], *, as_json: bool) -> None:
    warnings = list(dict.fromkeys(warnings))
    if as_json:
        line: dict[str, Any] = {
            "manifest": str(manifests[0]),
            "manifests": [str(path) for path in manifests],
            "warnings": warnings,
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    for warning in warnings:
        sys.stderr.write(f"note: {warning}\n")
    for path in manifests:
        sys.stdout.write(f"{path.parent}\n")
        for file in sorted(path.parent.iterdir()):
            sys.stdout.write(f"  {file.name}\n")
