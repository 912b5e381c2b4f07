"""The OSC door: what each address of the table does."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bridge import __version__
from bridge.config import Config
from bridge.errors import BridgeError, JobError, RequestError
from bridge.frontends.osc_ableton import AbletonOsc
from bridge.frontends.osc_addresses import ADDRESSES, PREFIX, exactly, identifier, pairs, resolve, whole
from bridge.frontends.osc_clips import ClipTransfers
from bridge.frontends.osc_packet import Message, PacketError, decode
from bridge.frontends.osc_replies import Replies
from bridge.frontends.osc_sockets import Batch, Sockets, destination
from bridge.job import Job, Order, State
from bridge.music.clip import write_clip

if TYPE_CHECKING:
    from bridge.core import Core

log = logging.getLogger(__name__)

JOBS_OPEN_MAX = 200
JOBS_OVER_MAX = 200
"""How many jobs `/status` without an id lists."""
ASKERS_MAX = 1024
"""Hosts and connections whose `/reply_to` is remembered."""
ORDERS = frozenset(PREFIX + name for name in ("generate", "repaint", "extend"))
WITH_ID = frozenset(line.address for line in ADDRESSES if line.arguments.startswith(("`id", "`[id", "`clip_id")))
REPLY_TO = PREFIX + "reply_to"
UPLOAD = "osc.mid"
"""What a clip is called that came as a blob inside a request."""


class Recorder(Protocol):
    """Takes notes from a MIDI port."""

    def record(self, clip_id: str) -> None:
        """Start; raises BridgeError where there is no port."""

    def stop_recording(self, clip_id: str) -> int:
        """End it, keep the clip, return its number of notes; raises BridgeError where nothing was recorded."""


Handler = Callable[[Sequence[Any], str], None]


class OscServer:
    """Answers OSC over UDP and TCP from `start` to `stop`."""

    def __init__(self, core: Core, config: Config, recorder: Recorder) -> None:
        self._core = core
        self._recorder = recorder
        self._sockets = Sockets(config.osc.host, config.osc.port, self._handle)
        self._replies = Replies(core, self._sockets.send)
        self._transfers = ClipTransfers()
        self._live = AbletonOsc(config.live)
        self._reply_ports: OrderedDict[str, int] = OrderedDict()
        self._orders: list[tuple[Order, str]] = []
        """Requests of this batch that are not submitted yet: they are remembered with one write."""
        self._handlers = self._table()

    @property
    def port(self) -> int:
        """The port number of both sockets."""
        return self._sockets.port

    def start(self) -> None:
        """Bind, listen, answer; raises DaemonError where the port is taken."""
        self._replies.start()
        self._sockets.start()

    def stop(self) -> None:
        """Answer what has been received, then close."""
        self._sockets.stop()
        self._replies.stop()

    def _table(self) -> dict[str, Handler]:
        return {
            PREFIX + name: handler
            for name, handler in {
                "ping": self._ping,
                "generate": self._generate,
                "repaint": lambda arguments, to: self._mend("repaint", arguments, to),
                "extend": lambda arguments, to: self._mend("extend", arguments, to),
                "cancel": self._cancel,
                "status": self._status,
                "subscribe": self._subscribe,
                "unsubscribe": self._unsubscribe,
                "reply_to": self._reply_to,
                "clip/file": self._clip_file,
                "clip/blob": self._clip_blob,
                "clip/begin": self._clip_begin,
                "clip/notes": self._clip_notes,
                "clip/end": self._clip_end,
                "clip/live": self._clip_live,
                "clip/record": self._clip_record,
                "clip/stop": self._clip_stop,
                "transport": self._transport,
                "transport/bpm": lambda arguments, to: self._transport(("bpm", *arguments), to),
                "transport/playing": lambda arguments, to: self._transport(("playing", *arguments), to),
            }.items()
        }

    def _handle(self, batch: Batch) -> None:
        for packet, source in batch:
            try:
                messages = decode(packet)
            except PacketError as error:
                self._replies.misunderstood(self._answer_to(source), error)
                continue
            for message in messages:
                self._handle_message(message, source)
        self._submit()

    def _handle_message(self, message: Message, source: str) -> None:
        try:
            addresses = resolve(message.address)
        except PacketError as error:
            self._replies.misunderstood(self._answer_to(source), error)
            return
        for address in addresses:
            if address not in ORDERS:
                self._submit()
            self._call(address, message.arguments, source)

    def _call(self, address: str, arguments: Sequence[Any], source: str) -> None:
        to = self._answer_to(source)
        try:
            self._handlers[address](arguments, source if address == REPLY_TO else to)
        except BridgeError as error:
            self._refuse(address, arguments, to, error)
        except Exception:
            log.exception("%s failed", address)
            self._refuse(address, arguments, to, BridgeError("stepbridge failed at this; its log says why"))

    def _refuse(self, address: str, arguments: Sequence[Any], to: str, error: BridgeError) -> None:
        """Answer with the id that the message names, if it names one."""
        try:
            self._replies.error(to, identifier(arguments if address in WITH_ID else ()), error)
        except BridgeError:
            self._replies.misunderstood(to, error)

    def _answer_to(self, source: str) -> str:
        """Return where this sender wants its answers."""
        target = destination(source)
        port = self._reply_ports.get(source) or self._reply_ports.get(_asker(source))
        return f"udp:{target[1]}:{port}" if target and port else source

    def _ping(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "")
        self._replies.message(to, "pong", __version__)

    def _generate(self, arguments: Sequence[Any], to: str) -> None:
        self._order("generate", identifier(arguments), pairs(arguments[1:], 1), to)

    def _mend(self, action: str, arguments: Sequence[Any], to: str) -> None:
        """Order a change of an existing take: repaint or extend."""
        id_ = identifier(arguments)
        if len(arguments) < 2:
            raise RequestError(f"take: {action} needs the id of the take it works on", field="take")
        self._order(action, id_, pairs(("take", *arguments[1:]), 0), to)

    def _order(self, action: str, id_: str, fields: dict[str, Any], to: str) -> None:
        if "action" in fields:
            raise RequestError("action: is said by the address", field="action", code="unknown_field")
        uploads = {}
        if isinstance(fields.get("clip"), bytes):
            uploads[UPLOAD], fields["clip"] = fields["clip"], UPLOAD
        blob = next((key for key, value in fields.items() if isinstance(value, bytes)), None)
        if blob is not None:
            raise RequestError(f"{blob[:80]}: may not be a blob; only clip may", field=blob)
        self._orders.append((Order({**fields, "action": action}, id_, uploads, to), to))

    def _submit(self) -> None:
        """Have the waiting requests remembered, all at once, then say so."""
        if not self._orders:
            return
        waiting, self._orders = self._orders, []
        with self._replies.order:
            outcomes = self._submitted([order for order, _ in waiting])
            for (order, to), outcome in zip(waiting, outcomes, strict=True):
                if isinstance(outcome, BridgeError):
                    self._replies.error(to, order.id or "", outcome)
                else:
                    self._replies.accepted(to, outcome)

    def _submitted(self, orders: list[Order]) -> Sequence[Job | BridgeError]:
        try:
            return self._core.submit_many(orders)
        except BridgeError as error:
            return [error] * len(orders)
        except Exception:
            log.exception("%d requests were not remembered", len(orders))
            return [BridgeError("stepbridge failed to remember this; its log says why")] * len(orders)

    def _cancel(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "id")
        with self._replies.order:
            job = self._core.job(identifier(arguments))
            if job.state is State.DONE:
                raise JobError(f"id: {job.id} is done already; its delivery stays", field="id", code="already_over")
            self._replies.also_tell(to, job)
            self._replies.outcome(to, job)
        self._core.cancel(job.id)

    def _status(self, arguments: Sequence[Any], to: str) -> None:
        if arguments:
            exactly(arguments, "id")
            self._replies.job(to, self._core.job(identifier(arguments)))
            return
        jobs = sorted(self._core.jobs(), key=lambda job: job.created)
        going = [job for job in jobs if not job.state.is_over]
        over = [job for job in jobs if job.state.is_over]
        for job in (*over[-JOBS_OVER_MAX:], *going[:JOBS_OPEN_MAX]):
            self._replies.job(to, job)

    def _subscribe(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "")
        self._replies.subscribe(to)

    def _unsubscribe(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "")
        self._replies.unsubscribe(to)

    def _reply_to(self, arguments: Sequence[Any], source: str) -> None:
        """Note the port, and say hello there."""
        is_mine = tuple(arguments[1:]) == ("mine",)
        exactly(arguments[:1] if is_mine else arguments, "port")
        port = whole(arguments[0], "port", 0, 65535)
        asker = source if is_mine else _asker(source)
        self._reply_ports.pop(asker, None)
        if port:
            self._reply_ports[asker] = port
        if len(self._reply_ports) > ASKERS_MAX:
            self._reply_ports.popitem(last=False)
        self._replies.message(self._answer_to(source), "pong", __version__)

    def _clip_file(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "clip_id path")
        clip_id = identifier(arguments, "clip_id")
        if not isinstance(arguments[1], str):
            raise RequestError(f"path: must be text (got {arguments[1]!r:.80})", field="path")
        self._replies.message(to, "clip/ok", clip_id, self._core.keep_clip_file(clip_id, arguments[1]))

    def _clip_blob(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "clip_id blob")
        clip_id = identifier(arguments, "clip_id")
        if not isinstance(arguments[1], bytes):
            raise RequestError(f"blob: must be a blob with a Standard MIDI File (got {arguments[1]!r:.80})", field="blob")
        self._keep(clip_id, arguments[1], to)

    def _clip_begin(self, arguments: Sequence[Any], _to: str) -> None:
        exactly(arguments, "clip_id n_notes length_beats")
        self._transfers.begin(identifier(arguments, "clip_id"), *arguments[1:])

    def _clip_notes(self, arguments: Sequence[Any], _to: str) -> None:
        clip_id = identifier(arguments, "clip_id")
        if len(arguments) < 2:
            raise RequestError("index: is missing; pieces are counted from 0", field="index", code="bad_arguments")
        self._transfers.add(clip_id, arguments[1], arguments[2:])

    def _clip_end(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "clip_id")
        clip_id = identifier(arguments, "clip_id")
        self._keep(clip_id, write_clip(*self._transfers.end(clip_id)), to)

    def _clip_live(self, arguments: Sequence[Any], to: str) -> None:
        """Ask Live on a thread of its own: it takes its time."""
        exactly(arguments, "clip_id")
        threading.Thread(
            target=self._fetch_live, args=(identifier(arguments, "clip_id"), to), name="clip-live", daemon=True
        ).start()

    def _fetch_live(self, clip_id: str, to: str) -> None:
        try:
            clip = self._live.clip()
            self._core.set_transport(clip.transport)
            self._keep(clip_id, write_clip(clip.notes, clip.length_beats), to)
        except BridgeError as error:
            self._replies.error(to, clip_id, error)
        except Exception:
            log.exception("the clip of Live was not taken")
            self._replies.error(to, clip_id, BridgeError("stepbridge failed at this; its log says why"))

    def _clip_record(self, arguments: Sequence[Any], _to: str) -> None:
        exactly(arguments, "clip_id")
        self._recorder.record(identifier(arguments, "clip_id"))

    def _clip_stop(self, arguments: Sequence[Any], to: str) -> None:
        exactly(arguments, "clip_id")
        clip_id = identifier(arguments, "clip_id")
        self._replies.message(to, "clip/ok", clip_id, self._recorder.stop_recording(clip_id))

    def _keep(self, clip_id: str, data: bytes, to: str) -> None:
        self._replies.message(to, "clip/ok", clip_id, self._core.keep_clip(clip_id, data))

    def _transport(self, arguments: Sequence[Any], _to: str) -> None:
        fields = pairs(arguments)
        if fields.get("playing") in {0, 1}:  # Pure Data and many controllers have no T and F
            fields["playing"] = bool(fields["playing"])
        self._core.set_transport(fields)


def _asker(source: str) -> str:
    """Return whom a `/reply_to` is for: over UDP the whole host, as many clients use a new port each time."""
    return source if source.startswith("tcp:") else source.rpartition(":")[0]
