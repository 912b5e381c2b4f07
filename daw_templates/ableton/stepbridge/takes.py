"""Asking for takes and taking them in: what one set and the daemon say to each other."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple

from . import music
from .arrangement import Arrangement, strayed
from .delivery import Delivery, DeliveryError, read
from .memory import Asked, Memory
from .order import Order
from .pieces import TAIL, Piece, pieces_of
from .scene import put_into_scene

if TYPE_CHECKING:
    from Live.Clip import Clip
    from Live.Song import Song

    from .link import Link

NAME_MAX = 64
BPM_TOLERANCE = 0.005


class _Arrived(NamedTuple):
    delivery: Delivery
    is_for_scene: bool


class Takes:
    """The orders and deliveries of one set."""

    def __init__(self, song: Song, link: Link, say: Callable[[str], None]) -> None:
        self._song, self._link, self._say = song, link, say
        self._memory = Memory(song)
        self._orders: list[Order] = []
        self._arrived: list[_Arrived] = []
        self._placed: list[tuple[Clip, Piece]] = []
        self._seen: set[str] = set()
        """Deliveries that other programs asked for and that came in since the set was opened."""
        self._recalled: set[str] = set()
        """Requests that are done, whose deliveries we have asked to be told of once more."""

    @property
    def project(self) -> str:
        """What the set is called in requests and manifests."""
        return (self._song.name or "untitled")[:NAME_MAX]

    def ask(self, wishes: dict[str, object]) -> None:
        """Send the selected clip and what the set says about its section, with the musician's own wishes before all."""
        clip = music.selected_clip(self._song)
        if clip is None:
            self._say("select a MIDI clip")
            return
        section = music.section_of(self._song, clip)
        notes, length_beats = music.moved_into(section, clip, music.heard(clip))
        if not notes:
            last_bar = section.start_bar + section.bars - 1
            self._say(f"the selected clip has no notes in bars {section.start_bar} to {last_bar}")
            return
        id_ = f"live-{int(time.time()):x}-{random.randrange(0x10000):04x}"  # noqa: S311 - a name, not a secret
        fields = {"clip": id_, **self._circumstances(section), **wishes}
        title = f"{fields.get('section', 'section')}, bar {section.start_bar}"
        is_for_scene = not clip.is_arrangement_clip and not self._song.loop
        self._memory.note(id_, Asked(title, is_for_scene))
        self._orders.append(Order(id_, notes, length_beats, fields))
        self._say(f"{title}: {len(notes)} notes are sent")

    def _circumstances(self, section: music.Section) -> dict[str, object]:
        fields: dict[str, object] = {
            "start_bar": section.start_bar,
            "bars": section.bars,
            "bpm": float(self._song.tempo),
            "meter": music.meter(self._song),
            "project": self.project,
        }
        if music.is_key_meant(self._song) and music.key(self._song):
            fields["key"] = music.key(self._song)
        return fields

    def cancel(self) -> None:
        """Give up whatever this set has asked for and not got yet."""
        ids = self._memory.ids()
        self._orders = []
        for id_ in ids:
            self._link.send("/stepbridge/cancel", id_)
        self._say(f"cancelling {len(ids)}" if ids else "nothing to cancel")

    def recall(self) -> None:
        """Ask how the open requests stand: an event may be lost, and Live or the daemon may have been closed meanwhile."""
        waiting = {order.id for order in self._orders}
        for id_ in self._memory.ids():
            if id_ not in waiting:
                self._link.send("/stepbridge/status", id_)

    def hear(self, address: str, arguments: list[object]) -> None:
        """Take a message of the daemon."""
        id_ = str(arguments[0]) if arguments else ""
        for order in self._orders:
            if order.id == id_:
                order.hear(address, arguments)
        if address == "/stepbridge/done" and len(arguments) > 1:
            self._delivered(id_, str(arguments[1]))
            return
        asked = self._memory.get(id_)
        if asked is not None:
            self._follow(id_, asked, address.rsplit("/", 1)[-1], arguments[1:])

    def _follow(self, id_: str, asked: Asked, event: str, about: list[object]) -> None:
        """Say how a request of ours is getting on."""
        if event == "progress" and len(about) > 1:
            self._say(f"{asked.title}: {about[1]}, {float(str(about[0])):.0%}")
        elif event == "warning" and about:
            self._say(f"{asked.title}: {about[0]}")
        elif event == "cancelled":
            self._over(id_, f"{asked.title}: cancelled")
        elif event == "error" and len(about) > 1 and about[0] not in ("missing", "already_over"):
            self._over(id_, f"{asked.title}: {about[1]}")
        elif event == "job" and about and about[0] == "done":
            self._find_deliveries(id_, asked)
        elif event == "job" and about and about[0] in ("failed", "cancelled"):  # while nobody listened
            self._over(id_, f"{asked.title}: {about[0]}")

    def _find_deliveries(self, id_: str, asked: Asked) -> None:
        """Ask again with the same id, which is the same job: the daemon then says where its deliveries are."""
        if asked.seen or id_ in self._recalled:
            self._memory.forget(id_)
        else:
            self._recalled.add(id_)
            self._link.send("/stepbridge/generate", id_)

    def _over(self, id_: str, text: str) -> None:
        self._memory.forget(id_)
        self._orders = [order for order in self._orders if order.id != id_]
        self._say(text)

    def _delivered(self, id_: str, manifest_path: str) -> None:
        """Take in what this set asked for, and what another program made for a project of this name."""
        asked = self._memory.get(id_)
        try:
            delivery = read(Path(manifest_path))
        except DeliveryError as error:
            if asked is not None:
                self._say(str(error))
            return
        if asked is None and delivery.project != self.project:
            return
        if delivery.label in (asked.seen if asked else self._seen):
            return
        self._seen.add(delivery.label)
        if asked is not None:
            self._memory.note(id_, asked._replace(seen=(*asked.seen, delivery.label)))
        self._arrived.append(_Arrived(delivery, asked is not None and asked.is_for_scene))

    def tick(self, now: float) -> None:
        """Go on with what is under way: a few datagrams, and one delivery where nothing is being recorded."""
        for order in [order for order in self._orders if order.is_open]:
            order.tick(self._link, now)
            if order.state == "unheard":
                self._memory.forget(order.id)
                self._say("no daemon answers; start one: stepbridge serve")
        self._orders = [order for order in self._orders if order.is_open]
        placed, self._placed = self._placed, []
        problem = strayed(placed)
        if problem:
            self._say(problem)
        if self._arrived and not (self._song.record_mode or self._song.session_record):
            self._take_in(self._arrived.pop(0))

    def _take_in(self, arrived: _Arrived) -> None:
        """Put a delivery into the set as one undo step."""
        self._song.begin_undo_step()
        try:
            left_out, retired_to = self._put(arrived)
        finally:
            self._song.end_undo_step()
        self._say(f"{arrived.delivery.title}: {self._told(arrived, left_out, retired_to)}")

    def _put(self, arrived: _Arrived) -> tuple[list[Piece], str]:
        """Return the sounds that are left out, and where an earlier take went."""
        pieces = pieces_of(self._song, arrived.delivery)
        if arrived.is_for_scene:
            return put_into_scene(self._song, arrived.delivery.label, pieces), ""
        arrangement = Arrangement(self._song)
        for piece in pieces:
            arrangement.put(piece)
        self._placed = arrangement.placed
        return arrangement.left_out, arrangement.retired_to

    def _told(self, arrived: _Arrived, left_out: list[Piece], retired_to: str) -> str:
        """Return what the musician should know of an import."""
        delivery = arrived.delivery
        where = "in the last scene" if arrived.is_for_scene else "on the timeline"
        if left_out:
            files = ", ".join(Path(piece.path).name for piece in left_out if TAIL not in piece.name)
            target = "the last scene" if arrived.is_for_scene else f"bar {delivery.start_bar}"
            folder = Path(left_out[0].path).parent
            return f"drag {files} to {target} on the tracks of these names (Live 12.0.5 does it itself): {folder}"
        if abs(delivery.bpm - self._song.tempo) > BPM_TOLERANCE:
            return f"{where}, made at {delivery.bpm:g} BPM; the set has {self._song.tempo:g} now"
        if not delivery.has_one_tempo:
            return f"{where}; its tempo changes, which Live lets no script write: set them by hand"
        return f"{where}; the take before is {retired_to}" if retired_to else where
