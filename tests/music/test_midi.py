import io

import mido
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ClipError
from bridge.music.key import Key
from bridge.music.midi import Smf, TickNote, read_smf
from bridge.music.midi_events import BYTES_MAX
from bridge.music.tempo import Meter, TempoChange
from tests.hostile_midi import END, TUNE, chunk, header, hostile_files, meta, track

HOSTILE = hostile_files()


def file_of(*tracks: list[mido.Message | mido.MetaMessage], kind: int = 1, ppq: int = 480) -> bytes:
    """Return a file written by mido, an independent writer."""
    smf = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    for messages in tracks:
        smf.tracks.append(mido.MidiTrack(messages))
    buffer = io.BytesIO()
    smf.save(file=buffer)
    return buffer.getvalue()


def note(pitch: int, time: int = 0, length: int = 480, channel: int = 0) -> list[mido.Message]:
    return [
        mido.Message("note_on", note=pitch, velocity=80, time=time, channel=channel),
        mido.Message("note_off", note=pitch, time=length, channel=channel),
    ]


def one_track(events: bytes, division: int = 96) -> Smf:
    return read_smf(header(division=division) + track(events))


def spans(smf: Smf, index: int = 0) -> list[tuple[int, int, int]]:
    return [(tick.start_tick, tick.length_ticks, tick.pitch) for tick in smf.tracks[index].ticks]


def outcome(data: bytes) -> Smf | ClipError:
    try:
        return read_smf(data)
    except ClipError as refused:
        return refused


def test_a_file_of_another_writer_is_read_whole() -> None:
    smf = read_smf(
        file_of(
            [
                mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(97.3)),
                mido.MetaMessage("time_signature", numerator=6, denominator=8),
                mido.MetaMessage("key_signature", key="Bm"),
                mido.MetaMessage("marker", text="chorus", time=960),
                mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(133.7)),
            ],
            [
                mido.MetaMessage("track_name", name="Lead"),
                mido.Message("program_change", program=73, channel=3),
                *note(74, 240, 120, channel=3),
                *note(76, 0, 600, channel=3),
                mido.MetaMessage("end_of_track", time=480),
            ],
        )
    )
    lead = smf.tracks[1]
    assert (lead.name, lead.channel, lead.program, lead.is_percussion) == ("Lead", 3, 73, False)
    assert lead.ticks == (TickNote(240, 120, 74, 80, 3), TickNote(360, 600, 76, 80, 3))
    assert [(n.start_beat, n.length_beats, n.pitch) for n in lead.notes] == [(0.5, 0.25, 74), (0.75, 1.25, 76)]
    assert smf.tempo is not None
    assert smf.tempo.changes == (TempoChange(0.0, 97.3), TempoChange(2.0, 133.7))
    assert [(change.beat, change.meter) for change in smf.meters] == [(0.0, Meter(6, 8))]
    assert smf.key == Key(11, "minor")
    assert [(marker.beat, marker.name) for marker in smf.markers] == [(2.0, "chorus")]
    assert (smf.length_ticks, smf.length_beats, smf.warnings) == (1440, 3.0, ())


@pytest.mark.parametrize("ppq", [1, 24, 96, 480, 960, 32767])
def test_beats_do_not_depend_on_the_division(ppq: int) -> None:
    smf = read_smf(file_of(note(60, ppq, 3 * ppq), ppq=ppq))
    assert [(n.start_beat, n.length_beats) for n in smf.tracks[0].notes] == [(1.0, 3.0)]


@pytest.mark.parametrize(("frames", "per_second"), [(24, 24.0), (25, 25.0), (29, 30000 / 1001), (30, 30.0)])
def test_smpte_ticks_are_seconds(frames: int, per_second: float) -> None:
    division = (256 - frames) << 8 | 40
    smf = one_track(TUNE + END, division)
    lasting = 96 / (per_second * 40)
    assert smf.clock.ticks_per_beat is None
    assert smf.tracks[0].notes[1].start_beat == pytest.approx(lasting * 2)  # 120 BPM: two beats a second
    assert smf.tempo is None
    assert read_smf(header(division=division) + track(TUNE), smpte_bpm=60.0).tracks[0].notes[1].start_beat == pytest.approx(
        lasting
    )


def test_tempo_changes_in_an_smpte_file_tell_its_beats() -> None:
    events = b"\x00\xff\x51\x03\x0f\x42\x40" + b"\x87\x68\xff\x51\x03\x07\xa1\x20" + b"\x87\x68\x90\x3c\x40\x01\x80\x3c\x00"
    smf = one_track(events, (256 - 25) << 8 | 40)  # 1000 ticks a second: 60 BPM for a second, then 120
    assert smf.tempo is not None
    assert smf.tempo.changes == (TempoChange(0.0, 60.0), TempoChange(1.0, 120.0))
    assert smf.tracks[0].notes[0].start_beat == pytest.approx(3.0)


def test_running_status_and_note_on_of_velocity_zero_end_notes() -> None:
    assert spans(one_track(b"\x00\x90\x3c\x40\x60\x3c\x00\x00\x3e\x40\x60\x3e\x00")) == [(0, 96, 60), (96, 96, 62)]


def test_running_status_survives_metas_and_sysex_as_in_many_files_it_must() -> None:
    events = b"\x00\x90\x3c\x40" + meta(0x01, b"la") + b"\x00\xf0\x02\x41\xf7" + b"\x60\x3c\x00"
    assert spans(one_track(events)) == [(0, 96, 60)]


def test_a_hanging_note_is_ended_at_the_end_of_its_track() -> None:
    smf = one_track(b"\x00\x90\x3c\x40\x60\x90\x3e\x40\x60\xff\x2f\x00")
    assert spans(smf) == [(0, 192, 60), (96, 96, 62)]
    assert smf.warnings == ("notes without an end in the MIDI file: 2; they are held to the end of their track",)


def test_of_overlapping_notes_of_one_pitch_the_first_in_is_the_first_out() -> None:
    events = b"\x00\x90\x3c\x10\x0a\x90\x3c\x20\x0a\x80\x3c\x00\x0a\x80\x3c\x00"
    ticks = one_track(events).tracks[0].ticks
    assert [(tick.start_tick, tick.length_ticks, tick.velocity) for tick in ticks] == [(0, 20, 16), (10, 20, 32)]


def test_the_same_pitch_on_two_channels_is_two_notes() -> None:
    smf = one_track(b"\x00\x90\x3c\x10\x00\x91\x3c\x10\x0a\x81\x3c\x00\x0a\x80\x3c\x00")
    assert sorted((tick.channel, tick.length_ticks) for tick in smf.tracks[0].ticks) == [(0, 20), (1, 10)]


def test_a_song_of_type_0_is_divided_by_channel() -> None:
    messages = [mido.MetaMessage("track_name", name="My Song"), mido.Message("program_change", program=33, channel=1)]
    smf = read_smf(file_of([*messages, *note(72), *note(36, channel=1), *note(38, channel=9)], kind=0))
    assert [(t.channel, t.program, len(t.notes), t.name) for t in smf.tracks] == [
        (0, None, 1, ""),
        (1, 33, 1, ""),
        (9, None, 1, ""),
    ]
    assert [t.is_percussion for t in smf.tracks] == [False, False, True]


def test_one_channel_of_type_0_keeps_its_name() -> None:
    smf = read_smf(file_of([mido.MetaMessage("track_name", name="Theme"), *note(72)], kind=0))
    assert [t.name for t in smf.tracks] == ["Theme"]


def test_an_instrument_played_with_mpe_stays_one_track() -> None:
    bends = [mido.Message("pitchwheel", channel=channel, pitch=5) for channel in range(1, 16)]
    notes = [message for index in range(20) for message in note(60 + index, channel=1 + index % 15)]
    smf = read_smf(file_of([*bends, *notes], kind=0))
    assert [(len(t.notes), t.is_percussion) for t in smf.tracks] == [(20, False)]


def test_without_tempo_meter_and_key_the_file_says_none() -> None:
    smf = one_track(TUNE + END)
    assert (smf.tempo, smf.meters, smf.key, smf.markers) == (None, (), None, ())


def test_before_the_first_tempo_a_file_runs_at_120() -> None:
    smf = one_track(b"\x83\x00\xff\x51\x03\x0f\x42\x40" + TUNE)
    assert smf.tempo is not None
    assert smf.tempo.changes == (TempoChange(0.0, 120.0), TempoChange(4.0, 60.0))


def test_a_tempo_written_a_tick_late_holds_from_the_start() -> None:
    smf = one_track(b"\x01\xff\x51\x03\x0f\x42\x40" + TUNE)
    assert smf.tempo is not None
    assert smf.tempo.changes == (TempoChange(0.0, 60.0),)


@given(st.integers(1000, 40000))
def test_a_typed_tempo_comes_back_as_it_was_typed_rounded_or_cut(hundredths: int) -> None:
    bpm = hundredths / 100
    for microseconds in (round(60e6 / bpm), int(60e6 / bpm)):
        smf = one_track(b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big") + TUNE)
        assert smf.tempo is not None
        assert smf.tempo.bpm_at(0.0) == pytest.approx(bpm, abs=0.0051 if bpm > 240 else 1e-9)


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_key_signatures_mean_what_mido_says(sharps: int) -> None:
    for mode in (0, 1):
        data = header() + track(meta(0x59, bytes((sharps % 256, mode))) + TUNE + END)
        expected = next(m.key for m in mido.MidiFile(file=io.BytesIO(data)).tracks[0] if m.type == "key_signature")
        assert read_smf(data).key == Key.parse(expected)


@pytest.mark.parametrize(
    ("body", "name"), [("主旋律".encode(), "主旋律"), ("主旋律".encode("gb2312"), "主旋律"), (b"Fl\xf6te\0", "Flöte")]
)
def test_names_are_read_in_the_encodings_daws_write(body: bytes, name: str) -> None:
    assert one_track(meta(0x03, body) + TUNE).tracks[0].name == name


def test_an_instrument_name_stands_in_for_a_missing_track_name() -> None:
    assert one_track(meta(0x04, b"Violin") + TUNE).tracks[0].name == "Violin"


def test_a_midi_file_within_riff_is_read() -> None:
    inner = header() + track()
    body = b"RMID" + b"data" + len(inner).to_bytes(4, "little") + inner
    assert len(read_smf(b"RIFF" + len(body).to_bytes(4, "little") + body).tracks[0].notes) == 8


def test_unknown_chunks_are_skipped() -> None:
    assert len(read_smf(header() + chunk(b"XFIH", b"1234") + track()).tracks[0].notes) == 8


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("text", "does not begin with MThd"),
        ("type 2", "export type 0 or 1"),
        ("zero ticks a beat", "0 ticks a quarter note"),
        ("SMPTE 17", "does not exist"),
        ("track shorter than it says", "track 1 of the MIDI file is cut short: 932 bytes are missing"),
        ("track longer than it says", "track 1 of the MIDI file ends in the middle of an event"),
        ("pitch over 127", "track 1 of the MIDI file is broken: it holds the byte 0x80"),
        ("a million notes", "more than 60000 notes"),
        ("two million controllers", "more than 400000 events"),
        ("a hundred thousand tracks", "more than 1000 tracks"),
        ("a million tempo changes", "more than 20000 tempo changes"),
        ("more bytes than are read", f"at most {BYTES_MAX} are read"),
        ("the end of time", "beats; at most 100000 are read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(ClipError, match=sentence) as refused:
        read_smf(HOSTILE[name])
    assert refused.value.code == "bad_clip"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_or_refused_but_never_breaks_the_reader(name: str) -> None:
    result = outcome(HOSTILE[name])
    if isinstance(result, ClipError):
        assert result.code == "bad_clip"
        assert len(result.text) < 200
    else:
        assert all(0 <= n.start_beat <= n.end_beat <= result.length_beats + 1e-6 for t in result.tracks for n in t.notes)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, header() + data, header() + track(data), header(0, 1, 0xE728) + track(data + TUNE)):
        result = outcome(whole)
        assert isinstance(result, Smf) or result.code == "bad_clip"


def test_notes_agree_with_pretty_midi_through_tempo_changes() -> None:
    data = file_of(
        [mido.MetaMessage("set_tempo", tempo=400_000), mido.MetaMessage("set_tempo", tempo=700_001, time=1000)],
        [message for pitch in range(50, 80) for message in note(pitch, 37, 111)],
    )
    smf = read_smf(data)
    assert smf.tempo is not None
    ours = [(smf.tempo.seconds(n.start_beat), smf.tempo.seconds(n.end_beat), n.pitch) for n in smf.tracks[1].notes]
    theirs = [(n.start, n.end, n.pitch) for n in pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments[0].notes]
    assert [value for row in ours for value in row] == pytest.approx([value for row in theirs for value in row], abs=1e-4)
