from pathlib import Path

import pytest
import yaml

from tests.daw.studio import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    config = tmp_path / "config.yaml"
    config.write_text(
        yaml.safe_dump({"folders": {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}}),
        encoding="utf-8",
    )
    return Studio(tmp_path, config)
