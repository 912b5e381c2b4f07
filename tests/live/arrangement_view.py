"""The pictures of daw_templates/ableton/README.md, from real takes: `python -m tests.live.arrangement_view`.

Real takes are made, the real script sends and imports them in the Live of the tests, and what its set then holds is drawn:
these are no screenshots. The device is drawn from the patch it is built of.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
import yaml
from PIL import Image, ImageDraw, ImageFont

from bridge.cli import main
from tests.daw.arrange_view import COLOURS, WIDTH, _faded
from tests.live.device import FOLDER
from tests.live.ear import Ear, Talk
from tests.live.fake_clips import AudioClip, Clip, MidiClip
from tests.live.fake_set import Song
from tests.live.studio import Studio

PICTURES = FOLDER / "pictures"
NAMES, ROW, LANE, RULER, LINE = 190, 46, 34, 30, 26
FIRST_BAR, LAST_BAR = 16, 27
BACK, PANEL, GRID, INK, PALE = "#1f2226", "#2d3238", "#31363c", "#e6e6e6", "#9aa3ad"
BPM = 97.3
TUNE = [
    (0.0, 1.0, 62, 96.0), (1.0, 0.5, 65, 90.0), (1.5, 0.5, 69, 101.0), (2.0, 1.5, 74, 110.0), (4.0, 2.0, 70, 90.0),
    (6.0, 1.0, 69, 96.0), (7.0, 1.0, 65, 84.0),
]  # fmt: skip


class Row(NamedTuple):
    """One line of the arrangement: a track, or a take lane below it."""

    name: str
    colour: str
    clips: list[Clip]
    is_lane: bool

    @property
    def height(self) -> int:
        return LANE if self.is_lane else ROW


def rows(song: Song, only: tuple[str, ...]) -> Iterator[Row]:
    """Yield the tracks of a set and their take lanes; with `only` those of these names."""
    for track in [track for track in song.tracks if not only or track.name in only]:
        colour = COLOURS.get(track.name.removesuffix(" MIDI").removesuffix(" tail"), PALE)
        yield Row(track.name, colour, track.arrangement_clips, is_lane=False)
        for lane in track.take_lanes:
            yield Row("take lane", _faded(colour, 0.6), lane.arrangement_clips, is_lane=True)


class View:
    """The arrangement from one bar to another, drawn from what is in the set."""

    def __init__(self, song: Song, line: str, *, only: tuple[str, ...] = ()) -> None:
        self.song, self.line = song, line
        self.rows = list(rows(song, only))
        self.image = Image.new("RGB", (WIDTH, RULER + sum(row.height for row in self.rows) + LINE), BACK)
        self.draw = ImageDraw.Draw(self.image)
        self.font, self.small = ImageFont.load_default(15), ImageFont.load_default(11)

    def x(self, beat: float) -> float:
        return NAMES + (beat / 4 + 1 - FIRST_BAR) / (LAST_BAR - FIRST_BAR) * (WIDTH - NAMES)

    def picture(self) -> Image.Image:
        self.draw.rectangle((0, 0, WIDTH, RULER), PANEL)
        for bar in range(FIRST_BAR, LAST_BAR):
            self.draw.line((self.x(bar * 4 - 4), RULER - 10, self.x(bar * 4 - 4), self.image.height), GRID)
            self.draw.text((self.x(bar * 4 - 4) + 4, 10), str(bar), PALE, self.small)
        top = RULER
        for row in self.rows:
            self._row(row, top)
            top += row.height
        self.draw.rectangle((0, top, WIDTH, top + LINE), PANEL)
        self.draw.text((10, top + 5), self.line, INK, self.font)
        return self.image

    def _row(self, row: Row, top: int) -> None:
        self.draw.rectangle((0, top, NAMES - 1, top + row.height - 2), PANEL)
        self.draw.text((34 if row.is_lane else 10, top + row.height / 2 - 9), row.name, PALE if row.is_lane else INK, self.font)
        for clip in row.clips:
            left, right = self.x(clip.start_time), self.x(clip.end_time) - 1
            box = (left, top + 1, right, top + row.height - 3)
            self.draw.rectangle(box, _faded(row.colour, 0.22 if row.is_lane else 0.4))
            if isinstance(clip, AudioClip):
                self._wave(clip, box, row.colour)
            elif isinstance(clip, MidiClip):
                self._notes(clip, box, row.colour)
            self._label(clip.name, box)

    def _label(self, name: str, box: tuple[float, float, float, float]) -> None:
        while name and self.draw.textlength(name, self.small) > box[2] - box[0] - 8:
            name = name[:-1]
        self.draw.text((box[0] + 4, box[1] + 1), name, INK, self.small)

    def _wave(self, clip: AudioClip, box: tuple[float, float, float, float], ink: str) -> None:
        samples = np.abs(soundfile.read(clip.file_path, dtype="float32")[0]).max(axis=1)
        middle, reach = (box[1] + box[3]) / 2 + 4, (box[3] - box[1]) / 2 - 6
        for column, piece in enumerate(np.array_split(samples, max(1, int(box[2] - box[0])))):
            height = min(1.0, float(piece.max(initial=0.0)) * 1.6) * reach
            self.draw.line((box[0] + column, middle - height, box[0] + column, middle + height), ink)

    def _notes(self, clip: MidiClip, box: tuple[float, float, float, float], ink: str) -> None:
        pitches = [note.pitch for note in clip.notes] or [60]
        reach, scale = max(1, max(pitches) - min(pitches)), (box[2] - box[0]) / (clip.end_time - clip.start_time)
        for note in clip.notes:
            y = box[1] + 15 + (1 - (note.pitch - min(pitches)) / reach) * (box[3] - box[1] - 19)
            start = box[0] + note.start_time * scale
            self.draw.line((start, y, max(start, start + note.duration * scale - 2), y), ink, 3)


def device_picture() -> Image.Image:
    """Draw what the patch shows, twice as big."""
    patcher = json.loads((FOLDER / "stepbridge.maxpat").read_text(encoding="utf-8"))["patcher"]
    image = Image.new("RGB", (int(patcher["devicewidth"]) * 2, 338), PANEL)
    draw, font, bold = ImageDraw.Draw(image), ImageFont.load_default(20), ImageFont.load_default(24)
    told = {"prompt": "epic battle theme, brass and drums", "section": "chorus", "bars": "8", "status": "compose 40 %"}
    for box in (entry["box"] for entry in patcher["boxes"] if entry["box"].get("presentation")):
        left, top, width, height = (2 * value for value in box["presentation_rect"])
        frame = (left, top, left + width, top + height)
        if box["maxclass"] == "live.button":
            draw.ellipse(frame, BACK, PALE, 2)
        elif box["maxclass"] != "comment":
            draw.rectangle(frame, BACK, PALE)
        if box["maxclass"] == "slider":
            draw.rectangle((left, top, left + width * 0.4, top + height), COLOURS["lead"])
        text = told.get(box["id"], box.get("text", ""))
        draw.text((left + 6, top + 4), text, INK, bold if box["id"] == "title" else font)
    return image


def draw() -> None:
    """Make the takes, run the script, and write the pictures."""
    PICTURES.mkdir(exist_ok=True)
    device_picture().save(PICTURES / "device.png")
    with tempfile.TemporaryDirectory() as name, Ear() as ear:
        folder = Path(name)
        studio = _studio(folder, ear.port)
        song = studio.song
        song.loop, song.loop_start, song.loop_length = True, 64.0, 32.0
        clip = studio.add_clip(64.0, 8.0, TUNE)
        clip.name = "chorus: epic battle theme, brass and drums >>"
        View(song, "loop brace on bars 17 to 24").picture().save(PICTURES / "1-name.png")
        talk = Talk(ear, studio)
        id_ = talk.turn()[0][1][0]
        talk.ear.answer("clip/ok", id_, len(TUNE))
        talk.turn()
        for number, prompt in ((2, "epic battle theme, brass and drums"), (3, "bossa nova, nylon guitar")):
            manifest = _made(folder / f"out{number}", prompt)
            talk.ear.answer("done", id_, str(manifest))
            talk.turn()
            only = ("Melody", "lead", "lead MIDI", "bass", "bass MIDI") if number == 3 else ()
            View(song, studio.said[-1], only=only).picture().save(PICTURES / f"{number}-take.png")
        studio.stop()


def _studio(folder: Path, port: int) -> Studio:
    config = folder / "config.yaml"
    folders = {"inbox": "inbox", "outbox": "outbox", "clips": ["clips"], "state": "state"}
    config.write_text(yaml.safe_dump({"folders": folders, "osc": {"port": port}}), encoding="utf-8")
    studio = Studio(folder, config)
    studio.song.tempo = BPM
    studio.start()
    return studio


def _made(folder: Path, prompt: str) -> Path:
    clip = Path("bridge/commands/demo_clip.mid")
    place: list[Any] = ["--start-bar", "17", "--bars", "8", "--section", "chorus", "--bpm", str(BPM), "--key", "D minor"]
    words = ["generate", str(clip), "--prompt", prompt, *place, "--project", "song", "--random-seed", "1", "--out", str(folder)]
    assert main([*words, "--json"]) == 0
    (manifest,) = folder.rglob("manifest.json")
    return manifest


if __name__ == "__main__":
    draw()
