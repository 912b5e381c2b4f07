"""A core for the OSC and inbox tests: remembers who asked, and reads clips with an independent MIDI reader."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import mido

from bridge.config import Config, OscConfig
from bridge.core import Core
from bridge.errors import BridgeError, ClipError
from bridge.frontends.midi_port import MidiPort
from bridge.frontends.osc import OscServer
from bridge.job import Job, Order
from bridge.transport import told
from tests.frontends.small_core import SmallCore


class OscCore(SmallCore):
    """SmallCore, with reply addresses, refusals in bursts, and transport and clips checked."""

    def __init__(self, outbox: Path) -> None:
        super().__init__(outbox)
        self.bursts: list[int] = []
        """How many orders came at once, each time."""

    def submit(self, order: Order) -> Job:
        super().submit(order)
        job = self._jobs[order.id or ""]
        self._jobs[job.id] = replace(job, reply_to=job.reply_to or order.reply_to)
        return self._jobs[job.id]

    def submit_many(self, orders: Sequence[Order]) -> list[Job | BridgeError]:
        self.bursts.append(len(orders))
        return [self._tried(order) for order in orders]

    def _tried(self, order: Order) -> Job | BridgeError:
        try:
            return self.submit(order)
        except BridgeError as error:
            return error

    def keep_clip(self, clip_id: str, data: bytes) -> int:
        super().keep_clip(clip_id, data)
        return len(self.notes(clip_id))

    def keep_clip_file(self, clip_id: str, path: str) -> int:
        file = (self.outbox / path).resolve()
        if not file.is_relative_to(self.outbox):
            raise ClipError(f"path: {path} is outside", code="unknown_clip", field="path")
        return self.keep_clip(clip_id, file.read_bytes())

    def set_transport(self, fields: Any) -> None:
        self.transport = told(self.transport, fields)

    def follow(self, fields: Any) -> None:
        self.transport = told(self.transport, fields)

    def position_beats(self, seconds: float) -> float | None:
        """Nobody says a position to this core."""

    def notes(self, clip_id: str) -> list[tuple[float, float, int, int]]:
        """Return (start beat, length in beats, pitch, velocity) of a kept clip, as mido reads it."""
        file = mido.MidiFile(file=io.BytesIO(self.clips[clip_id]))
        now, struck, notes = 0, {}, []
        for message in file.tracks[0]:
            now += message.time
            if message.type == "note_on":
                struck[message.note] = (now, message.velocity)
            elif message.type == "note_off":
                start, velocity = struck.pop(message.note)
                notes.append((start / file.ticks_per_beat, (now - start) / file.ticks_per_beat, message.note, velocity))
        return sorted(notes)

    def length_beats(self, clip_id: str) -> float:
        file = mido.MidiFile(file=io.BytesIO(self.clips[clip_id]))
        ticks: int = sum(message.time for message in file.tracks[0])
        return ticks / float(file.ticks_per_beat)


def free_port(folder: Path) -> Config:
    """Return settings with folders below this one and OSC on a port that is free."""
    config = Config(osc=OscConfig.model_construct(host="127.0.0.1", port=0))
    folders = config.folders.model_copy(
        update={"inbox": folder / "inbox", "outbox": folder / "outbox", "state": folder / "state"}
    )
    return config.model_copy(update={"folders": folders})


@contextmanager
def answering(core: object, folder: Path, recorder: Any = None) -> Iterator[OscServer]:
    """Give an OSC server over a core, started, and stop it again."""
    config = free_port(folder)
    server = OscServer(cast("Core", core), config, recorder or MidiPort(cast("Core", core), config))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def midi_bytes(folder: Path) -> bytes:
    track = mido.MidiTrack([mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)])
    mido.MidiFile(tracks=[track]).save(folder / "clip.mid")
    return (folder / "clip.mid").read_bytes()
