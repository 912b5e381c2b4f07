"""Names of folders in the outbox: safe on every file system, and still the musician's own words."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

NAME_BYTES_MAX = 80
_PUNCTUATION = frozenset(" -_.+'(),&")
_EMOJI_SELECTORS = re.compile("[\ufe00-\ufe0f\u20e3]")
# Windows keeps these names for devices, with any extension.
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])($|\.)")
_HIDDEN = re.compile(r"^\.(?P<job>[A-Za-z0-9._-]{1,64})\.v\d+\.[0-9a-f]{8}\.part$")


def safe_name(text: str, fallback: str) -> str:
    """Return a folder name of at most NAME_BYTES_MAX bytes made of `text`; `fallback` where nothing of it can stay.

    Letters, digits and marks of every language stay; what a file system, a shell or a URL minds becomes ``_``.
    """
    composed = unicodedata.normalize("NFC", _EMOJI_SELECTORS.sub("", text))
    kept = "".join(char if _is_safe(char) else "_" for char in composed)
    name = re.sub(r" {2,}", " ", re.sub(r"_{2,}", "_", kept)).strip(" ._")
    name = name.encode()[:NAME_BYTES_MAX].decode(errors="ignore").rstrip(" .")
    return (f"_{name}" if _DEVICES.match(name) else name) or fallback


def _is_safe(char: str) -> bool:
    return char in _PUNCTUATION or unicodedata.category(char)[0] in "LNM"


def job_digest(job_id: str) -> str:
    """Return the eight characters that stand for a job in names."""
    return hashlib.sha256(job_id.encode()).hexdigest()[:8]


def hidden_name(job_id: str, variation: int, token: str) -> str:
    """Return the name of the folder in which a delivery is built; `token` is eight random hexadecimal digits."""
    return f".{job_id}.v{variation}.{token}.part"


def hidden_job(name: str) -> str | None:
    """Return the job that a folder of this name was built for; None where it is no such folder."""
    match = _HIDDEN.match(name)
    return match["job"] if match else None


def next_number(names: Iterable[str], stem: str) -> int:
    """Return one more than the highest number that a delivery named ``<stem>_v<number>_<job>`` has."""
    pattern = re.compile(rf"^{re.escape(stem)}_v(\d+)_", re.IGNORECASE)
    return max((int(match[1]) for match in map(pattern.match, names) if match), default=0) + 1
