"""The OSC addresses that the daemon answers, as a table, and how their arguments are read."""

from __future__ import annotations

import difflib
import fnmatch
import itertools
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bridge.errors import BridgeError, RequestError
from bridge.frontends.osc_packet import PacketError
from bridge.request import check_id

PREFIX = "/stepbridge/"
PATTERN_CHARACTERS_MAX = 128
TEXT_FIELDS = frozenset({"prompt", "clip", "section", "project", "lyrics", "negative_prompt", "take"})
"""Fields that are text even where a client such as Pure Data has made a number of them."""


class Address(NamedTuple):
    """One line of the table: what comes in."""

    address: str
    arguments: str
    effect: str


ADDRESSES = tuple(
    Address(PREFIX + name, arguments, effect)
    for name, arguments, effect in (
        ("ping", "", "`/stepbridge/pong version`"),
        ("generate", "`id` then pairs", "`/stepbridge/accepted id`, then progress; the same id twice is one job"),
        ("repaint", "`id take` then pairs", "as generate; all outside `from_bar to_bar parts` stays identical"),
        ("extend", "`id take` then pairs", "continues a take"),
        ("cancel", "`id`", "`/stepbridge/cancelled id`; nothing is delivered"),
        (
            "status",
            "`[id]`",
            "`/stepbridge/job id state fraction stage` for each; without an id the latest 200 of those over, and 200 others",
        ),
        ("subscribe", "", "events of all jobs to this sender"),
        ("unsubscribe", "", "ends it"),
        (
            "reply_to",
            "`port` `[mine]`",
            "replies to this host (`mine`: to this sender only) go to this UDP port from now on (0: to the sender's again)",
        ),
        ("clip/file", "`clip_id path`", "a clip by path (only inside the allowed folders)"),
        ("clip/blob", "`clip_id blob`", "a clip as Standard MIDI File bytes"),
        ("clip/begin", "`clip_id n_notes length_beats`", "starts a clip in pieces (of 1 400 bytes or less)"),
        (
            "clip/notes",
            "`clip_id index` then `pitch start_beat length_beats velocity` × n",
            "a piece, counted from 0; any order",
        ),
        ("clip/end", "`clip_id`", "`/stepbridge/clip/ok clip_id n_notes`, or `/stepbridge/error clip_id missing indices`"),
        (
            "clip/live",
            "`clip_id`",
            "takes the clip selected in Ableton Live, by AbletonOSC, and its transport: `/stepbridge/clip/ok`",
        ),
        ("clip/record", "`clip_id`", "starts taking notes from the MIDI port"),
        (
            "clip/stop",
            "`clip_id`",
            "ends it: `/stepbridge/clip/ok`; without a recording it takes what was just played (`midi.rolling_bars` at most)",
        ),
        (
            "transport",
            "pairs `bpm meter position_beats playing key`",
            "what the DAW is doing now; the default of later requests",
        ),
        ("transport/bpm", "`bpm`", "the same of one field, for surfaces that send no pairs (REAPER)"),
        ("transport/playing", "`playing`", "the same"),
    )
)
_KNOWN = tuple(line.address for line in ADDRESSES)
_KNOWN_SET = frozenset(_KNOWN)


def resolve(address: str) -> tuple[str, ...]:
    """Return the addresses of the table that an address or an OSC pattern means; raises PacketError where there is none."""
    if address in _KNOWN_SET:
        return (address,)
    found = _matching(address) if len(address) <= PATTERN_CHARACTERS_MAX and re.search(r"[?*\[{]", address) else ()
    if not found:
        raise PacketError(_unknown(address), code="unknown_address")
    return found


def _matching(pattern: str) -> tuple[str, ...]:
    globs = [glob.split("/") for glob in _alternatives(pattern)]
    return tuple(known for known in _KNOWN if any(_is_match(known.split("/"), glob) for glob in globs))


def _alternatives(pattern: str) -> list[str]:
    """Return the patterns that ``{a,b}`` stands for, 64 at most."""
    pieces = [piece.split(",") for piece in re.split(r"[{}]", pattern)]
    fixed = [[",".join(piece)] if index % 2 == 0 else piece for index, piece in enumerate(pieces)]
    return ["".join(choice) for choice in itertools.islice(itertools.product(*fixed), 64)]


def _is_match(names: list[str], globs: list[str]) -> bool:
    """Match name by name: a * does not reach over a /."""
    # fnmatch's own cache would keep 32 768 patterns of a hostile sender; that of re keeps 512.
    return len(names) == len(globs) and all(
        re.match(fnmatch.translate(glob), name) for name, glob in zip(names, globs, strict=True)
    )


def _unknown(address: str) -> str:
    close = difflib.get_close_matches(address[:PATTERN_CHARACTERS_MAX], _KNOWN, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]}?" if close else f"the addresses are {', '.join(_KNOWN)}"
    return f"{address[:80]}: unknown address; {meant}"


def identifier(arguments: Sequence[Any], what: str = "id") -> str:
    """Return the id that stands first, numbers taken as text; raises RequestError where there is none or it is malformed."""
    if not arguments:
        raise RequestError(f"{what}: is missing; it is the first argument", field=what, code="bad_id")
    value = arguments[0]
    if not isinstance(value, str) and not _is_number(value):
        raise RequestError(f"{what}: must be text (got {value!r:.80})", field=what, code="bad_id")
    return check_id(value if isinstance(value, str) else as_text(value), what)


def exactly(arguments: Sequence[Any], names: str) -> None:
    """Raise PacketError unless there are as many arguments as names."""
    wanted = names.split()
    if len(arguments) != len(wanted):
        takes = f"the arguments are {names}" if wanted else "there are no arguments"
        raise PacketError(f"{takes}; {len(arguments)} came", code="bad_arguments")


def pairs(arguments: Sequence[Any], position: int = 0) -> dict[str, Any]:
    """Return the fields of flat ``key value`` pairs; `position` arguments stood before them. Raises RequestError."""
    fields: dict[str, Any] = {}
    for index in range(0, len(arguments), 2):
        key = arguments[index]
        if not isinstance(key, str):
            raise _bad_pairs(f"argument {position + index + 1} must be the name of a field, not {key!r:.80}")
        if index + 1 == len(arguments):
            raise _bad_pairs(f"{key[:80]}: has no value; the arguments are key value pairs", key)
        if key in fields:
            raise _bad_pairs(f"{key[:80]}: is given twice", key)
        value = arguments[index + 1]
        fields[key] = as_text(value) if key in TEXT_FIELDS and _is_number(value) else value
    return fields


def _bad_pairs(text: str, field: str | None = None) -> BridgeError:
    return RequestError(text, field=field, code="bad_arguments")


def number(value: Any, what: str, low: float, high: float) -> float:  # noqa: ANN401 - whatever OSC carried
    """Return a finite number in [low, high]; raises RequestError naming it."""
    if not _is_number(value) or not math.isfinite(value) or not low <= value <= high:
        raise RequestError(f"{what}: must be a number from {low:g} to {high:g} (got {value!r:.80})", field=what)
    return float(value)


def whole(value: Any, what: str, low: int, high: int) -> int:  # noqa: ANN401
    """Return a whole number in [low, high], sent as int or float; raises RequestError naming it."""
    if not _is_number(value) or not math.isfinite(value) or value != int(value) or not low <= value <= high:
        raise RequestError(f"{what}: must be a whole number from {low} to {high} (got {value!r:.80})", field=what)
    return int(value)


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_text(value: float) -> str:
    """Return a number as it was meant where text is expected: 17.0 is "17"."""
    return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
