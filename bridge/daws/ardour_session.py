"""An Ardour 7 session file: opened once nobody else has it open, changed as XML, replaced whole with a backup beside it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from bridge.errors import BridgeError

SUPERCLOCKS_PER_SECOND = 282_240_000
"""Ardour's unit of time: a whole number of them in a sample at every rate (libs/temporal/superclock.h)."""
FORMAT_SERIES = 7
"""Thousands of the `version` of session files that Ardour 7 writes."""
SUFFIX = ".ardour"
_PROGRAMS = ("ardour", "hardour", "luasession", "Ardour")


class SessionError(BridgeError):
    """The Ardour session is missing, open, or of a kind that cannot be changed; nothing of it was changed."""

    code = "bad_session"


@dataclass
class Session:
    """A session as it was read; `save` replaces the file by what `root` is now."""

    path: Path
    """The .ardour file."""
    root: ET.Element
    _before: bytes
    _next_id: int

    @classmethod
    def open(cls, path: Path) -> Session:
        """Return a session by its folder or its .ardour file; raises SessionError where it is missing, open or too old."""
        file = _session_file(path)
        before = _content(file)
        try:
            root = ET.fromstring(before)  # noqa: S314 - the musician's own file
        except ET.ParseError as error:
            raise SessionError(f"session {file}: is not XML ({error}); open a snapshot or {file.name}.bak instead") from None
        _check_format(file, root)
        _check_closed(file)
        ids = (int(value) for element in root.iter() if (value := element.get("id", "")).isdecimal())
        return cls(file, root, before, max(int(root.get("id-counter", "0")), 1 + max(ids, default=0)))

    @property
    def sample_rate_hz(self) -> int:
        """The rate that the session was made with."""
        return int(self.root.get("sample-rate", "48000"))

    @property
    def superclocks_per_sample(self) -> int:
        """A whole number at every rate that Ardour knows."""
        return SUPERCLOCKS_PER_SECOND // self.sample_rate_hz

    def new_id(self) -> str:
        """Return an id that nothing in the session has."""
        self._next_id += 1
        return str(self._next_id - 1)

    def child(self, name: str) -> ET.Element:
        """Return a list of the session, such as Regions, made where it is missing."""
        found = self.root.find(name)
        return found if found is not None else ET.SubElement(self.root, name)

    def interchange(self, kind: str) -> Path:
        """Return the session's folder for `audiofiles` or `midifiles`, made where it is missing."""
        interchange = self.path.parent / "interchange"
        own = interchange / self.root.get("name", self.path.stem)
        others = sorted(path for path in interchange.glob("*") if path.is_dir())
        folder = (own if own.is_dir() or not others else others[0]) / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def save(self, reason: str) -> Path:
        """Replace the session file whole and return the backup of the old one, named after the reason.

        Raises SessionError where somebody changed the file in the meantime.
        """
        self.root.set("id-counter", str(self._next_id))
        new = self.path.with_name(f"{self.path.name}.stepbridge.tmp")
        backup = self.path.with_name(f"{self.path.name}.bak-{reason}")
        content = ET.tostring(self.root, encoding="UTF-8", xml_declaration=True)
        try:
            write_durably(new, content + b"\n")
            write_durably(backup, self._before)
            _check_closed(self.path)
            if self.path.read_bytes() != self._before:
                raise SessionError(
                    f"session {self.path}: was saved by another program meanwhile; import again", code="session_open"
                )
            shutil.copymode(self.path, new)
            new.replace(self.path)
        except OSError as error:
            raise SessionError(f"session {self.path}: cannot be written ({error.strerror}); it is as it was") from None
        finally:
            new.unlink(missing_ok=True)
        return backup


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _session_file(path: Path) -> Path:
    if path.is_file() and path.suffix == SUFFIX:
        return path.resolve()
    if not path.is_dir():
        raise SessionError(f"session {path}: is no Ardour session; give its folder or its {SUFFIX} file", code="missing_file")
    files = sorted(path.glob(f"*{SUFFIX}"))
    named = [file for file in files if file.stem == path.resolve().name]
    if not named and len(files) != 1:
        found = ", ".join(file.name for file in files) or f"no {SUFFIX} file"
        raise SessionError(f"session {path}: holds {found}; give the path of one {SUFFIX} file", code="missing_file")
    return (named or files)[0].resolve()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SessionError(f"session {file}: cannot be read ({error.strerror})", code="missing_file") from None


def _check_format(file: Path, root: ET.Element) -> None:
    version = root.get("version", "")
    if root.tag != "Session" or not version.isdecimal():
        raise SessionError(f"session {file}: is not a session of Ardour")
    if int(version) // 1000 != FORMAT_SERIES:
        raise SessionError(f"session {file}: has file format {version}; save it with Ardour 7 (7000 to 7999)")


def _check_closed(file: Path) -> None:
    """Raise SessionError where Ardour has the session open: it would write over what is imported, and writes no lock file.

    Where a system tells nothing of its processes (not Linux), only a recording in progress is seen.
    """
    if file.with_suffix(".pending").exists():
        raise SessionError(
            f"session {file}: Ardour records in it or crashed while it did; open it, save it and close it first",
            code="session_open",
        )
    if any(_has_open(process, file) for process in Path("/proc").glob("[0-9]*")):
        raise SessionError(
            f"session {file}: is open in Ardour; save and close it there, then import again", code="session_open"
        )


def _has_open(process: Path, file: Path) -> bool:
    """Return whether a process is Ardour with this session: it was started with it, has its media open, or opened it last."""
    try:
        if not (process / "comm").read_text(encoding="utf-8").startswith(_PROGRAMS):
            return False
        words = [os.fsdecode(word) for word in (process / "cmdline").read_bytes().split(b"\0")]
        if str(file.parent) in words or str(file) in words:
            return True
        if any(link.readlink().is_relative_to(file.parent) for link in (process / "fd").iterdir()):
            return True
    except OSError:
        return False  # it ended, or belongs to somebody else
    return _is_last_opened(file)


def _is_last_opened(file: Path) -> bool:
    """Return whether the session heads a list of recent sessions: lines of name and folder by turns."""
    lists = (Path.home() / ".config").glob("ardour*/recent")
    return any(recent.read_text(encoding="utf-8").splitlines()[1:2] == [str(file.parent)] for recent in lists)
