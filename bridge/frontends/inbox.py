"""The inbox folder: a clip, a JSON with fields of a request, or both under one name, is a request.

The folder is looked through again and again, because network drives tell nobody of new files.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge import strict_json
from bridge.config import Config
from bridge.errors import BridgeError, ClipError, RequestError
from bridge.events import Event, Failed
from bridge.job import Order

if TYPE_CHECKING:
    from bridge.core import Core

log = logging.getLogger(__name__)

SCAN_S = 0.4
QUIET_SCANS = 2
"""A file is complete when it looks the same in so many scans after the first."""
EMPTY_SCANS = 25
"""An empty file may still be filled; after so many scans it is refused."""
RETRY_SCANS = 25
"""How long a request rests whose files could not be read or moved."""
CLIPS = frozenset({".mid", ".midi", ".wav", ".flac", ".mp3", ".ogg", ".m4a", ".webm"})
TEMPORARY = (".part", ".tmp", ".temp", ".crdownload", ".download", ".inprogress", "~")
NOT_MEANT = frozenset({"desktop.ini", "thumbs.db"})
CLIP_BYTES_MAX = 256 * 1024 * 1024
JSON_BYTES_MAX = 1024 * 1024
STEM_BYTES_MAX = 200
"""Longer names are shortened when they are moved, so that an ending fits."""
REPLY_TO = "inbox:"


@dataclass(frozen=True)
class _Found:
    """A file as one scan saw it."""

    path: Path
    size: int
    modified_ns: int
    is_file: bool
    """False: a link."""


@dataclass
class _Group:
    """The files of one name, and for how many scans they have looked like this."""

    files: tuple[_Found, ...]
    quiet: int = 0
    rests: int = 0

    @property
    def is_ready(self) -> bool:
        kinds = {file.path.suffix.lower() for file in self.files}
        if kinds <= {".ready"} or self.rests > 0:
            return False
        if ".ready" in kinds:
            return True
        is_empty = any(file.size == 0 and file.is_file for file in self.files)
        return self.quiet >= (EMPTY_SCANS if is_empty else QUIET_SCANS)


class Inbox:
    """Takes requests out of `folders.inbox` from `start` to `stop`, moving their files to `done/` or `failed/`."""

    def __init__(self, core: Core, config: Config, scan_s: float = SCAN_S) -> None:
        self._core = core
        self._folder = config.folders.inbox
        self._scan_s = scan_s
        self._groups: dict[str, _Group] = {}
        self._failed: queue.SimpleQueue[Failed] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._is_lost = False

    def start(self) -> None:
        """Begin to look."""
        self._unsubscribe = self._core.bus.subscribe(self._listen)
        self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what lies there waits for the next start."""
        self._unsubscribe()
        self._stopping.set()
        self._thread.join(timeout=10.0)

    def _listen(self, event: Event) -> None:
        if isinstance(event, Failed):
            self._failed.put(event)

    def _work(self) -> None:
        while not self._stopping.wait(self._scan_s):
            try:
                self.scan()
                self._is_lost = False
            except OSError as error:
                if not self._is_lost:
                    log.warning("inbox: %s cannot be read (%s); it is tried again and again", self._folder, error.strerror)
                self._is_lost = True
            except Exception:
                log.exception("inbox: a scan failed")

    def scan(self) -> None:
        """Look once: notice what is new, take what is complete."""
        while not self._failed.empty():
            self._give_up(self._failed.get())
        before, self._groups = self._groups, {}
        for name, files in _grouped(self._folder).items():
            known = before.get(name)
            is_same = known is not None and known.files == files
            self._groups[name] = group = known if known and is_same else _Group(files, quiet=-1)
            group.quiet += 1
            group.rests -= 1
            if group.is_ready:
                self._take(name, group)

    def _take(self, name: str, group: _Group) -> None:
        """Submit a request and move its files; what goes wrong on our side lets it rest and be tried again."""
        try:
            done = _Place(self._folder / "done", name)
            try:
                self._core.submit(_order(name, group.files, done.stem))
            except BridgeError as error:
                log.info("inbox: %s is refused: %s", name, error.text)
                _refuse(_Place(self._folder / "failed", name), (file.path for file in group.files), error)
            else:
                done.move(file.path for file in group.files)
        except Exception:
            log.exception("inbox: %s is left where it is for a while", name)
            group.rests = RETRY_SCANS

    def _give_up(self, event: Failed) -> None:
        """Move the files of a job that failed later from `done/` to `failed/`."""
        reply_to = self._core.job(event.id).reply_to
        if not reply_to.startswith(REPLY_TO):
            return
        stem = reply_to.removeprefix(REPLY_TO)
        files = [path for path in (self._folder / "done").iterdir() if _stem(path) == stem]
        if files:
            _refuse(_Place(self._folder / "failed", stem), files, BridgeError(event.text, code=event.code))


def _grouped(folder: Path) -> dict[str, tuple[_Found, ...]]:
    """Return the files of each name, in order of their endings; folders, hidden and temporary files are not seen."""
    groups: dict[str, list[_Found]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(TEMPORARY) or entry.name.lower() in NOT_MEANT:
                continue
            is_file = entry.is_file(follow_symlinks=False)
            if is_file or entry.is_symlink():
                status = entry.stat(follow_symlinks=False)
                path = Path(entry.path)
                groups.setdefault(_stem(path), []).append(_Found(path, status.st_size, status.st_mtime_ns, is_file))
    return {name: tuple(sorted(files, key=lambda file: file.path.name)) for name, files in sorted(groups.items())}


def _stem(path: Path) -> str:
    return path.name.removesuffix(".error.txt") if path.name.endswith(".error.txt") else path.stem


def _order(name: str, files: tuple[_Found, ...], stem_after: str) -> Order:
    """Return the request that these files are; the same files always give the same id, so that a crash doubles nothing."""
    clips, texts, others = _sorted(files)
    if others:
        raise ClipError(
            f"{_shown(others[0].path)}: is neither a clip ({' '.join(sorted(CLIPS))}) nor a .json with fields of a request",
            code="unknown_file",
        )
    if len(clips) > 1:
        raise ClipError(f"{_shown(clips[0].path)}: {len(clips)} clips have this name; one request has one clip")
    fields, digest = {}, hashlib.sha256(name.encode(errors="surrogateescape"))
    for text in texts:
        data = _read(text, JSON_BYTES_MAX)
        digest.update(b"%d" % text.modified_ns + data)
        fields = _fields(text.path, data)
    uploads = {}
    for clip in clips:
        upload = _shown(clip.path)
        if "clip" in fields:
            raise RequestError(f"clip: the JSON names one, and {_shown(clip.path)} is another; use one", field="clip")
        uploads[upload] = _read(clip, CLIP_BYTES_MAX)
        digest.update(b"%d" % clip.modified_ns + uploads[upload])
        fields["clip"] = upload
    own_id = fields.pop("id", None)
    if own_id is not None and not isinstance(own_id, str):
        raise RequestError("id: must be text", field="id")
    return Order(fields, own_id or _made_id(name, digest.hexdigest()), uploads, REPLY_TO + _storable(stem_after))


def _sorted(files: tuple[_Found, ...]) -> tuple[list[_Found], list[_Found], list[_Found]]:
    """Return the clips, the JSON and what is neither; markers are left out."""
    kinds: tuple[list[_Found], list[_Found], list[_Found]] = ([], [], [])
    for file in files:
        suffix = file.path.suffix.lower()
        if suffix != ".ready":
            kinds[0 if suffix in CLIPS else 1 if suffix == ".json" else 2].append(file)
    return kinds


def _made_id(name: str, digest: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:32]
    return "-".join(filter(None, ("inbox", readable, digest[:16])))


def _storable(text: str) -> str:
    """Return text that any store takes; names of files may hold bytes that are no UTF-8."""
    return text.encode(errors="replace").decode()


def _shown(path: Path) -> str:
    return _storable(path.name)[:120]


def _read(file: _Found, bytes_max: int) -> bytes:
    """Return the bytes of a file; raises ClipError for a link, an empty and a huge one."""
    if not file.is_file:
        raise ClipError(f"{_shown(file.path)}: is a link; put the file itself here")
    if file.size > bytes_max:
        raise ClipError(f"{_shown(file.path)}: has {file.size} bytes; at most {bytes_max} are read")
    if file.size == 0:
        raise ClipError(f"{_shown(file.path)}: is empty")
    descriptor = os.open(file.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(bytes_max)


def _fields(path: Path, data: bytes) -> dict[str, Any]:
    """Return the JSON object in these bytes; raises RequestError saying what is wrong with it."""
    try:
        fields = strict_json.read(data.decode("utf-8-sig"))
    except ValueError as error:
        raise RequestError(f"{_shown(path)}: is not valid JSON ({str(error)[:200]})", code="bad_json") from None
    if not isinstance(fields, dict):
        raise RequestError(f'{_shown(path)}: must hold an object such as {{"prompt": "sad cello ballad"}}', code="bad_json")
    return fields


class _Place:
    """A name in a folder under which nothing lies yet: files are never written over."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.stem = self._free(os.fsdecode(os.fsencode(name)[:STEM_BYTES_MAX]))

    def _free(self, stem: str) -> str:
        taken = {_stem(path) for path in self._folder.iterdir()}
        number, free = 1, stem
        while free in taken:
            number += 1
            free = f"{stem}_{number}"
        return free

    def move(self, paths: Iterable[Path]) -> None:
        for path in paths:
            path.rename(self._folder / (self.stem + path.suffix))

    def write_error(self, error: BridgeError) -> None:
        (self._folder / f"{self.stem}.error.txt").write_text(
            f"{error.code}: {error.text}\n", encoding="utf-8", errors="replace"
        )


def _refuse(failed: _Place, paths: Iterable[Path], error: BridgeError) -> None:
    failed.write_error(error)
    failed.move(paths)
