"""The composer `diffusion`: the melody leads a harmoniser, both lead an arranger; what is given stays note for note."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bridge.brief import Brief
from bridge.composers.diffusion.arranging import Arranging
from bridge.composers.diffusion.frames import Frames
from bridge.composers.diffusion.harmony import Known, Sampling, harmonised
from bridge.composers.diffusion.networks import ScoreModel, load_model
from bridge.composers.diffusion.playing import performed
from bridge.composers.diffusion.words import sentence_in, tags_in
from bridge.composers.rules.answers import counter_part
from bridge.composers.rules.composer import kept_parts, markers, recalled_chords
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.lead import filled_lead, given_lead, theme_of
from bridge.composers.rules.performance import played
from bridge.composers.rules.plan import Plan, make_plan
from bridge.music.notes import PART_NAMES, Note, Part
from bridge.music.score import Score
from bridge.step import Step
from model.score.grid import PARTS, Floats, Notes

STAGE = "compose"
STEPS = 8
"""Steps of each flow; more change little, see the weights' card."""
GUIDANCE = 2.5
"""How strongly the melody leads the harmony."""
HARMONY_SHARE = 0.4
"""Share of the work that is done when the chords stand."""
NO_NOTES: Notes = np.zeros((0, 4), np.int16)


class DiffusionComposer:
    """Harmonises a melody, or invents one, and arranges it in the style of the words. The same brief gives the same score."""

    name = "diffusion"
    version = "1"

    def compose(self, brief: Brief, step: Step) -> Score:
        """Return a score with the parts of `brief.parts`, in the order of PART_NAMES."""
        step(STAGE, 0, 1)
        model = load_model()
        plan = make_plan(brief)
        frames = Frames(plan)
        words = _words(frames, model)
        kept = kept_parts(plan)
        theme = theme_of(plan)
        settled, stretches = given_lead(plan, theme)
        steps = brief.steps or STEPS
        changes = harmonised(frames, _known(frames, settled, kept), words, model.harmoniser, _sampling(brief, step, (0, steps)))
        own = filled_lead(plan, theme, (settled, stretches), changes)
        melody = tuple(sorted((*settled, *own)))
        sampling = _sampling(brief, step, (steps, steps))
        written = _written(frames, changes, (melody, kept), words, (model, sampling))
        lead = tuple(sorted((*settled, *played(plan, "lead", own))))
        parts = (_part(plan, changes, name, {"lead": lead}, kept, written) for name in PART_NAMES if name in brief.parts)
        return Score(brief.section, tuple(parts), changes.spans, markers(plan))


def _sampling(brief: Brief, step: Step, work: tuple[int, int]) -> Sampling:
    """Return how to sample, as step `work[0]` + 1 and so on of all steps of both flows."""
    before, steps = work
    guidance = GUIDANCE if brief.guidance is None else max(1.0, brief.guidance)
    temperature = 1.0 if brief.temperature is None else min(1.5, brief.temperature)
    return Sampling(steps, guidance, temperature, lambda done, total: step(STAGE, before + done, 2 * total))


def _words(frames: Frames, model: ScoreModel) -> dict[str, Floats]:
    """Return what the text says, as both flows take it."""
    tags, sentence = tags_in(frames.plan, model.tags, model.card["families"]), sentence_in(frames.plan)
    says = bool(tags.any() or sentence.any())
    return {"sentence": sentence, "tags": tags, "text_strength": frames.strength("text") * says}


def _known(frames: Frames, settled: tuple[Note, ...], kept: Mapping[str, Part]) -> Known:
    bass, chords = (frames.notes_in(kept[name].notes) if name in kept else NO_NOTES for name in ("bass", "chords"))
    spans = frames.plan.brief.chords or recalled_chords(frames.plan)
    return Known(frames.notes_in(settled), bass, chords, Changes(spans) if spans else None)


def _written(
    frames: Frames,
    changes: Changes,
    notes: tuple[tuple[Note, ...], Mapping[str, Part]],
    words: Mapping[str, Floats],
    how: tuple[ScoreModel, Sampling],
) -> dict[str, list[Note]]:
    """Return the notes of the parts that the arranger writes, in beats and in the section's key."""
    melody, kept = notes
    model, sampling = how
    drums = {part.name: part.is_drums for part in PARTS}
    given = {name: frames.notes_in(kept[name].notes, is_drums=drums[name]) for name in drums if name in kept}
    wanted = frozenset(name for name in frames.plan.brief.parts if not frames.plan.voices[name].is_silent)
    arranging = Arranging(frames, changes, model)
    found = arranging.written(frames.notes_in(melody), given, wanted, words, sampling)
    return {name: frames.notes_out(found[name], is_drums=drums[name]) for name in found}


def _part(
    plan: Plan,
    changes: Changes,
    name: str,
    lead: Mapping[str, tuple[Note, ...]],
    kept: Mapping[str, Part],
    written: Mapping[str, list[Note]],
) -> Part:
    if name in kept:
        return kept[name]
    voice = plan.voices[name]
    if voice.is_silent:
        return Part(name, (), voice.program)
    if name == "counter":
        return Part(name, played(plan, name, counter_part(plan, changes, lead["lead"])), voice.program)
    return Part(name, lead[name] if name in lead else performed(plan, name, written[name]), voice.program)
