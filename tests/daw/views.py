"""The pictures of the pages about Bitwig, DAWproject, tablets and other DAWs: `python -m tests.daw.views`.

Each is drawn from something real: takes are made, the scripts run, and what then lies in the files and the DAW of the tests is
drawn. None is a screenshot, and each says so.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import wavinfo
import yaml
from PIL import Image, ImageDraw

from bridge.cli import main
from bridge.music.midi import read_smf, score_parts
from bridge.outbox.pictures import COLOURS
from bridge.outbox.pictures_text import Line, Rgb, draw_text, shortened
from tests.daw.bitwig_peer import LAUNCHER, Bitwig, installed
from tests.daw.fake_touchosc import Page, frame, node_property
from tests.e2e.daemon import DEMO_CLIP, Client, serving
from tests.outbox.dawproject_player import Player

ROOT = Path(__file__).parents[2]
BACK, PANEL, EDGE, INK, PALE, LIT = (24, 26, 32), (40, 43, 52), (58, 62, 74), (232, 235, 240), (150, 156, 168), (243, 158, 51)
FALLBACK: Rgb = (138, 143, 152)
SMALL, NORMAL, LARGE = 12, 15, 20


class Sheet:
    """A picture being drawn."""

    def __init__(self, width: int, height: int, caption: str) -> None:
        self.image = Image.new("RGB", (width, height + 26), BACK)
        self.draw = ImageDraw.Draw(self.image)
        self.text(8, height + 18, f"drawn, no screenshot: {caption}", SMALL, PALE)

    def text(self, x: float, y: float, text: str, size: int = NORMAL, colour: Rgb = INK, width: float = 0.0) -> None:
        draw_text(self.draw, Line(x, y, shortened(text, size, width) if width else text, size, colour))

    def box(self, x: float, y: float, width: float, height: float, fill: Rgb, edge: Rgb | None = None) -> None:
        self.draw.rectangle((x, y, x + width - 1, y + height - 1), fill, edge)

    def wave(self, samples: Any, x: float, y: float, width: float, height: float, colour: Rgb) -> None:
        peaks = [float(np.abs(piece).max(initial=0.0)) for piece in np.array_split(samples, max(1, int(width)))]
        for index, peak in enumerate(peaks):
            reach = min(1.0, peak * 1.8) * height / 2
            self.draw.line((x + index, y + height / 2 - reach, x + index, y + height / 2 + reach), colour)

    def notes(
        self, notes: list[tuple[float, float, int]], beats: float, place: tuple[float, float, float, float], ink: Rgb
    ) -> None:
        x, y, width, height = place
        low = min((pitch for *_, pitch in notes), default=0)
        reach = max(1, max((pitch for *_, pitch in notes), default=1) - low)
        for start, length, pitch in notes:
            row = y + (1 - (pitch - low) / reach) * (height - 3)
            left = x + start / beats * width
            self.draw.line((left, row, max(left, left + length / beats * width - 2), row), ink, 2)

    def save(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        self.image.quantize(64).save(path, optimize=True)


def faded(colour: Rgb, amount: float) -> Rgb:
    red, green, blue = (round(part * amount + ground * (1 - amount)) for part, ground in zip(colour, BACK, strict=True))
    return red, green, blue


def made(folder: Path, *words: str) -> Path:
    """Return the folder of a new take."""
    before = set(folder.rglob("manifest.json"))
    common = ["--project", "my song", "--random-seed", "1", "--out", str(folder), "--json"]
    assert main(["generate", str(DEMO_CLIP), "--bars", "4", *words, *common]) == 0
    (manifest,) = set(folder.rglob("manifest.json")) - before
    return manifest.parent


def draw_song(folder: Path) -> None:
    """Draw what a DAW shows of `stepbridge export --dawproject`: two sections, one of them with an alternative."""
    tempo = '[{"beat": 0, "bpm": 97.3}, {"beat": 16, "bpm": 133.7}]'
    for words in (("verse", "1", "lo-fi hip hop"), ("chorus", "5", "bossa nova"), ("chorus", "5", "epic rock, brass")):
        section, start_bar, prompt = words
        made(folder, "--section", section, "--start-bar", start_bar, "--prompt", prompt, "--tempo", tempo)
    out = folder / "my song.dawproject"
    assert main(["export", "--dawproject", str(out), str(folder / "my song")]) == 0
    player = Player(out.read_bytes())
    names = [name for name in player.tracks if name != "Master"]
    row, left, beats, width = 34, 190, 36.0, 1280
    scale = (width - left) / beats
    sheet = Sheet(width, 64 + row * len(names), "what lies in a real song.dawproject of three takes; muted tracks are dark")
    for beat, name in player.markers:
        sheet.box(left + beat * scale, 4, 90, 20, (91, 107, 140))
        sheet.text(left + beat * scale + 6, 19, name)
    for beat, bpm in player.tempi:
        sheet.text(left + beat * scale + 110, 19, f"{bpm:g} BPM", SMALL, LIT)
    for bar in range(9):
        sheet.draw.line((left + bar * 4 * scale, 28, left + bar * 4 * scale, 60 + row * len(names)), EDGE)
        sheet.text(left + bar * 4 * scale + 4, 46, str(bar + 1), SMALL, PALE)
    for index, name in enumerate(names):
        top, is_muted = 56 + index * row, player.is_muted(name)
        sheet.box(0, top, left - 4, row - 3, PANEL)
        sheet.text(10, top + 21, name, NORMAL, PALE if is_muted else INK)
        for clip in player.clips(name):
            _draw_clip(sheet, player, clip, (left, scale), (top, row - 3), 0.35 if is_muted else 1.0)
    sheet.save(ROOT / "daw_templates" / "dawproject" / "song.png")


def _draw_clip(
    sheet: Sheet, player: Player, clip: Any, across: tuple[float, float], down: tuple[int, int], strength: float
) -> None:
    colour = faded(COLOURS.get(clip.get("name").split()[1], FALLBACK), strength)
    (left, scale), (top, height) = across, down
    start, length = float(clip.get("time")), float(clip.get("duration"))
    x, width = left + start * scale, length * scale
    sheet.box(x, top, width - 1, height, faded(colour, 0.3))
    notes = [(float(note.get("time")), float(note.get("duration")), int(note.get("key"))) for note in clip.iter("Note")]
    if clip.find("Notes") is not None:
        sheet.notes(notes, length, (x, top + 14, width, height - 16), colour)
    else:
        sheet.wave(player.samples(clip), x, top + 4, width - 1, height - 8, colour)
    sheet.text(x + 4, top + 11, clip.get("name"), SMALL, faded(INK, strength), width - 8)


def draw_bitwig(folder: Path) -> None:
    """Draw the fields of the controller script, and the clip launcher after two takes."""
    with serving(folder / "daemon") as daemon, Bitwig(installed(daemon.config, folder / "Bitwig Studio")) as bitwig:
        bitwig.tell("transport", bpm=97.3, playStart=64.0)
        (lead,) = score_parts(read_smf(made(folder, "--parts", "lead").joinpath("lead.mid").read_bytes()))
        bitwig.select([(note.pitch, note.start_beat, note.length_beats, note.velocity) for note in lead.notes], 16.0)
        for prompt in ("史诗战斗 epic battle, brass", "bossa nova, nylon guitar"):
            bitwig.set(Section="chorus", Prompt=prompt)
            bitwig.press(LAUNCHER)
            bitwig.wait_for("popup", "is in scene")
        popups = [event["text"] for event in bitwig.heard if event["event"] == "popup"]
        state = bitwig.state()
        _draw_panel(state["panel"], [text for text in popups if "%" in text][-1])
        _draw_launcher(state, popups[-1])


def _draw_panel(panel: list[tuple[str, str, str, bool]], popup: str) -> None:
    rows = [row for row in panel if row[0] != "Daemon"]
    sheet = Sheet(760, 50 + 34 * len(rows), "the fields and buttons that the script makes in Bitwig's Studio I/O panel")
    sheet.text(12, 26, "stepbridge", LARGE, LIT)
    for index, (_, label, value, is_button) in enumerate(rows):
        top = 40 + 34 * index
        sheet.text(12, top + 20, label, NORMAL, PALE)
        sheet.box(240, top, 500, 28, LIT if is_button else PANEL, EDGE)
        sheet.text(250, top + 20, value, NORMAL, BACK if is_button else INK)
    sheet.box(330, 6, 410, 28, PANEL, LIT)
    sheet.text(340, 26, popup, NORMAL, INK, 390)
    sheet.save(ROOT / "daw_templates" / "bitwig" / "panel.png")


def _draw_launcher(state: dict[str, Any], popup: str) -> None:
    tracks, column, row = state["tracks"], 190, 84
    sheet = Sheet(130 + column * len(tracks), 96 + row * 2, "the clip launcher of the tests after two real takes")
    sheet.text(12, 26, popup, NORMAL, LIT)
    for index, track in enumerate(tracks):
        left = 130 + index * column
        sheet.box(left, 44, column - 6, 30, PANEL)
        sheet.text(left + 10, 64, f"{track['name']}", NORMAL)
        for scene in range(2):
            top = 82 + scene * row
            sheet.box(left, top, column - 6, row - 6, faded(PANEL, 0.5), EDGE)
            if file := track["slots"].get(str(scene)):
                colour = COLOURS.get(track["name"], FALLBACK)
                sheet.box(left, top, column - 6, row - 6, faded(colour, 0.3))
                sheet.wave(soundfile.read(file)[0], left + 2, top + 18, column - 10, row - 28, colour)
                sheet.text(left + 6, top + 14, Path(file).name, SMALL)
    for scene, name in enumerate(state["scenes"][:2]):
        sheet.text(6, 82 + scene * row + 40, name, SMALL, INK, 120)
    sheet.save(ROOT / "daw_templates" / "bitwig" / "launcher.png")


def draw_tablet(folder: Path) -> None:
    """Draw the page of TouchOSC while a take is made."""
    page = Page(ROOT / "daw_templates" / "touchosc" / "stepbridge.tosc")
    with serving(folder / "tablet") as daemon, daemon.client() as client:
        for button in ("section=chorus", "prompt=epic battle theme, brass and drums", "action=generate"):
            page.press(button)
        _until_half(page, client)
    width, height = frame(page.root)[2:]
    sheet = Sheet(width, height, "the page of stepbridge.tosc while the daemon makes a real take")
    for name, node in page.nodes.items():
        left, top, wide, high = frame(node)
        kind, values = node.get("type"), page.values[name]
        if kind == "BUTTON":
            is_lit = name in page.colours and page.colours[name].b > 0.8
            sheet.box(left, top, wide, high, (46, 115, 209) if is_lit else (51, 56, 71))
        elif kind == "FADER":
            sheet.box(left, top, wide, high, PANEL)
            sheet.box(left, top, max(1.0, wide * float(values["x"])), high, LIT)
        else:
            size = LARGE if kind == "LABEL" else NORMAL
            text = shortened(values["text"], size, wide - 8)
            draw_text(sheet.draw, Line(left + wide / 2, top + high / 2 + size / 3, text, size, INK, "m"))
    assert all(node_property(node, "name") in page.values for node in page.nodes.values())
    sheet.save(ROOT / "daw_templates" / "touchosc" / "page.png")


def _until_half(page: Page, client: Client) -> None:
    for address, *arguments in page.take_sent():
        client.send(address, *arguments)
    while float(page.values["progress"]["x"]) < 0.3:
        page.hear(*client.receive())


def draw_files(folder: Path) -> None:
    """Draw what each file of a delivery says of its place, as DAWs read it."""
    delivery = made(folder, "--section", "chorus", "--start-bar", "17", "--bpm", "97.3", "--prompt", "epic rock")
    fields = json.loads((delivery / "manifest.json").read_text(encoding="utf-8"))
    files = [delivery / stem["file"] for stem in fields["stems"]] + [delivery / "mix.wav"]
    sheet = Sheet(1180, 92 + 58 * len(files), "what the files of a real take say of themselves (bext, acid, cue)")
    sheet.text(12, 26, f"my song/{delivery.name}", LARGE, LIT)
    section = fields["section"]
    bpm, start = fields["tempo"][0]["bpm"], f"{section['start_seconds']:.3f} s = sample {section['start_sample']}"
    place = f"bar {section['start_bar']} = {start} at {bpm:g} BPM; {section['bars']} bars = {section['frames']} samples"
    sheet.text(12, 54, place, NORMAL, PALE)
    for index, file in enumerate(files):
        top, read = 72 + 58 * index, wavinfo.WavInfoReader(file)
        colour = COLOURS.get(file.stem, FALLBACK)
        assert read.bext is not None
        assert read.cues is not None
        sheet.text(12, top + 30, file.name, NORMAL)
        sheet.text(120, top + 22, f"TimeReference {read.bext.time_reference}", SMALL, PALE)
        sheet.text(120, top + 40, f"{len(list(read.cues.each_cue()))} bar markers", SMALL, PALE)
        sheet.box(320, top, 850, 50, faded(colour, 0.25))
        sheet.wave(soundfile.read(file)[0], 320, top + 3, 850, 44, colour)
    sheet.save(ROOT / "docs" / "any-daw.png")


def draw() -> None:
    """Write all pictures."""
    for picture in (draw_song, draw_bitwig, draw_tablet, draw_files):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.yaml"
            config.write_text(yaml.safe_dump({"folders": {"state": "state"}}), encoding="utf-8")
            picture(Path(folder))


if __name__ == "__main__":
    draw()
