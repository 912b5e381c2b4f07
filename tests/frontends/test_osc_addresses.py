"""The address table and how arguments are read."""

import contextlib
import time
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.frontends.osc_addresses import ADDRESSES, identifier, number, pairs, resolve, whole
from bridge.frontends.osc_packet import PacketError

CONTRACT = """ping generate repaint extend cancel status subscribe unsubscribe clip/file clip/blob clip/begin clip/notes
clip/end clip/live clip/record clip/stop transport transport/bpm transport/playing reply_to"""


def test_the_table_has_every_address_of_the_contract() -> None:
    assert {line.address for line in ADDRESSES} == {f"/stepbridge/{name}" for name in CONTRACT.split()}
    assert all(line.effect for line in ADDRESSES)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("/stepbridge/p?ng", ["ping"]),
        ("/stepbridge/{ping,cancel}", ["ping", "cancel"]),
        ("/stepbridge/*subscribe", ["subscribe", "unsubscribe"]),
        ("/stepbridge/clip/[be]*", ["clip/blob", "clip/begin", "clip/end"]),
        ("/*/clip/[!a-n]*", ["clip/record", "clip/stop"]),
    ],
)
def test_a_pattern_means_every_address_that_it_matches(pattern: str, names: list[str]) -> None:
    assert resolve(pattern) == tuple(f"/stepbridge/{name}" for name in names)


@pytest.mark.parametrize(
    "address",
    [
        "/stepbridge/genrate",
        "/",
        "//",
        "/*",
        "/stepbridge/[",
        "/stepbridge/{",
        "/stepbridge/}{",
        "/x" * 5000,
        "/*/*/*/*",
    ],
)
def test_an_address_that_means_nothing_is_refused(address: str) -> None:
    with pytest.raises(PacketError) as refusal:
        resolve(address)
    assert refusal.value.code == "unknown_address"


def test_the_nearest_address_is_named() -> None:
    with pytest.raises(PacketError, match=r"did you mean /stepbridge/generate\?"):
        resolve("/stepbridge/genrate")


@pytest.mark.parametrize(
    "pattern", ["/stepbridge/" + "*" * 100, "/stepbridge/" + "*a" * 50, "/" + "{a,b}" * 24, "/stepbridge/" + "[" * 100]
)
def test_a_hostile_pattern_takes_no_time(pattern: str) -> None:
    began = time.process_time()
    with contextlib.suppress(PacketError):
        resolve(pattern)
    assert time.process_time() - began < 1.0  # a backtracking matcher needs hours


def test_numbers_are_taken_as_text_where_text_is_meant() -> None:
    fields = pairs(["clip", 17.0, "project", 2026, "bars", 8.0, "random_seed", 3])
    assert fields == {"clip": "17", "project": "2026", "bars": 8.0, "random_seed": 3}
    assert identifier([5.0]) == "5"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["prompt"], "prompt: has no value"),
        (["bars", 8, "bpm"], "bpm: has no value"),
        ([3.5, "x"], "argument 2 must be the name of a field, not 3.5"),
        (["bars", 8, True, 1], "argument 4 must be"),
        (["bars", 8, "bars", 9], "bars: is given twice"),
    ],
)
def test_pairs_that_are_none_are_refused_naming_the_place(arguments: list[Any], reason: str) -> None:
    with pytest.raises(BridgeError, match=reason) as refusal:
        pairs(arguments, 1)
    assert refusal.value.code == "bad_arguments"


@pytest.mark.parametrize("first", [[], [""], ["a b"], ["x" * 65], [True], [b"id"], [1.5e300], [".."]])
def test_what_is_no_id_is_refused(first: list[Any]) -> None:
    with pytest.raises(BridgeError) as refusal:
        identifier(first)
    assert refusal.value.code == "bad_id"


@pytest.mark.parametrize("value", ["1", True, None, float("nan"), float("inf"), -1, 200])
def test_what_is_no_number_in_range_is_refused(value: Any) -> None:
    with pytest.raises(BridgeError, match="velocity: must be a number"):
        number(value, "velocity", 0, 127)
    with pytest.raises(BridgeError, match="velocity: must be a whole number"):
        whole(value, "velocity", 0, 127)


def test_a_whole_number_may_come_as_a_float_but_not_in_parts() -> None:
    assert whole(60.0, "pitch", 0, 127) == 60
    with pytest.raises(BridgeError, match="whole number"):
        whole(60.5, "pitch", 0, 127)
