"""The real Ardour, without a screen: sessions are made, changed, listed and exported by its own programs."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np
import soundfile
from numpy.typing import NDArray

STEPS = Path(__file__).parent / "ardour"
ACTIONS = Path(__file__).parent.parent.parent / "daw_templates" / "ardour"
PATIENCE_SECONDS = 50.0
TICKS_PER_BEAT = 1920
EXPORTS_MAX = 10
Samples = NDArray[np.float64]


class RegionLine(NamedTuple):
    """A region as Ardour plays it."""

    track: str
    name: str
    start_sample: int
    frames: int
    start_ticks: int
    length_ticks: int
    peak: float


class NoteLine(NamedTuple):
    """A note as Ardour plays it, counted from the start of its region."""

    track: str
    region: str
    pitch: int
    start_ticks: int
    length_ticks: int
    velocity: int


class Ardour:
    """One session in a home folder of its own."""

    def __init__(self, folder: Path, bpm: float) -> None:
        self.session = folder / "song"
        self.file = self.session / "song.ardour"
        (folder / "home").mkdir(parents=True)
        self._environment = {
            **os.environ,
            "HOME": str(folder / "home"),
            "ARDOUR_SESSION": str(self.session),
            "ARDOUR_BPM": str(bpm),
        }

    def step(self, name: str = "", **environment: str) -> list[list[str]]:
        """Load (or make) the session, run a step, save; return what the step printed, a list of words a line."""
        step = str(STEPS / f"{name}.lua") if name else ""
        done = self._run("ardour7-lua", str(STEPS / "session.lua"), ARDOUR_STEP=step, **environment)
        assert "rror:" not in done, done
        return [line.split("\t") for line in done.splitlines() if "\t" in line]

    def listing(self) -> tuple[list[RegionLine], list[NoteLine]]:
        """Return all regions and notes that its tracks play, once it loaded and saved the session."""
        return _listed(self.step("list"))

    @contextlib.contextmanager
    def held_open(self) -> Iterator[tuple[list[RegionLine], list[NoteLine]]]:
        """Yield what `listing` returns, with the session open in Ardour meanwhile."""
        words = ["ardour7-lua", str(STEPS / "session.lua")]
        environment = {**self._environment, "ARDOUR_STEP": str(STEPS / "hold.lua")}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(words, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
            lines = [line.rstrip("\n").split("\t") for line in iter(process.stdout.readline, "OPEN\t\n")]
            try:
                yield _listed(lines)
            finally:
                process.communicate("done\n", PATIENCE_SECONDS)

    def exports(self, path: Path) -> Iterator[Samples]:
        """Have Ardour mix the session down, 32-bit float, again and again; yield each export that ended without a crash.

        Ardour 7.3 frees memory twice while it exports: one export of six ends in glibc's "double free or corruption" from
        ~PortExportChannel, and one of a hundred has another owner's bytes in the first two samples of every other block of a
        channel. Where addresses are the same in every run, so are those bytes; every other export therefore has its blocks
        mapped one by one.
        """
        for attempt in range(EXPORTS_MAX):
            path.unlink(missing_ok=True)
            memory = {"MALLOC_MMAP_THRESHOLD_": "4096"} if attempt % 2 else {}
            done = self._start("ardour7-export", "-b", "32", "-o", str(path), str(self.session), "song", **memory)
            if done.returncode == 0:
                yield soundfile.read(path, dtype="float64")[0]

    def _run(self, *words: str, **environment: str) -> str:
        done = self._start(*words, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _start(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def xml(self) -> ET.Element:
        return ET.fromstring(self.file.read_bytes())  # noqa: S314 - Ardour wrote it

    def put_clip(self, track: str, midi: Path, start_beat: int, beats: int) -> None:
        """Put a MIDI file of one track on a MIDI track, as if it had been recorded."""
        folder = self.session / "interchange" / "song" / "midifiles"
        (folder / "clip.mid").write_bytes(midi.read_bytes())
        root = self.xml()
        number = int(root.attrib["id-counter"])
        root.set("id-counter", str(number + 3))
        ET.SubElement(root.find("Sources"), "Source", name="clip.mid", type="midi", flags="", id=str(number), origin="")  # type: ignore[arg-type]
        length = f"b{beats * TICKS_PER_BEAT}@b"
        said = {"name": "clip", "type": "midi", "start": "b0", "ancestral-length": "b0@b0", "source-0": str(number)}
        whole = {"id": str(number + 1), "whole-file": "1", "length": f"{length}0"}
        played = {"id": str(number + 2), "whole-file": "0", "length": f"{length}{start_beat * TICKS_PER_BEAT}"}
        ET.SubElement(root.find("Regions"), "Region", said | whole | {"master-source-0": str(number)})  # type: ignore[arg-type]
        playlist = root.find(f"Playlists/Playlist[@name='{track}']")
        ET.SubElement(playlist, "Region", said | played | {"master-source-0": str(number)})  # type: ignore[arg-type]
        self.file.write_bytes(ET.tostring(root))


def _listed(lines: list[list[str]]) -> tuple[list[RegionLine], list[NoteLine]]:
    regions = [line for line in lines if line[0] == "REGION"]
    notes = [line for line in lines if line[0] == "NOTE"]
    return (
        sorted(
            RegionLine(line[1], line[2], int(line[3]), int(line[4]), _ticks(line[5]), _ticks(line[6]), float(line[7]))
            for line in regions
        ),
        sorted(NoteLine(line[1], line[2], int(line[3]), _ticks(line[4]), _ticks(line[5]), int(line[6])) for line in notes),
    )


def _ticks(text: str) -> int:
    beats, _, ticks = text.partition(":")
    return int(beats) * TICKS_PER_BEAT + int(ticks)
