"""Builds the corpus: tunes × styles, shard by shard, each from its own seed, so that a build can be taken up again."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import cycle, islice, zip_longest
from pathlib import Path
from random import Random

from bridge.composers.rules.idioms import IDIOMS
from bridge.corpus.collections import read_collections
from bridge.corpus.crops import crop, fits
from bridge.corpus.families import load_families
from bridge.corpus.grooves import GrooveFile, read_library
from bridge.corpus.harmony import SOURCE, with_harmony
from bridge.corpus.leaks import hold_out
from bridge.corpus.mma import accompanied
from bridge.corpus.rules_teacher import composed, suits
from bridge.corpus.shards import save_shard
from bridge.corpus.song import Song
from bridge.corpus.tunes import TUNES_FILE, Tune, load_tunes, save_tunes
from bridge.errors import BridgeError

SHARD_SONGS = 250
HELD_GROOVES, HELD_IDIOMS = 4, 2
DIVERSITY_SONGS, DIVERSITY_SEEDS = 60, 5
_RULES_METERS = {
    "4/4": (("4/4", 10), ("5/4", 1)),
    "2/4": (("4/4", 5), ("2/4", 4), ("5/4", 1)),
    "3/4": (("3/4", 1),),
    "6/8": (("6/8", 3), ("12/8", 1)),
    "12/8": (("12/8", 1),),
}
"""Meter of a tune → meters that the rules arrange it in, with weights."""
_RARE_METERS = {"3/4": 2.0, "6/8": 4.0, "12/8": 2.0, "5/4": 2.0}
"""How much more often than those in 4/4 the few grooves in other meters come."""


@dataclass(frozen=True)
class Job:
    """One song to make."""

    tune: Tune
    split: str
    seed: int
    meter: str
    groove: GrooveFile | None = None
    idiom: str = ""
    """The rules make it."""
    family: str = ""
    """With neither groove nor idiom: chords alone are made, in a family's colour."""
    mma_seed: int | None = None

    def song(self) -> Song | None:
        """Return the song; None where MMA fails on this groove."""
        random = Random(self.seed)  # noqa: S311 - music, not secrets
        tune = crop(self.tune, self.meter, random)
        try:
            made = self._made(tune, random)
        except BridgeError as error:
            sys.stderr.write(f"left out: {error.text}\n")
            return None
        return Song(
            made.meta | {"split": self.split, "tonic": self.tune.tonic},
            made.chord_root,
            made.chord_mask,
            made.chord_bass,
            made.notes,
        )

    def _made(self, tune: Tune, random: Random) -> Song:
        if self.groove:
            return accompanied(tune, self.groove, random, self.mma_seed)
        return composed(tune, self.idiom, random) if self.idiom else with_harmony(tune, load_families()[self.family], random)


@dataclass(frozen=True)
class Shard:
    """One file to write."""

    name: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Plan:
    """What a build consists of."""

    shards: tuple[Shard, ...]
    tunes: int
    held: int
    near_copies: int


def planned(tunes: list[Tune], library: Sequence[GrooveFile], songs: int, seed: int) -> Plan:
    """Return the shards of a corpus with `songs` training songs of each teacher, those of both teachers in turn.

    As many again, of the same tunes, have chords alone.
    """
    random = Random(seed)  # noqa: S311 - music, not secrets
    train, held, dropped = hold_out(tunes, random)
    mma = _train_mma(train, library, songs, random)
    rules = _train_rules(train, songs, random)
    held_mma, held_rules = _held_mma(held, library, random), _held_rules(held, random)
    varied = [job for job in held_mma if job.seed % 3 < 2][:DIVERSITY_SONGS]
    again = [
        Job(job.tune, "held", job.seed, job.meter, job.groove, mma_seed=turn)
        for job in varied
        for turn in range(DIVERSITY_SEEDS)
    ]
    by_teacher = [_shards("mma", held_mma, mma), _shards("rules", held_rules, rules)]
    in_turn = [shard for pair in zip_longest(*by_teacher) for shard in pair if shard is not None]
    in_turn.insert(8, Shard("teacher-diversity", tuple(again)))
    in_turn += _shards(SOURCE, [], _train_harmony(train, songs, random))
    return Plan(tuple(in_turn), len(train), len(held), dropped)


def _shards(source: str, held: list[Job], train: list[Job]) -> list[Shard]:
    """Return shards of a teacher: the first to train on, the held-out ones, then the rest."""
    pieces = [train[at : at + SHARD_SONGS] for at in range(0, len(train), SHARD_SONGS)]
    ordered = [*pieces[:1], held, *pieces[1:]]
    return [Shard(f"songs-{source}-{number:03}", tuple(jobs)) for number, jobs in enumerate(ordered) if jobs]


def _train_mma(tunes: list[Tune], library: Sequence[GrooveFile], songs: int, random: Random) -> list[Job]:
    """Return jobs in which the grooves of a family come equally often, and a family by the root of their number."""
    sizes: dict[str, int] = {}
    for groove in library:
        sizes[groove.family.name] = sizes.get(groove.family.name, 0) + 1
    weights = [sizes[groove.family.name] ** -0.5 * _RARE_METERS.get(groove.meter, 1.0) for groove in library]
    chosen = random.choices(library, weights, k=songs)
    decks = {meter: _deck(tunes, meter, random) for meter in {groove.meter for groove in library}}
    return [Job(next(decks[g.meter]), "train", random.randrange(10**9), g.meter, g) for g in chosen]


def _deck(tunes: list[Tune], meter: str, random: Random) -> cycle[Tune]:
    fitting = [tune for tune in tunes if fits(tune, meter)]
    return cycle(random.sample(fitting, len(fitting)))


def _train_rules(tunes: list[Tune], songs: int, random: Random) -> list[Job]:
    """Return jobs in which every tune comes about equally often."""
    order = islice(cycle(random.sample(tunes, len(tunes))), songs)
    return [_rules_job(tune, "train", random) for tune in order]


def _train_harmony(tunes: list[Tune], songs: int, random: Random) -> list[Job]:
    """Return jobs in which every tune comes about equally often, in the colour of any family."""
    families = sorted(load_families())
    return [
        Job(tune, "train", random.randrange(10**9), _rules_meter(tune, random), family=random.choice(families))
        for tune in islice(cycle(random.sample(tunes, len(tunes))), songs)
    ]


def _rules_meter(tune: Tune, random: Random) -> str:
    meters, weights = zip(*_RULES_METERS[tune.meter], strict=True)
    return str(random.choices(meters, weights)[0])


def _rules_job(tune: Tune, split: str, random: Random) -> Job:
    meter = _rules_meter(tune, random)
    fitting = [idiom for idiom in IDIOMS if suits(idiom, meter)]
    idiom = random.choice(fitting if random.random() < 0.8 else list(IDIOMS))
    return Job(tune, split, random.randrange(10**9), meter, idiom=idiom)


def _held_mma(held: list[Tune], library: Sequence[GrooveFile], random: Random) -> list[Job]:
    jobs = []
    for tune in held:
        fitting = [groove for groove in library if fits(tune, groove.meter)]
        chosen = random.sample(fitting, min(HELD_GROOVES, len(fitting)))
        jobs += [Job(tune, "held", random.randrange(10**9), groove.meter, groove) for groove in chosen]
    return jobs


def _held_rules(held: list[Tune], random: Random) -> list[Job]:
    return [_rules_job(tune, "held", random) for tune in held for _ in range(HELD_IDIOMS)]


def written(shard: Shard, folder: str) -> str:
    """Make a shard unless it is there; return a line about it."""
    path = Path(folder) / f"{shard.name}.npz"
    if path.exists():
        return f"{shard.name}: there already"
    start = time.monotonic()
    songs = [song for job in shard.jobs if (song := job.song()) is not None]
    save_shard(songs, path)
    return f"{shard.name}: {len(songs)} of {len(shard.jobs)} songs in {time.monotonic() - start:.0f} s"


def build(folder: Path, *, songs: int, seed: int, processes: int) -> Plan:
    """Write the corpus to a folder and return its plan; tunes are read once and kept, and shards that exist are passed over."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / TUNES_FILE).exists():
        save_tunes(read_collections(processes), folder / TUNES_FILE)
    plan = planned(load_tunes(folder / TUNES_FILE), read_library(), songs, seed)
    sys.stdout.write(f"{plan.tunes} tunes to train on, {plan.held} held out, {plan.near_copies} dropped as near copies\n")
    with ProcessPoolExecutor(processes) as pool:
        for done in as_completed([pool.submit(written, shard, str(folder)) for shard in plan.shards]):
            sys.stdout.write(f"{done.result()}\n")
            sys.stdout.flush()
    return plan
