"""A clip goes in over OSC from outside; bar-exact stems and MIDI land in the watch folder."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi
import pyloudnorm
import pytest
import soundfile
import wavinfo

from tests.e2e.daemon import DEMO_CLIP, Client, Daemon
from tests.peers import require_peer

PARTS = ["lead", "chords", "bass", "drums"]
TICKS_PER_BEAT = 960


@pytest.fixture(scope="module")
def made(daemon: Daemon) -> dict[str, Any]:
    with daemon.client() as client:
        client.keep_demo_clip()
        pairs = ("clip", "theme", "prompt", "epic battle theme, brass and drums", "section", "chorus")
        return client.make("made", *pairs, "bars", 6, "start_bar", 17, "bpm", 97.3, "random_seed", 5)


def onsets(path: Path) -> list[tuple[float, int]]:
    """Return (beat, pitch) of every note, by a reader that is not ours; it believes the file's own tempo."""
    midi = pretty_midi.PrettyMIDI(str(path))
    return sorted((round(midi.time_to_tick(note.start) / midi.resolution, 3), note.pitch) for note in midi.instruments[0].notes)


def sound(made: dict[str, Any], name: str) -> Any:
    return soundfile.read(made["folder"] / f"{name}.wav", dtype="float64")[0]


def test_the_folder_holds_what_the_contract_lists(made: dict[str, Any]) -> None:
    assert made["folder"].parent.name == "untitled"
    assert made["folder"].name.startswith("chorus_b17_v001_")
    files = {path.name for path in made["folder"].iterdir()}
    always = {"score.mid", "mix.wav", "overview.png", "report.md", "session.dawproject", "manifest.json"}
    assert always | {f"{part}.{end}" for part in PARTS for end in ("wav", "mid")} <= files
    assert not [path for path in made["folder"].parent.iterdir() if path.name.startswith(".")]


def test_every_stem_is_as_long_as_the_section_on_the_timeline(made: dict[str, Any]) -> None:
    start, end = (round(bars * 4 * 60 / 97.3 * 48000) for bars in (16, 22))
    assert made["section"]["start_sample"] == start
    for name in [*PARTS, "mix"]:
        info = soundfile.info(made["folder"] / f"{name}.wav")
        assert (info.frames, info.samplerate, info.channels, info.subtype) == (end - start, 48000, 2, "PCM_24")


def test_every_stem_says_where_it_belongs(made: dict[str, Any]) -> None:
    for name in [*PARTS, "mix"]:
        info = wavinfo.WavInfoReader(str(made["folder"] / f"{name}.wav"))
        assert info.bext.time_reference == made["section"]["start_sample"]


def test_the_melody_is_kept_note_for_note_and_repeated(made: dict[str, Any]) -> None:
    clip = onsets(DEMO_CLIP)
    wanted = [(beat + turn, pitch) for turn in (0.0, 16.0) for beat, pitch in clip if beat + turn < 24.0]
    assert onsets(made["folder"] / "lead.mid") == sorted(wanted)


def test_the_stems_sum_to_the_mix_and_the_mix_has_its_level(made: dict[str, Any]) -> None:
    mix = sound(made, "mix")
    error = np.abs(np.sum([sound(made, part) for part in PARTS], axis=0) - mix).max()
    assert 20 * np.log10(max(error, 1e-12)) < -90
    assert abs(pyloudnorm.Meter(48000).integrated_loudness(mix) + 16.0) < 0.5
    assert np.abs(mix).max() <= 10 ** (-1 / 20)


def test_every_part_is_heard(made: dict[str, Any]) -> None:
    for part in PARTS:
        assert np.sqrt(np.mean(sound(made, part) ** 2)) > 10 ** (-45 / 20), part


def test_the_same_id_again_is_the_same_job(daemon: Daemon, made: dict[str, Any], client: Client) -> None:
    client.send("/stepbridge/generate", "made", "bars", 1)
    assert client.wait_for("accepted") == ["made"]
    assert client.wait_for("done") == ["made", str(made["folder"] / "manifest.json")]
    assert len(list(daemon.outbox.glob("untitled/chorus_b17_*"))) == 1


def test_the_same_request_and_seed_give_the_same_bytes(client: Client) -> None:
    takes = [client.make(name, "prompt", "bossa nova", "bars", 2, "random_seed", 9) for name in ("once", "twice")]
    hashes = [{stem["part"]: stem["sha256"] for stem in take["midi"]} for take in takes]
    assert hashes[0] == hashes[1]
    assert np.array_equal(sound(takes[0], "mix"), sound(takes[1], "mix"))


def test_liblo_s_oscsend_triggers_the_same(daemon: Daemon) -> None:
    require_peer("oscsend")
    words = ["oscsend", "localhost", str(daemon.osc_port), "/stepbridge/generate", "ssssi"]
    with daemon.client() as listener:
        listener.send("/stepbridge/subscribe")
        subprocess.run([*words, "liblo", "prompt", "忧伤的大提琴独奏，70 BPM", "bars", "2"], check=True)
        manifest = json.loads(Path(listener.wait_for("done")[1]).read_text(encoding="utf-8"))
    assert manifest["tempo"] == [{"beat": 0.0, "bpm": 70.0}]
    assert next(stem["program"] for stem in manifest["stems"] if stem["part"] == "lead") == 42


def test_a_clip_in_the_inbox_is_a_request(daemon: Daemon) -> None:
    with daemon.client() as listener:
        listener.send("/stepbridge/subscribe")
        listener.send("/stepbridge/ping")
        listener.wait_for("pong")
        inbox = daemon.folder / "inbox"
        (inbox / "drop.json").write_text('{"bars": 3, "prompt": "waltz", "project": "dropped"}', encoding="utf-8")
        (inbox / "drop.mid").write_bytes(DEMO_CLIP.read_bytes())
        manifest = Path(listener.wait_for("done")[1])
    assert manifest.parent.parent.name == "dropped"
    assert (inbox / "done" / "drop.mid").exists()


def test_a_request_for_the_moon_is_refused_in_one_sentence(client: Client) -> None:
    client.send("/stepbridge/generate", "moon", "bars", 0)
    assert client.receive() == ("/stepbridge/error", ["moon", "bad_value", "bars: must be 1 or more (got 0)"])
