import io
from collections import Counter

import mido
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import ALL_KEYS, Key
from bridge.music.midi import read_smf, score_parts, write_smf
from bridge.music.notes import PART_NAMES, Note, Part
from bridge.music.score import Marker, Score, Section
from bridge.music.tempo import KNOWN_METERS, Meter, TempoChange, TempoMap

PPQ = 960
BARS = 4


@st.composite
def ticked_notes(draw: st.DrawFn) -> tuple[tuple[int, int, int, int], ...]:
    """Return notes as (start, end, pitch, velocity) in ticks of a section of four bars."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, BARS * 4 * PPQ - 1), st.integers(0, 5000), st.integers(0, 127), st.integers(1, 127)))
    )
    return tuple((start, min(start + length, BARS * 4 * PPQ), pitch, velocity) for start, length, pitch, velocity in rows)


def beats(rows: tuple[tuple[int, int, int, int], ...]) -> tuple[Note, ...]:
    return tuple(sorted(Note(start / PPQ, end / PPQ - start / PPQ, pitch, velocity) for start, end, pitch, velocity in rows))


def in_ticks(notes: tuple[Note, ...]) -> list[tuple[int, int, int, int]]:
    return sorted((round(n.start_beat * PPQ), round(n.end_beat * PPQ), n.pitch, n.velocity) for n in notes)


def without_nesting(rows: tuple[tuple[int, int, int, int], ...]) -> tuple[tuple[int, int, int, int], ...]:
    """Return the notes with the ends of each pitch in the order of the starts: more a MIDI file cannot tell."""
    kept = []
    for pitch in {row[2] for row in rows}:
        of_pitch = sorted(row for row in rows if row[2] == pitch)
        for row, end in zip(of_pitch, sorted(row[1] for row in of_pitch), strict=True):
            kept.append((row[0], end, pitch, row[3]))
    return tuple(sorted(kept))


def song() -> Score:
    tempo = TempoMap((TempoChange(0.0, 60.0), TempoChange(20.0, 97.3), TempoChange(26.0, 133.7), TempoChange(80.0, 50.0)))
    section = Section("副歌", 9, 4, Meter(3, 4), tempo, Key(3))
    lead = Part("lead", (Note(0.0, 1.5, 67, 100), Note(1.5, 0.5, 70, 1), Note(2.0, 30.0, 72, 127)), 40)
    drums = Part("drums", (Note(0.0, 0.25, 36), Note(1.0, 0.25, 38), Note(1.0, 0.25, 42)), 8)
    bass = Part("bass", (Note(0.0, 12.0, 39),), 33)
    chords = (ChordSpan(0.0, 6.0, Chord.parse("Eb")), ChordSpan(9.0, 3.0, Chord.parse("Bb7/D")))
    return Score(section, (lead, bass, drums), chords, (Marker(0.0, "chorus"), Marker(6.0, "尾声")))


def mido_file(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(data), charset="utf-8")


@given(ticked_notes())
def test_notes_come_back_exact_to_the_tick(rows: tuple[tuple[int, int, int, int], ...]) -> None:
    rows = without_nesting(rows)
    score = Score(Section(bars=BARS), (Part("lead", beats(rows), 3),))
    assert in_ticks(score_parts(read_smf(write_smf(score)))[0].notes) == sorted(rows)


@given(ticked_notes())
def test_notes_of_one_pitch_within_each_other_keep_starts_and_ends(rows: tuple[tuple[int, int, int, int], ...]) -> None:
    read = in_ticks(score_parts(read_smf(write_smf(Score(Section(bars=BARS), (Part("pad", beats(rows)),)))))[0].notes)
    assert Counter(row[0::2] for row in read) == Counter(row[0::2] for row in rows)
    assert Counter(row[1:3] for row in read) == Counter(row[1:3] for row in rows)


@given(ticked_notes())
def test_what_was_read_is_written_to_the_same_bytes(rows: tuple[tuple[int, int, int, int], ...]) -> None:
    notes = beats(without_nesting(rows))
    score = Score(Section(bars=BARS), (Part("lead", notes, 3), Part("drums", notes)))
    data = write_smf(score)
    assert write_smf(score.with_parts(score_parts(read_smf(data)))) == data


@given(ticked_notes())
def test_mido_reads_the_same_notes(rows: tuple[tuple[int, int, int, int], ...]) -> None:
    tick, switched = 0, Counter[tuple[str, int, int]]()
    for message in mido_file(write_smf(Score(Section(bars=BARS), (Part("bass", beats(rows)),)))).tracks[1]:
        tick += message.time
        if message.type in {"note_on", "note_off"}:
            switched[message.type, tick, message.note] += 1
    starts = Counter(("note_on", start, pitch) for start, _, pitch, _ in rows)
    assert switched == starts + Counter(("note_off", end, pitch) for _, end, pitch, _ in rows)
    assert tick == BARS * 4 * PPQ


@pytest.mark.parametrize("ticks_per_beat", [24, 96, 480])
def test_on_a_coarser_grid_notes_are_at_the_nearest_tick(ticks_per_beat: int) -> None:
    smf = read_smf(write_smf(song(), ticks_per_beat=ticks_per_beat))
    assert [(n.start_tick, n.length_ticks) for n in smf.tracks[1].ticks] == [
        (0, ticks_per_beat * 3 // 2),
        (ticks_per_beat * 3 // 2, ticks_per_beat // 2),
        (ticks_per_beat * 2, ticks_per_beat * 10),
    ]
    assert smf.length_beats == 12.0


def test_the_conductor_says_tempo_meter_key_and_markers_from_the_start_of_the_section() -> None:
    conductor = mido_file(write_smf(song())).tracks[0]
    said = [(m.type, m.time) for m in conductor]
    assert said == [
        ("time_signature", 0),
        ("key_signature", 0),
        ("set_tempo", 0),
        ("marker", 0),
        ("set_tempo", 2 * PPQ),
        ("marker", 4 * PPQ),
        ("end_of_track", 6 * PPQ),
    ]
    assert [round(mido.tempo2bpm(m.tempo), 1) for m in conductor if m.type == "set_tempo"] == [97.3, 133.7]
    assert [m.text for m in conductor if m.type == "marker"] == ["chorus", "尾声"]
    assert next(m.key for m in conductor if m.type == "key_signature") == "Eb"
    assert next((m.numerator, m.denominator) for m in conductor if m.type == "time_signature") == (3, 4)


def test_every_track_starts_at_zero_and_ends_exactly_with_the_section() -> None:
    smf = mido_file(write_smf(song()))
    assert (smf.type, smf.ticks_per_beat) == (1, PPQ)
    assert [sum(message.time for message in track) for track in smf.tracks] == [12 * PPQ] * 4
    assert all(track[-1].type == "end_of_track" for track in smf.tracks)


def test_parts_are_named_and_have_their_programs_with_drums_on_channel_10() -> None:
    tracks = mido_file(write_smf(song())).tracks[1:]
    assert [track.name for track in tracks] == ["lead", "bass", "drums"]
    assert [(m.channel, m.program) for track in tracks for m in track if m.type == "program_change"] == [
        (0, 40),
        (2, 33),
        (9, 8),
    ]


def test_a_part_keeps_its_channel_in_a_file_of_its_own() -> None:
    smf = read_smf(write_smf(song(), parts=("bass",)))
    assert [(track.name, track.channel) for track in smf.tracks] == [("", None), ("bass", 2)]


def test_pretty_midi_hears_the_times_of_the_tempo_map() -> None:
    score = song()
    read = pretty_midi.PrettyMIDI(io.BytesIO(write_smf(score)))
    for instrument, part in zip(read.instruments, score.parts, strict=True):
        assert instrument.is_drum == part.is_drums
        assert (instrument.name, instrument.program) == (part.name, part.program)
        section = score.section
        expected = [section.tempo.seconds(section.start_beat + n.start_beat) - section.start_seconds for n in part.notes]
        assert sorted(n.start for n in instrument.notes) == pytest.approx(expected, abs=1e-5)
    assert read.get_end_time() == pytest.approx(score.section.seconds, abs=1e-4)


def test_without_tempo_nothing_tells_a_daw_to_change_its_own() -> None:
    smf = mido_file(write_smf(song(), with_tempo=False))
    assert not [message for track in smf.tracks for message in track if message.type == "set_tempo"]
    assert read_smf(write_smf(song(), with_tempo=False)).meters[0].meter == Meter(3, 4)


def test_chords_are_written_only_when_asked() -> None:
    written = mido_file(write_smf(song(), with_chords=True)).tracks[0]
    assert [m.text for m in written if m.type == "text"] == ["Eb", "N.C.", "Bb7/D"]
    assert not [m for m in mido_file(write_smf(song())).tracks[0] if m.type == "text"]


def test_a_delivered_score_is_loaded_again() -> None:
    smf = read_smf(write_smf(song()))
    parts = score_parts(smf)
    assert [(part.name, part.program, len(part.notes)) for part in parts] == [("lead", 40, 3), ("bass", 33, 1), ("drums", 8, 3)]
    assert parts[0].notes[2] == Note(2.0, 10.0, 72, 127)  # cut at the end of the section
    assert smf.tempo == TempoMap((TempoChange(0.0, 97.3), TempoChange(2.0, 133.7)))
    assert [(marker.beat, marker.name) for marker in smf.markers] == [(0.0, "chorus"), (6.0, "尾声")]


def test_a_part_without_notes_is_still_a_part() -> None:
    parts = (Part("lead", (), 12), Part("drums", ()))
    assert score_parts(read_smf(write_smf(Score(Section(), parts)))) == parts


def test_all_parts_have_channels_of_their_own() -> None:
    score = Score(Section(), tuple(Part(name, (Note(0.0, 1.0, 60),)) for name in PART_NAMES))
    channels = [track.channel for track in read_smf(write_smf(score)).tracks[1:]]
    assert len(set(channels)) == len(PART_NAMES)
    assert channels[PART_NAMES.index("drums")] == 9


def test_a_section_without_markers_is_marked_by_its_name() -> None:
    markers = read_smf(write_smf(Score(Section("prechorus"), ()))).markers
    assert [(marker.beat, marker.name) for marker in markers] == [(0.0, "prechorus")]


@pytest.mark.parametrize("meter", KNOWN_METERS)
@pytest.mark.parametrize("key", ALL_KEYS)
def test_meters_and_keys_come_back(meter: Meter, key: Key) -> None:
    smf = read_smf(write_smf(Score(Section(meter=meter, key=key, bars=3), ())))
    assert (smf.meters[0].meter, smf.key, smf.length_beats) == (meter, key, 3 * meter.beats_per_bar)


def test_a_note_too_short_for_the_grid_still_sounds() -> None:
    score = Score(Section(), (Part("lead", (Note(1.0, 1e-6, 60),)),))
    assert read_smf(write_smf(score)).tracks[1].ticks[0].length_ticks == 1
