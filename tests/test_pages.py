"""The page of each DAW: what it points at exists, and what it tells to type works."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from bridge.cli import COMMANDS
from bridge.commands.install_places import DAWS

ROOT = Path(__file__).parent.parent
INDEX = ROOT / "docs" / "README.md"
PAGES = sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("daw_templates/*/README.md")])


def targets(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    return [unquote(target.partition("#")[0]) for target in found if "://" not in target and not target.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_everything_a_page_points_at_exists(page: Path) -> None:
    assert [target for target in targets(page) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_on_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^)stepbridge ([a-z-]+)", text, re.MULTILINE)) <= set(COMMANDS)
    assert set(re.findall(r"stepbridge install ([a-z]+)", text)) <= set(DAWS)


@pytest.mark.parametrize("page", [page for page in PAGES if page != INDEX], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_page_is_in_the_index_has_pictures_and_takes_ten_minutes(page: Path) -> None:
    assert page.resolve() in {(INDEX.parent / target).resolve() for target in targets(INDEX)}
    text = page.read_text(encoding="utf-8")
    assert any(target.endswith(".png") for target in targets(page))
    assert re.search(r"[Tt]en minutes", text)


def test_every_daw_that_can_be_installed_is_in_the_index() -> None:
    assert {name for name in DAWS if f"daw_templates/{name}/" not in "".join(targets(INDEX))} <= {"live"}
