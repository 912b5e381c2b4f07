"""The teacher `rules`: our own composer given a tune as its lead, in each of its idioms and in many forms."""

from __future__ import annotations

from random import Random

from bridge.brief import Brief, FormSection
from bridge.composers.rules.composer import RulesComposer
from bridge.composers.rules.idioms import IDIOMS
from bridge.corpus.families import Family, load_families
from bridge.corpus.song import Song, built, step_beats, stepped
from bridge.corpus.tunes import Tune
from bridge.music.key import Key
from bridge.music.notes import PART_NAMES, Part
from bridge.music.programs import program_name
from bridge.music.score import Section, Seed
from bridge.music.tempo import Meter, TempoMap
from bridge.step import ignore
from bridge.style import Style

MOODS = ("", "", "", "", "sad", "calm", "gentle", "happy", "energetic", "epic", "dark", "romantic", "aggressive", "groovy")
LEAD_PROGRAM = 73
_FORMS = {
    1: (("verse",), ("verse",), ("chorus",), ("bridge",), ("solo",), ("intro",), ("outro",), ("prechorus",)),
    2: (
        ("verse", "chorus"),
        ("verse", "chorus"),
        ("intro", "verse"),
        ("chorus", "outro"),
        ("verse", "bridge"),
        ("bridge", "chorus"),
        ("chorus", "solo"),
    ),
    3: (
        ("intro", "verse", "chorus"),
        ("verse", "prechorus", "chorus"),
        ("verse", "chorus", "outro"),
        ("verse", "solo", "chorus"),
    ),
}
"""Sections of a song → their names."""


def family_of(idiom: str) -> Family:
    """Return the family that an idiom belongs to."""
    return next(family for family in load_families().values() if idiom in family.idioms)


def suits(idiom: str, meter: str) -> bool:
    """Whether an idiom has grooves of its own for a meter."""
    made = IDIOMS[idiom]
    return bool(made.compound) if meter in {"6/8", "12/8"} else bool(made.three) if meter == "3/4" else True


def composed(tune: Tune, idiom: str, random: Random) -> Song:
    """Return a tune in C, arranged in an idiom in all six parts, played on the grid."""
    meter, family = Meter.parse(tune.meter), family_of(idiom)
    form = _form(tune.bars, random)
    bpm = round(random.uniform(*family.bpm))
    mood = random.choice(MOODS)
    section = Section(form[0].name, 1, tune.bars, meter, TempoMap.constant(bpm * meter.pulse_beats), Key(0, tune.mode))
    style = Style(genres=(idiom,), moods=(mood,) if mood else ())
    is_locked = random.random() < 0.35
    brief = Brief(
        section=section,
        form=form,
        style=style,
        seed=Seed(tune.in_beats(), section.length_beats) if is_locked else None,
        parts=PART_NAMES,
        parts_in=() if is_locked else (Part("lead", tune.in_beats(), LEAD_PROGRAM),),
        random_seed=random.randrange(10**6),
    )
    score = RulesComposer(is_exact=True).compose(brief, ignore)
    end = tune.bars * tune.bar_steps
    meta = {
        "tune": tune.name,
        "source": "rules",
        "groove": idiom,
        "family": family.name,
        "words": [*family.words["en"], *style.moods],
        "instruments": {part.name: program_name(part.program, is_drums=part.is_drums).lower() for part in score.parts},
        "mode": tune.mode,
        "bars": tune.bars,
        "bpm": float(bpm),
        "sections": [[part.name, part.bars] for part in form],
    }
    parts = {part.name: stepped(part.notes, step_beats(meter), end) for part in score.parts}
    return built(meta, meter, score.chords, parts)


def _form(bars: int, random: Random) -> tuple[FormSection, ...]:
    names = random.choice(_FORMS[random.choice((1, 1, 2, 2, 3) if bars >= 24 else (1, 1, 2))])
    length = bars // len(names) // 4 * 4
    starts = [1 + index * length for index in range(len(names))]
    ends = [*starts[1:], bars + 1]
    return tuple(FormSection(name, start, end - start) for name, start, end in zip(names, starts, ends, strict=True))
