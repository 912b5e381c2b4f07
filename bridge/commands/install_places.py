"""Which files each DAW wants, and where it looks for them: the table that `stepbridge install` follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """Files of `daw_templates/<daw>` that go into one folder of the DAW."""

    files: str
    """A pattern below the DAW's folder of `daw_templates`; with ``**`` subfolders are kept."""
    folder: str
    """Below the DAW's own folder; "" is that folder itself."""


@dataclass(frozen=True)
class Block:
    """A few lines that go into a file which may hold the musician's own, between two lines that mark them."""

    file: str
    """Below the DAW's own folder."""
    text: str
    comment: str
    """What starts a comment in that file."""


@dataclass(frozen=True)
class Daw:
    """One line of the table."""

    title: str
    homes: Mapping[str, tuple[str, ...]]
    """`sys.platform` → folders it may keep its settings in, the likeliest first; ``~`` and ``$NAME`` are resolved."""
    rows: tuple[Row, ...]
    blocks: tuple[Block, ...]
    next_step: str


def templates() -> Path:
    """Return the folder `daw_templates`: beside the package, both in a checkout and where stepbridge is installed."""
    return Path(__file__).parent.parent.parent / "daw_templates"


DAWS = {
    "ardour": Daw(
        title="Ardour",
        homes={
            "linux": ("~/.config/ardour9", "~/.config/ardour8", "~/.config/ardour7"),
            "darwin": ("~/Library/Preferences/Ardour9", "~/Library/Preferences/Ardour8", "~/Library/Preferences/Ardour7"),
            "win32": ("$LOCALAPPDATA/ardour9", "$LOCALAPPDATA/ardour8", "$LOCALAPPDATA/ardour7"),
        },
        rows=(Row("*.lua", "scripts"),),
        blocks=(),
        next_step=(
            "Restart Ardour, open Edit > Lua Scripts > Script Manager, and give “stepbridge: send clip” and "
            "“stepbridge: import take” an action slot each; then select a MIDI region and click the first"
        ),
    ),
    "reaper": Daw(
        title="REAPER",
        homes={
            "linux": ("$XDG_CONFIG_HOME/REAPER", "~/.config/REAPER"),
            "darwin": ("~/Library/Application Support/REAPER",),
            "win32": ("$APPDATA/REAPER",),
        },
        rows=(
            Row("*.lua", "Scripts/stepbridge"),
            Row("*.ReaperOSC", "OSC"),
            Row("*.RPP", "ProjectTemplates"),
        ),
        blocks=(
            Block(
                file="Scripts/__startup.lua",
                text=(
                    'local stepbridge = reaper.GetResourcePath() .. "/Scripts/stepbridge/stepbridge_startup.lua"\n'
                    "if reaper.file_exists(stepbridge) then dofile(stepbridge) end"
                ),
                comment="--",
            ),
        ),
        next_step=(
            "Restart REAPER, open the action list (?), search for “stepbridge_send” and give it a key; "
            "then select a MIDI item and press it"
        ),
    ),
}
"""Name on the command line → what is to be done."""
