"""Who can play: sets of instruments under free licences, and where their files are found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bridge.engines.sampler import PACKAGED_SOUNDFONT
from bridge.engines.sampler_soundfont import SoundFont
from bridge.errors import BridgeError

OWN_FOLDER = Path("var/soundfonts")
FOLDERS = (PACKAGED_SOUNDFONT.parent, OWN_FOLDER, Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))
"""Where SoundFonts are looked for, in this order."""


@dataclass(frozen=True)
class InstrumentSet:
    """A General MIDI set of instruments."""

    name: str
    file: str
    """Name of its SoundFont; "" where it is computed."""
    licence: str
    about: str
    """Who made it, and the package that has it."""

    @property
    def path(self) -> Path | None:
        """Where its file is; None where it is not on this machine."""
        found = (folder / self.file for folder in FOLDERS if self.file)
        return next((path for path in found if path.is_file()), None)


SETS = (
    InstrumentSet(
        "FluidR3 Mono",
        PACKAGED_SOUNDFONT.name,
        "MIT",
        "Frank Wen 2000–2002, Michael Cowgill 2014–16, Ethan Winer, Michael Schorsch; packaged with this program",
    ),
    InstrumentSet(
        "FluidR3 GM",
        "FluidR3_GM.sf2",
        "MIT",
        "Frank Wen 2000–2002 and 2008, Toby Smithe 2008; Debian package fluid-soundfont-gm 3.1",
    ),
    InstrumentSet(
        "MuseScore General Lite",
        "MuseScore_General_Lite.sf3",
        "MIT; drumline CC0, grand piano public domain",
        "S. Christian Collins 2018–2021 after FluidR3; Debian package musescore-general-soundfont-small 0.2.1",
    ),
)


def available() -> tuple[InstrumentSet, ...]:
    """Return the sets that can play on this machine; raises BridgeError where there is none."""
    found = tuple(one for one in SETS if not one.file or one.path)
    if not found:
        raise BridgeError(
            f"no instruments: put one of {', '.join(one.file for one in SETS if one.file)} into {OWN_FOLDER}",
            code="no_instruments",
        )
    return found


@cache
def font(one: InstrumentSet) -> SoundFont:
    """Return its SoundFont, kept open in this process with the samples that it has played."""
    return SoundFont(path_of(one))


def path_of(one: InstrumentSet) -> Path:
    """Return where its file is; raises BridgeError where it is not on this machine."""
    if one.path is None:
        raise BridgeError(f"{one.file} is not on this machine; put it into {OWN_FOLDER}", code="no_instruments")
    return one.path


def checksum(one: InstrumentSet) -> str:
    """Return the SHA-256 of its file, shortened to 16 digits; "" where it has none."""
    return hashlib.sha256(one.path.read_bytes()).hexdigest()[:16] if one.path else ""
