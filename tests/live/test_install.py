"""`stepbridge install live`: the files lie in the User Library, know the daemon's port, and can be taken back."""

import ast
import sys
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.commands.install import home_of
from bridge.commands.install_places import DAWS
from bridge.errors import RequestError
from tests.live.device import FOLDER


def files(library: Path) -> dict[str, bytes]:
    return {str(path.relative_to(library)): path.read_bytes() for path in library.rglob("*") if path.is_file()}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a User Library with AbletonOSC in it."""
    other = tmp_path / "User Library" / "Remote Scripts" / "AbletonOSC" / "__init__.py"
    other.parent.mkdir(parents=True)
    other.write_text("theirs", encoding="utf-8")
    return tmp_path / "User Library"


def install(library: Path, *words: str) -> None:
    config = library.parent / "config.yaml"
    config.write_text("osc: {port: 9999}\nfolders: {inbox: in, outbox: out, clips: [clips], state: state}\n", encoding="utf-8")
    assert main(["--config", str(config), "install", "live", "--to", str(library), *words]) == 0


def test_every_file_lies_where_live_looks_beside_abletonosc(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(library)
    install(library)
    put = set(files(library)) - set(before)
    script = {f"Remote Scripts/stepbridge/{path.name}" for path in (FOLDER / "stepbridge").glob("*.py")}
    device = {f"Presets/MIDI Effects/Max MIDI Effect/{name}" for name in ("stepbridge.amxd", "stepbridge_device.js")}
    assert put == script | device
    assert "Control Surface" in capsys.readouterr().out
    install(library, "--undo")
    assert files(library) == before
    assert sorted(path.name for path in library.iterdir()) == ["Remote Scripts"]


def test_script_and_device_know_the_daemon_s_port_and_the_device_is_whole(library: Path) -> None:
    install(library)
    settings = files(library)["Remote Scripts/stepbridge/settings.py"].decode()
    assert 'OSC_PORT = "9999"' in settings
    ast.parse(settings)
    effects = library / "Presets" / "MIDI Effects" / "Max MIDI Effect"
    assert 'DAEMON_PORT = "9999"' in (effects / "stepbridge_device.js").read_text(encoding="utf-8")
    assert (effects / "stepbridge.amxd").read_bytes() == (FOLDER / "stepbridge.amxd").read_bytes()


@pytest.mark.parametrize(
    ("platform", "folder"),
    [("darwin", "Music/Ableton/User Library"), ("win32", "Documents/Ableton/User Library")],
)
def test_the_user_library_is_found(platform: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OneDrive", str(tmp_path / "OneDrive"))
    assert home_of(DAWS["live"]) == tmp_path / folder
    if platform == "win32":
        (tmp_path / "OneDrive" / folder).mkdir(parents=True)
        assert home_of(DAWS["live"]) == tmp_path / "OneDrive" / folder


def test_on_linux_there_is_none_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(RequestError, match="no Ableton Live is known on this system"):
        home_of(DAWS["live"])
