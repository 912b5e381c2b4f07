from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.composers import load
from bridge.evaluate import trials
from bridge.evaluate.families import train_families
from bridge.evaluate.features import groove_features
from bridge.evaluate.piece import notes_of, piece_of_score, stretched
from bridge.evaluate.positions import positions_of
from bridge.evaluate.tune import arranged
from bridge.music.notes import Note, Part
from bridge.step import ignore
from tests.evaluate.pieces import piece
from tests.evaluate.songs import lead_of, made_tune

RULES = load("rules")
ROCK, WALTZ = made_tune("rock", key="D"), made_tune("waltz", meter="3/4")


def test_a_tune_is_asked_for_in_its_own_key_meter_and_tempo() -> None:
    asked = ROCK.brief(3)
    assert str(asked.section.key) == "D major"
    assert asked.seed is not None
    assert asked.seed.notes[0].pitch == 74
    assert asked.section.tempo.bpm_at(0.0) == 112.0
    assert asked.random_seed == 3


def test_pieces_and_notes_are_the_same_thing() -> None:
    score = RULES.compose(WALTZ.brief(), ignore)
    bass = score.part("bass")
    assert bass is not None
    back = notes_of(piece_of_score(score), "bass")
    assert [note.pitch for note in back] == [note.pitch for note in bass.notes]
    assert np.allclose([note.start_beat for note in back], [note.start_beat for note in bass.notes])


def test_a_locked_melody_is_kept_note_for_note() -> None:
    score = RULES.compose(ROCK.brief(), ignore)
    assert trials.seed_kept(score, ROCK) == 1.0
    lead = score.part("lead")
    assert lead is not None
    notes = tuple(replace(note, pitch=note.pitch + 1) if at == 0 else note for at, note in enumerate(lead.notes))
    assert trials.seed_kept(score.with_parts((Part("lead", notes),)), ROCK) == pytest.approx(27 / 29)


def test_longer_tunes_are_sung_again() -> None:
    short = piece({"lead": [(0, 1, 72), (3, 2, 74)]}, "C F", bars=1)
    longer = stretched(short, 3)
    assert longer.part("lead")[:, 0].tolist() == [0, 36, 48, 84, 96, 132]
    assert longer.part("lead")[-1, 1] == 12
    assert longer.chord_roots.tolist() == [0, 0, 5, 5] * 3
    assert ROCK.of_bars(20).sections == (("verse", 8), ("verse", 8), ("verse", 4))


def test_given_chords_are_followed() -> None:
    asked = trials.with_chords(ROCK, 1)
    score = RULES.compose(asked, ignore)
    assert len(asked.chords) == ROCK.piece.bars
    assert trials.chords_followed([asked], [ROCK], [score])["chords_given"] > 0.9


@pytest.mark.parametrize("name", ["bass", "chords", "drums"])
def test_given_parts_are_kept(name: str) -> None:
    score = RULES.compose(trials.with_part(WALTZ, name), ignore)
    assert trials.part_followed([WALTZ], [score], name)[f"{name}_kept"] == 1.0
    silent = score.with_parts(())
    assert trials.part_followed([WALTZ], [silent], name)[f"{name}_kept"] == 0.0


def test_a_teacher_that_repeats_itself_is_not_diverse() -> None:
    takes = [[ROCK.piece, ROCK.piece]]
    assert trials.diversity(takes) == {"diversity_drums": 0.0, "diversity_bass": 0.0, "diversity_harmony": 0.0}


def test_a_continuation_is_measured_beside_its_floors() -> None:
    tune = ROCK.of_bars(trials.DEVELOPED_BARS)
    asked = trials.to_develop(tune)
    assert asked.seed is not None
    assert asked.seed.length_beats == 16.0
    assert max(note.start_beat for note in asked.seed.notes) < 16.0
    found = trials.developed([tune], [tune.piece])
    assert found["develop_in_key"] == found["develop_copied_bars"] == 1.0
    assert found["develop_motifs"] == 0.9, "motifs across the joint of two turns are new"
    assert found["develop_shuffled"] < 0.8


def test_verses_of_a_song_are_alike() -> None:
    asked = trials.song_of(ROCK, 32)
    assert trials.sections_of(asked) == [("verse", 8), ("chorus", 8), ("verse", 8), ("chorus", 8)]
    made = arranged(RULES.compose(asked, ignore), ROCK.of_bars(32))
    found = trials.returning([(made, trials.sections_of(asked))])
    assert found["return"] > found["no_return"]


def test_all_figures_of_an_accompaniment_come_at_once() -> None:
    tunes = [ROCK, WALTZ, made_tune("bossa nova")]
    rows = np.stack([groove_features(tune.piece) for tune in tunes]), ["rock", "waltz", "bossa nova"]
    known = (train_families(rows, rows, steps=50), positions_of((tune.family, tune.piece) for tune in tunes))
    scores = trials.compose_all(RULES, [tune.brief() for tune in tunes], ignore, "tunes")
    found = trials.accompaniment(tunes, scores, known)
    assert found["seed_kept"] == found["family_named"] == 1.0
    assert found["triads"] > 0.9
    assert found["grid_drums"] > 0.98
    assert found["grid_chords_floor"] < found["grid_chords"]


def test_the_same_trial_gives_the_same_figures() -> None:
    scores = [RULES.compose(ROCK.brief(7), ignore) for _ in range(2)]
    one, two = (arranged(score, ROCK) for score in scores)
    assert all(np.array_equal(one.part(name), two.part(name)) for name in one.notes)


def test_the_lead_of_a_tune_is_in_its_own_key() -> None:
    assert lead_of(ROCK)[0] == Note(0.0, 1.0, 74, 90)
