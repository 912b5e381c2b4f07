"""The product on one page: brief → score → take → delivery. Runs in a worker, or in the command line without a daemon."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge import composers, engines
from bridge.brief import Brief
from bridge.config import Config
from bridge.engines.engine import Capabilities
from bridge.finish.mixdown import finish, stem_levels
from bridge.finish.splice import splice
from bridge.job import Job
from bridge.music.score import Score
from bridge.music.take import Take
from bridge.outbox.delivery import deliver, find_deliveries
from bridge.outbox.delivery import sweep as sweep_outbox
from bridge.outbox.reading import DeliveredTake, read_take
from bridge.prepare import prepare
from bridge.repaint import splice_score, window_beats
from bridge.request import Request
from bridge.seeds.prompt_meaning import prompt_vector, understand_fully
from bridge.step import Step, ignore

STAGE_SHARES = {"compose": 0.15, "perform": 0.4, "finish": 0.15, "deliver": 0.3}
"""What part of the work each stage is, as measured on 8 bars with the sampler."""

KEPT_FIELDS = ("composer", "engine", "bit_depth", "formats")
"""What repaint and extend have from the take they work on where the request does not say."""


def warm(config: Config) -> None:
    """Make a bar of music that nobody hears, so that the first job finds everything loaded; raises BridgeError."""
    job = Job("warm-up", Request(bars=1), random_seed=1, created=time.time())
    outbox = config.folders.state / "warm-up"
    folders = config.folders.model_copy(update={"outbox": outbox})
    try:
        run(job, {}, config.model_copy(update={"folders": folders}), ignore, lambda _variation, _path: None, lambda _text: None)
    finally:
        shutil.rmtree(outbox, ignore_errors=True)


def capabilities(config: Config) -> list[Capabilities]:
    """Return what each engine can do on this machine."""
    return [engines.load(name, config.soundfont, config.threads).capabilities() for name in engines.names()]


def sweep(config: Config, job_id: str | None = None) -> None:
    """Remove what an interrupted job (or, without an id, any job) left half-written in the outbox."""
    sweep_outbox(config.folders.outbox, job_id)


def run(
    job: Job,
    clips: Mapping[str, bytes],
    config: Config,
    step: Step,
    delivered: Callable[[int, Path], None],
    warn: Callable[[str], None],
) -> None:
    """Compose, perform, finish and deliver every variation that is not in the outbox yet, telling of each.

    Raises BridgeError where something is wrong and CancelledError (out of `step`) where the musician gave up.
    """
    there = find_deliveries(config.folders.outbox, job.id, job.created)
    old = read_take(Path(job.parent)) if job.parent else None
    if old is not None:
        job = replace(job, request=_like(old, job.request))
    for variation in range(1, job.request.variations + 1):
        if variation not in there:
            making = _Making(job, clips, config, variation, old, step)
            there[variation] = making.delivery(warn)
        delivered(variation, there[variation])


def _like(old: DeliveredTake, request: Request) -> Request:
    """Return the request with what it leaves open as in the take it works on."""
    update: dict[str, object] = {} if request.project else {"project": old.manifest["project"]}
    if not request.prompt:
        update["prompt"] = old.request.prompt
    if request.action == "repaint" or "sample_rate_hz" not in request.model_fields_set:
        update["sample_rate_hz"] = old.sample_rate_hz
    unsaid = [field for field in KEPT_FIELDS if field not in request.model_fields_set]
    return request.model_copy(update={**{field: getattr(old.request, field) for field in unsaid}, **update})


@dataclass
class _Making:
    """The making of one variation."""

    job: Job
    clips: Mapping[str, bytes]
    config: Config
    variation: int
    old: DeliveredTake | None
    """The take that repaint or extend works on."""
    whole_step: Step
    timings: dict[str, float] = field(default_factory=dict)
    """Stage → seconds."""

    def delivery(self, warn: Callable[[str], None]) -> Path:
        """Go from the request to a delivery and return the path of its manifest."""
        brief = self._brief()
        for text in brief.warnings:
            warn(text)
        score, composer = self._compose(brief)
        take = self._perform(score, brief).changed(composer=composer, random_seed=brief.random_seed, parent=self._parent_id())
        take = self._finish(take, brief)
        for text in take.warnings:
            warn(text)
        sounds = (*take.stems, *([take.mix] if take.mix else []))
        levels = {stem.part: stem.levels or stem_levels(stem, take.sample_rate_hz) for stem in sounds}
        with self._stage("deliver") as step:
            return deliver(
                take,
                self.job,
                brief,
                self.variation,
                self.config.folders.outbox,
                levels=levels,
                timings=self.timings,
                step=step,
                midi_tempo=self.config.delivery.midi_tempo,
            )

    def _parent_id(self) -> str:
        return str(self.old.manifest["id"]) if self.old else ""

    def _brief(self) -> Brief:
        job, config = self.job, self.config
        parent = Path(job.parent) if job.parent else None
        random_seed = job.random_seed + self.variation - 1
        brief = prepare(job.request, self.clips, job.transport, random_seed, parent, understand_fully, voices=config.hum.voices)
        return replace(
            brief,
            prompt_vector=prompt_vector(job.request.prompt),
            composer=config.composer if brief.composer == "auto" else brief.composer,
            engine=config.engine if brief.engine == "auto" else brief.engine,
        )

    def _compose(self, brief: Brief) -> tuple[Score, dict[str, object]]:
        composer = composers.load(brief.composer)
        with self._stage("compose") as step:
            score = composer.compose(brief, step)
        if self.old is not None and self.job.request.action == "repaint":
            score = splice_score(score, self.old.score, self.job.request)
        made_by = {"name": composer.name, "version": composer.version, **composer.made_with(brief)}
        return score, {**made_by, "groove": score.groove or None, "seconds": self.timings["compose"]}

    def _perform(self, score: Score, brief: Brief) -> Take:
        engine = engines.load(brief.engine, self.config.soundfont, self.config.threads)
        with self._stage("perform") as step:
            take = engine.perform(score, brief, step)
        return take.changed(engine={"name": engine.name, "version": engine.version, **take.engine})

    def _finish(self, take: Take, brief: Brief) -> Take:
        mix = self.config.mix
        with self._stage("finish") as step:
            if self.old is None or self.job.request.action == "extend":
                return finish(take, lufs=mix.lufs, true_peak_db=mix.true_peak_db, step=step)
            take = finish(take, true_peak_db=mix.true_peak_db, gains_db=self.old.gains_db, step=step)
            window, parts = window_beats(self.job.request, self.old.score), self.job.request.parts or brief.parts
            return splice(take, self.old.take(), window, parts, mix.true_peak_db)

    @contextmanager
    def _stage(self, stage: str) -> Iterator[Step]:
        """Give the step of one stage, which counts as its share of the whole job, and note how long the stage took."""
        names = list(STAGE_SHARES)
        before = self.variation - 1 + sum(STAGE_SHARES[name] for name in names[: names.index(stage)])

        def step(detail: str, done: int, total: int) -> None:
            share = STAGE_SHARES[stage] * min(1.0, done / max(total, 1))
            self.whole_step(detail, round(1000 * (before + share)), 1000 * self.job.request.variations)

        began = time.perf_counter()
        yield step
        self.timings[stage] = time.perf_counter() - began
