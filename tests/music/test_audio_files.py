import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.errors import CancelledError
from bridge.music.audio_files import file_rate_hz, write_audio
from bridge.music.key import Key
from bridge.music.score import Section
from bridge.music.tags import Tags
from tests.peers import require_peer

TAGS = Tags(
    title="verse lead",
    project="Проект",
    prompt="悲伤的大提琴",
    section=Section("verse", 17, 8, key=Key.parse("C# minor")),
    software="stepbridge 0.1.0",
    random_seed=5,
)


def tones(rate: int = 48000, seconds: float = 1.5) -> Any:
    time = np.arange(round(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * np.outer(time, (440, 660)))).astype(np.float32)


@pytest.mark.parametrize(("bit_depth", "subtype"), [("16", "PCM_16"), ("24", "PCM_24")])
def test_flac_holds_the_same_integers_as_wav(tmp_path: Path, bit_depth: str, subtype: str) -> None:
    samples = tones() * 2.5
    back = []
    for name in ("wav", "flac"):
        path = tmp_path / f"file.{name}"
        assert write_audio(path, samples, 96000, file_format=name, bit_depth=bit_depth, tags=TAGS) == ()
        assert (soundfile.info(path).subtype, soundfile.info(path).samplerate) == (subtype, 96000)
        back.append(soundfile.read(path, dtype="int32")[0])
    assert np.array_equal(*back)


def test_flac_says_that_it_holds_no_float(tmp_path: Path) -> None:
    path = tmp_path / "file.flac"
    warnings = write_audio(path, tones(), 48000, file_format="flac", bit_depth="32f", tags=TAGS)
    assert warnings == ("flac holds no 32-bit float; it was written with 24 bits",)
    assert soundfile.info(path).subtype == "PCM_24"


@pytest.mark.parametrize("rate", [44100, 48000, 88200, 192000])
@pytest.mark.parametrize("name", ["flac", "ogg", "mp3"])
def test_compressed_files_are_as_long_as_the_music_and_sound_like_it(tmp_path: Path, name: str, rate: int) -> None:
    path = tmp_path / f"file.{name}"
    warnings = write_audio(path, tones(rate), rate, file_format=name, bit_depth="24", tags=TAGS)
    back, back_rate = soundfile.read(path, dtype="float32")
    assert back_rate == file_rate_hz(name, rate)
    assert len(back) == round(1.5 * back_rate)
    middle = slice(back_rate // 4, back_rate)
    assert np.abs(back - tones(back_rate))[middle].max() < 0.02
    if back_rate == rate:
        assert warnings == ()
    else:
        assert warnings == (f"mp3 ends at 48000 Hz; it was resampled from {rate} Hz",)


@pytest.mark.parametrize("name", ["flac", "ogg", "mp3"])
def test_every_format_says_what_it_is_and_where_it_belongs(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"file.{name}"
    write_audio(path, tones(), 48000, file_format=name, bit_depth="16", tags=TAGS)
    with soundfile.SoundFile(path) as file:
        assert (file.title, file.album) == ("verse lead", "Проект")
        assert file.comment.startswith(
            "悲伤的大提琴\nverse, bars 17-24, 120 BPM, 4/4, C# minor, seed 5; starts at sample 1536000"
        )


def test_ffmpeg_reads_the_tags_of_an_mp3(tmp_path: Path) -> None:
    require_peer("ffprobe")
    path = tmp_path / "file.mp3"
    write_audio(path, tones(96000), 96000, file_format="mp3", bit_depth="24", tags=TAGS)
    command = ["ffprobe", "-v", "warning", "-of", "json", "-show_format", str(path)]
    probe = subprocess.run(command, capture_output=True, check=True, text=True)
    assert probe.stderr == ""
    tags = json.loads(probe.stdout)["format"]["tags"]
    assert (tags["title"], tags["album"], tags["TBPM"], tags["TKEY"]) == ("verse lead", "Проект", "120", "C#m")
    assert (tags["TIME_REFERENCE"], tags["comment"].splitlines()[0]) == ("1536000", "悲伤的大提琴")


@pytest.mark.parametrize("name", ["wav", "flac", "ogg", "mp3"])
def test_a_file_that_exists_is_never_written_over(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_audio(path, tones(), 48000, file_format=name, bit_depth="24", tags=TAGS)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["wav", "flac", "ogg", "mp3"])
def test_writing_can_be_given_up_between_two_blocks(tmp_path: Path, name: str) -> None:
    heard = []

    def told(frames: int) -> None:
        heard.append(frames)
        if len(heard) == 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        write_audio(tmp_path / "x", tones(seconds=4), 48000, file_format=name, bit_depth="24", tags=TAGS, told=told)
    assert heard == [65536, 65536]
