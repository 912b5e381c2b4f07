"""A song asked for section by section, at odd tempi and meters with tempo changes inside: its sections meet to the sample."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.e2e.daemon import Client, Daemon
from tests.outbox.dawproject_player import Player

PARTS = ("lead", "chords", "bass", "drums")
RATE = 48000


@pytest.mark.parametrize(("meter", "bar"), [("5/4", 5.0), ("6/8", 3.0)])
def test_neighbours_join_in_the_files_and_in_the_dawproject(daemon: Daemon, client: Client, meter: str, bar: float) -> None:
    tempo = [{"beat": 0, "bpm": 97.3}, {"beat": 2 * bar + 1, "bpm": 71.9}, {"beat": 3 * bar, "bpm": 133.7}]
    project = f"seams in {meter[0]}"
    common = ("meter", meter, "tempo", json.dumps(tempo), "project", project, "prompt", "rock", "sample_rate_hz", RATE)
    song = [
        client.make(f"{name}-{meter[0]}", "section", name, "start_bar", start_bar, "bars", bars, *common)
        for name, start_bar, bars in (("verse", 2, 2), ("chorus", 4, 1), ("outro", 5, 2))
    ]
    for before, after in pairwise(song):
        assert before["section"]["start_sample"] + before["section"]["frames"] == after["section"]["start_sample"]
    _check_export(daemon, project, song)


def _check_export(daemon: Daemon, project: str, song: list[dict[str, Any]]) -> None:
    done = daemon.run("export", "--dawproject", project, project, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["takes"], said["warnings"]) == (3, [])
    player = Player(Path(said["file"]).read_bytes())
    start, end = song[0]["section"]["start_sample"], song[-1]["section"]["start_sample"] + song[-1]["section"]["frames"]
    assert [beat for beat, _ in player.markers] == [take["section"]["start_beat"] for take in song]
    assert round(player.seconds(song[0]["section"]["start_beat"]) * RATE) == start
    for part in PARTS:
        sound, count = player.rendered(part, end)
        assert not count[:start].any()
        assert (count[start:] == 1).all()
        files = [soundfile.read(take["folder"] / f"{part}.wav", dtype="float32")[0] for take in song]
        assert np.array_equal(sound[start:], np.concatenate(files))
