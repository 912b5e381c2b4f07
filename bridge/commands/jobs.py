"""`stepbridge jobs | cancel ID | report ID`: asking a running daemon over REST."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from bridge.config import Config
from bridge.errors import BridgeError, NoDaemonError

ANSWER_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    """Declare the arguments of one of the three."""
    if name == "jobs":
        parser.add_argument("--state", help="only jobs in this state: queued running delivering done failed cancelled")
    else:
        parser.add_argument("id", help="id of the job")
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Ask the daemon and print its answer."""
    return {"jobs": _jobs, "cancel": _cancel, "report": _report}[arguments.command](arguments, Daemon(config))


def _jobs(arguments: argparse.Namespace, daemon: Daemon) -> int:
    query = f"?state={urllib.parse.quote(arguments.state)}" if arguments.state else ""
    jobs = json.loads(daemon.ask("GET", f"/v1/jobs{query}"))
    if arguments.json:
        sys.stdout.write(json.dumps(jobs, ensure_ascii=False) + "\n")
        return 0
    for job in jobs["jobs"] if isinstance(jobs, dict) else jobs:
        sys.stdout.write(_line(job))
    return 0


def _line(job: dict[str, Any]) -> str:
    return f"{job['id']:32} {job['state']:10} {100 * job['fraction']:3.0f} %  {job['stage']}\n"


def _cancel(arguments: argparse.Namespace, daemon: Daemon) -> int:
    job = json.loads(daemon.ask("DELETE", f"/v1/jobs/{urllib.parse.quote(arguments.id)}"))
    sys.stdout.write(json.dumps(job, ensure_ascii=False) + "\n" if arguments.json else _line(job))
    return 0


def _report(arguments: argparse.Namespace, daemon: Daemon) -> int:
    report = daemon.ask("GET", f"/v1/jobs/{urllib.parse.quote(arguments.id)}/files/report.md").decode()
    sys.stdout.write(json.dumps({"report": report}, ensure_ascii=False) + "\n" if arguments.json else report)
    return 0


class Daemon:
    """The REST door of the daemon that the settings name."""

    def __init__(self, config: Config) -> None:
        self._rest = config.rest

    def ask(self, method: str, path: str) -> bytes:
        """Return the body of the answer; raises BridgeError with the daemon's own code, or NoDaemonError where none answers."""
        host = f"[{self._rest.host}]" if ":" in self._rest.host else self._rest.host
        request = urllib.request.Request(f"http://{host}:{self._rest.port}{path}", method=method)
        if self._rest.token:
            request.add_header("Authorization", f"Bearer {self._rest.token}")
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - http
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except OSError as error:
            where = f"{self._rest.host}:{self._rest.port}"
            raise NoDaemonError(f"no daemon answers at {where} ({error}); start one with: stepbridge serve") from None


def _refusal(error: urllib.error.HTTPError) -> BridgeError:
    try:
        said = json.loads(error.read())["error"]
        return BridgeError(said["text"], code=said["code"])
    except (ValueError, KeyError, TypeError):
        return BridgeError(f"the daemon answered {error.code} {error.reason}")
