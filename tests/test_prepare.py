import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from bridge.brief import LIKENESS_RATE_HZ, Brief
from bridge.errors import BridgeError, RequestError
from bridge.job import Transport
from bridge.music.key import Key
from bridge.music.midi import write_smf
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.prepare import prepare
from bridge.request import Request
from tests.seeds.made_up_hums import SAMPLE_RATE_HZ, made_up_hum

DEMO_CLIP = (Path(__file__).parent.parent / "bridge" / "commands" / "demo_clip.mid").read_bytes()
"""Four bars of 4/4 in D minor at 140 BPM."""


SILENT_DAW = Transport()


def clip(pitches: list[int], *, with_tempo: bool = True, section: Section | None = None) -> bytes:
    """Return a clip of quarter notes."""
    section = section or Section(bars=-(-len(pitches) // 4), tempo=TempoMap.constant(97.3))
    notes = tuple(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(pitches))
    return write_smf(Score(section, (Part("lead", notes),)), with_tempo=with_tempo)


@pytest.fixture
def brief() -> Callable[..., Brief]:
    def make(data: bytes | None = None, transport: Transport = SILENT_DAW, **fields: Any) -> Brief:
        named = {"clip": "c", **fields} if data is not None else fields
        return prepare(Request.parse(named), {"c": data or b"", "d": data or b""}, transport, 1)

    return make


def test_what_the_request_names_comes_first(brief: Callable[..., Brief]) -> None:
    made = brief(DEMO_CLIP, Transport(bpm=100.0), prompt="70 BPM, A minor, 3/4", bpm=90, key="F major", meter="6/8", bars=5)
    section = made.section
    assert (section.tempo.bpm_at(0), str(section.key), str(section.meter), section.bars) == (90.0, "F major", "6/8", 5)


def test_then_comes_the_clip_and_the_prompt_is_told(brief: Callable[..., Brief]) -> None:
    made = brief(DEMO_CLIP, Transport(bpm=100.0), prompt="70 BPM, 16 bars")
    assert made.section.tempo.bpm_at(0) == pytest.approx(140.0)
    assert (made.section.bars, made.section.key) == (4, Key(2, "minor"))
    assert [warning.split(":")[0] for warning in made.warnings] == ["bpm", "bars"]


def test_then_the_daw_then_the_prompt_then_the_defaults(brief: Callable[..., Brief]) -> None:
    daw = Transport(bpm=100.0, meter="3/4", key="G major", position_beats=9.0)
    heard = brief(None, daw, prompt="70 BPM, A minor").section
    assert (heard.tempo.bpm_at(0), str(heard.meter), str(heard.key), heard.start_bar) == (100.0, "3/4", "G major", 4)
    prompted = brief(None, prompt="70 BPM, A minor, 3/4, 12 bars chorus").section
    assert (prompted.tempo.bpm_at(0), str(prompted.key), str(prompted.meter)) == (70.0, "A minor", "3/4")
    assert (prompted.bars, prompted.name) == (12, "chorus")
    bare = brief().section
    assert (bare.tempo.bpm_at(0), bare.bars, bare.start_bar, str(bare.meter)) == (120.0, 8, 1, "4/4")


def test_a_key_that_the_notes_contradict_is_not_believed(brief: Callable[..., Brief]) -> None:
    mislabelled = clip([60, 64, 67, 72, 65, 69, 67, 64, 62, 65, 64, 60, 67, 67, 60, 60], section=Section(bars=4, key=Key(6)))
    made = brief(mislabelled)
    assert made.section.key == Key(0)
    assert made.warnings[-1].startswith("key: the clip says F# major, the notes of the clip say C major")
    assert brief(mislabelled, seed_mode="free").section.key == Key(6)
    assert brief(mislabelled, key="F# major").section.key == Key(6)


def test_tempo_changes_of_a_clip_move_with_the_section(brief: Callable[..., Brief]) -> None:
    tempo = TempoMap((TempoChange(0.0, 100.0), TempoChange(4.0, 50.0)))
    data = clip([60] * 8, section=Section(bars=2, tempo=tempo))
    section = brief(data, start_bar=3).section
    assert [section.tempo.bpm_at(beat) for beat in (0.0, 8.0, 11.9, 12.0)] == pytest.approx([100.0, 100.0, 100.0, 50.0])


def test_neighbouring_sections_join_to_the_sample_at_odd_tempi(brief: Callable[..., Brief]) -> None:
    for bpm in (97.3, 133.7):
        for rate in (44100, 48000):
            ends, starts = [], []
            for start_bar in range(1, 40, 3):
                section = brief(None, bpm=bpm, meter="5/4", start_bar=start_bar, bars=3).section
                starts.append(section.start_sample(rate))
                ends.append(section.start_sample(rate) + section.frames(rate))
            assert starts[1:] == ends[:-1]


def test_a_meter_that_cannot_be_composed_is_taken_as_one_with_the_same_bar(brief: Callable[..., Brief]) -> None:
    assert brief(None, Transport(meter="2/2")).section.meter == Meter(4, 4)
    made = brief(None, Transport(meter="7/8"))
    assert made.section.meter == Meter(4, 4)
    assert made.warnings == ("meter: 7/8 cannot be composed yet; bars are taken as 4/4",)


def test_seconds_are_covered_by_whole_bars(brief: Callable[..., Brief]) -> None:
    assert brief(None, bpm=120, seconds=60).section.bars == 30
    assert brief(None, bpm=121, seconds=60).section.bars == 31
    assert brief(None, bpm=120, seconds=0.5).section.bars == 1


def test_a_form_is_as_long_as_its_sections(brief: Callable[..., Brief]) -> None:
    made = brief(None, form="intro:4 verse:8 chorus:8", start_bar=5)
    assert (made.section.name, made.section.bars, made.section.start_bar) == ("song", 20, 5)
    assert [(part.name, part.start_bar, part.bars) for part in made.form] == [
        ("intro", 1, 4),
        ("verse", 5, 8),
        ("chorus", 13, 8),
    ]


def test_chords_stand_a_bar_each_and_repeat(brief: Callable[..., Brief]) -> None:
    made = brief(None, chords="Am F C G", bars=6)
    assert [str(span.chord) for span in made.chords] == ["Am", "F", "C", "G", "Am", "F"]
    halves = brief(None, chords="Am F | C", bars=3, meter="3/4")
    assert [(str(span.chord), span.start_beat, span.length_beats) for span in halves.chords] == [
        ("Am", 0.0, 1.5), ("F", 1.5, 1.5), ("C", 3.0, 3.0), ("Am", 6.0, 1.5), ("F", 7.5, 1.5),
    ]  # fmt: skip


def test_chords_by_beat_are_on_the_timeline_and_the_one_before_holds_into_the_section(brief: Callable[..., Brief]) -> None:
    chords = [{"beat": 0, "symbol": "C"}, {"beat": 62, "symbol": "Am"}, {"beat": 68, "symbol": "G"}]
    made = brief(None, chords=chords, start_bar=17, bars=2)
    assert [(str(span.chord), span.start_beat, span.length_beats) for span in made.chords] == [
        ("Am", 0.0, 4.0),
        ("G", 4.0, 4.0),
    ]


def test_windows_are_cut_to_the_section(brief: Callable[..., Brief]) -> None:
    windows = [
        {"from_bar": 1, "to_bar": 18, "melody": 0},
        {"from_bar": 20, "to_bar": 99, "text": 0.5},
        {"from_bar": 90, "to_bar": 91},
    ]
    made = brief(None, windows=windows, start_bar=17, bars=4)
    assert [(strength.start_beat, strength.end_beat) for strength in made.strengths] == [(0.0, 4.0), (12.0, 16.0)]


def test_of_windows_that_overlap_the_later_named_counts(brief: Callable[..., Brief]) -> None:
    windows = [
        {"from_bar": 1, "to_bar": 9, "melody": 0},
        {"from_bar": 3, "to_bar": 5, "melody": 1},
        {"from_bar": 90, "to_bar": 91},
    ]
    made = brief(None, windows=windows, start_bar=1, bars=8)
    assert [(s.start_beat, s.end_beat, s.melody) for s in made.strengths] == [(0, 8, 0), (8, 16, 1), (16, 32, 0)]
    assert made.warnings == ("windows: 1 of 3 lie outside the section",)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"bars": 512, "bpm": 10}, "bars"),
        ({"seconds": 1800, "bpm": 400}, "seconds"),
        ({"chords": [{"beat": 400, "symbol": "C"}], "bars": 2}, "chords"),
        ({"tempo": [{"beat": 4, "bpm": 90}, {"beat": 4, "bpm": 91}]}, "tempo"),
        ({"action": "extend", "take": "nobody"}, "take"),
    ],
)
def test_what_cannot_be_made_is_refused_by_field(brief: Callable[..., Brief], fields: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestError) as refused:
        brief(None, **fields)
    assert refused.value.field == field


def test_a_clip_that_cannot_be_read_is_named(brief: Callable[..., Brief]) -> None:
    with pytest.raises(BridgeError, match="clip c: ") as refused:
        brief(b"no midi at all")
    assert refused.value.field == "clip"
    with pytest.raises(BridgeError, match=r"parts_in\.bass d: "):
        brief(b"no midi", clip=None, parts_in={"bass": "d"})


def test_how_many_voices_a_recording_has_can_be_settled_beforehand() -> None:
    file = io.BytesIO()
    soundfile.write(file, made_up_hum(3, bars=2).samples, SAMPLE_RATE_HZ, format="WAV")
    request = Request.parse({"clip": "hum"})
    one, several = (
        prepare(request, {"hum": file.getvalue()}, Transport(), 1, voices=voices).warnings for voices in ("one", "several")
    )
    assert [any("several voices" in warning for warning in warnings) for warnings in (one, several)] == [False, True]


def recording(samples: NDArray[np.floating]) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE_HZ, format="WAV")
    return file.getvalue()


def test_the_loudest_seconds_of_a_recording_are_a_timbre(brief: Callable[..., Brief]) -> None:
    loud = 0.8 * np.sin(np.arange(8 * SAMPLE_RATE_HZ) * 0.1)
    data = recording(np.concatenate([0.01 * loud, loud, 0.01 * loud]))
    (timbre,) = brief(data, clip=None, engine="neural", timbre="lead=d").timbres
    assert (timbre.part, len(timbre.samples)) == ("lead", round(5.12 * LIKENESS_RATE_HZ))
    assert np.square(timbre.samples).mean() > 0.1


def test_a_whole_recording_is_a_guide(brief: Callable[..., Brief]) -> None:
    data = recording(0.5 * np.sin(np.arange(8 * SAMPLE_RATE_HZ) * 0.1))
    (guide,) = brief(data, clip=None, engine="neural", guide="bass=d").guides
    assert guide.part == "bass"
    assert len(guide.samples) == pytest.approx(8 * LIKENESS_RATE_HZ, abs=2)


@pytest.mark.parametrize(
    ("data", "said"),
    [(DEMO_CLIP, "is no recording; "), (recording(np.zeros(4000)), "is silent; "), (b"RIFF\0\0\0\0WAVE", "damaged")],
    ids=["MIDI", "silence", "damage"],
)
def test_a_timbre_that_is_no_sound_is_named(brief: Callable[..., Brief], data: bytes, said: str) -> None:
    with pytest.raises(BridgeError, match=rf"timbre\.lead d: .*{said}") as refused:
        brief(data, clip=None, timbre={"lead": "d"})
    assert (refused.value.field, refused.value.code) == ("timbre.lead", "bad_clip")


def test_a_timbre_that_nothing_will_lean_to_is_told(brief: Callable[..., Brief]) -> None:
    data = recording(0.5 * np.sin(np.arange(SAMPLE_RATE_HZ) * 0.1))
    warnings = brief(data, clip=None, parts="bass", timbre={"lead": "d"}).warnings
    assert [warning.partition(":")[0] for warning in warnings if "timbre" in warning] == ["timbre", "timbre.lead"]


def test_parts_given_are_returned_too(brief: Callable[..., Brief]) -> None:
    made = brief(DEMO_CLIP, clip=None, parts_in={"pad": "d"})
    assert made.parts == ("lead", "chords", "bass", "drums", "pad")
    assert [part.name for part in made.parts_in] == ["pad"]


def test_a_negative_prompt_says_what_must_not_sound(brief: Callable[..., Brief]) -> None:
    assert {"drums", "brass"} <= set(brief(None, prompt="no drums", negative_prompt="brass").style.exclude)
