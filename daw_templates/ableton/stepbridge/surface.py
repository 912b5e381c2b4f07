"""The control surface that Live runs: ten times a second it looks for something to do, on Live's main thread only."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

from ableton.v2.control_surface import ControlSurface

from . import music
from .link import Link
from .takes import Takes

if TYPE_CHECKING:
    from Live.Song import Song

log = logging.getLogger("stepbridge")

HEARTBEAT_TICKS = 50
TRANSPORT_TICKS = 5
SEND_MARK, CANCEL_MARK = ">>", "<<"
SECTIONS = "intro|verse|prechorus|chorus|bridge|solo|outro"
_NAMED = re.compile(r"^(?:(?P<section>" + SECTIONS + r")(?: (?P<bars>\d{1,3}))? *[::] *)?(?P<prompt>.*)$", re.IGNORECASE)


class StepbridgeSurface(ControlSurface):  # type: ignore[misc, unused-ignore] # Live's own class, of which we know a part
    """Watches the selected clip's name for a request, listens to the daemon and to tablets, and puts takes into the set."""

    def __init__(self, c_instance: object) -> None:
        super().__init__(c_instance)
        self._set: Song = self.song
        self._link: Link | None = Link()
        self._takes = Takes(self._set, self._link, self._say)
        self._ticks = 0
        self._transport: dict[str, object] = {}
        self._last_problem = ""
        self._say("control surface is here; name a clip “chorus: epic brass >>” to send it")
        self.schedule_message(1, self._tick)

    def disconnect(self) -> None:
        """Let go of everything; Live calls this when the set is closed."""
        if self._link is not None:
            self._link.send("/stepbridge/unsubscribe")
            self._link.close()
        self._link = None
        super().disconnect()

    def _say(self, text: str) -> None:
        self.show_message("stepbridge: " + text)

    def _tick(self) -> None:
        if self._link is None:
            return
        try:
            self._turn(self._link)
        except Exception as error:  # an error would end the ticking without a word
            log.exception("stepbridge")
            if str(error) != self._last_problem:
                self._say(str(error) or type(error).__name__)
            self._last_problem = str(error)
        self.schedule_message(1, self._tick)

    def _turn(self, link: Link) -> None:
        if self._ticks % HEARTBEAT_TICKS == 0:
            link.send("/stepbridge/subscribe")
            self._takes.recall()
        if self._ticks % TRANSPORT_TICKS == 0:
            self._tell_transport(link)
        self._ticks += 1
        for address, arguments in link.received():
            self._hear(address, arguments)
        self._read_name()
        self._takes.tick(time.monotonic())

    def _hear(self, address: str, arguments: list[object]) -> None:
        if address == "/stepbridge/live/send":
            self._takes.ask({str(name): value for name, value in zip(arguments[::2], arguments[1::2])})
        elif address == "/stepbridge/live/cancel":
            self._takes.cancel()
        else:
            self._takes.hear(address, arguments)

    def _read_name(self) -> None:
        """Take a clip whose name ends with >> as a request; the rest of the name is the prompt."""
        clip = self._set.view.detail_clip
        if clip is None or not clip.name.rstrip().endswith((SEND_MARK, CANCEL_MARK)):
            return
        name = clip.name.rstrip()
        clip.name = name[:-2].rstrip()
        if name.endswith(CANCEL_MARK):
            self._takes.cancel()
        else:
            self._takes.ask(wishes_of(clip.name))

    def _tell_transport(self, link: Link) -> None:
        """Tell the daemon what has changed, so that requests from a tablet or the web page fit the set."""
        now = {
            "bpm": float(self._set.tempo),
            "meter": music.meter(self._set),
            "position_beats": float(self._set.current_song_time),
            "playing": bool(self._set.is_playing),
            "key": music.key(self._set),
        }
        news = {name: value for name, value in now.items() if self._transport.get(name) != value and value != ""}
        if self._ticks % HEARTBEAT_TICKS == 0:  # a daemon that was started since knows nothing yet
            news = {name: value for name, value in now.items() if value != ""}
        self._transport = now
        if news:
            link.send("/stepbridge/transport", *(part for pair in news.items() for part in pair))


def wishes_of(name: str) -> dict[str, object]:
    """Return what a clip's name asks for: "chorus 8: epic brass" is a section of so many bars and a prompt."""
    found = _NAMED.match(name.strip())
    if found is None:
        return {"prompt": name}
    wishes: dict[str, object] = {"prompt": found.group("prompt")}
    if found.group("section"):
        wishes["section"] = found.group("section").lower()
    if found.group("bars"):
        wishes["bars"] = int(found.group("bars"))
    return wishes
