"""What grows out of a clip, or out of a theme of our own: its motifs, in the key, phrase by phrase to a close."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from bridge.brief import Brief
from bridge.composers import load
from bridge.evaluate import motifs, trials
from bridge.evaluate.piece import piece_of_score
from bridge.evaluate.tune import arranged, load_tunes
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.notes import Note
from bridge.music.score import Seed
from bridge.step import ignore
from tests.composers.briefs import TWINKLE, brief, song

RULES = load("rules")


def lead_of(asked: Brief) -> tuple[Note, ...]:
    lead = RULES.compose(asked, ignore).part("lead")
    assert lead is not None
    return lead.notes


def bars(notes: Sequence[Note], first: int, last: int) -> list[tuple[tuple[float, int], ...]]:
    """Onset and pitch of each bar of four beats."""
    return [
        tuple((n.start_beat - 4 * bar, n.pitch) for n in notes if 4 * bar <= n.start_beat < 4 * bar + 4)
        for bar in range(first, last)
    ]


def test_continuations_of_real_tunes_share_their_motifs_and_stay_in_the_key() -> None:
    tunes = [tune.of_bars(trials.DEVELOPED_BARS) for tune in load_tunes()[:12]]
    made = [arranged(RULES.compose(trials.to_develop(tune), ignore), tune) for tune in tunes]
    ours, real = trials.developed(tunes, made), trials.developed(tunes, [tune.piece for tune in tunes])
    assert ours["develop_motifs"] >= real["develop_motifs"] > 3 * ours["develop_shuffled"]
    assert ours["develop_in_key"] >= 0.98 * real["develop_in_key"]
    assert abs(ours["develop_copied_bars"] - real["develop_copied_bars"]) < 0.15


@pytest.mark.parametrize("random_seed", range(4))
def test_an_answer_begins_like_the_clip_a_contrast_does_not_and_the_return_closes(random_seed: int) -> None:
    notes = lead_of(brief(seed=TWINKLE, seed_mode="develop", bars=16, random_seed=random_seed))
    theme, answer, contrast, back = (bars(notes, start, start + 4) for start in (0, 4, 8, 12))
    assert theme[:2] == answer[:2] == back[:2]
    assert answer != theme
    assert sum(bar in theme for bar in contrast) <= 1
    assert notes[-1].pitch % 12 == 0
    assert notes[-1].length_beats >= 1.0


@pytest.mark.parametrize("mode", ["inspire", "free"])
def test_a_theme_of_our_own_is_developed_too(mode: str) -> None:
    shares = []
    for random_seed in range(6):
        score = RULES.compose(brief(seed=TWINKLE, seed_mode=mode, bars=16, random_seed=random_seed), ignore)
        piece = piece_of_score(score)
        theme, later = motifs.lead_of(piece, 0, 4), motifs.lead_of(piece, 4, 16)
        shares.append(motifs.shared_motifs(theme, later, is_minor=False))
    assert np.mean(shares) > 0.5


def test_where_chords_are_given_the_development_sounds_with_them() -> None:
    symbols = ["C", "F", "G", "C", "Am", "Dm", "G", "Am", "F", "Bb", "Dm", "G7", "Em", "Am", "G", "C"]
    spans = tuple(ChordSpan(4.0 * bar, 4.0, Chord.parse(symbol)) for bar, symbol in enumerate(symbols))
    notes = lead_of(brief(seed=TWINKLE, seed_mode="develop", bars=16, chords=spans))
    strong = [n for n in notes if n.start_beat >= 16 and n.start_beat % 2 == 0]
    fitting = [n.pitch % 12 in spans[int(n.start_beat // 4)].chord.pitch_classes for n in strong]
    assert sum(fitting) >= 0.7 * len(fitting)


def test_a_leading_note_that_the_clip_raises_is_raised_where_the_music_closes() -> None:
    pitches = (69, 71, 72, 74, 76, 74, 72, 71, 69, 68, 69, 71, 72, 71, 68, 69)
    seed = Seed(tuple(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(pitches)), 16.0, key=Key(9, "minor"))
    notes = lead_of(brief("folk", key="Am", seed=seed, seed_mode="develop", bars=16))
    steps = [(one.pitch % 12, other.pitch - one.pitch) for one, other in pairwise(notes)]
    assert (8, 1) in steps[15:]
    assert (7, 2) not in steps


def test_a_clip_of_five_notes_stays_on_them_where_the_idiom_likes_five() -> None:
    five = (60, 62, 64, 67, 69, 67, 64, 62, 60, 62, 64, 62, 60, 57, 60, 60)
    seed = Seed(tuple(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(five)), 16.0, key=Key(0))
    notes = lead_of(brief("chinese", seed=seed, seed_mode="develop", bars=16))
    assert {note.pitch % 12 for note in notes} <= {0, 2, 4, 7, 9}


def test_another_section_of_a_song_begins_with_the_contrast() -> None:
    asked = replace(song(form="verse:8 chorus:8 verse:8"), seed=TWINKLE, seed_mode="develop")
    notes = lead_of(asked)
    verse, chorus, again = (bars(notes, start, start + 4) for start in (0, 8, 16))
    assert not set(chorus[:2]) & set(verse)
    assert again[:2] == verse[:2]
