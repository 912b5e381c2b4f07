import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from bridge.config import Config
from bridge.events import Cancelled, Done, Failed, Progress, Warned
from bridge.job import State
from tests.jobs.conftest import PATIENCE_SECONDS, Shop

ANSWER_SECONDS_MAX = 2.0
"""Generous: the contract says 0.5; a loaded machine must not fail the tests."""


def deliveries(shop: Shop, job_id: str) -> list[str]:
    return sorted(path.name for path in shop.config.folders.outbox.glob(f"{job_id}_*"))


def leftovers(shop: Shop) -> list[str]:
    return [path.name for path in shop.config.folders.outbox.glob(".*")]


def test_a_job_is_made_delivered_and_told(shop: Shop) -> None:
    shop.add("a", "warn the clip is short", variations=2)
    job = shop.until_over("a")
    done = shop.of("a", Done)
    assert (job.state, job.fraction, job.attempts, job.warnings) == (State.DONE, 1.0, 1, ("the clip is short",))
    assert [(event.variation, event.remaining) for event in done] == [(1, 1), (2, 0)]
    assert job.manifests == tuple(event.manifest_path for event in done)
    assert len(deliveries(shop, "a")) == 2
    assert len(shop.of("a", Warned)) == 1


def test_progress_rises_and_is_told_a_few_times_a_second_only(shop: Shop) -> None:
    shop.add("a", "sleep 0.6")
    shop.until_over("a")
    fractions = [event.fraction for event in shop.of("a", Progress)]
    assert fractions == sorted(fractions)
    assert 3 <= len(fractions) < 0.6 / 0.002 / 5


def test_jobs_are_made_in_the_order_in_which_they_were_accepted(shop: Shop) -> None:
    for number in range(20):
        shop.add(f"job-{number}", "")
    shop.until_over("job-19")
    done = [event.id for event in shop.events if isinstance(event, Done)]
    assert done == [f"job-{number}" for number in range(20)]


@pytest.mark.parametrize("prompt", ["sleep 30", "native 30", "native_released 30"])
def test_a_running_job_is_cancelled_at_once_whatever_it_is_doing(shop: Shop, prompt: str) -> None:
    shop.add("a", prompt)
    shop.until(lambda: shop.of("a", Progress))
    began = time.perf_counter()
    shop.workers.cancel("a")
    job = shop.until_over("a")
    seconds = time.perf_counter() - began
    print(f"cancelled within {1000 * seconds:.1f} ms: {prompt}")  # noqa: T201 - a figure to read with pytest -s
    assert (job.state, shop.of("a", Cancelled)) == (State.CANCELLED, [Cancelled("a")])
    assert seconds < ANSWER_SECONDS_MAX
    shop.add("b", "")
    assert shop.until_over("b").state is State.DONE
    assert (deliveries(shop, "a"), leftovers(shop)) == ([], [])


def test_a_job_whose_granted_rename_hangs_is_cancelled_all_the_same(shop: Shop) -> None:
    shop.add("a", "rename_hangs")
    shop.until_in("a", State.DELIVERING)
    shop.workers.cancel("a")
    assert shop.until_over("a").state is State.CANCELLED


def test_nothing_is_delivered_once_a_job_is_cancelled(shop: Shop) -> None:
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    for number in range(150):
        job_id = f"job-{number}"
        seen = len(shop.events)
        shop.add(job_id, "", variations=3)
        shop.until_events(seen + chance.randrange(10))
        shop.workers.cancel(job_id)
        job = shop.until_over(job_id)
        assert len(deliveries(shop, job_id)) == len(job.manifests)
    shop.add("last", "")
    shop.until_over("last")
    states = {shop.job(f"job-{number}").state for number in range(150)}
    for number in range(150):
        job = shop.job(f"job-{number}")
        assert len(deliveries(shop, job.id)) == len(job.manifests) == len(shop.of(job.id, Done))
        assert (job.state is State.DONE) == (len(job.manifests) == 3)
    assert states == {State.DONE, State.CANCELLED}, "the moments were not spread over the whole job"


@pytest.mark.parametrize(("prompt", "how"), [("segfault", "SIGSEGV"), ("exit 7", "exit status 7")])
def test_a_job_that_kills_its_worker_fails_after_three_and_the_next_is_made(shop: Shop, prompt: str, how: str) -> None:
    shop.add("bad", prompt)
    shop.add("good", "")
    bad, good = shop.until_over("bad"), shop.until_over("good")
    assert (bad.state, bad.error_code, shop.runs("bad")) == (State.FAILED, "worker_crashed", 3)
    assert how in bad.error_text
    assert good.state is State.DONE


@pytest.mark.parametrize(
    ("prompt", "code", "text"),
    [
        ("refuse no_bars", "no_bars", "the composer needs at least one bar"),
        ("raise", "internal_error", "the program failed on this job: ZeroDivisionError: a bug"),
    ],
)
def test_an_error_ends_the_job_with_its_code_and_the_worker_goes_on(shop: Shop, prompt: str, code: str, text: str) -> None:
    shop.add("bad", prompt)
    shop.add("good", "")
    bad = shop.until_over("bad")
    pids = shop.workers.pids
    assert (bad.state, bad.error_code, bad.error_text) == (State.FAILED, code, text)
    assert shop.of("bad", Failed) == [Failed("bad", code, text)]
    assert shop.until_over("good").state is State.DONE
    assert shop.workers.pids == pids


def test_a_worker_that_hangs_is_ended_and_the_job_fails_in_the_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.jobs.device.SILENCE_SECONDS", 0.3)
    shop.add("bad", "native 30")
    bad = shop.until_over("bad")
    assert (bad.state, bad.error_code, shop.runs("bad")) == (State.FAILED, "worker_crashed", 3)


def test_what_native_code_prints_does_not_disturb_the_reports(shop: Shop) -> None:
    shop.add("a", "print")
    assert shop.until_over("a").state is State.DONE


def test_a_worker_killed_at_any_moment_costs_no_job_and_makes_no_second_delivery(shop: Shop) -> None:
    chance = random.Random(2)  # noqa: S311
    for number in range(60):
        shop.add(f"job-{number}", "sleep 0.01", variations=2)
    for _ in range(8):
        shop.until_events(len(shop.events) + chance.randrange(10, 30))
        time.sleep(chance.uniform(0.0, 0.03))
        for pid in shop.workers.pids:
            os.kill(pid, signal.SIGKILL)
    shop.until(lambda: sum(isinstance(event, Done) and not event.remaining for event in shop.events) == 60)
    shop.add("last", "")
    shop.until_over("last")
    for number in range(60):
        assert len(deliveries(shop, f"job-{number}")) == 2
    assert leftovers(shop) == []


def test_a_delivery_that_finds_no_place_is_tried_until_it_does(shop: Shop) -> None:
    full = shop.config.folders.outbox / "full"
    full.touch()
    shop.add("a", "disk_full")
    shop.until(lambda: shop.of("a", Warned))
    assert shop.job("a").state is State.DELIVERING
    shop.add("b", "")
    assert shop.until_over("b").state is State.DONE, "other jobs go on meanwhile"
    full.unlink()
    job = shop.until_over("a")
    assert (job.state, job.attempts, len(deliveries(shop, "a"))) == (State.DONE, shop.runs("a"), 1)


def test_a_job_that_waits_for_the_outbox_can_be_cancelled(shop: Shop) -> None:
    (shop.config.folders.outbox / "full").touch()
    shop.add("a", "disk_full")
    shop.until(lambda: shop.of("a", Warned))
    shop.workers.cancel("a")
    assert shop.until_over("a").state is State.CANCELLED


def test_a_worker_that_cannot_warm_up_still_makes_jobs(config: Config) -> None:
    (config.folders.state / "warm_crashes").touch()
    with contextlib.closing(Shop(config)) as shop:
        shop.add("a", "")
        assert shop.until_over("a").state is State.DONE


def test_a_stopped_daemon_leaves_its_job_to_the_next(config: Config) -> None:
    with contextlib.closing(Shop(config)) as shop:
        shop.add("a", "sleep 0.5")
        shop.add("b", "")
        shop.until(lambda: shop.of("a", Progress))
    with contextlib.closing(Shop(config)) as shop:
        assert shop.until_over("a").state is State.DONE
        assert shop.until_over("b").state is State.DONE
        assert (shop.job("a").attempts, len(deliveries(shop, "a"))) == (2, 1)


def test_a_job_about_to_end_may_end_when_the_daemon_stops(config: Config) -> None:
    shop = Shop(config)
    shop.add("a", "sleep 0.2")
    shop.until(lambda: shop.of("a", Progress))
    shop.workers.stop(grace_seconds=20.0)
    assert shop.job("a").state is State.DONE
    shop.close()


def test_workers_yield_to_the_daemon_and_keep_to_their_threads(shop: Shop) -> None:
    shop.add("a", "")
    shop.until_over("a")
    (pid,) = shop.workers.pids
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 10


def test_an_idle_daemon_waits_without_waking_up(shop: Shop) -> None:
    shop.add("a", "")
    shop.until_over("a")
    (pid,) = shop.workers.pids
    threads = [thread.native_id for thread in threading.enumerate() if thread.name.startswith(("device", "worker"))]
    tasks = [*(Path(f"/proc/{os.getpid()}/task/{thread}/status") for thread in threads), Path(f"/proc/{pid}/status")]
    assert len(tasks) == 3

    def wakes() -> list[str]:
        return [line for task in tasks for line in task.read_text().splitlines() if line.startswith("voluntary")]

    deadline = time.monotonic() + PATIENCE_SECONDS  # what the job left to tidy up may take a while on a busy machine
    while before := wakes():
        time.sleep(0.5)
        if wakes() == before:
            return
        assert time.monotonic() < deadline, "it wakes up again and again"
