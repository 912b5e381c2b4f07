"""kill -9 at any moment: every accepted job is delivered once, and nothing half-made is ever seen."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.daemon import PATIENCE_SECONDS, Daemon

pytestmark = pytest.mark.timeout(150)  # the daemon is started up to five times, and jobs are made over again
JOBS = 3
ROUNDS = 4


def wait_until_over(daemon: Daemon, names: list[str]) -> dict[str, str]:
    """Return the state of each job once none of them has anything left to do."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    states: dict[str, str] = {}
    with daemon.client() as client:
        while time.monotonic() < deadline:
            for name in names:
                client.send("/stepbridge/status", name)
                states[name] = client.wait_for("job")[1]
            if set(states.values()) <= {"done", "failed", "cancelled"}:
                return states
            time.sleep(0.1)
    raise TimeoutError(str(states))


def assert_each_delivered_once(daemon: Daemon, names: list[str]) -> None:
    assert len(daemon.deliveries()) == len(names)
    folders = [path for path in daemon.outbox.glob("*/*") if path.is_dir()]
    assert sorted(folder / "manifest.json" for folder in folders) == daemon.deliveries()
    assert not [folder for folder in folders if folder.name.startswith(".")]


def test_a_killed_daemon_goes_on_with_every_job_it_had_accepted(tmp_path: Path) -> None:
    chance = random.Random(2026)  # noqa: S311 - moments to kill at
    daemon = Daemon(tmp_path).start()
    names = [f"job{index}" for index in range(JOBS)]
    with daemon.client() as client:
        for name in names:
            client.send("/stepbridge/generate", name, "prompt", "rock", "bars", 2)
            client.wait_for("accepted")
    for _ in range(ROUNDS):
        time.sleep(chance.uniform(0.0, 1.5))
        daemon.kill()
        daemon.start()
    assert wait_until_over(daemon, names) == dict.fromkeys(names, "done")
    assert_each_delivered_once(daemon, names)
    assert daemon.stop() == 0


def test_a_killed_worker_costs_time_and_nothing_else(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - moments to kill at
    daemon = Daemon(tmp_path).start()
    with daemon.client() as client:
        client.send("/stepbridge/generate", "job", "prompt", "rock", "bars", 4)
        client.wait_for("accepted")
        client.wait_for("progress")
    time.sleep(chance.uniform(0.0, 0.5))
    workers = daemon.worker_pids()
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    assert wait_until_over(daemon, ["job"]) == {"job": "done"}
    assert_each_delivered_once(daemon, ["job"])
    assert daemon.stop() == 0


def test_a_cancelled_job_delivers_nothing(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path).start()
    with daemon.client() as client:
        client.send("/stepbridge/generate", "long", "prompt", "rock", "bars", 64)
        client.wait_for("progress")
        client.send("/stepbridge/cancel", "long")
        assert client.wait_for("cancelled") == ["long"]
    assert wait_until_over(daemon, ["long"]) == {"long": "cancelled"}
    assert daemon.stop() == 0
    assert daemon.deliveries() == []
    assert not [path for path in daemon.outbox.rglob("*") if path.is_file()]
