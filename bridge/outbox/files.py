"""Every file of a delivery but its manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from bridge.step import Step

if TYPE_CHECKING:
    from bridge.music.take import Samples

PICTURE_SHARE = 0.5
"""What part of the work the pictures are, measured on 8 bars in WAV."""


def write_files(
    folder: Path, take: Take, job: Job, brief: Brief, variation: int, *, levels: Levels, step: Step
) -> tuple[Files, tuple[str, ...]]:
    """Write audio, MIDI, session, picture and report into an empty folder.

    Returns what was written and every warning of the take, each once. Raises OSError, and what `step` raises.
    """
    sounds = [*take.stems, *([take.mix] if take.mix else [])]
    progress = _Progress(step, _frames(sounds) * len(job.request.formats))
    audio = _AudioWriter(folder, take.sample_rate_hz, job, progress.told)
    tags = _tags(take, job, brief, variation)
    for stem in sounds:
        lufs, true_peak_db = levels.get(stem.part, (None, None))
        title = f"{take.score.section.name} {stem.part}"
        audio.write(stem, replace(tags, title=title, is_tonal=stem.part != "drums", lufs=lufs, true_peak_db=true_peak_db))
    files = Files(audio.files, audio.tails, _write_midi(folder, take))
    _write_session(folder, take, job, brief, files)
    progress.told(0)  # a chance to give up before the slowest step
    _write_pages(folder, take, job, brief, files, variation=variation, levels=levels, warnings=audio.warnings)
    return files, tuple(dict.fromkeys((*job.warnings, *brief.warnings, *take.warnings, *audio.warnings)))


def _write_midi(folder: Path, take: Take) -> dict[str, str]:
    """Write a file for each part, and one for all of them; return part → file name."""
    score = take.score
    names = {part.name: f"{part.name}.mid" for part in score.parts}
    for part, name in names.items():
        (folder / name).write_bytes(write_smf(score, parts=(part,)))
    (folder / "score.mid").write_bytes(write_smf(score))
    return {**names, "score": "score.mid"}


def _write_session(folder: Path, take: Take, job: Job, brief: Brief, files: Files) -> None:
    year = datetime.fromtimestamp(job.created, UTC).year
    about = About(_title(take, job), job.request.prompt, ", ".join(brief.style.genres), year)
    first = {part: same_sound[0] for part, same_sound in files.audio.items()}
    (folder / SESSION_NAME).write_bytes(dawproject_bytes(take, first, about))


def _write_pages(folder: Path, take: Take, job: Job, brief: Brief, files: Files, **told: Any) -> None:  # noqa: ANN401 - for the report
    from bridge.outbox.pictures import overview_png  # noqa: PLC0415 - drawing is needed only here
    from bridge.outbox.report import report_markdown  # noqa: PLC0415

    (folder / OVERVIEW_NAME).write_bytes(overview_png(take, title=_title(take, job)))
    (folder / REPORT_NAME).write_text(report_markdown(take, job, brief, files, **told), encoding="utf-8")


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

    def told(self, frames: int) -> None:
        self.done += frames
        share = min(self.done / max(self.frames, 1), 1.0) * (1.0 - PICTURE_SHARE)
        self.step("deliver", round(1000 * share), 1000)


@dataclass
class _AudioWriter:
    """Writes stems in every format asked for."""

    folder: Path
    sample_rate_hz: int
    job: Job
    told: Callable[[int], None]
    files: dict[str, tuple[AudioFile, ...]] = field(default_factory=dict)
    tails: dict[str, AudioFile] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def write(self, stem: Stem, tags: Tags) -> None:
        """Write a stem, and its tail in the first format."""
        formats = tuple(dict.fromkeys(self.job.request.formats))
        self.files[stem.part] = tuple(self._file(f"{stem.part}.{name}", stem.samples, name, tags) for name in formats)
        if stem.tail is not None and len(stem.tail):
            tail_tags = replace(tags, title=f"{tags.title} tail", is_tail=True, lufs=None, true_peak_db=None)
            self.tails[stem.part] = self._file(f"{stem.part}.tail.{formats[0]}", stem.tail, formats[0], tail_tags)

    def _file(self, name: str, samples: Samples, file_format: str, tags: Tags) -> AudioFile:
        self.warnings += write_audio(
            self.folder / name,
            samples,
            self.sample_rate_hz,
            file_format=file_format,
            bit_depth=self.job.request.bit_depth,
            tags=tags,
            told=self.told,
        )
        rate_hz = file_rate_hz(file_format, self.sample_rate_hz)
        return AudioFile(name, file_format, rate_hz, round(len(samples) * rate_hz / self.sample_rate_hz))
