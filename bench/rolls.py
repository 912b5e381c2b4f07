"""Ten requests through the whole pipeline, as pictures: what the composer makes of them, to be looked at."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from bridge import pipeline
from bridge.config import load
from bridge.evaluate.tune import Tune, load_tunes
from bridge.job import Job
from bridge.music.midi_write import write_smf
from bridge.music.score import Score
from bridge.request import Request
from bridge.step import ignore

WHERE = Path("model/weights/score/rolls")
_COLOURS = 192
"""Enough for a picture a third as large."""
DEMO = Path("bridge/commands/demo_clip.mid")


def main() -> None:
    """Write one picture a request beside the weights and say where it is."""
    WHERE.mkdir(parents=True, exist_ok=True)
    tunes = load_tunes(bars=16)
    for said in yaml.safe_load((Path(__file__).parent / "rolls.yaml").read_text(encoding="utf-8")):
        with tempfile.TemporaryDirectory() as folder:
            picture = _picture(dict(said), tunes, Path(folder))
            Image.open(picture).convert("RGB").quantize(_COLOURS).save(WHERE / f"{said['name']}.png", optimize=True)
        print(f"{WHERE / said['name']}.png: {said.get('prompt')}")


def _picture(said: dict[str, Any], tunes: list[Tune], folder: Path) -> Path:
    """Return the overview of a take of this request."""
    name, tune, given = said.pop("name"), said.pop("tune", None), said.pop("given", None)
    said["composer"] = "diffusion"
    clips = {}
    if tune is not None:
        song = next((each for each in tunes if str(each.piece.meter) == tune), None)
        clips["clip.mid"] = DEMO.read_bytes() if song is None else _clip(song, "lead")
        said |= {"clip": "clip.mid"} | ({"meter": tune, "key": str(song.piece.key)} if song else {})
        if given and song:
            clips["given.mid"] = _clip(song, given)
            said["parts_in"] = {given: "given.mid"}
    job = Job(name, Request.parse(said), random_seed=1, created=0.0)
    config = load(None)
    config = config.model_copy(update={"folders": config.folders.model_copy(update={"outbox": folder})})
    made: list[Path] = []
    pipeline.run(job, clips, config, ignore, lambda _number, path: made.append(path), print)
    return made[0].parent / "overview.png"


def _clip(tune: Tune, part: str) -> bytes:
    section = tune.brief().section
    notes = tune.part(part)
    return write_smf(Score(section, (notes,)))
