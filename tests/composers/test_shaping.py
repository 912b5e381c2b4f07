"""A written song is shaped by its form: entries, force, fills, cymbals."""

from dataclasses import replace
from statistics import fmean

import pytest

from bridge.brief import Brief, FormSection
from bridge.composers import load
from bridge.composers.diffusion.shaping import shaped
from bridge.composers.rules.drumming import fill_beats
from bridge.composers.rules.plan import Plan, make_plan
from bridge.music.notes import Note
from bridge.step import ignore
from tests.composers.briefs import brief, song

FORM = "intro:4 verse:8 chorus:8 verse:8"
CRASH, HAT, KICK = 49, 42, 36


def beat(plan: Plan) -> list[Note]:
    """Return a kick on every beat and a hat on every half beat, all as loud."""
    kicks = [Note(float(at), 0.2, KICK, 80) for at in range(round(plan.length_beats))]
    return sorted([*kicks, *(Note(at / 2, 0.2, HAT, 80) for at in range(round(2 * plan.length_beats)))])


def in_bars(notes: list[Note], first: int, end: int) -> list[Note]:
    return [note for note in notes if 4.0 * first - 1e-6 <= note.start_beat < 4.0 * end - 1e-6]


def drums(asked: Brief) -> list[Note]:
    plan = make_plan(asked)
    return list(shaped(plan, "drums", beat(plan)))


def test_a_chorus_is_louder_than_its_verses_and_the_intro_softer() -> None:
    made = drums(song("rock", FORM))
    intro, verse, chorus = (
        fmean(note.velocity for note in in_bars(made, *bars) if note.pitch == HAT) for bars in ((0, 4), (4, 12), (12, 20))
    )
    assert intro < verse - 3 < chorus - 10


def test_what_differs_in_force_already_is_not_made_to_differ_more() -> None:
    plan = make_plan(song("rock", FORM))
    notes = [
        Note(float(at), 1.0, 40, velocity)
        for at, velocity in ((0.0, 70), (16.0, 80), (48.0, 92), (80.0, 80))
    ]  # fmt: skip
    made = shaped(plan, "pad", notes)
    assert [note.velocity for note in made] == pytest.approx([70, 80, 92, 80], abs=5)


def test_the_kick_waits_for_half_of_the_intro_and_the_hat_does_not() -> None:
    made = drums(song("rock", FORM))
    assert {note.pitch for note in in_bars(made, 0, 2)} == {HAT}
    assert KICK in {note.pitch for note in in_bars(made, 2, 4)}


def test_a_fill_leads_into_the_next_section_in_place_of_the_beat() -> None:
    asked = song("rock", FORM)
    plan = make_plan(asked)
    length = fill_beats(plan, plan.passages[1], 11)
    last = [note for note in drums(asked) if 48.0 - length - 1e-6 <= note.start_beat < 48.0 - 1e-6]
    assert length == 2.0
    assert {note.pitch for note in last} - {HAT, KICK}


def test_a_cymbal_opens_a_chorus_and_no_verse() -> None:
    crashes = {round(note.start_beat / 4.0) for note in drums(song("rock", FORM)) if note.pitch == CRASH}
    assert 12 in crashes
    assert not crashes & {4, 20}


def test_few_strokes_stay_as_they_are() -> None:
    plan = make_plan(song("waltz", "verse:8 chorus:8"))
    sparse = [Note(8.0 * at, 0.2, HAT, 60) for at in range(8)]
    assert [(note.start_beat, note.pitch) for note in shaped(plan, "drums", sparse)] == [(8.0 * at, HAT) for at in range(8)]


def test_bars_that_are_repainted_stay_as_they_were_written() -> None:
    asked = brief("rock", bars=8, open_beats=(8.0, 16.0))
    plan = make_plan(asked)
    notes = beat(plan)
    assert shaped(plan, "drums", notes) == notes


def test_chords_of_a_chorus_are_doubled_above() -> None:
    plan = make_plan(song("rock", "verse:4 chorus:4"))
    notes = [Note(float(at), 1.0, pitch, 80) for at in range(32) for pitch in (48, 52, 55)]
    made = list(shaped(plan, "chords", notes))
    assert len(in_bars(made, 0, 4)) == 48
    assert sum(note.pitch == 67 for note in in_bars(made, 4, 8)) == 16


def test_a_lone_section_keeps_its_force() -> None:
    plan = make_plan(Brief(brief("rock").section, (FormSection("chorus", 1, 8),), brief("rock").style))
    assert {note.velocity for note in shaped(plan, "bass", [Note(0.0, 1.0, 40, 77)])} == {77}


def test_the_end_of_a_phrase_goes_to_snare_and_toms_in_the_rhythm_of_the_groove() -> None:
    made = drums(song("rock", FORM))
    phrase_end = [note for note in in_bars(made, 7, 8) if note.start_beat >= 31.0 - 1e-6]
    assert [note.start_beat for note in phrase_end if note.pitch != KICK] == [31.0, 31.5]
    assert HAT not in {note.pitch for note in phrase_end}
    velocities = [note.velocity for note in phrase_end if note.pitch != KICK]
    assert velocities[0] < velocities[-1]
    assert {note.pitch for note in in_bars(made, 6, 7)} == {HAT, KICK}


def test_a_chorus_that_continues_a_verse_is_louder_than_it_and_its_chords_are_doubled() -> None:
    verse = load("diffusion").compose(brief("rock", name="verse", random_seed=1), ignore)
    later = replace(brief("rock").section, name="chorus", start_bar=9)
    asked = Brief(later, (FormSection("chorus", 1, 8),), brief("rock").style, recall=verse, random_seed=2)
    plan = make_plan(asked)
    chords = verse.part("chords")
    assert chords is not None
    made = list(shaped(plan, "chords", chords.notes))
    assert fmean(note.velocity for note in made) > 1.08 * fmean(note.velocity for note in chords.notes)
    low = [Note(float(at), 1.0, pitch, 80) for at in range(32) for pitch in (48, 52, 55)]
    assert sum(note.pitch == 67 for note in shaped(plan, "chords", low)) == 32
    again = make_plan(replace(asked, section=replace(later, start_bar=1)))
    assert list(shaped(again, "chords", chords.notes)) == list(chords.notes)
