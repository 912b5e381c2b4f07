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
    folder: str = ""
    """Of `daw_templates`, where it is not the name on the command line."""


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
    "live": Daw(
        title="Ableton Live",
        homes={
            "darwin": ("~/Music/Ableton/User Library",),
            "win32": ("~/Documents/Ableton/User Library", "$OneDrive/Documents/Ableton/User Library"),
        },
        rows=(
            Row("stepbridge/*.py", "Remote Scripts"),
            Row("stepbridge.amxd", "Presets/MIDI Effects/Max MIDI Effect"),
            Row("stepbridge_device.js", "Presets/MIDI Effects/Max MIDI Effect"),
        ),
        blocks=(),
        next_step=(
            "Restart Live, open its settings at Link, Tempo & MIDI, and choose “stepbridge” as a Control Surface; then call a "
            "MIDI clip “chorus: epic brass >>”, or drag the Max device “stepbridge” from the User Library onto a MIDI track"
        ),
        folder="ableton",
    ),
    "bitwig": Daw(
        title="Bitwig Studio",
        homes={
            "linux": ("~/Bitwig Studio",),
            "darwin": ("~/Documents/Bitwig Studio",),
            "win32": ("$USERPROFILE/Documents/Bitwig Studio", "$OneDrive/Documents/Bitwig Studio"),
        },
        rows=(Row("*.js", "Controller Scripts/stepbridge"),),
        blocks=(),
        next_step=(
            "In Bitwig open Settings > Controllers, Add controller, stepbridge > stepbridge; then open the Studio I/O panel, "
            "select a clip, write a prompt and press Send"
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
