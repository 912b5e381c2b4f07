import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import DaemonError
from bridge.job import Job, State, Transport
from bridge.jobs.lock import StateLock
from bridge.jobs.store import Store
from bridge.request import Request


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as store:
        yield store


def job(job_id: str, **fields: object) -> Job:
    return Job(job_id, Request.parse(fields))


def add(store: Store, *jobs: Job) -> list[Job]:
    return store.add_many(jobs, {}, lambda _job: None)


def state(store: Store, job_id: str) -> State:
    found = store.job(job_id)
    assert found
    return found.state


def test_a_job_comes_back_as_it_was_also_from_another_process(store: Store, path: Path) -> None:
    request = Request.parse(
        {
            "prompt": "悲伤的大提琴 ♭",
            "clip": "verse",
            "seed_mode": "lock",
            "parts_in": {"bass": "b"},
            "chords": [{"beat": 0, "symbol": "Am"}],
            "tempo": [{"beat": 0, "bpm": 93.3}, {"beat": 8, "bpm": 100}],
            "windows": [{"from_bar": 1, "to_bar": 3, "text": 0.5}],
            "bit_depth": "32f",
            "key": "D小调",
        }
    )
    given = Job(
        "verse.1",
        request,
        transport=Transport(bpm=93.3, meter="7/8", is_playing=True),
        random_seed=2**53,
        clips=(("verse", "0" * 64), ("b", "1" * 64)),
        parent="/out/manifest.json",
        reply_to="udp:127.0.0.1:1",
        created=1763819077.123456,
    )
    add(store, given)
    with closing(Store(path)) as other:
        found = other.job("verse.1")
    assert found == given
    assert found.request.model_fields_set == request.model_fields_set


def test_states_move_only_as_the_contract_allows(store: Store) -> None:
    add(store, job("a"), job("b", variations=2))
    assert not store.delivering("a"), "a job that waits cannot be delivered"
    assert store.deliver("a", 1, "m") is None
    assert [claimed.id for claimed in iter(store.claim, None)] == ["a", "b"]
    assert store.delivering("a")
    assert store.deliver("a", 1, "/m1")
    assert (state(store, "a"), store.deliver("a", 1, "/m1")) == (State.DONE, None)
    assert not store.fail("a", "x", "y")
    assert not store.cancel("a", State.RUNNING, State.DELIVERING)
    assert not store.delivering("a")
    assert store.requeue("a") == 0
    assert store.retry("a") is None
    assert (state(store, "a"), store.job("a").error_code) == (State.DONE, "")  # type: ignore[union-attr]
    assert store.cancel("b", State.QUEUED) is False
    assert store.deliver("b", 2, "/m2")
    assert store.deliver("b", 2, "/again") is None
    done = store.deliver("b", 1, "/m1")
    assert done
    assert (done.state, done.manifests) == (State.DONE, ("/m1", "/m2"))


def test_what_was_left_unfinished_is_queued_again_before_later_jobs(path: Path) -> None:
    with closing(Store(path)) as store:
        add(store, *(job(f"{number}", variations=2) for number in range(4)))
        for _ in range(3):
            store.claim()
        store.deliver("1", 1, "/m")
        store.fail("2", "code", "text")
    with closing(Store(path)) as store:
        store.recover()
        claimed = list(iter(store.claim, None))
    assert [(each.id, each.attempts, each.manifests) for each in claimed] == [("0", 2, ()), ("1", 2, ("/m",)), ("3", 1, ())]


def test_many_threads_claim_each_job_once(store: Store) -> None:
    add(store, *(job(f"{number}") for number in range(200)))
    claimed: list[str] = []
    threads = [threading.Thread(target=lambda: claimed.extend(each.id for each in iter(store.claim, None))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed, key=int) == [f"{number}" for number in range(200)]


def test_a_failed_commit_keeps_nothing_of_a_burst_and_tells_nobody(store: Store) -> None:
    told: list[Job] = []
    bad = Job("b", Request.parse({}), random_seed=2**70)
    with pytest.raises(OverflowError):
        store.add_many([job("a"), bad], {"key": b"clip"}, told.append)
    assert (store.jobs(), told) == ([], [])
    assert [each.id for each in add(store, job("a"))] == ["a"]


def test_a_listing_shows_what_is_in_work_then_what_waits_then_what_is_over(store: Store) -> None:
    add(store, *(job(f"{number}") for number in range(6)))
    for _ in range(3):
        store.claim()
    store.fail("0", "", "")
    store.cancel("1", State.RUNNING)
    store.cancel("4", State.QUEUED)
    assert [each.id for each in store.jobs()] == ["2", "3", "5", "4", "1", "0"]
    assert [each.id for each in store.jobs(limit=4)] == ["2", "3", "5", "4"]
    assert [each.id for each in store.jobs(State.QUEUED)] == ["3", "5"]
    assert store.counts() == dict(zip(State, (2, 1, 0, 0, 1, 2), strict=True))


def test_progress_is_shown_while_a_job_runs_and_kept_where_it_failed(store: Store) -> None:
    add(store, job("a"))
    store.claim()
    store.progress("a", 0.25, "compose")
    assert [(each.fraction, each.stage) for each in store.jobs()] == [(0.25, "compose")]
    store.fail("a", "code", "text")
    assert [(each.fraction, each.stage, each.error_text) for each in store.jobs()] == [(0.25, "compose", "text")]


def test_clip_bytes_are_kept_for_as_long_as_something_needs_them(path: Path) -> None:
    def held() -> list[bytes]:
        with closing(sqlite3.connect(path)) as database:
            return [row[0] for row in database.execute("SELECT data FROM clip_bytes ORDER BY data")]

    with closing(Store(path)) as store:
        store.keep_clip("kept", "k1", b"replaced")
        store.keep_clip("kept", "k2", b"kept")
        waiting, over = (Job(name, Request(), clips=((name, name),)) for name in ("waiting", "over"))
        store.add_many([waiting, over], {"waiting": b"waiting", "over": b"over"}, lambda _job: None)
        store.cancel("over", State.QUEUED)
        assert held() == [b"kept", b"over", b"replaced", b"waiting"]
    with closing(Store(path)) as store:
        store.recover()
        assert held() == [b"kept", b"waiting"]
        assert (store.kept_clip("kept"), store.kept_clip("none"), store.clips_of(waiting)) == (
            b"kept",
            None,
            {"waiting": b"waiting"},
        )


def test_a_commit_is_on_the_disk_before_it_is_told(store: Store) -> None:
    with store._reading() as run:
        assert (run("PRAGMA journal_mode").fetchone()[0], run("PRAGMA synchronous").fetchone()[0]) == ("wal", 2)


@pytest.mark.parametrize(
    ("statement", "said"),
    [("CREATE TABLE theirs (x)", "another program"), ("PRAGMA user_version = 99", "another version")],
)
def test_a_foreign_database_is_left_alone_and_said(path: Path, statement: str, said: str) -> None:
    if said == "another version":
        Store(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
    before = path.read_bytes()
    with pytest.raises(DaemonError, match=said):
        Store(path)
    assert path.read_bytes() == before


def test_a_store_that_cannot_be_written_says_so(path: Path) -> None:
    with closing(Store(path)) as store:
        with closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE jobs")
        with pytest.raises(DaemonError) as raised:
            add(store, job("a"))
    assert raised.value.code == "store_failed"


def test_a_state_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DaemonError, match=r"folders\.state"):
        StateLock(tmp_path / "file" / "state")
