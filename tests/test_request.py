from typing import Any

import pytest

from bridge.errors import RequestError
from bridge.request import Request


def test_text_doors_may_send_lists_and_numbers_as_text() -> None:
    request = Request.parse({"bars": "8", "formats": "wav,mp3", "parts": "lead bass", "bit_depth": 24, "start_bar": 17.0})
    assert (request.bars, request.formats, request.parts, request.bit_depth, request.start_bar) == (
        8,
        ("wav", "mp3"),
        ("lead", "bass"),
        "24",
        17,
    )


def test_keys_and_meters_are_kept_in_one_spelling() -> None:
    request = Request.parse({"key": "D小调", "meter": " 6/8 "})
    assert (request.key, request.meter) == ("D minor", "6/8")


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"promt": "x"}, "promt", "unknown_field"),
        ({"bars": 0}, "bars", "bad_value"),
        ({"bars": 2.5}, "bars", "bad_value"),
        ({"bpm": float("inf")}, "bpm", "bad_value"),
        ({"bpm": True}, "bpm", "bad_value"),
        ({"meter": "7/8"}, "meter", "bad_value"),
        ({"key": "H"}, "key", "bad_value"),
        ({"chords": "Am X"}, "chords", "bad_value"),
        ({"form": "intro:4 verse"}, "form", "bad_value"),
        ({"form": "intro:4", "bars": 8}, "form", "bad_value"),
        ({"action": "extend"}, "take", "bad_value"),
        ({"tempo": '[{"beat":0,"bpm":5}]'}, "tempo.0.bpm", "bad_value"),
        ({"sample_rate_hz": 22050}, "sample_rate_hz", "bad_value"),
        ({"formats": []}, "formats", "bad_value"),
        ({"windows": "[" * 100_000}, "windows", "bad_value"),
        ({"chords": [{"beat": "a", "symbol": "C"}]}, "chords.0.beat", "bad_value"),
        ({"from_bar": 3}, "from_bar", "bad_value"),
        ({"action": "repaint", "take": "t", "bars": 2}, "bars", "bad_value"),
        ({"action": "extend", "take": "t", "start_bar": 2}, "start_bar", "bad_value"),
        ({"tempo": '[{"beat":0,"beat":1,"bpm":100}]'}, "tempo", "bad_value"),
    ],
)
def test_a_refusal_names_the_field_and_has_a_code(fields: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(RequestError) as refused:
        Request.parse(fields)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert str(refused.value).startswith(field)


def test_an_unknown_field_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(RequestError, match="did you mean prompt"):
        Request.parse({"promt": "x"})
