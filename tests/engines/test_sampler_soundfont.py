from __future__ import annotations

import random
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.engines.sampler import PACKAGED_SOUNDFONT, SamplerEngine
from bridge.engines.sampler_soundfont import SoundFont
from bridge.errors import EngineError
from bridge.music.notes import Note, Part
from bridge.step import ignore
from tests.engines.scores import brief, score


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def small_font(cycles: int = 4) -> bytes:
    """Return an .sf2 with one preset, program 5: a looped sine of 100 frames a cycle, at pitch 69."""
    rate = 44000
    sine = (16000 * np.sin(2 * np.pi * np.arange(100 * cycles) / 100)).astype("<i2").tobytes()
    end = struct.pack("<20sHHHIII", b"EOP", 0, 0, 1, 0, 0, 0)
    generators = struct.pack("<HhHhHh", 54, 1, 38, -2400, 53, 0)
    sample = struct.pack("<20sIIIIIBbHH", b"sine", 0, 100 * cycles, 100, 200, rate, 69, 0, 0, 1)
    pdta = b"".join(
        (
            chunk(b"phdr", struct.pack("<20sHHHIII", b"one", 5, 0, 0, 0, 0, 0) + end),
            chunk(b"pbag", struct.pack("<HHHH", 0, 0, 1, 0)),
            chunk(b"pmod", bytes(10)),
            chunk(b"pgen", struct.pack("<HhHh", 41, 0, 0, 0)),
            chunk(b"inst", struct.pack("<20sH20sH", b"one", 0, b"EOI", 1)),
            chunk(b"ibag", struct.pack("<HHHH", 0, 0, 3, 0)),
            chunk(b"imod", bytes(10)),
            chunk(b"igen", generators + bytes(4)),
            chunk(b"shdr", sample + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        )
    )
    lists = chunk(b"LIST", b"sdta" + chunk(b"smpl", sine)) + chunk(b"LIST", b"pdta" + pdta)
    return chunk(b"RIFF", b"sfbk" + lists)


def test_an_uncompressed_font_of_ones_own_is_played_at_pitch(tmp_path: Path) -> None:
    path = tmp_path / "own.sf2"
    path.write_bytes(small_font())
    asked = score(Part("bass", (Note(0, 4.0, 57, 100),), 5))
    take = SamplerEngine(path).perform(asked, brief(asked), ignore)
    spectrum = np.abs(np.fft.rfft(take.stems[0].samples[24000:72000, 0] * np.hanning(48000)))
    assert abs(int(np.argmax(spectrum)) - 220) <= 1
    assert take.engine["soundfont"] == "own.sf2"


def test_a_font_whose_odd_chunks_are_not_filled_up_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.sf2"
    whole = small_font()
    at = whole.index(b"LIST", whole.index(b"smpl"))
    size = struct.unpack("<I", whole[whole.index(b"smpl") + 4 :][:4])[0]
    odd = (
        whole[: whole.index(b"smpl") + 4] + struct.pack("<I", size - 1) + whole[whole.index(b"smpl") + 8 : at - 1] + whole[at:]
    )
    list_size = whole.index(b"LIST") + 4
    odd = odd[:list_size] + struct.pack("<I", size + 11) + odd[list_size + 4 :]
    path.write_bytes(odd)
    assert SoundFont(path).zones(5, is_drums=False)


def test_a_program_the_font_lacks_is_played_by_one_it_has(tmp_path: Path) -> None:
    path = tmp_path / "own.sf2"
    path.write_bytes(small_font())
    asked = score(Part("lead", (Note(0, 1.0, 60, 100),), 80), Part("drums", (Note(0, 1.0, 38, 100),)))
    for stem in SamplerEngine(path).perform(asked, brief(asked), ignore).stems:
        assert stem.samples.any()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"hello, this is no SoundFont at all", "not a SoundFont"),
        (b"RIFF\x10\0\0\0sfbk", "damaged"),
        (small_font()[:500], "damaged"),
        (small_font()[:-60], "damaged"),
    ],
)
def test_a_file_that_is_no_font_is_refused_in_a_sentence(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "bad.sf2"
    if content is not None:
        path.write_bytes(content)
    asked = score(Part("lead", (Note(0, 1.0, 60, 100),)))
    engine = SamplerEngine(path)
    with pytest.raises(EngineError, match=why):
        engine.perform(asked, brief(asked), ignore)
    state = engine.capabilities()
    assert not state.is_ready
    assert "bad.sf2" in state.reason


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        SoundFont(tmp_path)


def test_a_font_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "own.sf2"
    path.write_bytes(b"not yet")
    assert not SamplerEngine(path).capabilities().is_ready
    path.write_bytes(small_font())
    assert SamplerEngine(path).capabilities().is_ready


_PLAY = """
import sys
from pathlib import Path
import numpy as np
from bridge.engines.sampler import SamplerEngine
from bridge.errors import EngineError
from bridge.music.notes import Note, Part
from bridge.step import ignore
from tests.engines.scores import brief, score
asked = score(Part("lead", (Note(0, 1.0, 60, 100), Note(1, 1.0, 96, 20)), 5), Part("drums", (Note(0, 1.0, 38, 100),)), bars=1)
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        take = SamplerEngine(path).perform(asked, brief(asked), ignore)
        assert all(np.isfinite(stem.samples).all() for stem in take.stems), path
        print("played")
    except EngineError as error:
        assert path.name in error.text, error.text
        print("refused")
"""


def test_a_hundred_damaged_fonts_are_played_or_refused_and_none_crashes(tmp_path: Path) -> None:
    dice = random.Random(7)  # noqa: S311 - damage that is the same each time
    good = small_font()
    for index in range(100):
        damaged = bytearray(good)
        for _ in range(dice.choice((1, 3, 30))):
            damaged[dice.randrange(12 if index % 2 else len(good) - 900, len(good))] = dice.randrange(256)
        cut = dice.choice((len(good), len(good), dice.randrange(len(good))))
        (tmp_path / f"{index:03}.sf2").write_bytes(damaged[:cut])
    packaged = PACKAGED_SOUNDFONT.read_bytes()
    tables = len(packaged) - 90_000
    for index, (first, last, changes) in enumerate(
        ((500, tables, 100_000), (tables, len(packaged), 300), (tables, len(packaged), 9))
    ):
        damaged = bytearray(packaged)
        for _ in range(changes):
            damaged[dice.randrange(first, last)] = dice.randrange(256)
        (tmp_path / f"z{index}.sf3").write_bytes(damaged)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PLAY, str(tmp_path)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outcomes = done.stdout.split()
    assert len(outcomes) == 103
    assert outcomes.count("refused") > 30
    assert outcomes.count("played") > 10
