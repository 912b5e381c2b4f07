import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.cli import main
from tests.daw.studio import Studio
from tests.e2e.daemon import DEMO_CLIP


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    config = tmp_path / "config.yaml"
    config.write_text(
        yaml.safe_dump({"folders": {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}}),
        encoding="utf-8",
    )
    return Studio(tmp_path, config)


@pytest.fixture(scope="session")
def takes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two takes of one chorus at 97.3 BPM, and the two bars after it: manifests, with their folders."""
    return [
        _made(tmp_path_factory.mktemp("takes"), *words)
        for words in (
            (str(DEMO_CLIP), "--prompt", "rock", "--start-bar", "17", "--section", "chorus", "--random-seed", "1"),
            (str(DEMO_CLIP), "--prompt", "funk", "--start-bar", "17", "--section", "chorus", "--random-seed", "2"),
            ("--prompt", "rock", "--start-bar", "19"),
        )
    ]


@pytest.fixture
def made(takes: list[dict[str, Any]]) -> dict[str, Any]:
    return takes[0]


def _made(folder: Path, *words: str) -> dict[str, Any]:
    assert main(["generate", *words, "--bars", "2", "--bpm", "97.3", "--project", "song", "--out", str(folder), "--json"]) == 0
    (manifest,) = folder.rglob("manifest.json")
    return {**json.loads(manifest.read_text(encoding="utf-8")), "folder": manifest.parent}
