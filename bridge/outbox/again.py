"""The command line that makes a take again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from bridge.brief import Brief
from bridge.job import Job
from bridge.music.score import Section

_PROGRAM = "stepbridge generate"


def command_line(job: Job, brief: Brief, section: Section) -> str:
    """Return ``stepbridge generate …`` with every field that is no default, quoted for a POSIX shell.

    What the DAW's transport decided is written out; clips are named as the request named them. A variation is asked for
    by its own random seed.
    """
    fields = job.request.model_dump(mode="json", exclude_defaults=True, exclude={"clip", "variations"})
    fields |= _from_transport(job, section)
    fields["random_seed"] = brief.random_seed
    clip = [_word(job.request.clip, is_option=False)] if job.request.clip else []
    return " ".join([_PROGRAM, *clip, *(_option(name, value) for name, value in fields.items() if value is not None)])


def _from_transport(job: Job, section: Section) -> dict[str, Any]:
    """Return the fields that the request left to the DAW, as they were settled."""
    request, transport = job.request, job.transport
    settled: dict[str, Any] = {}
    if transport.bpm is not None and request.bpm is None and request.tempo is None and len(section.tempo.changes) == 1:
        settled["bpm"] = section.tempo.changes[0].bpm
    if transport.meter is not None and request.meter is None:
        settled["meter"] = str(section.meter)
    if transport.key is not None and request.key is None:
        settled["key"] = str(section.key)
    if transport.position_beats is not None and request.start_bar is None:
        settled["start_bar"] = section.start_bar
    return settled


def _option(name: str, value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    flag, word = f"--{name.replace('_', '-')}", _word(_text(value), is_option=True)
    # A value that begins with a dash would be read as the next option.
    return f"{flag}={word}" if word.startswith(("-", "'-")) else f"{flag} {word}"


def _text(value: Any) -> str:  # noqa: ANN401
    """Return a field's value as the command line reads it: lists of names with commas, anything deeper as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _word(text: str, *, is_option: bool) -> str:
    text = text.replace("\0", "")
    return shlex.quote(text if is_option or not text.startswith("-") else f"./{text}")
