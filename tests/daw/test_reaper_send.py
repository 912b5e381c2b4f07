"""The send action of the REAPER scripts: what a project means, as a request and a clip."""

import io
import re

import mido
import pytest

from bridge.music.midi import read_smf
from bridge.music.tempo import TempoChange, TempoMap
from bridge.seeds.midi_clip import read_seed
from tests.daw.fake_timeline import TempoMarker, Timeline
from tests.daw.studio import ANSWERS, TUNE, Studio, in_samples


def test_the_clip_is_read_back_note_for_note(studio: Studio) -> None:
    studio.project.timeline.bpm = 97.3
    studio.project.add_midi(studio.project.add_track("Melody"), 64.0, 8.0, TUNE)
    fields, clip = studio.send()
    seed = read_seed(clip)
    assert [(note.start_beat, note.length_beats, note.pitch, note.velocity) for note in seed.notes] == TUNE
    assert (seed.length_beats, str(seed.meter)) == (8.0, "4/4")
    assert {name: value for name, value in fields.items() if name != "id"} == {
        "prompt": "sad cello ballad",
        "start_bar": 17,
        "bars": 2,
        "tempo": [{"beat": 0.0, "bpm": 97.3}],
        "meter": "4/4",
        "key": "D minor",
        "seed_mode": "lock",
        "variations": 1,
        "project": "song",
    }
    assert re.fullmatch(r"song-section-b17-[0-9a-f]+-[0-9a-f]{8}", fields["id"])
    assert sorted(path.suffix for path in studio.inbox.iterdir()) == [".json", ".mid", ".ready"]


def test_the_time_selection_is_the_section_and_its_region_the_name(studio: Studio) -> None:
    timeline = studio.project.timeline
    studio.project.regions = [("whole song", 0.0, 400.0), ("Chorus 1", timeline.seconds(32), timeline.seconds(64))]
    studio.project.selection = (timeline.seconds(34), timeline.seconds(47))
    studio.project.add_midi(studio.project.add_track("Melody"), 32.0, 8.0, TUNE)
    fields, clip = studio.send()
    assert (fields["section"], fields["start_bar"], fields["bars"]) == ("Chorus 1", 9, 4)
    assert read_seed(clip).length_beats == 8.0


def test_a_region_alone_is_enough_and_asks_by_text_only(studio: Studio) -> None:
    studio.project.regions = [("Strophe «eins»", 8.0, 16.0)]
    studio.project.cursor = 9.0
    fields, clip = studio.send("忧伤的大提琴\n\ninspire\n3")
    assert (fields["section"], fields["start_bar"], fields["bars"], fields["prompt"]) == (
        "Strophe «eins»",
        5,
        4,
        "忧伤的大提琴",
    )
    assert (fields["seed_mode"], fields["variations"], "key" in fields, clip) == ("inspire", 3, False, b"")


def test_a_looped_item_is_written_as_often_as_it_sounds(studio: Studio) -> None:
    item = studio.project.add_midi(studio.project.add_track("Loop"), 0.0, 4.0, [(0.0, 1.0, 60, 100), (3.0, 1.0, 67, 100)])
    item.values["D_LENGTH"] = studio.project.timeline.seconds(10.0)
    _, clip = studio.send()
    assert [(note.start_beat, note.pitch) for note in read_seed(clip).notes] == [(0, 60), (3, 67), (4, 60), (7, 67), (8, 60)]


def test_a_note_that_is_struck_again_at_once_is_two_notes(studio: Studio) -> None:
    studio.project.add_midi(studio.project.add_track("Melody"), 0.0, 4.0, [(1.0, 1.0, 60, 100), (0.0, 1.0, 60, 90)])
    _, clip = studio.send()
    notes = [(note.start_beat, note.length_beats, note.velocity) for note in read_seed(clip).notes]
    assert notes == [(0.0, 1.0, 90), (1.0, 1.0, 100)]
    track = mido.MidiFile(file=io.BytesIO(clip)).tracks[1]
    assert [message.type for message in track if not message.is_meta] == ["note_on", "note_off", "note_on", "note_off"]


def test_muted_notes_and_notes_beyond_the_item_do_not_sound(studio: Studio) -> None:
    item = studio.project.add_midi(studio.project.add_track("Melody"), 0.0, 4.0, [*TUNE, (3.5, 2.0, 50, 99)])
    item.source.notes[1] = (*item.source.notes[1][:5], True)
    _, clip = studio.send()
    assert [(note.start_beat, note.length_beats, note.pitch) for note in read_seed(clip).notes] == [
        (0.0, 1.0, 62), (1.5, 0.5, 69), (2.0, 1.5, 74), (3.5, 0.5, 50),
    ]  # fmt: skip


def test_items_of_several_tracks_are_tracks_by_their_names(studio: Studio) -> None:
    for name, pitch in (("Bass", 36), ("主唱", 72)):
        studio.project.add_midi(studio.project.add_track(name), 0.0, 4.0, [(0.0, 4.0, pitch, 100)])
    _, clip = studio.send()
    assert [track.name for track in read_smf(clip).tracks if track.notes] == ["Bass", "主唱"]
    assert read_seed(clip).notes[0].pitch == 72


@pytest.mark.parametrize(
    ("markers", "bpm", "meter"),
    [
        ([TempoMarker(0.0, 97.3), TempoMarker(16.0, 133.7), TempoMarker(21.5, 80.0)], 97.3, (4, 4)),
        ([TempoMarker(8.0, 90.0, is_linear=True), TempoMarker(20.0, 140.0)], 120.0, (4, 4)),
        ([TempoMarker(0.0, 101.0, (3, 4)), TempoMarker(12.0, 101.0, (4, 4))], 101.0, (3, 4)),
        ([TempoMarker(0.0, 110.0, (6, 8))], 110.0, (6, 8)),
    ],
    ids=["steps", "a ramp", "a change of meter before", "six eight"],
)
def test_the_daemon_finds_every_bar_where_reaper_has_it(
    studio: Studio, markers: list[TempoMarker], bpm: float, meter: tuple[int, int]
) -> None:
    timeline = studio.project.timeline = Timeline(bpm, meter, markers)
    start, _, numerator, denominator = timeline.measure(4)
    bar_beats = numerator * 4 / denominator
    studio.project.selection = (timeline.seconds(start), timeline.seconds(start + 3 * bar_beats))
    fields, _ = studio.send()
    assert (fields["start_bar"], fields["bars"], fields["meter"]) == (5, 3, f"{numerator}/{denominator}")
    tempo = TempoMap(tuple(TempoChange(step["beat"], step["bpm"]) for step in fields["tempo"]))
    for beat in (0.0, bar_beats, 2 * bar_beats, 3 * bar_beats):
        theirs, ours = timeline.seconds(start + beat), tempo.seconds(4 * bar_beats + beat)
        assert abs(in_samples(theirs) - in_samples(ours)) < 0.01


def test_what_cannot_be_meant_is_said_without_a_dialog(studio: Studio) -> None:
    studio.reaper.answers = ANSWERS
    studio.run("send")
    assert studio.reaper.console == ["stepbridge: select MIDI items, or a time selection, or put the cursor into a region\n"]
    assert not studio.reaper.questions


def test_a_dialog_that_is_cancelled_sends_nothing(studio: Studio) -> None:
    studio.project.selection = (0.0, 8.0)
    studio.run("send")
    assert len(studio.reaper.questions) == 1
    assert not studio.inbox.exists() or not list(studio.inbox.iterdir())
    assert not studio.reaper.console
