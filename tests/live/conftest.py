from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.daw.conftest import takes
from tests.e2e.daemon import Daemon
from tests.live.ear import Ear, Talk
from tests.live.fake_ableton_osc import TUNE, FakeAbletonOsc
from tests.live.studio import Studio

__all__ = ["takes"]
Make = Callable[..., Studio]


@pytest.fixture(scope="session")
def ableton_osc() -> Iterator[FakeAbletonOsc]:
    """An AbletonOSC that the daemon below knows of."""
    with FakeAbletonOsc(TUNE) as live:
        yield live


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory, ableton_osc: FakeAbletonOsc) -> Iterator[Daemon]:
    """The real daemon, one for all tests of this folder: its first job is slow."""
    daemon = Daemon(tmp_path_factory.mktemp("daemon"))
    settings = yaml.safe_load(daemon.config.read_text(encoding="utf-8"))
    settings |= {"composer": "rules", "live": {"port": ableton_osc.port, "reply_port": ableton_osc.reply_port}}
    daemon.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    yield daemon.start()
    daemon.stop()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
    path.write_text(yaml.safe_dump({"folders": folders}), encoding="utf-8")
    return path


@pytest.fixture
def studio_of(tmp_path: Path, config: Path) -> Iterator[Make]:
    """Return a way to start a Live of some version; it is stopped after the test."""
    made: list[Studio] = []

    def start(version: tuple[int, int, int] = (12, 3, 6), config_of: Path = config) -> Studio:
        made.append(Studio(tmp_path, config_of, version))
        return made[-1]

    yield start
    for studio in made:
        studio.stop()


@pytest.fixture
def talk_of(studio_of: Make, config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Talk]]:
    """Return a way to start a Live of some version whose daemon is the test."""
    with Ear() as ear:
        settings = yaml.safe_load(config.read_text(encoding="utf-8"))
        config.write_text(yaml.safe_dump({**settings, "osc": {"port": ear.port}}), encoding="utf-8")

        def start(version: tuple[int, int, int] = (12, 3, 6), *, is_heard: bool = True) -> Talk:
            studio = studio_of(version)
            studio.start()
            talk = Talk(ear, studio)
            monkeypatch.setattr(studio.module("surface").time, "monotonic", lambda: talk.now)
            studio.tick()
            if is_heard:
                ear.heard()
            return talk

        yield start


@pytest.fixture
def talk(talk_of: Callable[..., Talk]) -> Talk:
    return talk_of()
