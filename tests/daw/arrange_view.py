"""The pictures of daw_templates/reaper/README.md, from real takes: `python -m tests.daw.arrange_view`.

Real takes are made, the real scripts send and import them in the REAPER of the tests, and what its project then holds is drawn.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml
from PIL import Image, ImageDraw, ImageFont

from bridge.cli import main
from tests.daw.fake_project import MediaItem, MediaItem_Take, MediaTrack, PCM_source, ReaProject
from tests.daw.studio import TUNE, Studio

PICTURES = Path(__file__).parent.parent.parent / "daw_templates" / "reaper" / "pictures"
WIDTH, NAMES, ROW, RULER, LINE = 1280, 190, 54, 44, 26
FIRST_BAR, LAST_BAR = 16, 27
BPM = 97.3
COLOURS = {"lead": "#e8a33d", "chords": "#5fa8d3", "bass": "#7bc47f", "drums": "#d96c6c", "Melody": "#b58bd9"}
BACK, PANEL, GRID, INK, PALE = "#2b2b2b", "#383838", "#3f3f3f", "#e6e6e6", "#a8a8a8"


class View:
    """The arrange view of a project, from one bar to another."""

    def __init__(self, project: ReaProject, line: str) -> None:
        self.project, self.line = project, line
        self.image = Image.new("RGB", (WIDTH, RULER + ROW * len(project.tracks) + LINE), BACK)
        self.draw = ImageDraw.Draw(self.image)
        self.font, self.small = ImageFont.load_default(15), ImageFont.load_default(11)

    def x(self, seconds: float) -> float:
        bar = self.project.timeline.qn(seconds) / 4 + 1
        return NAMES + (bar - FIRST_BAR) / (LAST_BAR - FIRST_BAR) * (WIDTH - NAMES)

    def picture(self) -> Image.Image:
        self._ruler()
        level = 0
        for index, track in enumerate(self.project.tracks):
            self._track(track, RULER + index * ROW, level)
            level += int(track.values["I_FOLDERDEPTH"])
        top = RULER + ROW * len(self.project.tracks)
        self.draw.rectangle((0, top, WIDTH, top + LINE), PANEL)
        self.draw.text((10, top + 5), self.line, INK, self.font)
        return self.image

    def _ruler(self) -> None:
        self.draw.rectangle((0, 0, WIDTH, RULER), PANEL)
        for bar in range(FIRST_BAR, LAST_BAR):
            x = self.x(self.project.timeline.seconds((bar - 1) * 4.0))
            self.draw.line((x, RULER - 12, x, self.image.height), GRID if bar > FIRST_BAR else PANEL)
            self.draw.text((x + 4, RULER - 16), str(bar), PALE, self.small)
        for name, start, stop in self.project.regions:
            self.draw.rectangle((self.x(start), 4, self.x(stop) - 2, 24), "#5b6b8c")
            self.draw.text((self.x(start) + 6, 6), name, INK, self.font)

    def _track(self, track: MediaTrack, top: int, level: int) -> None:
        self.draw.rectangle((0, top, NAMES - 1, top + ROW - 2), PANEL)
        self.draw.text((10 + 18 * level, top + 18), track.name, INK, self.font)
        self.draw.line((0, top + ROW - 1, WIDTH, top + ROW - 1), BACK)
        for item in track.items:
            self._item(item, COLOURS.get(track.name.removesuffix(" MIDI"), PALE), top)

    def _item(self, item: MediaItem, colour: str, top: int) -> None:
        """Draw the takes of an item one below the other, the active one bright."""
        height = (ROW - 4) // len(item.takes)
        left, right = self.x(item.position), self.x(item.position + item.length) - 1
        for index, take in enumerate(item.takes):
            upper = top + 1 + index * height
            is_active = take is item.take
            self.draw.rectangle((left, upper, right, upper + height - 2), _faded(colour, 0.45 if is_active else 0.2))
            ink = colour if is_active else _faded(colour, 0.5)
            if take.source and take.source.is_qn:
                self._notes(take.source, (left, right), (upper, height), ink)
            elif take.source:
                self._wave(take.source.path, (left, right), (upper, height), ink)
            self.draw.text((left + 4, upper + 1), _label(take), INK if is_active else PALE, self.small)

    def _wave(self, path: str, span: tuple[float, float], rows: tuple[int, int], ink: str) -> None:
        samples = np.abs(soundfile.read(path, dtype="float32")[0]).max(axis=1)
        middle = rows[0] + rows[1] / 2
        for index, piece in enumerate(np.array_split(samples, max(1, int(span[1] - span[0])))):
            reach = min(1.0, float(piece.max(initial=0.0)) * 1.6) * (rows[1] / 2 - 3)
            self.draw.line((span[0] + index, middle - reach, span[0] + index, middle + reach), ink)

    def _notes(self, source: PCM_source, span: tuple[float, float], rows: tuple[int, int], ink: str) -> None:
        pitches = [note[3] for note in source.notes]
        low, reach = min(pitches), max(1, max(pitches) - min(pitches))
        scale = (span[1] - span[0]) / (source.length * 960)
        for start, stop, _, pitch, _, _ in source.notes:
            y = rows[0] + 5 + (1 - (pitch - low) / reach) * (rows[1] - 12)
            self.draw.line((span[0] + start * scale, y, max(span[0] + start * scale, span[0] + stop * scale - 2), y), ink, 3)


def _label(take: MediaItem_Take) -> str:
    return take.texts.get("P_NAME", "")


def _faded(colour: str, amount: float) -> str:
    parts = [int(colour[index : index + 2], 16) for index in (1, 3, 5)]
    return "#" + "".join(f"{int(part * amount + 43 * (1 - amount)):02x}" for part in parts)


def draw() -> None:
    """Make the takes, run the scripts, and write the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        studio = _studio(Path(folder))
        studio.project.add_midi(studio.project.add_track("Melody"), 64.0, 8.0, TUNE)
        fields, clip = studio.send("epic battle theme, brass and drums\nD minor\nlock\n1")
        View(studio.project, studio.reaper.line).picture().save(PICTURES / "1-send.png")
        (Path(folder) / "clip.mid").write_bytes(clip)
        studio.project.memory.clear()
        studio.run("import")
        studio.reaper.turns(1)
        for number, prompt in ((2, fields["prompt"]), (3, "bossa nova, nylon guitar")):
            delivery = _made(Path(folder) / f"out{number}", Path(folder) / "clip.mid", fields, prompt)
            studio.deliver(delivery)
            studio.reaper.turns(2)
            View(studio.project, studio.reaper.line).picture().save(PICTURES / f"{number}-take.png")


def _studio(folder: Path) -> Studio:
    config = folder / "config.yaml"
    folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
    config.write_text(yaml.safe_dump({"folders": folders}), encoding="utf-8")
    studio = Studio(folder, config)
    timeline = studio.project.timeline
    timeline.bpm = BPM
    studio.project.regions = [("chorus", timeline.seconds(64.0), timeline.seconds(96.0))]
    return studio


def _made(folder: Path, clip: Path, fields: dict[str, Any], prompt: str) -> Path:
    words = ["--start-bar", str(fields["start_bar"]), "--bars", str(fields["bars"]), "--section", fields["section"]]
    words += ["--bpm", str(BPM), "--key", fields["key"], "--project", fields["project"], "--random-seed", "1"]
    assert main(["generate", str(clip), "--prompt", prompt, *words, "--out", str(folder), "--json"]) == 0
    (manifest,) = folder.rglob("manifest.json")
    assert json.loads(manifest.read_text(encoding="utf-8"))["section"]["start_bar"] == fields["start_bar"]
    return manifest.parent


if __name__ == "__main__":
    draw()
