"""The command line as people and scripts use it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.e2e.daemon import DEMO_CLIP, Daemon
from tests.peers import require_peer

WISH = {
    "prompt": "A joyful piano melody with light strings, suitable for a children's cartoon, 120 BPM",
    "duration_seconds": 60,
    "temperature": 0.85,
    "top_k": 40,
    "use_melody_seed": False,
    "output_format": "wav",
}


@pytest.fixture
def alone(tmp_path: Path) -> Daemon:
    """Settings without a daemon that runs by them."""
    return Daemon(tmp_path)


def test_generate_works_without_a_daemon_and_prints_the_manifest(alone: Daemon, tmp_path: Path) -> None:
    words = (
        "generate",
        str(DEMO_CLIP),
        "--prompt",
        "sad cello ballad",
        "--bars",
        "2",
        "--start-bar",
        "9",
        "--out",
        "takes",
        "--json",
    )
    ran = alone.run(*words)
    assert (ran.returncode, ran.stderr) == (0, "")
    (line,) = ran.stdout.splitlines()
    manifest = Path(json.loads(line)["manifest"])
    assert manifest.parent.parent.parent == tmp_path / "takes"
    assert json.loads(manifest.read_text(encoding="utf-8"))["section"]["start_bar"] == 9


def test_what_is_asked_wrongly_is_told_with_exit_code_2(alone: Daemon) -> None:
    ran = alone.run("generate", "--bars", "0")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "stepbridge: bars: must be 1 or more (got '0') [bad_value]\n"
    missing = alone.run("generate", "nowhere.mid", "--json")
    assert missing.returncode == 2
    assert json.loads(missing.stdout)["error"]["code"] == "missing_file"
    assert alone.run("no-such-command").returncode == 2


def test_a_clip_that_is_no_music_fails_and_leaves_nothing(alone: Daemon, tmp_path: Path) -> None:
    (tmp_path / "no.mid").write_bytes(b"MThd nonsense")
    ran = alone.run("generate", "no.mid", "--out", "takes")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "bad_clip" in ran.stderr
    assert not list((tmp_path / "takes").rglob("*"))


def test_listen_prints_the_seed_of_a_clip(alone: Daemon) -> None:
    seed = json.loads(alone.run("listen", str(DEMO_CLIP), "--json").stdout)
    assert (len(seed["notes"]), seed["bpm"], seed["meter"], seed["key"], seed["confidence"]) == (
        19,
        140.0,
        "4/4",
        "d minor",
        1.0,
    )
    assert seed["notes"][1] == {
        "start_beat": 1.0, "length_beats": 0.45, "pitch": 65, "velocity": 88, "start_seconds": pytest.approx(60 / 140),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("sad cello ballad, D minor, 70 BPM", {"bpm": 70.0, "key": "d minor", "instruments": ["cello"], "genres": ["ballad"]}),
        ("忧伤的大提琴独奏，70 BPM", {"bpm": 70.0, "instruments": ["cello"], "moods": ["sad"]}),
        ("rock, 3/4, 16 bars, chorus, no drums", {"meter": "3/4", "bars": 16, "section": "chorus", "exclude": ["drums"]}),
    ],
)
def test_understand_prints_what_a_prompt_means(alone: Daemon, text: str, fields: dict[str, Any]) -> None:
    understood = json.loads(alone.run("understand", text, "--json").stdout)
    assert {name: understood[name] for name in fields} == fields
    assert {"bpm", "key", "meter", "bars", "section", "instruments", "genres", "moods", "exclude", "hints"} <= set(understood)


def test_without_a_daemon_its_commands_say_so_with_exit_code_3(alone: Daemon) -> None:
    for words in (("send", "/stepbridge/ping"), ("jobs",), ("cancel", "x"), ("report", "x")):
        ran = alone.run(*words)
        assert (ran.returncode, "stepbridge serve" in ran.stderr) == (3, True), words


def test_send_shows_the_replies_until_the_job_is_over(daemon: Daemon) -> None:
    assert daemon.run("send", "/stepbridge/clip/blob", "c", f"@{DEMO_CLIP}").stdout == "/stepbridge/clip/ok c 19\n"
    ran = daemon.run("send", "/stepbridge/generate", "sent", "clip", "c", "bars", "1")
    lines = ran.stdout.splitlines()
    assert (ran.returncode, lines[0]) == (0, "/stepbridge/accepted sent")
    assert lines[-1].startswith("/stepbridge/done sent ")
    refused = daemon.run("send", "/stepbridge/generate", "sent2", "barz", "1")
    assert (refused.returncode, "did you mean bars?" in refused.stdout) == (1, True)


def test_jobs_cancel_and_report_ask_the_daemon(daemon: Daemon) -> None:
    daemon.wait_for_rest()
    daemon.run("send", "/stepbridge/generate", "asked", "prompt", "rock", "bars", "1")
    assert "asked" in daemon.run("jobs").stdout
    assert "done" in daemon.run("cancel", "asked").stdout
    assert "rock" in daemon.run("report", "asked").stdout
    unknown = daemon.run("cancel", "nobody")
    assert (unknown.returncode, "[unknown_job]" in unknown.stderr) == (1, True)


def test_doctor_finds_a_healthy_machine_and_says_what_a_sick_one_lacks(alone: Daemon, tmp_path: Path) -> None:
    healthy = alone.run("doctor", "--json")
    assert healthy.returncode == 0, healthy.stdout
    (tmp_path / "sick.yaml").write_text("soundfont: nowhere.sf2", encoding="utf-8")
    alone.config = tmp_path / "sick.yaml"
    sick = alone.run("doctor")
    assert sick.returncode == 1
    assert "nowhere.sf2" in sick.stdout


def test_a_second_daemon_on_the_same_folders_is_refused(daemon: Daemon) -> None:
    ran = daemon.run("serve")
    assert ran.returncode == 1
    assert "[already_running]" in ran.stderr


def test_the_request_of_the_wish_is_answered_by_curl_with_a_minute_of_audio(daemon: Daemon, tmp_path: Path) -> None:
    require_peer("curl")
    url = f"{daemon.wait_for_rest()}/generate_music"
    answer = tmp_path / "cartoon.wav"
    words = ["curl", "-sS", "-o", str(answer), "-w", "%{http_code} %{content_type}", "-H", "Content-Type: application/json"]
    ran = subprocess.run([*words, "-d", json.dumps(WISH), url], capture_output=True, text=True, check=True)
    assert ran.stdout == "200 audio/wav"
    info = soundfile.info(answer)
    assert info.frames == 60 * info.samplerate
