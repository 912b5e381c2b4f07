"""REST before the real core: a clip goes in, stems and audio come out."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mido
import pytest
import soundfile
from websockets.sync.client import connect

from bridge.config import Config, parse
from bridge.core import Core
from tests.frontends.rest_serving import serving

PITCHES = (62, 65, 69, 67, 65, 64, 62, 57)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
    config = parse({"folders": folders}, tmp_path_factory.mktemp("daemon"))
    for folder in (config.folders.outbox, config.folders.state, *config.folders.clips):
        folder.mkdir(parents=True)
    return config


@pytest.fixture(scope="module")
def client(config: Config) -> Iterator[httpx.Client]:
    core = Core(config)
    core.start()
    with serving(core, config) as client:
        yield client
    core.stop()


def melody() -> bytes:
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(120))])
    for pitch in PITCHES:
        track += [mido.Message("note_on", note=pitch, velocity=90), mido.Message("note_off", note=pitch, time=480)]
    file = io.BytesIO()
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(file=file)
    return file.getvalue()


def lead_of(data: bytes) -> list[int]:
    file = mido.MidiFile(file=io.BytesIO(data))
    return [message.note for message in file if message.type == "note_on" and message.velocity > 0]


def test_a_clip_becomes_stems_while_the_websocket_tells_of_it(client: httpx.Client, config: Config) -> None:
    address = str(client.base_url.join("/v1/events?id=hook-1")).replace("http:", "ws:")
    with connect(address) as events:
        fields = {"id": "hook-1", "prompt": "gentle folk guitar", "start_bar": "9", "project": "我的歌"}
        answer = client.post("/v1/jobs", data=fields, files={"clip": ("hook.mid", melody())})
        assert answer.status_code == 202, answer.text
        told: list[dict[str, Any]] = []
        while not told or told[-1]["event"] not in {"done", "error"}:
            told.append(json.loads(events.recv(timeout=50)))
    assert [event["event"] for event in told if event["event"] != "progress"] == ["accepted", "done"], told[-1]
    fractions = [event["fraction"] for event in told if event["event"] == "progress"]
    assert fractions == sorted(fractions)
    job = client.get("/v1/jobs/hook-1").json()
    assert (job["state"], job["fraction"]) == ("done", 1.0)
    files = {file["name"]: file for file in job["deliveries"][0]["files"]}
    assert Path(told[-1]["manifest_path"]).is_relative_to(config.folders.outbox)
    assert {"lead.wav", "chords.wav", "bass.wav", "drums.wav", "mix.wav", "score.mid", "overview.png", "manifest.json"} <= set(
        files
    )
    manifest = client.get(files["manifest.json"]["url"]).json()
    assert (manifest["section"]["start_bar"], manifest["section"]["bars"]) == (9, 2)
    for name in ("lead.wav", "drums.wav", "mix.wav"):
        samples = soundfile.info(io.BytesIO(client.get(files[name]["url"]).content))
        assert (samples.frames, samples.samplerate) == (4 * 48000, 48000)
    assert lead_of(client.get(files["lead.mid"]["url"]).content) == list(PITCHES)


@pytest.mark.parametrize("name", ["wav", "mp3"])
def test_music_is_answered_with_the_melody_in_it(client: httpx.Client, name: str) -> None:
    order = {
        "prompt": "music box lullaby, 90 BPM",
        "duration_seconds": 5.5,
        "use_melody_seed": True,
        "melody_seed": base64.b64encode(melody()).decode(),
        "output_format": name,
    }
    answer = client.post("/generate_music", json=order, timeout=50)
    assert answer.status_code == 200, answer.text
    samples, rate_hz = soundfile.read(io.BytesIO(answer.content))
    assert len(samples) / rate_hz == pytest.approx(5.5, abs=1 / rate_hz)
    job = answer.headers["x-stepbridge-job"]
    assert lead_of(client.get(f"/v1/jobs/{job}/files/lead.mid").content)[: len(PITCHES)] == list(PITCHES)


def test_a_kept_clip_is_named_by_its_id(client: httpx.Client) -> None:
    kept = client.post("/v1/clips", params={"id": "riff"}, content=melody(), headers={"Content-Type": "audio/midi"})
    assert kept.json() == {"id": "riff", "notes": len(PITCHES)}
    means = client.post("/v1/understand", json={"clip": "riff"}).json()
    assert (means["seed_notes"], means["bars"], means["bpm"]) == (len(PITCHES), 2, 120)
    unknown = client.post("/v1/jobs", json={"clip": "nobody"})
    assert (unknown.status_code, unknown.json()["error"]["field"]) == (400, "clip")


def test_the_figures_of_the_real_core_are_prometheus_text(client: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert "stepbridge_queue_length 0.0" in lines
    assert any(line.startswith('stepbridge_jobs{state="done"} ') for line in lines)
    assert client.get("/v1/engines").json()["engines"][0]["is_ready"]
