"""What the MIDI files of a delivery tell a DAW beside the notes."""

import json
from pathlib import Path

import mido
import pytest
import yaml

from bridge.cli import main
from bridge.outbox.delivery import deliver
from bridge.outbox.reading import read_take
from bridge.step import ignore
from tests.outbox import takes


def delivered(outbox: Path, *, midi_tempo: bool) -> Path:
    place = takes.section(3, 5, "6/8", tempo_changes=True)
    brief = takes.brief(place)
    return deliver(takes.take(place), takes.job(), brief, 1, outbox, timings={}, step=ignore, midi_tempo=midi_tempo)


def events(path: Path, kind: str) -> list[mido.MetaMessage]:
    return [message for track in mido.MidiFile(path, charset="utf-8").tracks for message in track if message.type == kind]


@pytest.mark.usefixtures("undrawn")
def test_the_score_names_chords_and_markers_and_each_part_has_the_tempo(tmp_path: Path) -> None:
    folder = delivered(tmp_path, midi_tempo=True).parent
    assert [event.text for event in events(folder / "score.mid", "text")] == ["Dm", "Bb/D"]
    assert [event.text for event in events(folder / "score.mid", "marker")] == ["chorus", "Schluß 尾"]
    assert not events(folder / "lead.mid", "text")
    for path in folder.glob("*.mid"):
        assert len(events(path, "set_tempo")) == 2


@pytest.mark.usefixtures("undrawn")
def test_without_tempo_the_files_are_otherwise_whole_and_can_be_worked_on(tmp_path: Path) -> None:
    manifest = delivered(tmp_path, midi_tempo=False)
    for path in manifest.parent.glob("*.mid"):
        assert not events(path, "set_tempo")
        assert [(event.numerator, event.denominator) for event in events(path, "time_signature")] == [(6, 8)]
        assert next(sum(message.time for message in track) for track in mido.MidiFile(path).tracks) == 9 * 960
    place = takes.section(3, 5, "6/8", tempo_changes=True)
    assert read_take(manifest).score == takes.take(place).score
    assert json.loads(manifest.read_text(encoding="utf-8"))["tempo"][0]["bpm"] == 97.3


def test_the_setting_reaches_what_is_made(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
    config.write_text(yaml.safe_dump({"folders": folders, "delivery": {"midi_tempo": False}}), encoding="utf-8")
    words = ["generate", "--prompt", "rock", "--bars", "1", "--parts", "bass", "--out", str(tmp_path / "takes")]
    assert main(["--config", str(config), *words, "--json"]) == 0
    (path,) = (tmp_path / "takes").rglob("score.mid")
    assert not events(path, "set_tempo")
    assert events(path, "text")
