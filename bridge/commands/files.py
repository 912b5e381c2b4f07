"""Reading the files that a command line names."""

from __future__ import annotations

from pathlib import Path

from bridge.errors import RequestError
from bridge.request import CLIP_BYTES_MAX


def clip_bytes(path: Path, field: str = "clip") -> bytes:
    """Return the bytes of a clip; raises RequestError where the file is missing, unreadable or far too large."""
    try:
        if path.stat().st_size > CLIP_BYTES_MAX:
            raise RequestError(f"{field} {path}: is larger than {CLIP_BYTES_MAX >> 20} MB, which no clip is", field=field)
        return path.read_bytes()
    except OSError as error:
        raise RequestError(f"{field} {path}: cannot be read ({error.strerror})", field=field, code="missing_file") from None
