from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.evaluate import comparison
from bridge.evaluate.bars import BARS
from bridge.evaluate.comparison import Extent
from bridge.evaluate.figures import FIGURES
from bridge.evaluate.tune import PACKAGED, load_tunes

LITTLE = Extent(tunes=16, bars=16, seeded=1, seeds=2, prompts=4, given=2, developed=2, long=2, runs=1)


def test_a_bench_says_what_is_passed_and_what_is_short(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "QUICK", LITTLE)
    code = main(["bench", "score", "--composer", "rules", "--quick", "--json", "--out", str(tmp_path / "found.json")])
    told = json.loads(capsys.readouterr().out)
    found, rows = told["composers"]["rules"], {row["figure"]: row for row in told["bars"]}
    assert list(rows) == [bar.figure for bar in BARS]
    assert code == (0 if all(row["passed"] for row in rows.values()) else 1)
    assert all(row["found"] is not None and row["wanted"] is not None for row in rows.values())
    assert {name for name in FIGURES if found.get(name) is None} == set()
    assert found["seed_kept"] == found["bass_kept"] == found["drums_kept"] == 1.0
    assert found["chord_tones"] > found["chord_tones_floor"]
    assert json.loads((tmp_path / "found.json").read_text())["composers"].keys() == {"rules"}


def test_the_teacher_alone_is_a_table_and_a_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["compare", "--composers", "mma", "--quick", "--picture", str(tmp_path / "compared.png")]) == 0
    assert "chord tones, half bar" in capsys.readouterr().out
    assert (tmp_path / "compared.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("words", [["compare", "--composers", "nobody"], ["bench", "score", "--composer", "nobody"]])
def test_a_composer_that_does_not_exist_is_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["field"] == "composer"


def test_the_held_out_tunes_are_small_and_varied() -> None:
    tunes = load_tunes()
    assert PACKAGED.stat().st_size <= 1.5e6
    assert {str(tune.piece.meter) for tune in tunes} >= {"3/4", "4/4", "6/8", "12/8"}
    assert len({tune.name for tune in tunes}) >= 25
