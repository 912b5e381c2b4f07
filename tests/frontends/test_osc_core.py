"""The OSC door before the real core: store, workers in their own process, restart."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bridge.core import Core
from bridge.frontends.inbox import Inbox
from bridge.frontends.osc import OscServer
from bridge.frontends.osc_packet import BUNDLE, encode
from bridge.job import State
from tests.frontends.osc_client import OscClient, soon
from tests.frontends.osc_core import answering, free_port


class Daemon:
    """A core whose workers do what the prompt says (`job_runner`), with the OSC door and the inbox; may be started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = free_port(folder)
        for path in (self.config.folders.state, self.config.folders.outbox, self.config.folders.inbox):
            path.mkdir()

    def start(self) -> None:
        self._parts = ExitStack()
        self.core = Core(self.config, runner="job_runner")
        self.core.start()
        self._parts.callback(self.core.stop)
        self.server: OscServer = self._parts.enter_context(answering(self.core, self.folder))
        inbox = Inbox(self.core, self.config, scan_s=0.02)
        inbox.start()
        self._parts.callback(inbox.stop)

    def stop(self) -> None:
        self._parts.close()


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "jobs"))
    daemon = Daemon(tmp_path)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()


def test_a_request_is_accepted_then_progresses_then_is_done(daemon: Daemon) -> None:
    with OscClient(daemon.server.port, timeout_s=20.0) as client:
        client.send("generate", "a", "prompt", "sleep 0.3", "variations", 2)
        answers = client.until("done")
        answers += client.until("done")
    kinds = [address for address, _ in answers]
    assert kinds[0] == "accepted"
    assert set(kinds[1:]) == {"progress", "done"}
    assert kinds.count("done") == 2
    fractions = [answer[1] for address, answer in answers if address == "progress"]
    assert fractions == sorted(fractions)
    assert all(Path(answer[1]).exists() for address, answer in answers if address == "done")


def test_a_running_job_is_cancelled_and_said_so_once(daemon: Daemon) -> None:
    with OscClient(daemon.server.port, timeout_s=20.0) as client:
        client.send("generate", "a", "prompt", "sleep 30")
        client.until("progress")
        client.send("cancel", "a")
        assert client.until("cancelled")[-1] == ("cancelled", ["a"])
        assert client.waiting() == []
    assert daemon.core.job("a").state is State.CANCELLED


def test_a_failure_is_told_with_its_code(daemon: Daemon) -> None:
    with OscClient(daemon.server.port, timeout_s=20.0) as client:
        client.send("generate", "a", "prompt", "refuse no_bars")
        assert client.until("error")[-1] == ("error", ["a", "no_bars", "the composer needs at least one bar"])


def test_after_a_restart_the_sender_still_hears_how_its_job_ends(daemon: Daemon) -> None:
    with OscClient(daemon.server.port, timeout_s=20.0) as client:
        client.send("generate", "a", "prompt", "sleep 1")
        client.until("progress")
        daemon.core._workers.stop(grace_seconds=0.0)  # as if the machine went down
        daemon.stop()
        client.hear_everybody()
        daemon.start()
        assert client.until("done")[-1][1][0] == "a"
    assert daemon.core.job("a").attempts == 2


def test_a_burst_in_one_bundle_is_accepted_in_order_and_all_of_it_is_done(daemon: Daemon) -> None:
    packets = [encode("/stepbridge/generate", f"job{number}") for number in range(50)]
    with OscClient(daemon.server.port, timeout_s=20.0) as client:
        client.send_bytes(BUNDLE + bytes(8) + b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets))
        heard = [client.receive() for _ in packets]
        assert heard == [("accepted", [f"job{number}"]) for number in range(50)]
        soon(lambda: len(daemon.core.jobs(State.DONE)) == 50)


def test_a_clip_in_pieces_is_kept_and_used(daemon: Daemon) -> None:
    with OscClient(daemon.server.port, timeout_s=20.0) as client:
        client.send("clip/begin", "c", 2, 4.0)
        client.send("clip/notes", "c", 0, 60, 0, 1, 90, 62, 1, 1, 90)
        assert client.ask("clip/end", "c") == ("clip/ok", ["c", 2])
        client.send("generate", "a", "clip", "c")
        assert client.until("done")[0] == ("accepted", ["a"])
        assert client.ask("generate", "b", "clip", "nowhere")[1][:2] == ["b", "unknown_clip"]


def test_a_file_in_the_inbox_is_a_job_and_one_that_fails_comes_back(daemon: Daemon) -> None:
    inbox = daemon.config.folders.inbox
    (inbox / "good.json").write_text('{"prompt": ""}')
    (inbox / "bad.json").write_text('{"prompt": "refuse no_bars"}')
    soon(lambda: (inbox / "failed" / "bad.json").exists() and (inbox / "done" / "good.json").exists())
    assert (inbox / "failed" / "bad.error.txt").read_text() == "no_bars: the composer needs at least one bar\n"
