"""Every file of a delivery but its manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import bridge
from bridge.brief import Brief
from bridge.job import Job
from bridge.music.audio_files import file_rate_hz, write_audio
from bridge.music.midi import write_smf
from bridge.music.tags import Tags
from bridge.music.take import Stem, Take
from bridge.outbox.dawproject import About, dawproject_bytes
from bridge.outbox.manifest import DEFAULT_PROJECT, OVERVIEW_NAME, REPORT_NAME, SESSION_NAME, AudioFile, Files, Levels
from bridge.outbox.names import job_digest
from bridge.outbox.report import report_markdown
from bridge.step import Step
from bridge.threads import Check, processors, side_by_side

if TYPE_CHECKING:
    from bridge.music.take import Samples

AUDIO_SHARE = 0.5
"""What part of the work the audio files are, measured on 8 bars in WAV."""


def write_files(
    folder: Path, take: Take, job: Job, brief: Brief, variation: int, *, levels: Levels, step: Step, midi_tempo: bool
) -> tuple[Files, tuple[str, ...]]:
    """Write audio, MIDI, session, picture and report into an empty folder.

    Returns what was written and every warning of the take, each once. Raises OSError, and what `step` raises.
    """
    sounds = [*take.stems, *([take.mix] if take.mix else [])]
    progress = _Progress(step, _frames(sounds) * len(job.request.formats))
    audio = _AudioWriter(folder, take.sample_rate_hz, job, progress.heard)
    tags = _tags(take, job, brief, variation)

    def write(stem: Stem | None, check: Check) -> None:
        if stem is None:
            _write_overview(folder, take, job, brief)
            return
        lufs, true_peak_db = levels.get(stem.part, (None, None))
        title = f"{take.score.section.name} {stem.part}"
        stem_tags = replace(tags, title=title, is_tonal=stem.part != "drums", lufs=lufs, true_peak_db=true_peak_db)
        audio.write(stem, stem_tags, check)

    side_by_side(write, [None, *sounds], progress.tell, processors())
    names = [stem.part for stem in sounds]
    tails = {name: audio.tails[name] for name in names if name in audio.tails}
    midi = _write_midi(folder, take, with_tempo=midi_tempo)
    files = Files({name: audio.files[name] for name in names}, tails, midi)
    _write_session(folder, take, job, brief, files)
    told = tuple(dict.fromkeys(audio.warnings))
    report = report_markdown(take, job, brief, files, variation=variation, levels=levels, warnings=told)
    (folder / REPORT_NAME).write_text(report, encoding="utf-8")
    return files, tuple(dict.fromkeys((*job.warnings, *brief.warnings, *take.warnings, *told)))


def _write_midi(folder: Path, take: Take, *, with_tempo: bool) -> dict[str, str]:
    """Write a file for each part, and one for all of them, which names the chords as well; return part → file name."""
    score = take.score
    names = {part.name: f"{part.name}.mid" for part in score.parts}
    for part, name in names.items():
        (folder / name).write_bytes(write_smf(score, parts=(part,), with_tempo=with_tempo))
    (folder / "score.mid").write_bytes(write_smf(score, with_tempo=with_tempo, with_chords=True))
    return {**names, "score": "score.mid"}


def _write_session(folder: Path, take: Take, job: Job, brief: Brief, files: Files) -> None:
    year = datetime.fromtimestamp(job.created, UTC).year
    about = About(_title(take, job), job.request.prompt, ", ".join(brief.style.genres), year)
    first = {part: same_sound[0] for part, same_sound in files.audio.items()}
    (folder / SESSION_NAME).write_bytes(dawproject_bytes(take, first, about))


def _write_overview(folder: Path, take: Take, job: Job, brief: Brief) -> None:
    from bridge.outbox.pictures import overview_png  # noqa: PLC0415 - drawing is needed only here

    style = brief.style
    english = ", ".join((*style.moods, *style.genres, *style.instruments))
    title, plain_title = _title(take, job), f"{english} – {take.score.section.name}" if english else ""
    (folder / OVERVIEW_NAME).write_bytes(overview_png(take, title=title, plain_title=plain_title))


def _title(take: Take, job: Job) -> str:
    what = " ".join(job.request.prompt.split()) or job.request.project or DEFAULT_PROJECT
    return f"{what} – {take.score.section.name}"


def _frames(sounds: list[Stem]) -> int:
    return sum(len(stem.samples) for stem in sounds)


def _tags(take: Take, job: Job, brief: Brief, variation: int) -> Tags:
    """Return what the audio files of a take have in common."""
    return Tags(
        project=job.request.project or DEFAULT_PROJECT,
        prompt=job.request.prompt,
        section=take.score.section,
        markers=take.score.markers,
        software=f"stepbridge {bridge.__version__}",
        composer=str(take.composer.get("name") or ""),
        engine=str(take.engine.get("name") or ""),
        random_seed=brief.random_seed,
        reference=f"{job_digest(job.id)}-{variation}",
        created=datetime.fromtimestamp(job.created, UTC),
    )


@dataclass
class _Progress:
    """Tells `step` how much of the audio is written, in thousandths of the whole delivery."""

    step: Step
    frames: int
    done: int = 0
    _lock: Lock = field(default_factory=Lock)

    def heard(self, frames: int) -> None:
        """Take note of frames written, on any thread."""
        with self._lock:
            self.done += frames

    def tell(self, _files: int) -> None:
        """Tell on the caller's thread."""
        share = min(self.done / max(self.frames, 1), 1.0) * AUDIO_SHARE
        self.step("deliver", round(1000 * share), 1000)


@dataclass
class _AudioWriter:
    """Writes stems in every format asked for, several at a time."""

    folder: Path
    sample_rate_hz: int
    job: Job
    heard: Callable[[int], None]
    """Hears, on any thread, of frames written."""
    files: dict[str, tuple[AudioFile, ...]] = field(default_factory=dict)
    tails: dict[str, AudioFile] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def write(self, stem: Stem, tags: Tags, check: Check) -> None:
        """Write a stem, and its tail in the first format."""
        formats = tuple(dict.fromkeys(self.job.request.formats))
        self.files[stem.part] = tuple(self._file(f"{stem.part}.{name}", stem.samples, name, tags, check) for name in formats)
        if stem.tail is not None and len(stem.tail):
            tail_tags = replace(tags, title=f"{tags.title} tail", is_tail=True, lufs=None, true_peak_db=None)
            name = f"{stem.part}.tail.{formats[0]}"
            self.tails[stem.part] = self._file(name, stem.tail, formats[0], tail_tags, check)

    def _file(self, name: str, samples: Samples, file_format: str, tags: Tags, check: Check) -> AudioFile:
        def told(frames: int) -> None:
            self.heard(frames)
            check()

        self.warnings += write_audio(
            self.folder / name,
            samples,
            self.sample_rate_hz,
            file_format=file_format,
            bit_depth=self.job.request.bit_depth,
            tags=tags,
            told=told,
        )
        rate_hz = file_rate_hz(file_format, self.sample_rate_hz)
        return AudioFile(name, file_format, rate_hz, round(len(samples) * rate_hz / self.sample_rate_hz))
