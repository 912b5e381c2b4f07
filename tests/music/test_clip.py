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


def test_when_notes_were_played_is_kept_beside_them_for_any_reader_to_skip() -> None:
    notes = [Note(0.0, 1.0, 60), Note(0.0, 1.0, 64), Note(1.0, 1.0, 60)]
    clip = write_clip(notes, 4.0, [-0.0125, 0.003, 0.51])
    smf = read_smf(clip)
    assert smf.tracks[0].played == {(0, 60): -0.0125, (0, 64): 0.003, (TICKS_PER_BEAT, 60): 0.51}
    assert smf.tracks[0].notes == tuple(notes)
    assert len(pretty_midi.PrettyMIDI(io.BytesIO(clip)).instruments[0].notes) == 3


@pytest.mark.parametrize("body", [b"", b"\x7dplayed\x00<", b"\x7dplayed\x00<" + b"\xff" * 8, b"\x00\x00\x41" + b"\x01" * 14])
def test_a_sequencer_s_own_events_and_broken_ones_are_passed_over(body: bytes) -> None:
    event = b"\x00\xff\x7f" + bytes([len(body)]) + body
    track = event + bytes([0, 0x90, 60, 90, 96, 0x80, 60, 0, 0, 0xFF, 0x2F, 0])
    data = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk" + len(track).to_bytes(4, "big") + track
    (read,) = read_smf(data).tracks
    assert (len(read.notes), read.played) == (1, {})
