from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.brief import Strength
from bridge.composers import load
from bridge.composers.rules.chance import Chance
from bridge.composers.rules.grid import Grid
from bridge.composers.rules.idioms import IDIOMS
from bridge.music.key import Key
from bridge.music.notes import Note
from bridge.music.score import SECTION_NAMES, Score, Seed
from bridge.music.tempo import KNOWN_METERS, Meter
from bridge.step import ignore
from tests.composers.briefs import SONG, TWINKLE, brief, song

RULES = load("rules")
BEATS = st.floats(0.0, 24.0, allow_nan=False)


@st.composite
def seeds(draw: st.DrawFn) -> Seed:
    onsets = sorted(draw(st.lists(BEATS, min_size=1, max_size=12, unique=True)))
    notes = tuple(
        Note(onset, draw(st.floats(0.05, 3.0)), draw(st.integers(30, 100)), draw(st.integers(1, 127))) for onset in onsets
    )
    return Seed(notes, onsets[-1] + draw(st.floats(0.1, 5.0)))


def tune(random_seed: int, meter: Meter, key: Key) -> Seed:
    """A stepwise tune of four bars in a key."""
    stream = Chance(random_seed).stream("test")
    notes: list[Note] = []
    beat, degree, end = 0.0, 9, 4 * meter.beats_per_bar
    while beat < end - 1e-9:
        length = min(stream.choice((0.5, 0.5, 1.0, 1.0, 1.5)), end - beat)
        degree = max(4, min(16, degree + stream.choice((-3, -2, -1, -1, 0, 1, 1, 2, 3))))
        notes.append(Note(beat, length, 48 + 12 * (degree // 7) + key.transposed(-key.tonic).scale[degree % 7] + key.tonic))
        beat += length
    return Seed(tuple(notes), end)


def expected(seed: Seed, bar_beats: float, length_beats: float) -> list[tuple[float, float, int, int]]:
    """The clip repeated with its length in whole bars, written out."""
    period = max(1, math.ceil(seed.length_beats / bar_beats - 1e-6)) * bar_beats
    found = []
    turn = 0
    while turn * period < length_beats:
        for note in seed.notes:
            start = note.start_beat + turn * period
            if start < length_beats - 1e-6:
                found.append((start, min(note.length_beats, length_beats - start), note.pitch, note.velocity))
        turn += 1
    return sorted(found)


def strong_fit(score: Score) -> tuple[int, int]:
    """How many lead notes on strong beats are chord tones, of how many."""
    lead = score.part("lead")
    assert lead is not None
    strong = [note for note in lead.notes if Grid(score.section.meter).weight(note.start_beat) >= 0.75]
    chords = [next(s.chord for s in reversed(score.chords) if s.start_beat <= note.start_beat + 1e-6) for note in strong]
    return sum(note.pitch % 12 in chord.pitch_classes for note, chord in zip(strong, chords, strict=True)), len(strong)


@settings(max_examples=40, deadline=None)
@given(
    seed=seeds(),
    meter=st.sampled_from(KNOWN_METERS),
    bars=st.integers(1, 12),
    name=st.sampled_from(SECTION_NAMES),
    genre=st.sampled_from(sorted(IDIOMS)),
)
def test_a_locked_clip_stays_note_for_note_whatever_the_section(
    seed: Seed, meter: Meter, bars: int, name: str, genre: str
) -> None:
    score = RULES.compose(brief(genre, name=name, bars=bars, meter=str(meter), seed=seed), ignore)
    lead = score.part("lead")
    assert lead is not None
    found = [(n.start_beat, n.length_beats, n.pitch, n.velocity) for n in lead.notes]
    wished = expected(seed, meter.beats_per_bar, score.section.length_beats)
    assert [(n[0], n[2], n[3]) for n in found] == [(n[0], n[2], n[3]) for n in wished]
    assert [n[1] for n in found] == pytest.approx([n[1] for n in wished], abs=1e-9)
    whole = [n for n in found if n[0] + n[1] < score.section.length_beats - 1e-6]
    assert {n[1] for n in whole} <= {note.length_beats for note in seed.notes}


@pytest.mark.parametrize(
    ("genre", "least"), [("pop", 0.9), ("swing", 0.9), ("classical", 0.88), ("metal", 0.9), ("house", 0.9)]
)
def test_chords_fit_a_locked_melody_on_strong_beats(genre: str, least: float) -> None:
    hits = total = 0
    for random_seed in range(20):
        stream = Chance(random_seed).stream("test")
        meter, key = stream.choice(KNOWN_METERS), Key(stream.randrange(12), stream.choice(("major", "minor")))
        made = brief(genre, meter=str(meter), key=str(key), seed=tune(random_seed, meter, key), random_seed=random_seed)
        good, count = strong_fit(RULES.compose(made, ignore))
        hits, total = hits + good, total + count
    assert hits / total >= least


def test_a_well_known_tune_gets_its_textbook_harmony() -> None:
    score = RULES.compose(brief("classical", seed=TWINKLE, temperature=0), ignore)
    assert strong_fit(score) == (16, 16)
    assert str(score.chords[0].chord) == "C"
    assert [str(span.chord) for span in score.chords[-2:]] == ["G7", "C"]


def test_in_a_form_the_clip_starts_again_with_each_section_that_carries_it() -> None:
    score = RULES.compose(song(form=SONG, seed=TWINKLE), ignore)
    lead = score.part("lead")
    assert lead is not None
    for marker, bars in zip(score.markers, (4, 8, 4, 8, 8, 8, 4, 8, 4), strict=True):
        here = [n for n in lead.notes if marker.beat <= n.start_beat < marker.beat + 4 * bars]
        if marker.name in {"verse", "chorus", "prechorus"}:
            assert [n.shifted(-marker.beat) for n in here if n.start_beat < marker.beat + 16] == list(TWINKLE.notes)
        if marker.name == "intro":
            assert not here
        if marker.name in {"bridge", "solo"}:
            assert here
            assert [n.shifted(-marker.beat) for n in here] != list(TWINKLE.notes)


def test_where_the_melody_leads_less_than_half_the_lead_leaves_the_clip_without_a_jump() -> None:
    window = Strength(8.0, 16.0, text=1.0, melody=0.2)
    score = RULES.compose(brief(seed=TWINKLE, strengths=(window,)), ignore)
    lead = score.part("lead")
    assert lead is not None
    clip = expected(TWINKLE, 4.0, 32.0)
    outside = [(n.start_beat, n.length_beats, n.pitch, n.velocity) for n in lead.notes if not 8 <= n.start_beat < 16]
    assert outside == [n for n in clip if not 8 <= n[0] < 16]
    inside = [n for n in lead.notes if 8 <= n.start_beat < 16]
    assert inside
    assert max(n.end_beat for n in inside) <= 16
    assert [n.pitch for n in inside] != [n[2] for n in clip if 8 <= n[0] < 16]
    line = [n.pitch for n in lead.notes if 6 <= n.start_beat <= 16]
    assert max(abs(b - a) for a, b in pairwise(line)) <= 9


def test_develop_begins_with_the_clip_and_goes_on_with_something_else_in_its_rhythm() -> None:
    score = RULES.compose(brief(seed=TWINKLE, seed_mode="develop", bars=12), ignore)
    lead = score.part("lead")
    assert lead is not None
    assert lead.notes[: len(TWINKLE.notes)] == TWINKLE.notes
    rhythms = {tuple(n.start_beat % 4 for n in lead.notes if bar == n.start_beat // 4) for bar in range(4)}
    second = [tuple(n.start_beat % 4 for n in lead.notes if bar == n.start_beat // 4) for bar in range(4, 8)]
    assert set(second) <= rhythms
    assert [n.pitch for n in lead.notes if 16 <= n.start_beat < 32] != [n.pitch for n in TWINKLE.notes]
    assert lead.notes[-1].pitch % 12 in score.chords[-1].chord.pitch_classes


def test_inspire_keeps_contour_and_density_but_not_the_notes() -> None:
    moves = []
    for random_seed in range(8):
        score = RULES.compose(brief(seed=TWINKLE, seed_mode="inspire", bars=4, random_seed=random_seed), ignore)
        lead = score.part("lead")
        assert lead is not None
        assert len(lead.notes) == len(TWINKLE.notes)
        assert [n.pitch for n in lead.notes] != [n.pitch for n in TWINKLE.notes]
        assert {n.pitch % 12 for n in lead.notes} <= {0, 2, 4, 5, 7, 8, 9, 10, 11, 6}
        halves = [sum(n.pitch for n in part) / len(part) for part in (lead.notes[2:7], lead.notes[10:])]
        moves.append(halves[0] > halves[1])
    assert sum(moves) >= 7


@pytest.mark.parametrize("mode", ["lock", "develop", "inspire", "free"])
def test_a_clip_that_begins_after_bars_of_rest_can_be_used_in_every_way(mode: str) -> None:
    late = Seed((Note(9.0, 1.0, 64), Note(10.0, 1.0, 67)), 11.0)
    for bars in (1, 2, 7):
        score = RULES.compose(brief(seed=late, seed_mode=mode, bars=bars), ignore)
        lead = score.part("lead")
        assert lead is not None
        assert all(note.end_beat <= 4.0 * bars + 1e-9 for note in lead.notes)
