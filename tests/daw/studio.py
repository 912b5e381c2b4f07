"""A REAPER with the scripts installed, and the folders of a daemon."""

import json
import shutil
from pathlib import Path
from typing import Any

from lupa import lua54

from bridge.cli import main
from tests.daw.fake_project import MediaItem, ReaProject
from tests.daw.fake_reaper import FakeReaper

TUNE = [(0.0, 1.0, 62, 96), (1.0, 0.5, 65, 90), (1.5, 0.5, 69, 101), (2.0, 1.5, 74, 110), (4.0, 4.0, 70, 64)]
"""Start and length in beats, pitch, velocity."""
ANSWERS = "sad cello ballad\nD minor\nlock\n1"


class Studio:
    """The scripts are where `stepbridge install` puts them."""

    def __init__(self, folder: Path, config: Path) -> None:
        self.inbox, self.outbox = folder / "inbox", folder / "outbox"
        self.resources = folder / "REAPER"
        assert main(["--config", str(config), "install", "reaper", "--to", str(self.resources)]) == 0
        self.scripts = self.resources / "Scripts" / "stepbridge"
        self.reaper = FakeReaper(self.resources)

    @property
    def project(self) -> ReaProject:
        return self.reaper.project

    def run(self, name: str) -> None:
        self.reaper.run(self.scripts / f"stepbridge_{name}.lua")

    def send(self, answers: str = ANSWERS) -> tuple[dict[str, Any], bytes]:
        """Run the send action and return the request and the clip that lie in the inbox."""
        before = set(self.inbox.glob("*.json"))
        self.reaper.answers = answers
        self.run("send")
        (written,) = set(self.inbox.glob("*.json")) - before
        clip = written.with_suffix(".mid")
        return json.loads(written.read_text(encoding="utf-8")), clip.read_bytes() if clip.exists() else b""

    def deliver(self, delivery: Path, project: str = "song") -> Path:
        """Put a copy of a real delivery into the outbox, whole at once as the daemon does."""
        target = self.outbox / project / delivery.name
        hidden = target.with_name(f".{target.name}.part")
        shutil.copytree(delivery, hidden)
        return hidden.rename(target)

    def lua_json(self, text: str) -> str | None:
        """Return what the scripts' own JSON makes of a text; None where it refuses it."""
        lua = lua54.LuaRuntime(unpack_returned_tuples=True)
        json_lua = lua.globals().dofile(str(self.scripts / "stepbridge_json.lua"))
        again = lua.eval("""function(json, text)
            local ok, value = pcall(json.decode, text)
            return ok and json.encode(value) or nil
        end""")
        answer: str | None = again(json_lua, text)
        return answer

    def items(self, role: str) -> list[MediaItem]:
        return self.project.track(role).items


def in_samples(seconds: float, rate: int = 48000) -> float:
    return seconds * rate
