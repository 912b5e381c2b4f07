from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.live.studio import Studio

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
