"""What a set remembers of its requests; it is saved with the set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from Live.Song import Song

KEY = "stepbridge_asked"
ASKED_MAX = 50


class Asked(NamedTuple):
    """A request that is not over yet."""

    title: str
    is_for_scene: bool
    seen: tuple[str, ...] = ()
    """Deliveries of it that are in the set already, or were."""


class Memory:
    """The open requests of one set, by id."""

    def __init__(self, song: Song) -> None:
        self._song = song
        self._asked = _read(song)

    def ids(self) -> list[str]:
        """Return the ids of the open requests, the oldest first."""
        return list(self._asked)

    def get(self, id_: str) -> Asked | None:
        """Return an open request; None where this set has not asked for it."""
        return self._asked.get(id_)

    def note(self, id_: str, asked: Asked) -> None:
        """Remember a request, or what is new about it."""
        self._asked[id_] = asked
        for oldest in list(self._asked)[:-ASKED_MAX]:
            del self._asked[oldest]
        self._save()

    def forget(self, id_: str) -> None:
        """Let a request go that is over."""
        if self._asked.pop(id_, None):
            self._save()

    def _save(self) -> None:
        self._song.set_data(KEY, json.dumps(self._asked))


def _read(song: Song) -> dict[str, Asked]:
    try:
        entries = json.loads(song.get_data(KEY, "{}"))
        return {id_: Asked(title, for_scene, tuple(seen)) for id_, (title, for_scene, seen) in entries.items()}
    except (TypeError, ValueError):
        return {}
