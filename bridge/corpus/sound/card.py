"""The card of the sound corpus: what is in it, who plays under which licence, and its checksum."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bridge.corpus.sound.instruments import SETS, checksum
from bridge.corpus.sound.production import MORE_WORDS, PRODUCTION_WORDS
from bridge.music.programs import program_name
from model.sound.corpus import shards
from model.sound.layout import SAMPLE_RATE_HZ

SPLITS = ("train", "held")
Rows = Mapping[str, list[dict[str, Any]]]
"""Split → what is known of its examples."""


def card(folder: Path, command: str) -> str:
    """Return the card of the corpus in a folder, as Markdown; `command` made it."""
    rows: Rows = {split: [row for shard in shards(folder, split) for row in shard.rows] for split in SPLITS}
    words = ("(plain)", *PRODUCTION_WORDS, *MORE_WORDS)
    tables = (
        _table("instruments", rows, lambda row: [row["instruments"]]),
        _table("part", rows, lambda row: [row["part"]]),
        _table("caption in", rows, lambda row: [row["language"]]),
        _table("production word", rows, lambda row: row["production"] or ["(plain)"], words),
        _table("General MIDI program", rows, _played_by),
    )
    return "\n\n".join((_head(folder, command), _sources(rows), *tables)) + "\n"


def _head(folder: Path, command: str) -> str:
    hours, digests = {}, []
    for split in SPLITS:
        found = shards(folder, split)
        hours[split] = sum(shard.audio.shape[0] * shard.audio.shape[1] for shard in found) / SAMPLE_RATE_HZ / 3600.0
        digests += [_digest(path) for shard in found for path in (shard.path, shard.path.with_suffix(".npz"))]
    total = hashlib.sha256(b"".join(digests)).hexdigest()
    return f"""# The corpus of the sound model

Stems of the score corpus' songs in random keys and at random paces, played by General MIDI instruments, produced in words, \
captioned in English or Chinese. {hours["train"]:.2f} hours to train on, {hours["held"]:.2f} hours held out: of songs \
that are held out in the score corpus, with wordings that no caption to train on has. 48 kHz, stereo, 16 bits; the format is \
described in `model/sound/corpus.py`.

- made by `{command}`
- SHA-256 of the SHA-256 of {len(digests)} files, in order of split and name: `{total}`"""


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _sources(rows: Rows) -> str:
    used = {row["instruments"] for known in rows.values() for row in known}
    lines = [
        f"| {one.name} | {one.licence} | {one.about} | {checksum(one) or 'part of this program'} |"
        for one in SETS
        if one.name in used
    ]
    return "\n".join(
        (
            "## Who plays, and under which licence\n",
            "| instruments | licence | who made them | SHA-256 begins |",
            "|---|---|---|---|",
            *lines,
            "\nNotes: the score corpus, see its own card. Production: computed, part of this program.",
        )
    )


def _table(name: str, rows: Rows, key: Callable[[dict[str, Any]], list[str]], order: tuple[str, ...] | None = None) -> str:
    counts = {split: Counter(value for row in rows[split] for value in key(row)) for split in SPLITS}
    names = order or sorted({*counts["train"], *counts["held"]})
    lines = [f"| {one} | {counts['train'][one]} | {counts['held'][one]} |" for one in names]
    return "\n".join((f"| {name} | train | held |", "|---|---|---|", *lines))


def _played_by(row: dict[str, Any]) -> list[str]:
    program, is_drums = int(row["program"]), row["part"] == "drums"
    return [f"{'kit' if is_drums else 'program'} {program:3}: {program_name(program, is_drums=is_drums)}"]
