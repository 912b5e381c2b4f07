"""OSC packets, against python-osc as the independent reader and writer."""

import contextlib
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc import osc_bundle_builder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from bridge.frontends.osc_framing import Framing
from bridge.frontends.osc_packet import BUNDLE, PacketError, decode, encode

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.one_of(TEXTS, st.integers(-(2**63), 2**63 - 1), FLOATS, st.booleans(), st.binary(min_size=1))


def as_float32(value: float) -> float:
    single: float = struct.unpack(">f", struct.pack(">f", value))[0]
    return single


def bundle(*elements: bytes, timetag: int = 1) -> bytes:
    return BUNDLE + struct.pack(">Q", timetag) + b"".join(struct.pack(">i", len(element)) + element for element in elements)


@given(st.lists(VALUES))
def test_what_python_osc_writes_is_read(values: list[Any]) -> None:
    (message,) = decode(build_msg("/stepbridge/generate", values).dgram)
    assert message.address == "/stepbridge/generate"
    assert [as_float32(value) if isinstance(value, float) else value for value in message.arguments] == values


@given(st.lists(VALUES))
def test_python_osc_reads_what_is_written(values: list[Any]) -> None:
    message = OscMessage(encode("/stepbridge/done", *values))
    assert (message.address, message.params) == ("/stepbridge/done", values)


@pytest.mark.parametrize("sent", [120.1, 1 / 3, 0.1, 93.75, 16_777_215.0, -0.0, 1e-40, 3.4e38])
def test_a_float_is_read_as_the_decimal_that_was_meant(sent: float) -> None:
    (message,) = decode(encode("/x", sent))
    (read,) = message.arguments
    assert as_float32(read) == as_float32(sent)
    assert len(repr(read)) <= len(repr(as_float32(sent)))
    assert read == pytest.approx(sent, rel=1e-5, abs=0.0)


def test_a_tempo_is_not_made_longer_by_its_32_bits() -> None:
    assert decode(encode("/x", 120.1)) == [("/x", (120.1,))]


def test_no_number_and_infinity_are_passed_on_for_the_request_to_refuse() -> None:
    (message,) = decode(encode("/x", math.inf, math.nan))
    assert message.arguments[0] == math.inf
    assert math.isnan(message.arguments[1])


def test_a_double_and_a_symbol_are_read_too() -> None:
    (message,) = decode(b"/x\0\0,dS\0" + struct.pack(">d", 120.1) + b"cc\0\0")
    assert message.arguments == (120.1, "cc")


def test_a_message_without_type_tags_has_no_arguments() -> None:
    assert decode(b"/stepbridge/ping\0\0\0\0") == [("/stepbridge/ping", ())]


def test_nested_bundles_are_unfolded_in_order_whatever_their_timetags() -> None:
    inner = bundle(encode("/b"), encode("/c"), timetag=2**63)
    messages = decode(bundle(encode("/a"), inner, encode("/d"), timetag=2**64 - 1))
    assert [message.address for message in messages] == ["/a", "/b", "/c", "/d"]


def test_a_bundle_of_python_osc_is_read() -> None:
    builder = osc_bundle_builder.OscBundleBuilder(2_000_000_000)  # the year 2033
    builder.add_content(build_msg("/a", [1]))
    builder.add_content(build_msg("/b", ["二"]))
    assert decode(builder.build().dgram) == [("/a", (1,)), ("/b", ("二",))]


def nested(depth: int) -> bytes:
    packet = encode("/a")
    for _ in range(depth):
        packet = bundle(packet)
    return packet


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "empty"),
        (b"hello", "starts with"),
        (b"/a", "no end"),
        (b"/\xff\xff\0", "not UTF-8"),
        (b"/a\0\0i\0\0\0", "comma"),
        (b"/a\0\0,i\0\0\0\0", "ends inside a number"),
        (b"/a\0\0,s\0\0abc", "no end"),
        (b"/a\0\0,b\0\0\0\0\0\x09abc", "blob"),
        (b"/a\0\0,b\0\0\xff\xff\xff\xfcabcd", "blob"),
        (b"/a\0\0,ix\0\0\0\0\1", "argument 2 has type 'x'"),
        (b"/a\0\0,[i]\0\0\0\0\0\0\0\1", "type '\\['"),
        (b"#bundle\0\0\0", "timetag"),
        (BUNDLE + bytes(8) + struct.pack(">i", -4) + bytes(8), "element at byte 16"),
        (BUNDLE + bytes(8) + struct.pack(">i", 400), "element at byte 16"),
        (BUNDLE + bytes(8) + bytes(4), "element at byte 16"),
        (nested(9), "deep"),
        (nested(3000), "deep"),
    ],
)
def test_what_is_no_osc_is_refused_with_the_reason(packet: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        decode(packet)


@given(st.binary(max_size=200), st.sampled_from([b"", b"/a\0\0,", b"/a\0\0,iiss\0\0\0", BUNDLE + bytes(8)]))
def test_any_bytes_are_read_or_refused(rest: bytes, start: bytes) -> None:
    with contextlib.suppress(PacketError):
        assert all(message.address.startswith("/") for message in decode(start + rest))


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.integers(1, 60), st.booleans())
def test_packets_survive_a_tcp_stream_cut_anywhere(packets: list[bytes], cut: int, has_lengths: bool) -> None:  # noqa: FBT001
    sender, receiver = Framing(), Framing()
    if has_lengths:
        sender.feed(b"\0")  # it answers as it is spoken to
    stream = b"".join(map(sender.frame, packets))
    found = [packet for start in range(0, len(stream), cut) for packet in receiver.feed(stream[start : start + cut])]
    assert found == packets


@pytest.mark.parametrize("data", [bytes(4) + b"\x7f\xff\xff\xff", b"\xc0" + bytes(17 * 1024 * 1024)])
def test_a_tcp_packet_without_end_is_refused(data: bytes) -> None:
    with pytest.raises(PacketError):
        Framing().feed(data)
