"""A Live with the script installed, as `stepbridge install live` puts it, and run tick by tick."""

import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.cli import main
from tests.live.fake_clips import MidiClip, MidiNoteSpecification
from tests.live.fake_live import FakeLive, LiveObject
from tests.live.fake_set import Song

TUNE = [(0.0, 1.0, 62, 96.0), (1.0, 0.5, 65, 90.0), (1.5, 0.5, 69, 101.0), (2.0, 1.5, 74, 110.0), (4.0, 4.0, 70, 64.0)]
"""Start and length in beats, pitch, velocity."""
LONGEST_WAIT_TICKS = 1200


class CInstance:
    """What Live gives a control surface."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio

    def song(self) -> LiveObject:
        return LiveObject(self._studio.song)

    def show_message(self, text: str) -> None:
        assert isinstance(text, str)
        self._studio.said.append(text)


class ControlSurface:
    """The part of ableton.v2's class that the script uses; any other name is an AttributeError, as it may be in Live."""

    def __init__(self, c_instance: CInstance) -> None:
        self._c_instance = c_instance
        self._messages: list[tuple[int, Callable[[], None]]] = []
        self._is_connected = True

    @property
    def song(self) -> LiveObject:
        return self._c_instance.song()

    def show_message(self, message: str) -> None:
        self._c_instance.show_message(message)

    def schedule_message(self, delay_in_ticks: int, callback: Callable[[], None]) -> None:
        assert self._is_connected, "AssertionError of Live: a message is scheduled after the end"
        assert delay_in_ticks > 0
        self._messages.append((delay_in_ticks, callback))

    def disconnect(self) -> None:
        self._is_connected = False

    def update_display(self) -> None:
        waiting, self._messages = self._messages, []
        self._messages = [(delay - 1, callback) for delay, callback in waiting if delay > 1]
        for callback in [callback for delay, callback in waiting if delay <= 1]:
            callback()


class Studio:
    """One running Live with a set."""

    def __init__(self, folder: Path, config: Path, version: tuple[int, int, int] = (12, 3, 6)) -> None:
        self.live = FakeLive(version)
        self.song = Song(self.live)
        self.said: list[str] = []
        self.library = folder / "User Library"
        assert main(["--config", str(config), "install", "live", "--to", str(self.library)]) == 0
        self._modules = _modules(self.live)
        self.surface: Any = None

    def start(self, own_port: int = 0) -> None:
        """Choose the control surface; its own port is a free one."""
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self.library / "Remote Scripts"))
        package = importlib.import_module("stepbridge")
        importlib.import_module("stepbridge.settings").OWN_PORT = own_port  # type: ignore[attr-defined]
        self.surface = package.create_instance(CInstance(self))
        self.tick(0)

    def module(self, name: str) -> Any:
        return importlib.import_module(f"stepbridge.{name}")

    @property
    def port(self) -> int:
        port: int = self.surface._link.port
        return port

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.surface.update_display()
        self.live.check()
        self.song.check()

    def stop(self) -> None:
        if self.surface is not None:
            self.surface.disconnect()
            self.surface.update_display()
        forget()
        self.live.check()

    def add_clip(
        self, start: float | None, length: float, notes: list[tuple[float, float, int, float]] | None = None
    ) -> MidiClip:
        """Select a new MIDI clip: of the arrangement, or without a start of the first free slot."""
        names = [track.name for track in self.song.tracks]
        track = self.song.track("Melody") if "Melody" in names else self.song.add_track("Melody", is_midi=True)
        slot = next(slot for slot in track.clip_slots if not slot.has_clip)
        clip = slot.create_clip(length) if start is None else track.create_midi_clip(start, length)
        assert isinstance(clip, MidiClip)
        self.song.view.detail_clip = clip.add(*(TUNE if notes is None else notes))
        return clip


def forget() -> None:
    """Take the script and Live's modules out of this Python again."""
    for name in [name for name in sys.modules if name.split(".")[0] in {"stepbridge", "Live", "ableton"}]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if not path.endswith("Remote Scripts")]


def _modules(live: FakeLive) -> dict[str, types.ModuleType]:
    names = ("Live", "Live.Clip", "ableton", "ableton.v2", "ableton.v2.control_surface")
    modules = {name: types.ModuleType(name) for name in names}

    def unknown(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        live.forbid(f"Live.{name} is not modelled")

    vars(modules["Live"]).update(Clip=modules["Live.Clip"], __getattr__=unknown)
    vars(modules["Live.Clip"]).update(MidiNoteSpecification=MidiNoteSpecification, __getattr__=unknown)
    vars(modules["ableton.v2.control_surface"]).update(ControlSurface=ControlSurface)
    return modules
