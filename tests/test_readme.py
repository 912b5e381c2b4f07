import re
from pathlib import Path

import pytest

from bridge.cli import COMMANDS, main
from tests.readme_tables import ROOMS, ROOT, filled

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_what_the_code_says() -> None:
    assert filled(README) == README, "run: python -m tests.readme_tables"


def test_every_room_of_the_house_is_in_the_table() -> None:
    rooms = {path.name for path in (ROOT / "bridge").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__.py", "__main__.py"} == set(ROOMS)


def test_every_command_in_the_readme_exists() -> None:
    blocks = re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    used = {name for block in blocks for name in re.findall(r"^stepbridge ([\w-]+)", block, re.MULTILINE)}
    assert used <= set(COMMANDS)
    assert "serve" in used


def test_every_file_the_readme_points_at_exists() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r"`((?:bridge|tests|bench|daw_templates)/[\w./-]+)`", README)
    missing = [name for name in named if "://" not in name and not Path(ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 0
    assert "usage: stepbridge" in capsys.readouterr().out
