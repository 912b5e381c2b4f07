"""Ten thousand datagrams that nobody should send, always the same ones."""

import random
import struct
from collections.abc import Iterator

from bridge.frontends.osc_addresses import ADDRESSES
from bridge.frontends.osc_packet import BUNDLE, encode

SEED = 20_261_122
WORDS = (
    "a",
    "",
    "bars",
    "prompt",
    "clip",
    "中文",
    "../../etc/passwd",
    "x" * 300,
    "%s%n",
    "\x01\x7f",
    "id",
    "meter",
    "-1",
    "NaN",
)
NUMBERS = (0, -1, 8, 2**31 - 1, -(2**31), 2**63 - 1, 0.5, -0.0, 1e38, float("inf"), float("-inf"), float("nan"))


def hostile_datagrams(count: int, seed: int = SEED) -> Iterator[bytes]:
    """Yield datagrams: noise, broken messages, well-formed nonsense, bundles that lie, patterns that explode."""
    rng = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    makers = (_noise, _nonsense, _nonsense, _mutated, _mutated, _bundle, _pattern, _types)
    for _ in range(count):
        yield rng.choice(makers)(rng)[:65_507]


def _noise(rng: random.Random) -> bytes:
    start = rng.choice((b"", b"/", b"#bundle\0", b"/stepbridge/generate\0\0\0\0,s"))
    return start + rng.randbytes(int(2 ** rng.uniform(0, 12)))


def _nonsense(rng: random.Random) -> bytes:
    values = [rng.choice((*WORDS, *NUMBERS, True, False, b"MThd", rng.randbytes(20))) for _ in range(rng.randrange(12))]
    return encode(rng.choice(ADDRESSES).address, *values)


def _mutated(rng: random.Random) -> bytes:
    packet = bytearray(_nonsense(rng))
    for _ in range(rng.randrange(1, 6)):
        packet[rng.randrange(len(packet))] = rng.randrange(256)
    return bytes(packet[: rng.randrange(1, len(packet) + 1)])


def _bundle(rng: random.Random) -> bytes:
    packet = _nonsense(rng)
    for _ in range(rng.choice((1, 2, 9, 200))):
        size = rng.choice((len(packet), len(packet), len(packet), -4, 0, 2**31 - 1))
        packet = BUNDLE + rng.randbytes(8) + struct.pack(">i", size) + packet
    return packet


def _pattern(rng: random.Random) -> bytes:
    pieces = ("*", "?", "[a-z]", "[", "]", "{a,b}", "{", "}", "a", "/", "clip", "!", "stepbridge")
    pattern = "".join(rng.choice(pieces) for _ in range(int(2 ** rng.uniform(0, 9))))
    return encode("/stepbridge/" + pattern, "a")


def _types(rng: random.Random) -> bytes:
    tags = "".join(rng.choice("ifsbTFNI[]htdcrmx") for _ in range(int(2 ** rng.uniform(0, 15))))
    return b"/stepbridge/ping\0\0\0\0" + f",{tags}\0\0\0\0".encode()[: (len(tags) + 5) // 4 * 4] + rng.randbytes(64)
