"""`stepbridge bench sound --codec`, on the shipped autoencoder."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.cli import FAILED, WRONG_USE, main
from model.sound.corpus import Example, save
from model.sound.layout import SAMPLE_RATE_HZ


def example(part: str) -> Example:
    random = np.random.default_rng(0)
    at = np.arange(8 * 1920) / SAMPLE_RATE_HZ
    wave = np.sin(2 * np.pi * 440.0 * at) if part == "lead" else random.standard_normal(len(at))
    audio = np.repeat((0.3 * wave * np.exp(-5.0 * at))[:, None], 2, 1).astype(np.float32)
    notes = np.zeros((0, 4), np.float32)
    known = {"program": 0, "caption": "", "language": "en", "instruments": "none", "split": "held"}
    return Example(audio=audio, notes=notes, part=part, production=(), **known)  # type: ignore[arg-type]


def test_stems_and_recordings_stand_beside_ceiling_baseline_and_published_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save([example("drums")], tmp_path / "held-000.npy")
    soundfile.write(tmp_path / "other.wav", example("lead").audio[:, 0], SAMPLE_RATE_HZ)
    words = ["bench", "sound", "--codec", "--quick", "--corpus", str(tmp_path), "--clips", str(tmp_path)]
    main([*words, "--page", str(tmp_path / "page.png"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [row["group"] for row in told["columns"]["codec"]] == ["drums", "recordings"]
    assert all(0.0 < row["stft"] < 3.0 for row in told["columns"]["codec"])
    assert told["columns"]["codec"][0]["note_f1"] is None
    assert told["published"]["DAC 8 kbps (86 Hz, mono)"] == {"stft": 0.96, "mel": 0.52}
    assert (tmp_path / "page.png").stat().st_size > 1000


def test_no_stems_are_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "sound", "--codec", "--corpus", str(tmp_path)]) in {FAILED, WRONG_USE}
    assert "train sound-corpus" in capsys.readouterr().err
