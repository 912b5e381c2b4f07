"""Clips written from notes, read by our own reader and by pretty_midi."""

import io

import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.music.clip import TICKS_PER_BEAT, write_clip
from bridge.music.midi import read_smf
from bridge.music.notes import Note

GRID = st.sampled_from([1 / 3, 0.25, 1 / 5, 1 / 7, 1 / 64])


@given(st.lists(st.tuples(st.integers(0, 40), GRID, st.integers(1, 127)), min_size=1, max_size=30))
def test_notes_one_after_another_come_back_at_exactly_their_beats(steps: list[tuple[int, float, int]]) -> None:
    notes, beat = [], 0.0
    for pitch, length, velocity in steps:
        notes.append(Note(round(beat * TICKS_PER_BEAT) / TICKS_PER_BEAT, length, 40 + pitch, velocity))
        beat += length
    smf = read_smf(write_clip(notes, beat + 1.0))
    (track,) = (track for track in smf.tracks if track.notes)
    assert [(note.start_beat, note.pitch, note.velocity) for note in track.notes] == [
        (note.start_beat, note.pitch, note.velocity) for note in notes
    ]
    assert [note.length_beats for note in track.notes] == pytest.approx(
        [note.length_beats for note in notes], abs=1 / TICKS_PER_BEAT
    )


def test_a_pitch_struck_again_ends_the_note_before_it() -> None:
    clip = write_clip([Note(0.0, 4.0, 60), Note(1.0, 1.0, 60, 50), Note(3.5, 4.0, 62)], 4.0)
    found = pretty_midi.PrettyMIDI(io.BytesIO(clip)).instruments[0].notes
    assert sorted((round(note.start * 2, 6), round(note.end * 2, 6), note.pitch) for note in found) == [
        (0.0, 1.0, 60),
        (1.0, 2.0, 60),
        (3.5, 4.0, 62),
    ]


def test_a_clip_says_its_length_and_nothing_of_tempo_meter_and_key() -> None:
    smf = read_smf(write_clip([Note(0.0, 1.0, 60)], 15.5))
    assert smf.length_beats == 15.5
    assert (smf.tempo, smf.meters, smf.key) == (None, (), None)
