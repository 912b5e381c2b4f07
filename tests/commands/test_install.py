"""`stepbridge install`: what it puts into a DAW's folder, and that all of it can be taken back."""

import json
import sys
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.commands.install import home_of, rendered
from bridge.commands.install_places import DAWS, templates
from bridge.errors import RequestError

STARTUP = 'reaper.ShowConsoleMsg("mine")\n'


class Machine:
    """A DAW's folder and a config."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "REAPER"
        self.config = folder / "config.yaml"
        self.config.write_text('folders: {inbox: "in ö\'", outbox: out, clips: [clips], state: state}\n', encoding="utf-8")

    def install(self, *words: str) -> None:
        assert main(["--config", str(self.config), "install", "reaper", "--to", str(self.home), *words]) == 0

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.home)): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_every_file_lies_where_the_daw_looks_and_is_named(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.install()
    files = set(machine.files())
    assert {"Scripts/stepbridge/stepbridge_send.lua", "Scripts/__startup.lua", "OSC/stepbridge.ReaperOSC"} < files
    said = capsys.readouterr().out
    assert all(str(machine.home / name) in said for name in files)
    assert "\nREAPER: Restart REAPER" in said


def test_undo_leaves_the_folder_as_it_was(machine: Machine) -> None:
    script = machine.home / "Scripts" / "__startup.lua"
    script.parent.mkdir(parents=True)
    script.write_text(STARTUP, encoding="utf-8")
    own = machine.home / "OSC" / "stepbridge.ReaperOSC"
    own.parent.mkdir()
    own.write_text("mine", encoding="utf-8")
    before = machine.files()
    machine.install()
    assert script.read_text(encoding="utf-8").startswith(STARTUP)
    assert own.with_name("stepbridge.ReaperOSC.before-stepbridge").read_text(encoding="utf-8") == "mine"
    assert own.read_text(encoding="utf-8") != "mine"
    machine.install()
    machine.install("--undo")
    assert machine.files() == before
    assert sorted(path.name for path in machine.home.iterdir()) == ["OSC", "Scripts"]


def test_installing_again_changes_nothing_and_takes_over_newer_files(machine: Machine) -> None:
    machine.install()
    before = machine.files()
    machine.install()
    assert machine.files() == before
    machine.config.write_text("folders: {inbox: elsewhere, outbox: out, clips: [clips], state: state}\n", encoding="utf-8")
    machine.install()
    assert b"elsewhere" in machine.files()["Scripts/stepbridge/stepbridge_settings.lua"]
    assert set(machine.files()) == set(before)


def test_what_was_edited_since_is_kept(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.install()
    settings = machine.home / "Scripts" / "stepbridge" / "stepbridge_settings.lua"
    settings.write_text("return {}", encoding="utf-8")
    machine.install("--undo")
    assert machine.files() == {"Scripts/stepbridge/stepbridge_settings.lua": b"return {}"}
    assert f"leave     {settings} (changed since)" in capsys.readouterr().out


def test_a_dry_run_touches_nothing(machine: Machine) -> None:
    machine.install("--dry-run")
    assert not machine.home.exists()
    machine.install()
    before = machine.files()
    machine.install("--undo", "--dry-run")
    assert machine.files() == before


def test_undo_without_an_install_says_so(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.install("--undo")
    assert capsys.readouterr().out == f"nothing was installed in {machine.home}\n"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_daw_has_a_folder_on_its_systems(platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path / "AppData" / "Roaming"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "AppData" / "Local"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for daw in DAWS.values():
        if platform in daw.homes:
            assert home_of(daw).is_relative_to(tmp_path)
            continue
        with pytest.raises(RequestError, match="name its folder with --to"):
            home_of(daw)


def test_the_folder_that_exists_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / ".config" / "REAPER").mkdir(parents=True)
    assert home_of(DAWS["reaper"]) == tmp_path / ".config" / "REAPER"


def test_every_row_of_the_table_has_files() -> None:
    for name, daw in DAWS.items():
        for row in daw.rows:
            assert list((templates() / (daw.folder or name)).glob(row.files)), (name, row)


def test_values_are_quoted_as_the_script_needs_them(tmp_path: Path) -> None:
    source = tmp_path / "settings.lua"
    source.write_text('inbox = "@inbox@"', encoding="utf-8")
    value = 'C:\\Users\\Zoë "Z"'
    assert json.loads(rendered(source, {"inbox": value}).decode().removeprefix("inbox = ")) == value
