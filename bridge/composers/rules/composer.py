"""The composer `rules`: a brief becomes a score in five steps, each a module of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from bridge.brief import Brief
from bridge.composers.rules.answers import counter_part, pad_part
from bridge.composers.rules.bassline import bass_part
from bridge.composers.rules.comping import chords_part
from bridge.composers.rules.drumming import drums_part
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes, Given, between, harmonise
from bridge.composers.rules.lead import filled_lead, given_lead, theme_of
from bridge.composers.rules.performance import played
from bridge.composers.rules.plan import Plan, make_plan
from bridge.composers.rules.tiling import tiled, whole_bars
from bridge.composers.rules.voicing import voice_chords
from bridge.music.chord import ChordSpan
from bridge.music.notes import PART_NAMES, Note, Part
from bridge.music.score import Marker, Score
from bridge.step import Step

STAGE = "compose"


class RulesComposer:
    """Harmonises a melody, or invents one, and arranges it in an idiom. The same brief gives the same score."""

    name = "rules"
    version = "1"

    def __init__(self, *, is_exact: bool = False) -> None:
        """`is_exact`: on the grid, without the players' small deviations of time."""
        self._is_exact = is_exact

    def made_with(self, _brief: Brief) -> dict[str, object]:
        """Return nothing: rules have no weights and no steps."""
        return {}

    def compose(self, brief: Brief, step: Step) -> Score:
        """Return a score with the parts of `brief.parts`, in the order of PART_NAMES."""
        wanted = [name for name in PART_NAMES if name in brief.parts]
        total = len(wanted) + 2
        step(STAGE, 0, total)
        plan = _exact(make_plan(brief)) if self._is_exact else make_plan(brief)
        kept = kept_parts(plan)
        theme = theme_of(plan)
        settled, stretches = given_lead(plan, theme)
        changes = harmonise(plan, _given(plan, settled, kept))
        step(STAGE, 1, total)
        own = filled_lead(plan, theme, (settled, stretches), changes)
        step(STAGE, 2, total)
        how = makers(plan, changes, (settled, own), kept)
        parts = []
        for done, name in enumerate(wanted, 3):
            parts.append(_part(plan, name, kept, how))
            step(STAGE, done, total)
        return Score(brief.section, tuple(parts), changes.spans, markers(plan))


def _exact(plan: Plan) -> Plan:
    idiom, neutral = (replace(idiom, loose_ms=0.0, strum_ms=0.0) for idiom in (plan.idiom, plan.neutral))
    return replace(plan, idiom=idiom, neutral=neutral)


def kept_parts(plan: Plan) -> dict[str, Part]:
    """Return the parts that exist already, laid over the section."""
    kept = {}
    for part in plan.brief.parts_in:
        period = whole_bars(max((note.end_beat for note in part.notes), default=0.0), plan.grid)
        kept[part.name] = Part(part.name, tiled(part.notes, period, 0.0, plan.length_beats), part.program)
    return kept


def _given(plan: Plan, lead: tuple[Note, ...], kept: dict[str, Part]) -> Given:
    bass = kept["bass"].notes if "bass" in kept else ()
    chords = kept["chords"].notes if "chords" in kept else ()
    return Given(lead, bass, chords, recalled_chords(plan))


def recalled_chords(plan: Plan) -> tuple[ChordSpan, ...]:
    """Return the chords of the recalled score: in place where it lies under this section, else from its start.

    In bars that are repainted with their harmony there are none.
    """
    recall, section = plan.brief.recall, plan.brief.section
    if recall is None or not recall.chords or recall.section.key != section.key or recall.section.meter != section.meter:
        return ()
    offset = recall.section.start_beat - section.start_beat
    overlaps = offset < plan.length_beats and offset + recall.section.length_beats > 0
    shift = offset if overlaps else 0.0
    moved = [ChordSpan(span.start_beat + shift, span.length_beats, span.chord) for span in recall.chords]
    if plan.is_harmony_open and plan.brief.open_beats is not None:
        start, end = plan.brief.open_beats
        moved = [*between(moved, 0.0, start), *between(moved, end, plan.length_beats)]
    return tuple(span for span in moved if span.end_beat > NEAR and span.start_beat < plan.length_beats)


def makers(
    plan: Plan, changes: Changes, lead: tuple[tuple[Note, ...], tuple[Note, ...]], kept: Mapping[str, Part]
) -> dict[str, Callable[[], tuple[Note, ...]]]:
    """Return how each part is made; the clip's notes go into the lead untouched."""
    settled, own = lead
    melody = tuple(sorted((*settled, *own)))
    voicings = cache(lambda: voice_chords(plan, changes, melody))
    drums = kept["drums"].notes if "drums" in kept else ()
    return {
        "lead": lambda: tuple(sorted((*settled, *played(plan, "lead", own)))),
        "chords": lambda: played(plan, "chords", chords_part(plan, changes, voicings())),
        "bass": lambda: played(plan, "bass", bass_part(plan, changes, voicings().bass, drums)),
        "drums": lambda: played(plan, "drums", drums_part(plan)),
        "pad": lambda: played(plan, "pad", pad_part(plan, changes, voice_chords(plan, changes, melody, voices=4, centre=62))),
        "counter": lambda: played(plan, "counter", counter_part(plan, changes, melody)),
    }


def _part(plan: Plan, name: str, kept: dict[str, Part], how: dict[str, Callable[[], tuple[Note, ...]]]) -> Part:
    if name in kept:
        return kept[name]
    voice = plan.voices[name]
    return Part(name, () if voice.is_silent else how[name](), voice.program)


def markers(plan: Plan) -> tuple[Marker, ...]:
    """Return where each passage of the form begins."""
    return tuple(Marker(passage.start_bar * plan.grid.bar_beats, passage.name) for passage in plan.passages)
