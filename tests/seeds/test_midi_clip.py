import io
from collections.abc import Sequence

import mido
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ClipError
from bridge.music.key import Key
from bridge.music.midi import write_smf
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.music.tempo import Meter, TempoMap
from bridge.seeds.midi_clip import read_part, read_seed
from tests.hostile_midi import hostile_files

HOSTILE = hostile_files()
TUNE = (72, 74, 76, 77, 79, 77, 76, 74, 72, 71, 72, 76, 79, 81, 79, 72)
Messages = list[mido.Message | mido.MetaMessage]


def clip(*tracks: Messages, kind: int = 1) -> bytes:
    smf = mido.MidiFile(type=kind, ticks_per_beat=480, charset="utf-8")
    smf.tracks += [mido.MidiTrack(messages) for messages in tracks]
    buffer = io.BytesIO()
    smf.save(file=buffer)
    return buffer.getvalue()


def line(
    pitches: Sequence[int], name: str = "", *, channel: int = 0, program: int | None = None, length: int = 480
) -> Messages:
    messages: Messages = [mido.MetaMessage("track_name", name=name)] if name else []
    if program is not None:
        messages.append(mido.Message("program_change", channel=channel, program=program))
    for pitch in pitches:
        messages.append(mido.Message("note_on", note=pitch, velocity=90, channel=channel))
        messages.append(mido.Message("note_off", note=pitch, time=length, channel=channel))
    return messages


def chords(roots: Sequence[int], name: str = "", length: int = 1920) -> Messages:
    messages: Messages = [mido.MetaMessage("track_name", name=name)] if name else []
    for root in roots:
        pitches = (root, root + 4, root + 7)
        messages += [mido.Message("note_on", note=pitch, velocity=70) for pitch in pitches]
        messages += [mido.Message("note_off", note=pitch, time=0 if index else length) for index, pitch in enumerate(pitches)]
    return messages


DRUMS = line([36, 42, 38, 42] * 4, channel=9)
BASS = line([36, 43] * 8, "Bass", channel=1, program=33)


def pitches(data: bytes) -> list[int]:
    return [note.pitch for note in read_seed(data).notes]


@pytest.mark.parametrize("name", ["Melody", "LEAD", "Lead Vocals", "Voice", "Theme 1", "主旋律", "旋律", "人声", "3-Topline"])
def test_the_melody_is_the_track_of_that_name(name: str) -> None:
    higher = line([p + 12 for p in TUNE], "Strings")
    assert pitches(clip(higher, line(TUNE, name), chords([60] * 4, "Piano"), BASS, DRUMS)) == list(TUNE)


def test_a_melody_by_name_goes_before_a_singer() -> None:
    assert pitches(clip(line([60] * 16, "Lead Synth"), line(TUNE, "Melody"))) == list(TUNE)


@pytest.mark.parametrize(
    "name", ["Backing Vocals", "Harmony Voice", "Counter Melody", "副旋律", "Lead Bass", "Vocal Percussion"]
)
def test_an_accompaniment_is_not_the_melody_whatever_else_its_name_says(name: str) -> None:
    assert pitches(clip(line([60] * 16, name), line(TUNE, "Track 2"))) == list(TUNE)


def test_without_names_the_moving_line_in_a_singing_register_is_the_melody() -> None:
    tracks = (chords([60, 65, 67, 60]), line([36, 43] * 8, program=33), line(TUNE), DRUMS)
    for order in (tracks, tracks[::-1]):
        assert pitches(clip(*order)) == list(TUNE)


def test_of_a_type_0_song_the_melody_channel_is_taken() -> None:
    messages: Messages = [mido.MetaMessage("track_name", name="My Drum and Bass Song")]
    for tune, bass in zip(TUNE, [36, 43] * 8, strict=True):
        for channel, pitch in ((1, bass), (4, tune), (9, 36)):
            messages.append(mido.Message("note_on", channel=channel, note=pitch))
        messages += [mido.Message("note_off", channel=1, note=bass, time=480), mido.Message("note_off", channel=4, note=tune)]
    assert pitches(clip(messages, kind=0)) == list(TUNE)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (clip(line([])), "holds no notes"),
        (clip(DRUMS), "holds only drums"),
        (clip(line(TUNE, "808 Drum Kit")), "holds only drums"),
        (clip(DRUMS, line(TUNE, "鼓组")), "holds only drums"),
    ],
)
def test_a_clip_without_melody_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ClipError, match=sentence) as refused:
        read_seed(data)
    assert refused.value.code == "no_notes"


def test_a_lone_bass_line_is_taken_and_said() -> None:
    seed = read_seed(clip(BASS, DRUMS))
    assert [note.pitch for note in seed.notes] == [36, 43] * 8
    assert any("only a bass line" in warning for warning in seed.warnings)


def test_what_was_left_out_is_said() -> None:
    seed = read_seed(clip(line(TUNE, "Melody"), BASS, DRUMS))
    assert seed.warnings == ("the melody is taken from Melody; left out: Bass, channel 10 (parts_in would keep them)",)
    assert read_seed(clip(line(TUNE, "Melody"))).warnings == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 127), st.integers(1, 2000), st.integers(0, 2000), st.integers(1, 127)), min_size=1, max_size=40
    )
)
def test_a_melody_comes_through_note_for_note(steps: list[tuple[int, int, int, int]]) -> None:
    notes, tick = [], 0
    for pitch, length, rest, velocity in steps:
        notes.append(Note(tick / 960, length / 960, pitch, velocity))
        tick += length + rest
    score = Score(Section(bars=100), (Part("lead", tuple(notes)),))
    seed = read_seed(write_smf(score))
    assert seed.notes == tuple(Note(n.start_beat, round(n.length_beats * 960) / 960, n.pitch, n.velocity) for n in notes)
    assert seed.length_beats == 400.0


def test_a_note_without_length_gets_a_short_one() -> None:
    assert [note.length_beats for note in read_seed(clip(line(TUNE, length=0))).notes[:1]] == [1 / 16]


def test_tempo_meter_and_key_are_said_only_where_the_file_says_them() -> None:
    silent = read_seed(clip(line(TUNE)))
    assert (silent.tempo, silent.meter, silent.key, silent.likely_key) == (None, None, None, Key(0))
    conductor: Messages = [
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(93)),
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.MetaMessage("key_signature", key="Am"),
    ]
    spoken = read_seed(clip(conductor, line(TUNE)))
    assert (spoken.tempo, spoken.meter, spoken.key) == (TempoMap.constant(93), Meter(3, 4), Key(9, "minor"))
    assert spoken.likely_key == Key(9, "minor")


def test_a_written_key_that_the_notes_contradict_is_not_the_likely_one() -> None:
    seed = read_seed(clip([mido.MetaMessage("key_signature", key="C")], line([p + 6 for p in TUNE])))
    assert (seed.key, seed.likely_key) == (Key(0), Key(6))


def test_onsets_in_seconds_follow_the_tempo_map_as_pretty_midi_hears_it() -> None:
    conductor: Messages = [
        mido.MetaMessage("set_tempo", tempo=400_000),
        mido.MetaMessage("set_tempo", tempo=650_000, time=1000),
    ]
    data = clip(conductor, line(TUNE))
    theirs = [note.start for note in pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments[0].notes]
    assert list(read_seed(data).start_seconds) == pytest.approx(theirs, abs=1e-4)


def test_a_tempo_in_which_nobody_plays_is_left_out_and_said() -> None:
    seed = read_seed(HOSTILE["tempo 1"])
    assert seed.tempo is None
    assert "tempo of 6e+07 BPM is left out" in seed.warnings[0]


def test_of_several_meters_the_first_is_used_and_said() -> None:
    changing: Messages = [
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.MetaMessage("time_signature", numerator=4, denominator=4, time=480 * 12),
    ]
    seed = read_seed(clip(changing, line(TUNE)))
    assert seed.meter == Meter(3, 4)
    assert seed.warnings == ("the meter of the clip changes (3/4, then 4/4): 3/4 is used throughout",)


def test_a_short_first_bar_is_a_pickup() -> None:
    pickup: Messages = [
        mido.MetaMessage("time_signature", numerator=1, denominator=4),
        mido.MetaMessage("time_signature", numerator=4, denominator=4, time=480),
    ]
    seed = read_seed(clip(pickup, line(TUNE)))
    assert seed.meter == Meter(4, 4)
    assert seed.notes[0].start_beat == 0.0
    assert "pickup of 1 beats" in seed.warnings[0]


@pytest.mark.parametrize(
    ("notes", "tail_ticks", "meter", "length_beats"),
    [
        (16, 0, "4/4", 16.0),  # ends on the bar
        (14, 0, "4/4", 16.0),  # ends with its last note: filled up
        (14, 1, "4/4", 16.0),  # a tick after it
        (14, 480 * 2, "4/4", 16.0),
        (14, 480 * 10, "4/4", 24.0),  # bars of rest that the file says
        (12, 480 * 1 + 240, "4/4", 13.5),  # a length that somebody chose
        (16, 20, "4/4", 16.0),  # the last note is released late
        (9, 0, "3/4", 9.0),
        (10, 0, "3/4", 12.0),
        (1, 0, "4/4", 4.0),
        (4, 0, "1/8", 4.0),
    ],
)
def test_a_clip_lasts_as_long_as_its_file_says_or_whole_bars(
    notes: int, tail_ticks: int, meter: str, length_beats: float
) -> None:
    numerator, denominator = map(int, meter.split("/"))
    messages: Messages = [mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator), *line(TUNE[:notes])]
    assert read_seed(clip([*messages, mido.MetaMessage("end_of_track", time=tail_ticks)])).length_beats == length_beats


def test_chords_under_the_tune_are_said_to_be_left_out() -> None:
    messages: Messages = []
    for pitch in TUNE:
        messages += [mido.Message("note_on", note=p) for p in (48, 55, pitch)]
        messages += [mido.Message("note_off", note=p, time=0 if index else 480) for index, p in enumerate((48, 55, pitch))]
    seed = read_seed(clip(messages))
    assert [note.pitch for note in seed.notes] == list(TUNE)
    assert seed.warnings == ("chords sound in the melody's track: 16 of its 48 notes are taken as the tune",)


def test_a_chordal_clip_given_as_chords_keeps_every_note() -> None:
    part = read_part(clip(chords([60, 65, 67, 60])), "chords")
    assert sorted(note.pitch for note in part.notes) == sorted(root + step for root in (60, 65, 67, 60) for step in (0, 4, 7))
    assert {note.length_beats for note in part.notes} == {4.0}


def test_of_several_tracks_the_one_that_suits_the_part_is_taken() -> None:
    data = clip(line(TUNE, "Melody", program=73), chords([60, 65, 67, 60], "Piano"), BASS, line([36] * 4, "Kick"), DRUMS)
    assert [note.pitch for note in read_part(data, "bass").notes] == [36, 43] * 8
    assert read_part(data, "bass").program == 33
    assert (len(read_part(data, "chords").notes), len(read_part(data, "drums").notes)) == (12, 20)
    assert ([note.pitch for note in read_part(data, "lead").notes], read_part(data, "lead").program) == (list(TUNE), 73)


def test_without_names_the_part_is_known_by_the_way_it_is_played() -> None:
    data = clip(line(TUNE), chords([60, 65, 67, 60]), line([36, 43] * 8), DRUMS)
    lowest = [
        sum(note.pitch for note in read_part(data, name).notes) / len(read_part(data, name).notes) for name in ("bass", "lead")
    ]
    assert lowest[0] < 48 < lowest[1]
    assert len(read_part(data, "chords").notes) == 12


def test_drums_on_any_channel_are_taken_as_they_are_given() -> None:
    part = read_part(clip(line([36, 42, 38, 42], "Clip 1")), "drums")
    assert [note.pitch for note in part.notes] == [36, 42, 38, 42]


@pytest.mark.parametrize(
    ("data", "name"), [(clip(DRUMS), "bass"), (clip(line([])), "drums"), (clip(line(TUNE), BASS), "drums")]
)
def test_a_clip_with_nothing_for_a_part_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(ClipError) as refused:
        read_part(data, name)
    assert refused.value.code == "no_notes"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_clip_gives_a_seed_or_an_error(name: str) -> None:
    try:
        seed = read_seed(HOSTILE[name])
    except ClipError as refused:
        seed, code = None, refused.code
        assert code in {"bad_clip", "no_notes"}
    if seed:
        assert 0 < seed.length_beats <= 100_000 + 32
        assert len(seed.start_seconds) == len(seed.notes) > 0
        assert all(note.length_beats > 0 for note in seed.notes)
