from __future__ import annotations

import pretty_midi
import pytest

from bridge.music.programs import PROGRAM_NAMES, program_name


@pytest.mark.parametrize(
    "word", ["piano", "guitar", "cello", "trumpet", "flute", "sitar", "violin", "ocarina", "applause", "clarinet"]
)
def test_programs_stand_where_an_independent_list_has_them(word: str) -> None:
    theirs = [program for program in range(128) if word in pretty_midi.program_to_instrument_name(program).lower()]
    assert word in PROGRAM_NAMES[theirs[0]].lower()


def test_there_are_128_names_and_each_is_its_own() -> None:
    assert len(PROGRAM_NAMES) == len(set(PROGRAM_NAMES)) == 128


def test_drums_are_named_by_their_kit() -> None:
    assert [program_name(program, is_drums=True) for program in (0, 25, 33, 127)] == [
        "Standard kit",
        "Analog kit",
        "Jazz kit",
        "Standard kit",
    ]
