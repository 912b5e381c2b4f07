"""Figures for Prometheus, in its text format 0.0.4."""

from __future__ import annotations

import platform
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bridge import __version__
from bridge.events import Accepted, Cancelled, Done, Event, Failed
from bridge.job import State

if TYPE_CHECKING:
    from bridge.core import Core

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts what happens since the daemon started, and asks the core how things stand."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._started = time.time()
        self._accepted = self._deliveries = self._cancelled = 0
        self._errors: Counter[str] = Counter()
        core.bus.subscribe(self._count)

    def _count(self, event: Event) -> None:
        with self._lock:
            match event:
                case Accepted():
                    self._accepted += 1
                case Done():
                    self._deliveries += 1
                case Cancelled():
                    self._cancelled += 1
                case Failed(code=code):
                    self._errors[code] += 1

    def text(self) -> str:
        """Return all figures as Prometheus reads them."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        build = {"version": __version__, "python": platform.python_version()}
        yield from _family("stepbridge_build_info", "gauge", "What is running.", {_labels(build): 1})
        yield from _family("stepbridge_start_time_seconds", "gauge", "When it started, since 1970.", {"": self._started})
        figures = self._core.metrics()
        by_state = {_labels({"state": state}): figures.pop(f"jobs_{state}", 0.0) for state in State}
        yield from _family("stepbridge_jobs", "gauge", "Jobs in each state.", by_state)
        for name, value in sorted(figures.items()):
            kind = "counter" if name.endswith("_total") else "gauge"
            yield from _family(f"stepbridge_{name}", kind, f"{name.replace('_', ' ').capitalize()}.", {"": value})
        with self._lock:
            accepted, deliveries, cancelled, errors = self._accepted, self._deliveries, self._cancelled, dict(self._errors)
        yield from _family("stepbridge_accepted_total", "counter", "Jobs accepted.", {"": accepted})
        yield from _family("stepbridge_deliveries_total", "counter", "Takes delivered.", {"": deliveries})
        yield from _family("stepbridge_cancelled_total", "counter", "Jobs cancelled.", {"": cancelled})
        by_code = {_labels({"code": code}): count for code, count in sorted(errors.items())}
        yield from _family("stepbridge_errors_total", "counter", "Jobs failed, by code.", by_code)


def _family(name: str, kind: str, text: str, samples: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples.items():
        yield f"{name}{labels} {value!r}"


def _labels(labels: Mapping[str, str]) -> str:
    escaped = ((name, text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, text in labels.items())
    return "{" + ",".join(f'{name}="{text}"' for name, text in escaped) + "}"
