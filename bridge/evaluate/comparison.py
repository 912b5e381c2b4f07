"""Comparing composers: every one through the same trials on the same held-out tunes, the teacher beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import yaml

from bridge.composers import load
from bridge.composers.composer import Composer
from bridge.evaluate import trials
from bridge.evaluate.families import Families, load_families, share_right
from bridge.evaluate.positions import Positions, load_positions
from bridge.evaluate.timing import LENGTHS, timed
from bridge.evaluate.trials import Figures
from bridge.evaluate.tune import DIVERSITY, Tune, arranged, load_tunes
from bridge.seeds.prompt_meaning import understand_fully
from bridge.seeds.sentence_encoder import load_encoder
from bridge.step import Step

TEACHER = "mma"
"""The name under which the teacher is compared."""
_PROMPTS = Path(__file__).parent / "prompts.yaml"
_WHOLE_BARS = 32
"""Bars of the longest held-out tunes, long enough for sections to return."""


@dataclass(frozen=True)
class Extent:
    """How much is tried."""

    tunes: int = 96
    bars: int = 32
    """Of each tune."""
    seeded: int = 10
    """Tunes for diversity."""
    seeds: int = 5
    prompts: int = 1000
    given: int = 30
    """Tunes for each kind of given part."""
    developed: int = 30
    long: int = 8
    """Tunes for each length."""
    runs: int = 3
    """For each speed."""


FULL = Extent()
QUICK = Extent(tunes=12, seeded=4, seeds=3, prompts=8, given=4, developed=4, long=2, runs=1)


class Prompt(NamedTuple):
    """A request in somebody's own words."""

    family: str
    manner: str
    """named: the words name the style; meant: they only describe it."""
    language: str
    text: str


@dataclass(frozen=True)
class Material:
    """What is compared on; read once."""

    extent: Extent

    @cached_property
    def known(self) -> tuple[Families, Positions]:
        """The classifier of families and the positions their grooves use."""
        return load_families(), load_positions()

    @cached_property
    def whole(self) -> list[Tune]:
        """The held-out tunes in their own length; the first ones differ in meter, mode and tune."""
        return load_tunes()

    @cached_property
    def tunes(self) -> list[Tune]:
        """The tunes to accompany, none longer than the extent says."""
        chosen = self.whole[: self.extent.tunes]
        return [tune.of_bars(min(tune.piece.bars, self.extent.bars)) for tune in chosen]

    @cached_property
    def takes(self) -> list[list[Tune]]:
        """The teacher's takes of the same tune in the same groove."""
        takes = [list(each) for _, each in groupby(load_tunes(DIVERSITY), key=lambda tune: (tune.name, tune.groove))]
        return takes[: self.extent.seeded]

    @cached_property
    def prompts(self) -> list[Prompt]:
        """The prompts of the families that the classifier knows."""
        families = yaml.safe_load(_PROMPTS.read_text(encoding="utf-8"))
        known = set(self.known[0].names)
        rows = [
            Prompt(family, manner, language, text)
            for family, manners in families.items()
            if family in known
            for manner, texts in manners.items()
            for language, text in zip(("en", "zh"), texts, strict=True)
        ]
        return rows[:: _odd(len(rows) // self.extent.prompts)]

    def for_family(self, family: str, index: int) -> Tune:
        """Return a tune, of 16 bars, in a meter in which the teacher plays the family."""
        meters = {str(tune.piece.meter) for tune in self.whole if tune.family == family} or {"4/4"}
        fitting = [tune for tune in self.whole if str(tune.piece.meter) in meters] or self.whole
        return fitting[index % len(fitting)].of_bars(16)

    def of_length(self, bars: int) -> list[Tune]:
        """Return tunes of so many bars, shorter ones sung again."""
        return [tune.of_bars(bars) for tune in self.whole[: self.extent.long]]


def teacher_figures(material: Material) -> Figures:
    """Return the teacher's own figures; what a teacher cannot be asked is left out."""
    tunes = material.tunes
    pieces = [tune.piece for tune in tunes]
    figures = trials.pieces_figures(tunes, pieces, material.known)
    figures |= {"bass_given": figures["bass_in_harmony"], "chords_given": figures["triads"]}
    figures |= trials.diversity([[tune.piece for tune in takes] for takes in material.takes])
    short = [tune.of_bars(trials.DEVELOPED_BARS) for tune in tunes]
    figures |= trials.developed(short, [tune.piece for tune in short])
    for bars in LENGTHS:
        long = material.of_length(bars)
        figures |= _of_length(trials.at_length(long, [tune.piece for tune in long]), bars)
    songs = [(tune.piece, tune.sections) for tune in material.whole if tune.piece.bars == _WHOLE_BARS]
    return figures | _of_length(trials.returning(songs), _WHOLE_BARS)


def composer_figures(name: str, material: Material, step: Step) -> Figures:
    """Return a composer's figures; `step` is called with (stage, done, total) after each score."""
    composer = load(name)
    figures: Figures = {}
    for trial in (_accompany, _diversity, _text, _given_chords, _given_parts, _develop, _lengths, _songs):
        figures |= trial(composer, material, step)
    step(f"{name}: speed", 0, 1)
    return figures | timed(name, runs=material.extent.runs)


def _accompany(composer: Composer, material: Material, step: Step) -> Figures:
    scores = trials.compose_all(composer, [tune.brief(1) for tune in material.tunes], step, f"{composer.name}: tunes")
    return trials.accompaniment(material.tunes, scores, material.known)


def _diversity(composer: Composer, material: Material, step: Step) -> Figures:
    takes = []
    for tune in (each[0] for each in material.takes):
        briefs = trials.seeds_of(tune, material.extent.seeds)
        scores = trials.compose_all(composer, briefs, step, f"{composer.name}: seeds")
        takes.append([arranged(score, tune) for score in scores])
    return trials.diversity(takes)


def _text(composer: Composer, material: Material, step: Step) -> Figures:
    prompts = material.prompts
    tunes = [material.for_family(prompt.family, index) for index, prompt in enumerate(prompts)]
    encoder = load_encoder()
    vectors = encoder.encode([prompt.text for prompt in prompts]).tolist() if encoder else [()] * len(prompts)
    briefs = [
        trials.prompted(tune, understand_fully(prompt.text), tuple(vector))
        for tune, prompt, vector in zip(tunes, prompts, vectors, strict=True)
    ]
    scores = trials.compose_all(composer, briefs, step, f"{composer.name}: prompts")
    made = [arranged(score, tune) for score, tune in zip(scores, tunes, strict=True)]
    heard = list(zip(prompts, material.known[0].named(made), strict=True))
    chosen = {
        "text_style": [pair for pair in heard if pair[0].manner == "named"],
        "text_style_en": [pair for pair in heard if pair[0].manner == "named" and pair[0].language == "en"],
        "text_style_zh": [pair for pair in heard if pair[0].manner == "named" and pair[0].language == "zh"],
        "text_style_meant": [pair for pair in heard if pair[0].manner == "meant"],
    }
    return {
        name: share_right([family for _, family in pairs], [prompt.family for prompt, _ in pairs])
        for name, pairs in chosen.items()
    }


def _given_chords(composer: Composer, material: Material, step: Step) -> Figures:
    tunes = [tune.of_bars(16) for tune in material.whole[: material.extent.given]]
    briefs = [trials.with_chords(tune, index) for index, tune in enumerate(tunes)]
    return trials.chords_followed(briefs, tunes, trials.compose_all(composer, briefs, step, f"{composer.name}: chords given"))


def _given_parts(composer: Composer, material: Material, step: Step) -> Figures:
    tunes = [tune.of_bars(16) for tune in material.whole[: material.extent.given]]
    figures: Figures = {}
    for part in ("bass", "chords", "drums"):
        briefs = [trials.with_part(tune, part) for tune in tunes]
        scores = trials.compose_all(composer, briefs, step, f"{composer.name}: {part} given")
        figures |= trials.part_followed(tunes, scores, part)
    return figures


def _develop(composer: Composer, material: Material, step: Step) -> Figures:
    tunes = [tune.of_bars(trials.DEVELOPED_BARS) for tune in material.whole[: material.extent.developed]]
    briefs = [trials.to_develop(tune) for tune in tunes]
    scores = trials.compose_all(composer, briefs, step, f"{composer.name}: develop")
    return trials.developed(tunes, [arranged(score, tune) for score, tune in zip(scores, tunes, strict=True)])


def _lengths(composer: Composer, material: Material, step: Step) -> Figures:
    figures: Figures = {}
    for bars in LENGTHS:
        tunes = material.of_length(bars)
        scores = trials.compose_all(composer, [tune.brief() for tune in tunes], step, f"{composer.name}: {bars} bars")
        made = [arranged(score, tune) for score, tune in zip(scores, tunes, strict=True)]
        figures |= _of_length(trials.at_length(tunes, made), bars)
    return figures


def _songs(composer: Composer, material: Material, step: Step) -> Figures:
    figures: Figures = {}
    for bars in (bars for bars in LENGTHS if bars >= _WHOLE_BARS):
        tunes = material.of_length(bars)
        briefs = [trials.song_of(tune, bars) for tune in tunes]
        scores = trials.compose_all(composer, briefs, step, f"{composer.name}: a song of {bars} bars")
        made = [arranged(score, tune) for score, tune in zip(scores, tunes, strict=True)]
        sections = [trials.sections_of(brief) for brief in briefs]
        figures |= _of_length(trials.returning(list(zip(made, sections, strict=True))), bars)
    return figures


def _odd(number: int) -> int:
    """Return an odd number, at least 1: prompts come in twos and fours, of which none shall be left out."""
    return max(1, number) | 1


def _of_length(figures: Figures, bars: int) -> Figures:
    return {f"{name}_{bars}": value for name, value in figures.items()}
