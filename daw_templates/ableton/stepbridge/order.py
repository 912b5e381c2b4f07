"""One order on its way to the daemon: the clip in pieces, then the request; both are sent again until they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .link import Link
    from .music import Note

NOTES_A_PIECE = 40
"""Keeps a datagram below 1 400 bytes, which every network carries whole."""
DATAGRAMS_A_TICK = 16
ANSWER_SECONDS = 1.5
TRIES = 4


class Order:
    """Goes from `clip` over `request` to `accepted`, or ends as `refused` or `unheard`."""

    def __init__(self, id_: str, notes: list[Note], length_beats: float, fields: dict[str, object]) -> None:
        self.id = id_
        self.state = "clip"
        self.reason = ""
        self._begin = ("clip/begin", id_, len(notes), length_beats)
        self._pieces = [
            ("clip/notes", id_, index, *(value for note in notes[first : first + NOTES_A_PIECE] for value in note.values()))
            for index, first in enumerate(range(0, len(notes), NOTES_A_PIECE))
        ]
        self._end = ("clip/end", id_)
        self._request = ("generate", id_, *(part for pair in fields.items() for part in pair))
        self._queue = self._whole()
        self._tries = 1
        self._asked_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is still something to send or to wait for."""
        return self.state in ("clip", "request")

    def tick(self, link: Link, now: float) -> None:
        """Send a few messages; where no answer comes, all of them once more."""
        if not self._queue and now - self._asked_at > ANSWER_SECONDS:
            self._tries += 1
            self._queue = self._whole()
        if self._tries > TRIES:
            self.state = "unheard"
            return
        for address, *arguments in self._queue[:DATAGRAMS_A_TICK]:
            link.send(f"/stepbridge/{address}", *arguments)
            self._asked_at = now
        del self._queue[:DATAGRAMS_A_TICK]

    def hear(self, address: str, arguments: list[object]) -> None:
        """Take an answer of the daemon that names this order."""
        if address == "/stepbridge/clip/ok" and self.state == "clip":
            self.state, self._tries = "request", 1
            self._queue = self._whole()
        elif address == "/stepbridge/accepted":
            self.state, self._queue = "accepted", []
        elif address == "/stepbridge/error" and len(arguments) > 2:
            self._refused(str(arguments[1]), str(arguments[2]))

    def _refused(self, code: str, text: str) -> None:
        if code != "missing" or self.state != "clip":
            self.state, self.reason = "refused", text
            return
        missing = [int(word) for word in text.split() if word.isdigit()]
        again = [self._pieces[index] for index in missing if index < len(self._pieces)]
        self._queue = [*again, self._end] if again and "begin" not in text else self._whole()

    def _whole(self) -> list[tuple[object, ...]]:
        return [self._begin, *self._pieces, self._end] if self.state == "clip" else [self._request]
