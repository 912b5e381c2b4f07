"""manifest.json: what a delivery holds, where it belongs and how it was made (schema ``stepbridge.take/1``).

Every beat and bar in it is on the song's timeline; frames count from the start of the files.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import bridge
from bridge.brief import Brief
from bridge.job import Job
from bridge.music.notes import Part, within
from bridge.music.score import Score, Section
from bridge.music.take import Stem, Take

SCHEMA = "stepbridge.take/1"
MANIFEST_NAME = "manifest.json"
OVERVIEW_NAME = "overview.png"
REPORT_NAME = "report.md"
SESSION_NAME = "session.dawproject"
DEFAULT_PROJECT = "untitled"
COMPOSER_FIELDS = ("name", "version", "weights_sha256", "steps", "seconds", "groove")

Levels = Mapping[str, tuple[float | None, float | None]]
"""Stem (or ``mix``) → (integrated loudness in LUFS, true peak in dBTP); None where nothing sounds."""


@dataclass(frozen=True)
class AudioFile:
    """A stereo file of a delivery."""

    name: str
    file_format: str
    sample_rate_hz: int
    frames: int


@dataclass(frozen=True)
class Files:
    """What a delivery holds beside its manifest."""

    audio: Mapping[str, tuple[AudioFile, ...]]
    """Stem or ``mix`` → the same sound in each format asked for, the first one first."""
    tails: Mapping[str, AudioFile]
    """Stem or ``mix`` → what rings on after the section, where something does."""
    midi: Mapping[str, str]
    """Part or ``score`` → file name."""


@dataclass(frozen=True)
class Account:
    """What is known of the making beside the take itself."""

    variation: int
    hashes: Mapping[str, str]
    """File name → SHA-256."""
    levels: Levels
    timings: Mapping[str, float]
    """Stage → seconds."""
    warnings: tuple[str, ...]


def manifest(take: Take, job: Job, brief: Brief, files: Files, account: Account) -> dict[str, Any]:
    """Return the manifest as JSON holds it; the same take and job give the same one but for `timings`."""
    section, score = take.score.section, take.score
    mix = {"mix": _audio(take.mix, files, account)} if take.mix else {}
    return {
        "schema": SCHEMA,
        "id": job.id,
        "variation": account.variation,
        "created": timestamp(job.created),
        "software": f"stepbridge {bridge.__version__}",
        "project": job.request.project or DEFAULT_PROJECT,
        "section": section_fields(section, take.sample_rate_hz),
        "tempo": [{"beat": change.beat, "bpm": change.bpm} for change in section.tempo.changes],
        "meter": [{"beat": 0.0, "numerator": section.meter.numerator, "denominator": section.meter.denominator}],
        "key": str(section.key),
        "chords": _chords(score),
        "markers": _markers(score, take.sample_rate_hz),
        "bar_frames": _bar_frames(section, take.sample_rate_hz),
        "sample_rate_hz": take.sample_rate_hz,
        "bit_depth": job.request.bit_depth,
        "stems": [_audio(stem, files, account, score.part(stem.part)) for stem in take.stems],
        "midi": [_midi(name, file, score, account) for name, file in files.midi.items()],
        **mix,
        "overview": {"file": OVERVIEW_NAME, "sha256": account.hashes[OVERVIEW_NAME]},
        "report": {"file": REPORT_NAME, "sha256": account.hashes[REPORT_NAME]},
        "session": {"file": SESSION_NAME, "sha256": account.hashes[SESSION_NAME]},
        "request": job.request.model_dump(mode="json", exclude_none=True),
        "style": _style(brief),
        "transport": asdict(job.transport),
        "composer": _plain(dict.fromkeys(COMPOSER_FIELDS) | take.composer),
        "engine": _plain(take.engine),
        "random_seed": brief.random_seed,
        "parent": take.parent or None,
        "warnings": list(account.warnings),
        "timings": {stage: round(seconds, 4) for stage, seconds in account.timings.items()},
    }


def manifest_bytes(fields: Mapping[str, Any]) -> bytes:
    """Return the file's content: UTF-8, indented for people."""
    return (json.dumps(fields, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def timestamp(seconds: float) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def section_fields(section: Section, sample_rate_hz: int) -> dict[str, Any]:
    """Return where a section lies, in bars, beats, seconds and samples."""
    return {
        "name": section.name,
        "start_bar": section.start_bar,
        "bars": section.bars,
        "start_beat": section.start_beat,
        "beats": section.length_beats,
        "start_seconds": section.start_seconds,
        "seconds": section.seconds,
        "start_sample": section.start_sample(sample_rate_hz),
        "frames": section.frames(sample_rate_hz),
    }


def _chords(score: Score) -> list[dict[str, Any]]:
    start, flats = score.section.start_beat, score.section.key.is_flat
    return [
        {"beat": start + span.start_beat, "length_beats": span.length_beats, "symbol": span.chord.spelled(flats=flats)}
        for span in score.chords
    ]


def _markers(score: Score, sample_rate_hz: int) -> list[dict[str, Any]]:
    section = score.section
    return [
        {
            "name": marker.name,
            "bar": section.start_bar + math.floor(marker.beat / section.meter.beats_per_bar + 1e-9),
            "beat": section.start_beat + marker.beat,
            "frame": section.frame(marker.beat, sample_rate_hz),
        }
        for marker in score.markers
    ]


def _bar_frames(section: Section, sample_rate_hz: int) -> list[int]:
    """Return the frame at which each bar starts, and the end."""
    return [section.frame(bar * section.meter.beats_per_bar, sample_rate_hz) for bar in range(section.bars + 1)]


def _audio_file(file: AudioFile, account: Account) -> dict[str, Any]:
    return {
        "file": file.name,
        "format": file.file_format,
        "sample_rate_hz": file.sample_rate_hz,
        "channels": 2,
        "frames": file.frames,
        "sha256": account.hashes[file.name],
    }


def _audio(stem: Stem, files: Files, account: Account, part: Part | None = None) -> dict[str, Any]:
    first, *_ = same_sound = files.audio[stem.part]
    lufs, true_peak_db = account.levels.get(stem.part, (None, None))
    tail = files.tails.get(stem.part)
    role = {"part": stem.part, "program": part.program if part else None} if stem.part != "mix" else {}
    return {
        **role,
        **_audio_file(first, account),
        "lufs": _finite(lufs),
        "true_peak_db": _finite(true_peak_db),
        "gain_db": _finite(stem.gain_db) or 0.0,
        "tail": _audio_file(tail, account) if tail else None,
        "files": [_audio_file(file, account) for file in same_sound],
    }


def _midi(name: str, file: str, score: Score, account: Account) -> dict[str, Any]:
    parts = [part for part in score.parts if name in {part.name, "score"}]
    notes = sum(len(within(part.notes, 0.0, score.section.length_beats)) for part in parts)
    return {"part": name, "file": file, "notes": notes, "sha256": account.hashes[file]}


def _style(brief: Brief) -> dict[str, Any]:
    style = brief.style
    key, meter = (str(said) if said else None for said in (style.key, style.meter))
    return {**asdict(style), "key": key, "meter": meter}


def _finite(level: float | None) -> float | None:
    """Return a level rounded to hundredths; None for silence, whose level is minus infinity."""
    return round(float(level), 2) if level is not None and math.isfinite(level) else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a composer or an engine says of itself
    """Return the value as JSON can hold it: numpy's numbers as Python's, what is no number as null, the rest as text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else str(value)
