"""Clips that come in pieces, because a datagram is small and may be lost, doubled or late."""

from __future__ import annotations

import itertools
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.errors import ClipError, RequestError
from bridge.frontends.osc_addresses import number, whole
from bridge.music.notes import Note

TRANSFERS_MAX = 64
NOTES_MAX = 100_000
"""Notes of one clip, and of all unfinished clips together twice as many."""
BEATS_MAX = 100_000.0
PIECES_MAX = 100_000
EXPIRES_S = 120.0
"""An unfinished clip is forgotten when nothing of it came for so long."""
EARLY_S = 2.0
"""Pieces that overtook their `begin` by less than this belong to it."""
MISSING_NAMED_MAX = 200


@dataclass
class _Transfer:
    """A clip on its way; the begin may come after pieces."""

    touched: float
    n_notes: int | None = None
    length_beats: float = 0.0
    pieces: dict[int, tuple[Note, ...]] = field(default_factory=dict)
    notes_here: int = 0
    is_finished: bool = False

    def put(self, index: int, notes: tuple[Note, ...]) -> None:
        self.notes_here += len(notes) - len(self.pieces.get(index, ()))
        self.pieces[index] = notes


class ClipTransfers:
    """Collects pieces by clip id, whoever sends them: some clients use a new port for each datagram."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._transfers: OrderedDict[str, _Transfer] = OrderedDict()

    def begin(self, clip_id: str, n_notes: Any, length_beats: Any) -> None:  # noqa: ANN401 - as OSC carried them
        """Start a clip anew, keeping pieces that have just overtaken this message; raises RequestError for bad numbers."""
        announced = whole(n_notes, "n_notes", 1, NOTES_MAX)
        length = number(length_beats, "length_beats", 1e-6, BEATS_MAX)
        before = self._transfers.pop(clip_id, None)
        is_early = before and before.n_notes is None and self._clock() - before.touched < EARLY_S
        transfer = self._touched(clip_id, before if is_early else None)
        transfer.n_notes, transfer.length_beats = announced, length

    def add(self, clip_id: str, index: Any, values: Sequence[Any]) -> None:  # noqa: ANN401
        """Keep a piece; one that has come before is replaced. Raises RequestError or ClipError naming the bad note."""
        piece = whole(index, "index", 0, PIECES_MAX)
        if not values or len(values) % 4:
            raise ClipError(
                f"piece {piece}: notes are pitch start_beat length_beats velocity, four numbers each; {len(values)} came",
                code="bad_notes",
            )
        notes = _notes(piece, values)
        before = self._transfers.pop(clip_id, None)
        transfer = self._touched(clip_id, None if before and before.is_finished else before)
        transfer.put(piece, notes)
        self._bound()

    def end(self, clip_id: str) -> tuple[tuple[Note, ...], float]:
        """Return the notes in order of time and the length in beats.

        Raises ClipError; where its code is ``missing`` the pieces it names may be sent again.
        """
        self._expire()
        transfer = self._transfers.get(clip_id)
        if transfer is None:
            raise ClipError(
                f"clip {clip_id}: no piece of it is here; start it with /stepbridge/clip/begin", code="unknown_clip"
            )
        transfer.touched = self._clock()
        if transfer.n_notes is None:
            raise ClipError("begin", code="missing")
        if transfer.notes_here > transfer.n_notes:
            raise ClipError(
                f"clip {clip_id}: {transfer.n_notes} notes were announced and {transfer.notes_here} came; begin it again",
                code="bad_clip",
            )
        if transfer.notes_here < transfer.n_notes:
            raise ClipError(" ".join(map(str, _missing(transfer))), code="missing")
        transfer.is_finished = True
        return _checked(transfer), transfer.length_beats

    def _touched(self, clip_id: str, transfer: _Transfer | None) -> _Transfer:
        self._expire()
        transfer = transfer or _Transfer(self._clock())
        transfer.touched = self._clock()
        self._transfers[clip_id] = transfer
        self._bound()
        return transfer

    def _expire(self) -> None:
        """Forget what was not touched for long; the longest untouched stands first."""
        oldest = self._clock() - EXPIRES_S
        for clip_id, transfer in list(self._transfers.items()):
            if transfer.touched < oldest:
                del self._transfers[clip_id]

    def _bound(self) -> None:
        """Forget the longest untouched where there are too many."""
        while len(self._transfers) > 1 and (len(self._transfers) > TRANSFERS_MAX or self._notes() > 2 * NOTES_MAX):
            self._transfers.popitem(last=False)

    def _notes(self) -> int:
        return sum(transfer.notes_here for transfer in self._transfers.values())


def _notes(piece: int, values: Sequence[Any]) -> tuple[Note, ...]:
    notes: list[Note] = []
    for first in range(0, len(values), 4):
        try:
            notes.append(_note(*values[first : first + 4]))
        except RequestError as error:
            raise ClipError(
                f"piece {piece}, note {len(notes) + 1}: {error.text}", code="bad_notes", field=error.field
            ) from None
    return tuple(notes)


def _note(pitch: Any, start_beat: Any, length_beats: Any, velocity: Any) -> Note:  # noqa: ANN401
    return Note(
        start_beat=number(start_beat, "start_beat", 0.0, BEATS_MAX),
        length_beats=number(length_beats, "length_beats", 1e-6, BEATS_MAX),
        pitch=whole(pitch, "pitch", 0, 127),
        velocity=whole(velocity, "velocity", 1, 127),
    )


def _checked(transfer: _Transfer) -> tuple[Note, ...]:
    notes = tuple(sorted(itertools.chain.from_iterable(transfer.pieces.values())))
    if notes[-1].start_beat >= transfer.length_beats:
        raise ClipError(
            f"a note starts at beat {notes[-1].start_beat:g}, and the clip is {transfer.length_beats:g} beats long",
            code="bad_notes",
        )
    return notes


def _missing(transfer: _Transfer) -> list[int]:
    """Return the pieces to send again: gaps, and as many at both ends as notes are wanting.

    How many pieces there are is not announced, so some may be named that never were; the sender ignores those.
    """
    if not transfer.pieces:
        return [0, 1]
    first, last = min(transfer.pieces), max(transfer.pieces)
    usual = max(map(len, transfer.pieces.values()))
    gaps = list(itertools.islice((i for i in range(first, last) if i not in transfer.pieces), MISSING_NAMED_MAX))
    wanting = (transfer.n_notes or 0) - transfer.notes_here - usual * len(gaps)
    if wanting <= 0:
        return gaps
    before = list(range(max(0, first - MISSING_NAMED_MAX), first))
    after = math.ceil((wanting - usual * len(before) if first > 1 else wanting) / usual)
    return [*before, *gaps, *range(last + 1, last + 1 + after)][:MISSING_NAMED_MAX]
