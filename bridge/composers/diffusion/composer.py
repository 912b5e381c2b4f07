"""The composer `diffusion`: the melody leads a harmoniser, both lead an arranger; what is given stays note for note."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from bridge.brief import Brief
from bridge.composers.diffusion.arranging import Arranging, Standing
from bridge.composers.diffusion.frames import Frames
from bridge.composers.diffusion.harmony import Known, harmonised
from bridge.composers.diffusion.networks import ScoreModel, hash_of, load_model
from bridge.composers.diffusion.playing import performed
from bridge.composers.diffusion.shaping import shaped
from bridge.composers.diffusion.words import groove_in, groove_of, harmony_in, is_of_rules, sentence_in, tags_in
from bridge.composers.diffusion.writers import FlowWriter, Sampling, Writer
from bridge.composers.rules.composer import kept_parts, makers, markers, recalled_chords
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.lead import filled_lead, given_lead, theme_of
from bridge.composers.rules.plan import Plan, make_plan
from bridge.music.notes import PART_NAMES, Note, Part
from bridge.music.score import Score
from bridge.step import Step
from model.score.grid import PARTS, Floats, Notes
from model.score.layout import SHIFT

STAGE = "compose"
HARMONY_STEPS, STEPS = 4, 6
"""Steps of the flow that writes chords, and of the one that writes parts; more change little, see the weights' card."""
GUIDANCE = 1.0
"""How strongly the melody leads the harmony, beyond what was learnt: with more, no more chords agree with the teacher's."""
WORDING = 1.0
"""How strongly the words lead the parts."""
_SEVENTHS = frozenset({"seventh", "dominant"})
"""Colours without which a style is not itself; other ones belong to the rules' grooves."""
NO_NOTES: Notes = np.zeros((0, 4), np.int16)


class DiffusionComposer:
    """Harmonises a melody, or invents one, and arranges it in the style of the words. The same brief gives the same score."""

    name = "diffusion"
    version = "1"

    def made_with(self, brief: Brief) -> dict[str, object]:
        """Return the hash of the flow that writes the parts, and its steps."""
        return {"weights_sha256": hash_of("arranger-step"), "steps": brief.steps or STEPS}

    def compose(self, brief: Brief, step: Step) -> Score:
        """Return a score with the parts of `brief.parts`, in the order of PART_NAMES."""
        model = load_model()
        return composed(brief, step, model, (FlowWriter(model.harmoniser), FlowWriter(model.arranger)))


def composed(brief: Brief, step: Step, model: ScoreModel, writers: tuple[Writer, Writer]) -> Score:
    """Return a score whose chords the first writer wrote and whose parts the second; lead and counter are the rules'."""
    plan = make_plan(brief)
    frames, kept, theme = Frames(plan), kept_parts(plan), theme_of(plan)
    words = _words(frames, model)
    settled, stretches = given_lead(plan, theme)
    harmony, parts = _samplings(brief, step)
    groove = groove_of(plan, model.card)
    is_coloured = is_of_rules(groove) or plan.idiom.harmony.colour in _SEVENTHS
    known = replace(_known(frames, settled, kept), is_coloured=is_coloured)
    changes = harmonised(frames, known, _with_tags(words, harmony_in(is_led=known.is_led)), writers[0], harmony)
    own = filled_lead(plan, theme, (settled, stretches), changes)
    arranging = Arranging(frames, changes, model, writers[1])
    grooving = _with_tags(words, groove_in(groove, model.card))
    lead = tuple(sorted((*settled, *own)))
    written = _written(frames, arranging, (lead, kept), grooving, parts)
    played = {name: performed(plan, name, shaped(plan, name, notes), lead) for name, notes in written.items() if notes}
    how = makers(plan, changes, (settled, own), kept)
    made = (_part(plan, name, kept, played, how) for name in PART_NAMES if name in brief.parts)
    return Score(brief.section, tuple(made), changes.spans, markers(plan), groove)


def _samplings(brief: Brief, step: Step) -> tuple[Sampling, Sampling]:
    """Return how to fill the draft of the chords, and that of the parts; progress is counted in steps of both."""
    first, second = brief.steps or HARMONY_STEPS, brief.steps or STEPS
    guidance = GUIDANCE if brief.guidance is None else max(1.0, brief.guidance)
    step(STAGE, 0, first + second)
    return (
        Sampling(first, guidance, lambda done, _: step(STAGE, done, first + second), SHIFT),
        Sampling(second, WORDING, lambda done, _: step(STAGE, first + done, first + second), SHIFT),
    )


def _words(frames: Frames, model: ScoreModel) -> dict[str, Floats]:
    """Return what the text says, as both flows take it."""
    tags, sentence = tags_in(frames.plan, model.card), sentence_in(frames.plan)
    return {"sentence": sentence, "tags": tags, "text_strength": frames.strength("text")}


def _with_tags(words: Mapping[str, Floats], more: Floats) -> dict[str, Floats]:
    return {**words, "tags": np.concatenate((words["tags"], more))}


def _known(frames: Frames, settled: tuple[Note, ...], kept: Mapping[str, Part]) -> Known:
    bass, chords = (frames.notes_in(kept[name].notes) if name in kept else NO_NOTES for name in ("bass", "chords"))
    spans = frames.plan.brief.chords or recalled_chords(frames.plan)
    return Known(frames.notes_in(settled), bass, chords, Changes(spans) if spans else None)


def _written(
    frames: Frames,
    arranging: Arranging,
    notes: tuple[tuple[Note, ...], Mapping[str, Part]],
    words: Mapping[str, Floats],
    sampling: Sampling,
) -> dict[str, list[Note]]:
    """Return the notes of the parts that the arranger writes, in beats and in the section's key."""
    melody, kept = notes
    drums = {part.name: part.is_drums for part in PARTS}
    wanted = frozenset(name for name in frames.plan.brief.parts if not frames.plan.voices[name].is_silent)
    standing = {**_standing(frames.plan, wanted), **kept}
    given = {
        name: Standing(frames.notes_in(standing[name].notes, is_drums=drums[name]), (name in kept) | ~frames.is_open)
        for name in drums
        if name in standing
    }
    found = arranging.written(frames.notes_in(melody), given, wanted, words, sampling)
    return {name: frames.notes_out(found[name], is_drums=drums[name]) for name in found}


def _standing(plan: Plan, wanted: frozenset[str]) -> dict[str, Part]:
    """Return the parts that stand before and after bars which are repainted."""
    recall = plan.brief.recall if plan.brief.open_beats else None
    return {part.name: part for part in recall.parts if part.name in wanted} if recall else {}


def _part(
    plan: Plan,
    name: str,
    kept: Mapping[str, Part],
    played: Mapping[str, tuple[Note, ...]],
    how: Mapping[str, Callable[[], tuple[Note, ...]]],
) -> Part:
    """Return a part. Some grooves leave a part out; one that is asked for plays all the same: as the rules would."""
    if name in kept:
        return kept[name]
    voice = plan.voices[name]
    if voice.is_silent:
        return Part(name, (), voice.program)
    return Part(name, played[name] if name in played else how[name](), voice.program)
