"""The whole circle: the script in a Live of the tests, and the real daemon."""

import json
import time
from pathlib import Path

import pytest

from tests.e2e.daemon import PATIENCE_SECONDS, Daemon
from tests.live.conftest import Make
from tests.live.studio import TUNE, Studio

RATE = 48000


def until_imported(studio: Studio, steps: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(studio.live.undo) < steps:
        assert time.monotonic() < deadline, studio.said
        time.sleep(0.02)
        studio.tick()


def sample_of(studio: Studio, beat: float) -> float:
    return beat * 60.0 / studio.song.tempo * RATE


@pytest.mark.parametrize("version", [(12, 3, 6), (12, 0, 5)], ids=str)
def test_a_clip_goes_out_and_the_take_lies_at_its_beats_to_the_sample(
    daemon: Daemon, studio_of: Make, version: tuple[int, int, int]
) -> None:
    studio = studio_of(version, daemon.config)
    studio.song.signature_numerator, studio.song.tempo = 3, 133.7
    clip = studio.add_clip(30.0, 6.0)
    studio.start()
    clip.name = "chorus 4: sad cello ballad >>"
    until_imported(studio, 2)
    assert clip.name == "chorus 4: sad cello ballad"
    lead = studio.song.track("lead").sounds[0]
    manifest = json.loads(Path(lead.file_path).with_name("manifest.json").read_text(encoding="utf-8"))
    section = manifest["section"]
    assert (section["name"], section["start_bar"], section["bars"]) == ("chorus", 11, 4)
    assert (manifest["project"], manifest["key"].lower()) == ("song", "d minor")
    for stem in manifest["stems"]:
        placed = studio.song.track(stem["part"]).sounds[0]
        assert (placed.warping, placed.loop_start) == (False, 0.0)
        assert Path(placed.file_path).name == stem["file"]
        assert sample_of(studio, placed.start_time) == pytest.approx(section["start_sample"], abs=0.51)
        length = sample_of(studio, placed.end_time) - sample_of(studio, placed.start_time)
        assert length == pytest.approx(section["frames"], abs=0.01)
    heard = studio.song.track("lead MIDI").midi[0]
    assert (heard.start_time, heard.end_time) == (30.0, 42.0)
    notes = sorted((note.start_time, note.pitch) for note in heard.notes)
    assert notes[: len(TUNE)] == [(start, pitch) for start, _, pitch, _ in TUNE]
    assert studio.said[-1] == "stepbridge: chorus, bar 11: on the timeline"
    assert len(studio.live.undo) == 2  # the clip's name, and the take
