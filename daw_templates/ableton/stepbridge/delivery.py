"""A delivery of the daemon: is it whole, what is in it, and where does it belong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from .music import Note
from .smf import read_notes

SCHEMA = "stepbridge.take/1"
_SAMPLE_BYTES = {"16": 2, "24": 3, "32f": 4}


class DeliveryError(Exception):
    """What keeps a delivery from being imported, as a sentence."""


class Sound(NamedTuple):
    """A stem, or what rings on after one."""

    part: str
    path: Path
    seconds: float
    is_tail: bool


class Notes(NamedTuple):
    """The notes of one part."""

    part: str
    path: Path
    notes: list[Note]


class Delivery(NamedTuple):
    """A take, ready to be put into a set."""

    id: str
    label: str
    """The name of its folder, such as chorus_b17_v001_1a2b3c4d."""
    project: str
    section: str
    start_bar: int
    start: float
    """The beat of the arrangement at which it starts."""
    beats: float
    bpm: float
    """Its tempo there."""
    has_one_tempo: bool
    sounds: list[Sound]
    midi: list[Notes]

    @property
    def title(self) -> str:
        """How people call it."""
        return f"{self.section}, bar {self.start_bar}"


def read(manifest_path: Path) -> Delivery:
    """Return the delivery of a manifest with all its files looked at; raises DeliveryError."""
    fields = _manifest(manifest_path)
    folder = manifest_path.parent
    section = fields["section"]
    changes = [change for change in fields["tempo"] if change["beat"] < section["start_beat"] + section["beats"]]
    inside = [change for change in changes if change["beat"] > section["start_beat"]]
    before = [change for change in changes if change["beat"] <= section["start_beat"]]
    return Delivery(
        id=fields["id"],
        label=folder.name,
        project=fields["project"],
        section=section["name"],
        start_bar=section["start_bar"],
        start=float(section["start_beat"]),
        beats=float(section["beats"]),
        bpm=float((before or changes)[-1 if before else 0]["bpm"]),
        has_one_tempo=not inside,
        sounds=_sounds(folder, fields),
        midi=[_midi(folder, entry) for entry in fields["midi"] if entry["part"] != "score"],
    )


def _manifest(path: Path) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeliveryError(f"{path} cannot be read: {error}") from None
    if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
        raise DeliveryError(f"{path} is not of {SCHEMA}")
    return fields


def _sounds(folder: Path, fields: dict[str, Any]) -> list[Sound]:
    sounds = []
    for stem in fields["stems"]:
        for entry, is_tail in ((stem, False), (stem["tail"], True)):
            if entry:
                path = folder / entry["file"]
                _check_size(path, entry, _SAMPLE_BYTES[fields["bit_depth"]])
                sounds.append(Sound(stem["part"], path, entry["frames"] / entry["sample_rate_hz"], is_tail))
    return sounds


def _check_size(path: Path, entry: dict[str, Any], sample_bytes: int) -> None:
    least = entry["frames"] * entry["channels"] * sample_bytes if entry["format"] == "wav" else 1
    if not path.is_file() or path.stat().st_size < least:
        raise DeliveryError(f"{path} is not all there")


def _midi(folder: Path, entry: dict[str, Any]) -> Notes:
    path = folder / entry["file"]
    try:
        return Notes(entry["part"], path, read_notes(path.read_bytes()))
    except (OSError, ValueError, IndexError) as error:
        raise DeliveryError(f"{path} cannot be read: {error}") from None
