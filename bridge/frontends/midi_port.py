"""A MIDI port of our own: what is played into it becomes a clip, and its clock is followed.

The MIDI system calls back on a thread of its own, which must not wait: messages go to a queue, and one thread of ours
does all the rest. It sleeps while nothing comes in.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from bridge.config import Config
from bridge.errors import BridgeError, ClipError
from bridge.frontends.midi_live import Live

if TYPE_CHECKING:
    from bridge.core import Core

log = logging.getLogger(__name__)

CLIENT = "stepbridge"
ANSWER_SECONDS = 20.0
DRIFT_SECONDS = 1.0
"""The MIDI system's measure of time is believed unless it is this far from ours, as after the machine has slept."""

Errand = Callable[[float], Any]
"""Something to be done on the port's thread, told the time."""


class MidiPort:
    """Takes notes from the virtual port named by `midi.port`; without a MIDI system, or with no name, it only says so."""

    def __init__(self, core: Core, config: Config) -> None:
        self._name = config.midi.port
        self._live = Live(core, config.midi)
        self._port: Any = None
        self._opening = threading.Lock()
        self._thread: threading.Thread | None = None
        self._queue: SimpleQueue[tuple[Errand, float] | None] = SimpleQueue()
        self._midi_seconds = 0.0
        """Of all messages so far, by the MIDI system's own measure."""
        self._offset: float | None = None
        """From that measure to time.monotonic."""

    def start(self) -> None:
        """Open the port where there is a MIDI system; a daemon without one runs all the same."""
        if self._name:
            try:
                self._open()
            except BridgeError as error:
                log.info("%s", error.text)

    def stop(self) -> None:
        """Close the port and end its thread."""
        with self._opening:
            if self._port is None or self._thread is None:
                return
            self._port.cancel_callback()
            self._port.close_port()
            self._port.delete()
            self._queue.put(None)
            self._thread.join()
            self._port = self._thread = None

    def record(self, clip_id: str) -> None:
        """Begin to take notes; one that runs already is begun anew. Raises BridgeError `no_midi_port`."""
        self._open()
        self._ask(lambda seconds: self._live.record(clip_id, seconds))

    def stop_recording(self, clip_id: str) -> int:
        """Keep what was recorded, or else what was just played, as this clip and return its number of notes.

        Raises ClipError: `not_recording` or, where nothing was played into a recording, `bad_clip`.
        """
        if self._port is None:
            raise ClipError(f"clip {clip_id}: is not being recorded; no MIDI port is open", code="not_recording")
        notes: int = self._ask(lambda seconds: self._live.stop_recording(clip_id, seconds))
        return notes

    def _open(self) -> None:
        if not self._name:
            raise BridgeError("midi.port: no port is named in config.yaml; name one to record from it", code="no_midi_port")
        with self._opening:
            if self._port is not None:
                return
            self._port = opened(self._name)
            self._thread = threading.Thread(target=self._work, name="midi port", daemon=True)
            self._thread.start()
            # Nothing is ignored: rtmidi would leave the time before an ignored message out of its sum.
            self._port.ignore_types(sysex=False, timing=False, active_sense=False)
            self._port.set_callback(self._hear)
        log.info("MIDI is taken at the port %s", self._name)

    def _hear(self, event: tuple[list[int], float], _data: object = None) -> None:
        """Queue a message; its own time since the one before is more exact than the time of this call."""
        message, since_before = event
        now = time.monotonic()
        self._midi_seconds += since_before
        if self._offset is None or abs(now - self._offset - self._midi_seconds) > DRIFT_SECONDS:
            self._offset = now - self._midi_seconds
        self._queue.put((lambda seconds: self._live.hear(message, seconds), self._midi_seconds + self._offset))

    def _ask(self, errand: Errand) -> Any:  # noqa: ANN401 - what the errand gives
        """Have something done after all that has come in so far, and return what it gives; raises what it raises."""
        answer: Future[Any] = Future()

        def answered(seconds: float) -> None:
            try:
                answer.set_result(errand(seconds))
            except BaseException as error:  # noqa: BLE001 - goes to who asked
                answer.set_exception(error)

        self._queue.put((answered, time.monotonic()))
        return answer.result(ANSWER_SECONDS)

    def _work(self) -> None:
        """Do what is queued until the port is closed."""
        while True:
            try:
                item = self._queue.get(timeout=self._live.patience_seconds)
                if item is None:
                    return
                errand, seconds = item
                errand(seconds)
            except Empty:
                self._live.notice_silence(time.monotonic())
            except Exception:
                log.exception("a MIDI message failed")


def opened(name: str) -> Any:  # noqa: ANN401 - rtmidi.MidiIn, which comes without types
    """Return an open virtual port of this name (on Windows: the existing one); raises BridgeError saying what to install."""
    import rtmidi  # noqa: PLC0415 - a native library that only a machine with MIDI needs

    for api in rtmidi.get_compiled_api():
        if not _has_server(rtmidi, api):
            continue
        try:
            return _open_with(rtmidi.MidiIn(api, name=CLIENT), name)
        except (rtmidi.RtMidiError, SystemError, OSError, RuntimeError, ValueError) as error:
            log.info("no MIDI port by %s: %s", rtmidi.get_api_display_name(api), error)
    raise BridgeError(_ADVICE[sys.platform if sys.platform in _ADVICE else "linux"].format(name=name), code="no_midi_port")


def _open_with(midi_in: Any, name: str) -> Any:  # noqa: ANN401
    """Return the input with its port open; deleted again where that fails."""
    try:
        if sys.platform == "win32":
            ports = midi_in.get_ports()
            return midi_in.open_port([port.startswith(name) for port in ports].index(True))
        return midi_in.open_virtual_port(name)
    except BaseException:
        midi_in.delete()
        raise


def _has_server(rtmidi: Any, api: int) -> bool:  # noqa: ANN401
    """Return whether it is worth asking: libjack and ALSA write to the terminal where nobody is there."""
    if api == rtmidi.API_LINUX_ALSA:
        return Path("/dev/snd/seq").exists()
    if api == rtmidi.API_UNIX_JACK:
        return any(path.is_socket() for folder in ("/dev/shm", "/tmp") for path in Path(folder).glob("jack_*_0"))  # noqa: S108 - only looked at
    return bool(api != rtmidi.API_RTMIDI_DUMMY)


_ADVICE = {
    "linux": "midi.port: no MIDI system runs here to open {name} in; load the ALSA sequencer (modprobe snd-seq) or start JACK",
    "darwin": "midi.port: CoreMIDI did not let the port {name} be opened; see Audio MIDI Setup",
    "win32": "midi.port: there is no MIDI port {name}; Windows has no virtual ports, so make one of that name with loopMIDI",
}
