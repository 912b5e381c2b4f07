import ctypes
import io
import json
import struct
import subprocess
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import soundfile
import wavinfo
from hypothesis import given
from hypothesis import strategies as st

from bridge.music.audio_files import write_audio
from bridge.music.key import Key
from bridge.music.score import Marker, Section
from bridge.music.tags import Tags
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.music.wav import BLOCK_FRAMES, header, packed
from tests.peers import require_peer

SFM_READ, SFC_GET_LOOP_INFO, SF_LOOP_NONE = 0x10, 0x10E0, 800
PROMPT = "悲伤的大提琴 \x00 <sad> & cello"
SECTION = Section("Chorus 副歌", 17, 4, Meter(6, 8), TempoMap.constant(97.3), Key.parse("Bb minor"))
TAGS = Tags(
    title="Chorus lead",
    project="Мой проект",
    prompt=PROMPT,
    section=SECTION,
    markers=(Marker(0.0, "verse"), Marker(4.5, "turn"), Marker(6.0, "refrain")),
    software="stepbridge 0.1.0",
    engine="sampler",
    composer="rules",
    random_seed=4711,
    reference="0123abcd-1",
    lufs=-18.25,
    true_peak_db=-1.04,
)


def noise(frames: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-0.999, 0.999, (frames, 2)).astype(np.float32)


def written(folder: Path, samples: Any, rate: int = 48000, bit_depth: str = "24", tags: Tags = TAGS) -> Path:
    path = folder / "file.wav"
    assert write_audio(path, samples, rate, file_format="wav", bit_depth=bit_depth, tags=tags) == ()
    return path


def chunks(path: Path) -> list[tuple[bytes, int, int]]:
    """Name, offset and size of every chunk, walked as RIFF says."""
    data = path.read_bytes()
    assert (data[:4], data[8:12]) == (b"RIFF", b"WAVE")
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    found, at = [], 12
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        found.append((data[at : at + 4], at, size))
        at += 8 + size + size % 2
    assert at == len(data)
    return found


@pytest.mark.parametrize(
    ("bit_depth", "subtype", "step"), [("16", "PCM_16", 2**-15), ("24", "PCM_24", 2**-23), ("32f", "FLOAT", 0)]
)
@pytest.mark.parametrize("rate", [44100, 48000, 192000])
def test_samples_come_back_to_half_a_step(tmp_path: Path, bit_depth: str, subtype: str, step: float, rate: int) -> None:
    samples = noise(1000)
    path = written(tmp_path, samples, rate, bit_depth)
    back, back_rate = soundfile.read(path, dtype="float64")
    assert (back_rate, soundfile.info(path).subtype, back.shape) == (rate, subtype, samples.shape)
    assert np.abs(back - samples).max() <= step / 2


@pytest.mark.parametrize("frames", [0, 1, BLOCK_FRAMES - 1, BLOCK_FRAMES, BLOCK_FRAMES + 1])
@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_every_length_is_exact(tmp_path: Path, frames: int, bit_depth: str) -> None:
    samples = noise(frames)
    back, _ = soundfile.read(written(tmp_path, samples, bit_depth=bit_depth), dtype="float32", always_2d=True)
    assert len(back) == frames
    assert np.allclose(back, samples, rtol=0, atol=2**-15)


@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=40))
def test_what_does_not_fit_into_integers_is_cut_to_full_scale(values: list[float]) -> None:
    samples = np.array([values, values[::-1]], np.float32).T
    file = io.BytesIO(header(len(samples), 48000, "24", TAGS) + packed(samples, "24"))
    back, _ = soundfile.read(file, dtype="float64", always_2d=True)
    assert np.abs(back - np.clip(samples, -1.0, 1.0 - 2**-23)).max() <= 2**-24


def test_silence_stays_silence(tmp_path: Path) -> None:
    path = written(tmp_path, np.zeros((1000, 2), np.float32), bit_depth="16")
    assert not soundfile.read(path, dtype="int16")[0].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    samples = noise(10)
    samples[7, 1] = value
    with pytest.raises(ValueError, match="frames 0 to 10"):
        written(tmp_path, samples)


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_every_chunk_is_aligned_and_stands_before_the_data(tmp_path: Path, bit_depth: str) -> None:
    path = written(tmp_path, noise(999), bit_depth=bit_depth)
    found = chunks(path)
    names = [name for name, _, _ in found]
    assert {b"fmt ", b"bext", b"iXML", b"acid", b"cue ", b"LIST"} <= set(names)
    assert names[0] == b"fmt "
    assert names[-1] == b"data"
    assert all(at % 2 == 0 for _, at, _ in found)
    assert found[-1][2] == 999 * 2 * {"16": 2, "24": 3, "32f": 4}[bit_depth]


def test_bext_says_where_on_the_timeline_the_file_belongs(tmp_path: Path) -> None:
    bext = wavinfo.WavInfoReader(written(tmp_path, noise(100), 44100)).bext
    assert bext is not None
    assert (bext.version, bext.time_reference) == (2, SECTION.start_sample(44100))
    assert bext.time_reference == round(16 * 3 * 60 / 97.3 * 44100)
    assert (bext.originator, bext.originator_ref) == ("stepbridge 0.1.0", "0123abcd-1")
    assert (bext.originator_date, bext.originator_time) == ("1970-01-01", "00:00:00")
    assert (bext.loudness_value, bext.max_true_peak) == (-18.25, -1.04)
    assert "bars 17-20" in bext.description
    assert "<sad> & cello" in bext.description


def test_cues_mark_every_bar_and_what_begins_there(tmp_path: Path) -> None:
    cues = wavinfo.WavInfoReader(written(tmp_path, noise(100)), info_encoding="utf-8").cues
    assert cues is not None
    marks = list(cues.to_dict().values())
    assert [mark["label"] for mark in marks] == ["Bar 1: verse", "Bar 2", "turn", "Bar 3: refrain", "Bar 4"]
    assert [mark["frame"] for mark in marks] == [SECTION.frame(beat, 48000) for beat in (0, 3, 4.5, 6, 9)]


def test_a_section_without_markers_names_its_first_bar(tmp_path: Path) -> None:
    plain = Tags(section=Section("chorus", 3, 2))
    cues = wavinfo.WavInfoReader(written(tmp_path, noise(100), tags=plain)).cues
    assert cues is not None
    assert [(cue["frame"], cue["label"]) for cue in cues.to_dict().values()] == [(0, "Bar 1: chorus"), (96000, "Bar 2")]


def test_ixml_and_info_keep_the_prompt_in_any_language(tmp_path: Path) -> None:
    info = wavinfo.WavInfoReader(written(tmp_path, noise(100)), info_encoding="utf-8")
    assert info.ixml is not None
    assert info.info is not None
    prompt = PROMPT.replace("\x00", "")
    assert (info.ixml.project, info.ixml.scene, info.ixml.take) == ("Мой проект", "Chorus 副歌", "0123abcd-1")
    tree = info.ixml.parsed
    assert tree.findtext("NOTE") == prompt
    vendor = {element.tag: element.text for element in tree.find("STEPBRIDGE")}
    assert vendor == {
        "PROMPT": prompt,
        "ENGINE": "sampler",
        "COMPOSER": "rules",
        "RANDOM_SEED": "4711",
        "KEY": "Bb minor",
        "METER": "6/8",
        "BPM": "97.3",
        "START_BAR": "17",
        "BARS": "4",
    }
    assert int(tree.findtext("BEXT/BWF_TIME_REFERENCE_LOW")) == SECTION.start_sample(48000)
    assert (info.info.title, info.info.comment, info.info.keywords) == ("Chorus lead", prompt, "Bb minor")
    assert (info.info.software, info.info.product) == ("stepbridge 0.1.0", "Мой проект")
    assert "engine sampler, composer rules, seed 4711" in info.info.subject


class LoopInfo(ctypes.Structure):
    """libsndfile's SF_LOOP_INFO."""

    _fields_: ClassVar = [
        ("num", ctypes.c_short),
        ("den", ctypes.c_short),
        ("mode", ctypes.c_int),
        ("beats", ctypes.c_int),
        ("bpm", ctypes.c_float),
        ("root_key", ctypes.c_int),
        ("future", ctypes.c_int * 6),
    ]


def loop_info(path: Path) -> LoopInfo:
    """What libsndfile reads in the acid chunk."""
    library = ctypes.CDLL(str(next(Path(soundfile.__file__).with_name("_soundfile_data").glob("libsndfile*"))))
    library.sf_open.restype = ctypes.c_void_p
    file = ctypes.c_void_p(library.sf_open(str(path).encode(), SFM_READ, ctypes.create_string_buffer(64)))
    loop = LoopInfo()
    assert library.sf_command(file, SFC_GET_LOOP_INFO, ctypes.byref(loop), ctypes.sizeof(loop))
    library.sf_close(file)
    return loop


def test_acid_gives_tempo_beats_meter_and_root(tmp_path: Path) -> None:
    loop = loop_info(written(tmp_path, noise(100)))
    assert (loop.num, loop.den, loop.beats, loop.root_key % 12) == (6, 8, 12, 10)
    assert loop.bpm == pytest.approx(97.3)
    assert loop.mode != SF_LOOP_NONE


def test_a_file_whose_tempo_changes_is_not_to_be_stretched(tmp_path: Path) -> None:
    section = Section("verse", 1, 2, tempo=TempoMap((TempoChange(0, 60), TempoChange(4, 120))))
    loop = loop_info(written(tmp_path, noise(100), tags=Tags(section=section)))
    assert loop.mode == SF_LOOP_NONE
    assert loop.bpm == pytest.approx(80)


def test_a_tail_starts_where_its_section_ends(tmp_path: Path) -> None:
    tags = Tags(section=SECTION, is_tail=True)
    path = written(tmp_path, noise(100), tags=tags)
    bext = wavinfo.WavInfoReader(path).bext
    assert bext is not None
    assert bext.time_reference == SECTION.start_sample(48000) + SECTION.frames(48000)
    assert {b"acid", b"cue "}.isdisjoint(name for name, _, _ in chunks(path))


def test_a_file_beyond_4_gib_is_rf64(tmp_path: Path) -> None:
    frames = 2**32 // 6 + 7
    path = tmp_path / "long.wav"
    start = header(frames, 48000, "24", TAGS)
    with path.open("wb") as file:
        file.write(start)
        file.truncate(len(start) + frames * 6)  # sparse: takes no room
    info = soundfile.info(path)
    assert (info.format, info.frames, info.channels) == ("RF64", frames, 2)
    reader = wavinfo.WavInfoReader(path)
    assert reader.bext is not None
    assert reader.data is not None
    assert (reader.data.frame_count, reader.bext.time_reference) == (frames, SECTION.start_sample(48000))


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_ffmpeg_reads_position_and_texts_without_complaint(tmp_path: Path, bit_depth: str) -> None:
    require_peer("ffprobe")
    path = written(tmp_path, noise(4800), bit_depth=bit_depth)
    command = ["ffprobe", "-v", "warning", "-of", "json", "-show_format", "-show_streams", str(path)]
    probe = subprocess.run(command, capture_output=True, check=True, text=True)
    assert probe.stderr == ""
    found = json.loads(probe.stdout)
    tags = found["format"]["tags"]
    assert int(tags["time_reference"]) == SECTION.start_sample(48000)
    assert (tags["comment"], tags["album"]) == (PROMPT.replace("\x00", ""), "Мой проект")
    assert (found["streams"][0]["duration_ts"], found["streams"][0]["channels"]) == (4800, 2)
