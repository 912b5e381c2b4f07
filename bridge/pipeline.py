"""The product on one page: brief → score → take → delivery. Runs in a worker, or in the command line without a daemon."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bridge import composers, engines
from bridge.brief import Brief
from bridge.config import Config
from bridge.finish.mixdown import finish, stem_levels
from bridge.job import Job
from bridge.music.score import Score
from bridge.music.take import Take
from bridge.outbox.delivery import deliver, find_deliveries
from bridge.outbox.delivery import sweep as sweep_outbox
from bridge.prepare import prepare
from bridge.repaint import splice_score, splice_take
from bridge.step import Step

SHARES = (("compose", 0.25), ("perform", 0.35), ("finish", 0.1), ("deliver", 0.3))
"""What part of the work each stage is, measured on 8 bars with the sampler."""


def warm(config: Config) -> None:
    """Load what the first job would otherwise wait for."""
    engines.load(config.engine, config.soundfont, config.threads).warm()


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
    there = find_deliveries(config.folders.outbox, job.id)
    count = job.request.variations
    for variation in range(1, count + 1):
        if variation not in there:
            part_of_job = _share(step, variation - 1, count)
            there[variation] = _variation(job, clips, config, variation, part_of_job, warn)
        delivered(variation, there[variation])


def _share(step: Step, done_before: int, count: int) -> Step:
    """Return a step that counts one variation as its share of the whole job, in thousandths."""
    starts = {}
    so_far = 0.0
    for stage, share in SHARES:
        starts[stage] = (so_far, share)
        so_far += share

    def stepped(stage: str, done: int, total: int) -> None:
        start, share = starts.get(stage.partition(" ")[0], (0.0, 0.0))
        fraction = start + share * done / max(total, 1)
        step(stage, round(1000 * (done_before + min(fraction, 1.0))), 1000 * count)

    return stepped


def _variation(
    job: Job, clips: Mapping[str, bytes], config: Config, variation: int, step: Step, warn: Callable[[str], None]
) -> Path:
    timings = _Timings()
    parent = Path(job.parent) if job.parent else None
    brief = prepare(job.request, clips, job.transport, job.random_seed + variation - 1, parent)
    brief = replace(
        brief,
        composer=brief.composer if brief.composer != "auto" else config.composer,
        engine=brief.engine if brief.engine != "auto" else config.engine,
    )
    for text in brief.warnings:
        warn(text)
    timings.mark("prepare")
    score, made_by = _compose(brief, job, step)
    timings.mark("compose")
    take = _perform(score, brief, config, step).changed(composer={**made_by, "seconds": timings.seconds["compose"]})
    timings.mark("perform")
    take = finish(take, lufs=config.mix.lufs, true_peak_db=config.mix.true_peak_db, step=_named(step, "finish"))
    if parent is not None and job.request.action == "repaint":
        take = splice_take(take, parent, job.request)
    timings.mark("finish")
    levels = {stem.part: stem_levels(stem, take.sample_rate_hz) for stem in take.stems}
    return deliver(
        take, job, brief, variation, config.folders.outbox, levels=levels, timings=timings.seconds, step=_named(step, "deliver")
    )
