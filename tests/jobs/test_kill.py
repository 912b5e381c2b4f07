import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.config import Config
from bridge.job import State
from tests.jobs.conftest import Shop

pytestmark = pytest.mark.timeout(150)  # the daemon is started again and again
KILLS = int(os.environ.get("STEPBRIDGE_KILLS", "5"))
"""More of them in a soak test."""


def started(folder: Path) -> "subprocess.Popen[str]":
    paths = os.pathsep.join((str(Path(__file__).parent), *filter(None, sys.path)))
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("daemon.py"), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )


def test_a_daemon_killed_at_any_moment_forgets_nothing_and_delivers_everything_once(config: Config, tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 - moments, not secrets
    accepted: list[str] = []
    number = 0
    for _ in range(KILLS):
        with started(tmp_path) as daemon:
            assert daemon.stdin
            assert daemon.stdout
            assert daemon.stdout.readline() == "up\n"
            for _ in range(chance.randrange(1, 12)):
                daemon.stdin.write(f"job-{number}\n")
                daemon.stdin.flush()
                number += 1
                if chance.random() < 0.9:  # else it is killed while it accepts
                    accepted.append(daemon.stdout.readline().split()[1])
            time.sleep(chance.choice((0.0, chance.uniform(0.0, 0.05), chance.uniform(0.4, 1.2))))
            daemon.kill()
            accepted += [line.split()[1] for line in daemon.stdout]
    shop = Shop(config)
    shop.add("last", "")
    shop.until_over("last")
    counts = shop.store.counts()
    shop.close()
    assert len(accepted) > KILLS
    assert counts[State.DONE] == sum(counts.values()) >= len(accepted)
    for job_id in accepted:
        for variation in (1, 2):
            assert len(list(config.folders.outbox.glob(f"{job_id}_{variation}_*"))) == 1
    assert list(config.folders.outbox.glob(".*")) == []
