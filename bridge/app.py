"""Puts the daemon together: the one file that knows every part. Starts in order, stops in reverse."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from types import FrameType
from typing import Protocol, TypeVar

from bridge.config import Config
from bridge.core import Core
from bridge.errors import ConfigError, DaemonError
from bridge.events import Cancelled, Done, Event, Failed, Warned
from bridge.job import Order
from bridge.log import start_log

log = logging.getLogger("bridge")


def serve(config: Config) -> None:
    """Run the daemon until SIGINT or SIGTERM; raises DaemonError where it cannot start."""
    if config.runner == "ray":
        raise ConfigError("runner: ray is not in this version yet; set runner: local", field="runner")
    if config.soundfont is not None and not config.soundfont.is_file():
        raise ConfigError(f"soundfont: {config.soundfont} is no file; name an .sf2 or .sf3, or leave it out", field="soundfont")
    _make_folders(config)
    start_log(config, "stepbridge")
    stop = threading.Event()
    _stop_on_signal(stop)
    with ExitStack() as parts:
        core = _started(parts, Core(config))
        core.bus.subscribe(_note)
        for frontend in _frontends(core, config):
            _started(parts, frontend)
        log.info("ready: OSC %s:%d, REST http://%s:%d/", config.osc.host, config.osc.port, config.rest.host, config.rest.port)
        stop.wait()
        log.info("stopping")


def try_midi_port(config: Config) -> None:
    """Open the MIDI port as the daemon would, and close it again; raises BridgeError saying what to install or start."""
    from bridge.frontends.midi_port import opened  # noqa: PLC0415

    opened(config.midi.port).delete()


def _make_folders(config: Config) -> None:
    folders = config.folders
    for folder in (folders.inbox, folders.outbox, folders.state, *folders.clips):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DaemonError(f"folders: {folder} cannot be made ({error.strerror}); choose another in config.yaml") from None


def _note(event: Event) -> None:
    """Write what happens to jobs into the log, with the codes that clients see."""
    match event:
        case Done():
            log.info("job %s: delivered %s", event.id, event.manifest_path)
        case Failed():
            log.error("job %s: failed: %s [%s]", event.id, event.text, event.code)
        case Warned():
            log.warning("job %s: %s", event.id, event.text)
        case Cancelled():
            log.info("job %s: cancelled", event.id)


def _stop_on_signal(stop: threading.Event) -> None:
    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)


class _Part(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


PartT = TypeVar("PartT", bound=_Part)


def _started(parts: ExitStack, part: PartT) -> PartT:
    """Start a part and have it stopped when all is over."""
    part.start()
    parts.callback(part.stop)
    return part


def _frontends(core: Core, config: Config) -> Iterator[_Part]:
    """Yield the ways in, the quickest first: FastAPI takes a while to import, and OSC need not wait for it."""
    from bridge.frontends.midi_port import MidiPort  # noqa: PLC0415
    from bridge.frontends.osc import OscServer  # noqa: PLC0415

    midi_port = MidiPort(core, config)
    yield OscServer(core, config, midi_port)
    core.understand(Order({}))  # loads the lexicon and builds the validators before the first order needs them
    yield midi_port
    from bridge.frontends.inbox import Inbox  # noqa: PLC0415

    yield Inbox(core, config)
    from bridge.frontends.rest_server import RestServer  # noqa: PLC0415

    yield RestServer(core, config)
