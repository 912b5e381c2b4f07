"""The grooves of MMA's library: files, meters, and which variant is a fill, an intro or an ending."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path

from bridge.corpus.families import Family, load_families
from bridge.errors import BridgeError

LIBRARY = Path("/usr/share/mma/lib")
"""Where Debian's package `mma` keeps it."""
_DEFINED = re.compile(r"^\s*DefGroove\s+(\S+)", re.MULTILINE | re.IGNORECASE)
_KINDS = {
    "intro": r"(?i:intro)",
    "fill": r"(?i:fill|break)|F[AB]$",
    "end": r"(?i:end(ing)?)[\dA-D]?(Sus)?$|[a-z0-9]E$",
    "unused": r"(?i:metronome)",
}
_METERS = {(4.0, "4/4"): "4/4", (3.0, "3/4"): "3/4", (3.0, "4/4"): "3/4", (5.0, "5/4"): "5/4"}
_TWELVE_EIGHT = ("128", "slowrock")


@dataclass(frozen=True)
class GrooveFile:
    """One style of the library with its variants."""

    path: str
    """``stdlib/bossanova``."""
    family: Family
    meter: str
    beats: float
    """Beats of a bar as MMA counts and as it writes quarters in its MIDI: 6 or 2 in 6/8."""
    mains: tuple[str, ...]
    fills: tuple[str, ...]
    intros: tuple[str, ...]
    ends: tuple[str, ...]


def read_library(library: Path = LIBRARY) -> list[GrooveFile]:
    """Return every groove file of the family table that MMA loads, in the order of that table."""
    found = (_read(library, path, family) for family in load_families().values() for path in family.grooves)
    return [file for file in found if file is not None]


def _read(library: Path, path: str, family: Family) -> GrooveFile | None:
    names = list(dict.fromkeys(_DEFINED.findall((library / f"{path}.mma").read_text(encoding="latin-1"))))
    kinds = {name: _kind(name) for name in names}
    mains = tuple(name for name in names if kinds[name] == "main")
    beats, signature = _time(path, mains[0])
    meter = "6/8" if signature == "6/8" or beats == 6.0 else _METERS.get((beats, signature))
    if meter is None:
        return None
    if meter == "4/4" and path.endswith(_TWELVE_EIGHT):
        meter = "12/8"
    others = [tuple(name for name in names if kinds[name] == kind) for kind in ("fill", "intro", "end")]
    return GrooveFile(path, family, meter, beats, mains, *others)


def _kind(name: str) -> str:
    return next((kind for kind, words in _KINDS.items() if re.search(words, name)), "main")


def _time(path: str, groove: str) -> tuple[float, str]:
    source = f"Groove {path}.mma:{groove}\nPrint @@ $_TIME $_TIMESIG\n1 C\n"
    match = re.search(r"@@ (\S+) (\S+)", run_mma(source, "-n"))
    return (float(match[1]), match[2]) if match else (0.0, "")


def run_mma(source: str, *options: str) -> str:
    """Run MMA on a source and return what it prints; raises BridgeError (`mma_failed`) where it is missing or refuses."""
    try:
        done = subprocess.run(  # noqa: S603 - our own source
            ["mma", *options, "-"],  # noqa: S607 - wherever it is installed
            input=source,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except FileNotFoundError:
        raise BridgeError("mma is not installed; get it with: apt install mma", code="mma_failed") from None
    if done.returncode:
        raise BridgeError(f"MMA refuses a groove or a chord: {(done.stdout + done.stderr)[-300:]}", code="mma_failed")
    return done.stdout


def nearest(main: str, variants: tuple[str, ...]) -> str | None:
    """Return the variant (a fill, an ending) that goes with a main groove: the longest common beginning, then its letter."""
    if not variants:
        return None
    return max(
        variants,
        key=lambda name: (len(commonprefix((main.lower(), name.lower()))), main[-1] in name[-2:]),  # noqa: RUF071 - letters
    )
