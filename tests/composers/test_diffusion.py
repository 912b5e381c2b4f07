"""The trained composer: what is given stays, what is written fits, and nothing but the brief decides."""

import hashlib
import itertools
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from importlib.resources import files

import pytest

from bridge.brief import Brief, Strength
from bridge.composers import load
from bridge.composers.rules.harmony import Changes, merged_spans
from bridge.composers.rules.vocabulary import plain
from bridge.errors import CancelledError
from bridge.music.chord import Chord, ChordSpan
from bridge.music.notes import PART_NAMES, Note, Part
from bridge.music.score import Score
from bridge.step import ignore
from bridge.style import Style
from tests.composers.briefs import TWINKLE, brief, song

METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "12/8")


def composed(asked: Brief, name: str = "diffusion") -> Score:
    return load(name).compose(asked, ignore)


def notes_of(score: Score, part: str) -> tuple[Note, ...]:
    found = score.part(part)
    assert found is not None
    return found.notes


@pytest.mark.parametrize("key", ["C", "F#m", "Bb", "Em"])
def test_a_locked_clip_is_the_lead_note_for_note_in_every_key(key: str) -> None:
    score = composed(brief("rock", key=key, seed=TWINKLE))
    once = [note for note in notes_of(score, "lead") if note.start_beat < 16]
    assert [(n.start_beat, n.pitch) for n in once] == [(n.start_beat, n.pitch) for n in TWINKLE.notes]


def test_the_same_brief_gives_the_same_score_and_another_seed_another() -> None:
    asked = brief("funk", seed=TWINKLE, random_seed=3)
    assert composed(asked) == composed(asked)
    assert composed(asked) != composed(replace(asked, random_seed=4))


@pytest.mark.parametrize("meter", METERS)
def test_every_meter_gets_chords_bass_and_drums_inside_the_section(meter: str) -> None:
    asked = brief("pop", meter=meter, bars=8, parts=PART_NAMES)
    score = composed(asked)
    assert [part.name for part in score.parts] == list(PART_NAMES)
    for name in ("chords", "bass"):
        assert len(notes_of(score, name)) >= 8, name
    for part in score.parts:
        assert all(0 <= note.start_beat < asked.section.length_beats for note in part.notes)
        assert all(note.end_beat <= asked.section.length_beats + 1e-6 for note in part.notes)


def test_chords_follow_each_other_without_a_gap_to_the_end() -> None:
    asked = song("rock", seed=TWINKLE)
    score = composed(asked)
    assert score.chords[0].start_beat == 0
    assert all(a.end_beat == pytest.approx(b.start_beat) for a, b in itertools.pairwise(score.chords))
    assert score.chords[-1].end_beat == pytest.approx(asked.section.length_beats)


@pytest.mark.parametrize("style", ["folk", "metal", "jazz"])
def test_what_the_melody_dwells_on_is_in_the_chord(style: str) -> None:
    tune = tuple(Note(4.0 * bar, 4.0, pitch, 90) for bar, pitch in enumerate((60, 69, 65, 62, 71, 64, 67, 60)))
    held = Changes(composed(brief(style, bars=8, seed=replace(TWINKLE, notes=tune, length_beats=32.0))).chords)
    for note in tune:
        assert note.pitch % 12 in held.at(note.start_beat + 1.0).chord.pitch_classes


def test_a_style_that_colours_its_chords_has_sevenths_over_a_plain_tune() -> None:
    def sizes(style: str) -> list[int]:
        return [len(set(span.chord.pitch_classes)) for span in composed(brief(style, seed=TWINKLE, bars=16)).chords]

    lofi, march = sizes("lo-fi"), sizes("march")
    assert sum(lofi) / len(lofi) > sum(march) / len(march) + 0.4


def test_given_chords_are_kept_and_heard_in_the_accompaniment() -> None:
    spans = tuple(ChordSpan(4.0 * bar, 4.0, Chord.parse(symbol)) for bar, symbol in enumerate(["Am", "F", "C", "G"] * 2))
    score = composed(brief("pop", key="Am", chords=spans))
    assert score.chords == spans
    fitting = [note.pitch % 12 in spans[int(note.start_beat // 4)].chord.pitch_classes for note in notes_of(score, "chords")]
    assert sum(fitting) / len(fitting) > 0.8


def test_given_parts_come_back_note_for_note_and_the_others_are_written() -> None:
    bass = Part("bass", tuple(Note(float(beat), 0.9, 33 + 5 * (beat // 4 % 2), 100) for beat in range(32)), 33)
    score = composed(brief("rock", key="Am", parts_in=(bass,)))
    assert score.part("bass") == bass
    assert notes_of(score, "chords")
    assert notes_of(score, "drums")


def test_the_bass_plays_in_the_range_of_its_instrument() -> None:
    for key in ("C", "F#", "B"):
        assert all(23 <= note.pitch <= 67 for note in notes_of(composed(brief("swing", key=key)), "bass"))


def test_transposing_the_request_transposes_what_is_composed() -> None:
    low, high = (composed(brief("folk", key=key)) for key in ("C", "D"))
    assert [(span.chord.root + 2) % 12 for span in low.chords] == [span.chord.root for span in high.chords]
    assert [span.length_beats for span in low.chords] == [span.length_beats for span in high.chords]


def test_choruses_match_but_for_the_fill_that_ends_them() -> None:
    score = composed(song("pop", "verse:4 chorus:4 verse:4 chorus:4"))
    changes = Changes(score.chords)
    assert [changes.at(16.0 + beat).chord for beat in range(16)] == [changes.at(48.0 + beat).chord for beat in range(16)]
    first, second = (
        Counter(
            (round(2 * (n.start_beat - start)), n.pitch)
            for n in notes_of(score, "drums")
            if start - 0.2 < n.start_beat < start + 13.8
        )
        for start in (16, 48)
    )
    assert sum((first & second).values()) > 0.85 * sum(first.values()) > 0


def test_a_part_that_is_not_wanted_is_silent() -> None:
    score = composed(brief(style=Style(genres=("rock",), exclude=("drums",))))
    assert not notes_of(score, "drums")
    assert notes_of(score, "bass")


def test_the_words_decide_what_is_played() -> None:
    rock, waltz = (
        Counter(n.pitch for n in notes_of(composed(brief(genre, meter="3/4")), "drums")) for genre in ("metal", "waltz")
    )
    assert rock != waltz


def test_where_text_leads_nothing_other_words_change_nothing_there() -> None:
    silent = (Strength(0.0, 32.0, 0.0, 1.0),)
    one, other = (composed(brief(strengths=silent, style=Style(moods=(mood,)))) for mood in ("happy", "playful"))
    assert [span.chord for span in one.chords] == [span.chord for span in other.chords]


def test_temperature_nought_takes_the_chance_away_from_chords() -> None:
    spans = [composed(brief("pop", seed=TWINKLE, temperature=0.0, random_seed=seed)).chords for seed in (1, 2)]
    assert spans[0] == spans[1]


def test_several_candidates_are_judged_and_one_is_kept() -> None:
    asked = brief("rock", seed=TWINKLE, random_seed=5)
    first, best = composed(asked), composed(replace(asked, top_k=4))
    assert best.chords == first.chords
    assert notes_of(best, "drums")


def test_steps_and_guidance_are_heeded() -> None:
    told: list[tuple[int, int]] = []
    load("diffusion").compose(brief("pop", seed=TWINKLE, steps=3), lambda _stage, done, total: told.append((done, total)))
    assert (6, 6) in told
    asked = [brief(genre, seed=TWINKLE) for genre in ("swing", "bossa nova", "metal")]
    led, free = ([composed(replace(one, guidance=guidance)).chords for one in asked] for guidance in (6.0, 1.0))
    assert led != free


def test_a_cancel_stops_between_two_steps() -> None:
    calls = 0

    def step(_stage: str, _done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise CancelledError

    with pytest.raises(CancelledError):
        load("diffusion").compose(brief("pop"), step)
    assert calls == 4


def test_half_a_thousand_bars_are_one_piece() -> None:
    score = composed(brief("pop", bars=256))
    late = [note for note in notes_of(score, "drums") if note.start_beat > 1000]
    assert late


def test_composing_needs_no_torch() -> None:
    words = "import sys, bridge.composers.diffusion.composer; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


@pytest.mark.parametrize("key", ["C", "F#", "A", "Eb"])
def test_chords_lie_below_the_melody_in_every_key(key: str) -> None:
    score = composed(brief("pop", key=key, seed=TWINKLE))
    middles = [statistics.median(note.pitch for note in notes_of(score, part)) for part in ("chords", "lead")]
    assert middles[0] <= middles[1] - 5


def test_jazz_has_sevenths_in_five_too() -> None:
    spans = composed(brief("jazz", meter="5/4", seed=TWINKLE)).chords
    assert sum(len(set(span.chord.pitch_classes)) > 3 for span in spans) > len(spans) / 2


def test_the_manifest_is_told_which_weights_and_how_many_steps() -> None:
    file = files("model") / "weights" / "score" / "arranger-step.onnx"
    said = load("diffusion").made_with(brief("pop", steps=3))
    assert said == {"weights_sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "steps": 3}
    assert load("diffusion").made_with(brief("pop"))["steps"] == 6
    assert load("rules").made_with(brief("pop")) == {}


def test_strings_that_are_asked_for_lie_under_a_gentle_tune_and_drive_an_epic_one() -> None:
    gentle, epic = (
        composed(brief(style=Style(genres=("pop",), moods=(mood,), instruments=("piano", "strings"))))
        for mood in ("gentle", "epic")
    )
    strokes = []
    for score in (gentle, epic):
        chords = score.part("chords")
        assert chords is not None
        assert chords.program == 48
        strokes.append(len({(int(note.start_beat // 4.0), note.pitch) for note in chords.notes}) / len(chords.notes))
    assert strokes[0] > 0.6
    assert strokes[1] < 0.3


@pytest.mark.parametrize("composer", ["diffusion", "lstm"])
@pytest.mark.parametrize("genre", ["pop", "cinematic", "swing", "ballad"])
def test_where_no_tune_leads_a_chord_stays_three_bars_at_most(composer: str, genre: str) -> None:
    for random_seed in (1, 2):
        chords = composed(brief(genre, random_seed=random_seed), composer).chords
        spans = merged_spans(replace(span, chord=plain(span.chord)) for span in chords)
        assert max(span.length_beats for span in spans) <= 12.0
        assert len(spans) >= 4


@pytest.mark.parametrize("name", ["verse", "chorus"])
def test_a_section_that_is_asked_for_again_sounds_like_it_did_the_first_time(name: str) -> None:
    first = composed(brief("pop", name=name, seed=TWINKLE, random_seed=1))
    later = brief("pop", name=name, seed=TWINKLE, random_seed=77, recall=first, recalled_seed=1)
    again = composed(replace(later, section=replace(later.section, start_bar=17)))
    for part in ("chords", "bass", "drums"):
        old, new = ({(round(note.start_beat * 4), note.pitch) for note in notes_of(score, part)} for score in (first, again))
        assert len(old & new) / len(old | new) > 0.6


@pytest.mark.parametrize("random_seed", range(3))
def test_chords_of_the_instrument_that_leads_do_not_lie_over_the_lead(random_seed: int) -> None:
    style = Style(genres=("cinematic",), moods=("epic",), instruments=("brass", "percussion"))
    score = composed(brief(key="D minor", bpm=140, style=style, random_seed=random_seed))
    middle = statistics.median(note.pitch for note in notes_of(score, "lead"))
    assert max(note.pitch for note in notes_of(score, "chords")) <= middle + 5
