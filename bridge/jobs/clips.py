"""Where a clip that a request names comes from: an upload, a kept clip, or a file in an allowed folder."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from bridge.errors import ClipError
from bridge.jobs.store import Store
from bridge.request import CLIP_BYTES_MAX, Request


class ClipReader:
    """Reads clips once each, so that a burst of orders for one clip costs one reading."""

    def __init__(self, store: Store, folders: Sequence[Path]) -> None:
        self._store = store
        self._folders = folders
        self._read: dict[str, bytes] = {}
        self.bytes_by_key: dict[str, bytes] = {}
        """Every clip read so far, by its SHA-256."""

    def clips(self, request: Request, uploads: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the bytes of every clip the request names, by that name; raises ClipError, naming the field."""
        return {
            name: uploads[name] if name in uploads else self._known(name, field) for field, name in request.named_clips.items()
        }

    def key(self, data: bytes) -> str:
        """Return the SHA-256 of a clip, under which a store keeps it."""
        key = clip_key(data)
        self.bytes_by_key[key] = data
        return key

    def _known(self, name: str, field: str) -> bytes:
        if name not in self._read:
            kept = self._store.kept_clip(name)
            self._read[name] = read_allowed(name, self._folders, field) if kept is None else kept
        return self._read[name]


def clip_key(data: bytes) -> str:
    """Return the SHA-256 of a clip in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_allowed(name: str, folders: Sequence[Path], field: str = "clip") -> bytes:
    """Return the bytes of a file inside one of the folders; links and ``..`` may not lead out of them.

    Raises ClipError, naming the field, for anything else; nothing is said about files outside the folders.
    """
    for folder in folders:
        path = inside(folder, name)
        if path is not None and path.is_file():
            return _read_file(path, f"{field}: {name!r}", field)
    allowed = ", ".join(map(str, folders)) or "none"
    raise ClipError(
        f"{field}: {name[:200]!r} is no upload, no kept clip and no file inside the allowed folders ({allowed})",
        code="unknown_clip",
        field=field,
    )


def inside(folder: Path, name: str) -> Path | None:
    """Return what a name leads to from a folder, links followed, if it exists and lies in that folder; else None."""
    try:
        path = (folder / name).resolve(strict=True)
    except (OSError, ValueError):  # nothing there, or no name at all
        return None
    return path if path.is_relative_to(folder.resolve()) else None


def _read_file(path: Path, what: str, field: str) -> bytes:
    try:
        # The path is resolved: a link found here now was put there since, to lead elsewhere. A pipe must not block.
        file = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(file, "rb") as stream:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_size > CLIP_BYTES_MAX:
                raise ClipError(f"{what} is no file of at most {CLIP_BYTES_MAX >> 20} MB, as a clip is", field=field)
            return stream.read(CLIP_BYTES_MAX)
    except OSError as error:
        raise ClipError(f"{what} cannot be read ({error.strerror})", code="unknown_clip", field=field) from None
