import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bridge.errors import ClipError
from bridge.seeds.clip import read_clip
from bridge.seeds.hum_audio import read_recording
from tests.seeds.made_up_sounds import wav


def wav_header(rate_hz: int, channels: int, data_bytes: int, riff_bytes: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * channels * 2 & 0xFFFFFFFF, channels * 2 & 0xFFFF, 16)
    return b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", data_bytes)


TONE = np.sin(np.arange(22_050) * 0.1)
HOSTILE = {
    "only a header": wav_header(44_100, 1, 0, 36),
    "half a header": wav_header(44_100, 1, 0, 36)[:20],
    "no header after RIFF": b"RIFF\0\0\0\0WAVE",
    "ten hours claimed, none there": wav_header(44_100, 1, 0xFFFFFFF0, 0xFFFFFFFF),
    "one sample a second": wav_header(1, 1, 8, 44) + bytes(8),
    "no rate": wav_header(0, 1, 8, 44) + bytes(8),
    "no channels": wav_header(44_100, 0, 8, 44) + bytes(8),
    "a thousand channels": wav_header(44_100, 1000, 2000, 2036) + bytes(2000),
    "not a number": wav(np.full(4000, np.nan), subtype="FLOAT"),
    "infinite": wav(np.full(4000, np.inf), subtype="DOUBLE"),
    "flac and nothing": b"fLaC" + bytes(40),
    "ogg and nothing": b"OggS" + bytes(40),
    "an ID3 tag and nothing": b"ID3\x04\0\0\0\0\0\0" + bytes(40),
    "an MPEG frame and nothing": b"\xff\xfb\x90\x64",
    "an MP4 and nothing": b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(40),
    "an ADTS frame and nothing": b"\xff\xf1\x50\x80",
    "six minutes": wav(np.zeros(8_000 * 360), 8_000, subtype="PCM_U8"),
    "nothing": b"",
    "neither": b"some text that is no music",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_recording_is_a_clip_error(name: str) -> None:
    with pytest.raises(ClipError) as error:
        read_clip(HOSTILE[name])
    assert error.value.code == "bad_clip"
    assert "\n" not in error.value.text


def decoded(data: bytes) -> str | NDArray[np.float32]:
    try:
        return read_recording(data).samples
    except ClipError as error:
        return error.code


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_damage_to_a_file_is_anything_but_a_clip_error(container: str, data: st.DataObject) -> None:
    whole = bytearray(wav(TONE, format=container))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(12, len(whole)))])
    outcome = decoded(cut)
    assert outcome == "bad_clip" if isinstance(outcome, str) else np.isfinite(outcome).all()


def test_what_is_neither_midi_nor_a_recording_is_told_what_may_be_sent() -> None:
    for data, told in ((b"", "is empty"), (b"some text that is no music", "neither a MIDI file nor a recording")):
        with pytest.raises(ClipError, match=f"{told}.*; send mid, wav"):
            read_clip(data)
