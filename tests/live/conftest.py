from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.daw.conftest import takes
from tests.live.ear import Ear, Talk
from tests.live.studio import Studio

__all__ = ["takes"]
Make = Callable[..., Studio]


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
