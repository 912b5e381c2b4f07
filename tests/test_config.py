from pathlib import Path

import pytest
import yaml

from bridge.config import Config, load, parse, read
from bridge.errors import ConfigError

ROOT = Path(__file__).parent.parent


def test_the_config_file_shows_every_setting_with_its_default() -> None:
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    assert read(ROOT / "config.yaml") == parse({}, ROOT)
    assert _keys(settings) == _keys(Config().model_dump())


def _keys(tree: object, path: str = "") -> set[str]:
    if not isinstance(tree, dict):
        return {path}
    return {key for name, branch in tree.items() for key in _keys(branch, f"{path}.{name}")}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"osc": {"prt": 1}}, "osc.prt: unknown setting; did you mean port"),
        ({"moon": 1}, "moon: unknown setting; .*osc, rest, folders"),
        ({"threads": 0}, "threads: "),
        ({"rest": {"host": "0.0.0.0"}}, "rest.*token.* must be set"),  # noqa: S104 - refused, not bound
        ({"osc": "here"}, "osc: "),
        ({"folders": {"clips": 5}}, "folders.clips"),
        ({"midi": {"record_by": "pedal"}}, 'midi.record_by: .*is written like "cc 64"'),
        ({"midi": {"stop_by": "note 128"}}, "midi.stop_by: .*0 to 127"),
        ({"midi": {"clip": "a b"}}, "midi.clip: .*is no id"),
        ({"hum": {"voices": 2}}, "hum.voices: .*'auto', 'one' or 'several'"),
        ({"midi": {"quantise": 2}}, "midi.quantise"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse(settings, ROOT)


def test_relative_folders_count_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("folders: {inbox: in, clips: [a, b]}", encoding="utf-8")
    folders = read(tmp_path / "c.yaml").folders
    assert (folders.inbox, folders.clips) == (tmp_path / "in", (tmp_path / "a", tmp_path / "b"))


@pytest.mark.parametrize("text", ["osc: [", "- 1", "just words", "\x00", "osc: {port: 1, port: 2}"])
def test_a_file_that_is_no_list_of_settings_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        read(tmp_path / "c.yaml")


def test_the_settings_of_the_environment_come_before_those_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text("threads: 2", encoding="utf-8")
    (tmp_path / "other.yaml").write_text("threads: 3", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STEPBRIDGE_CONFIG", raising=False)
    assert load().threads == 2
    monkeypatch.setenv("STEPBRIDGE_CONFIG", str(tmp_path / "other.yaml"))
    assert load().threads == 3
    assert load(tmp_path / "config.yaml").threads == 2


def test_a_missing_file_that_was_named_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yaml")
