"""A MIDI port of our own: what is played into it between `record` and `stop_recording` becomes a clip."""

from __future__ import annotations

import logging
import math
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bridge.config import Config
from bridge.errors import BridgeError, ClipError
from bridge.music.clip import write_clip
from bridge.music.notes import Note
from bridge.music.tempo import DEFAULT_BPM, Meter, TempoMap

if TYPE_CHECKING:
    from bridge.core import Core

log = logging.getLogger(__name__)

NOTE_OFF, NOTE_ON = 0x80, 0x90
EVENTS_MAX = 100_000
CLIENT = "stepbridge"
SHORTEST_BEATS = 1 / 64


class Played(NamedTuple):
    """A note message, as it came."""

    seconds: float
    """Since the recording began."""
    pitch: int
    velocity: int
    """0: the key is released."""


class MidiPort:
    """Takes notes from the virtual port named by `midi.port`; without a MIDI system, or with no name, it only says so."""

    def __init__(self, core: Core, config: Config) -> None:
        self._core = core
        self._name = config.midi.port
        self._port: Any = None
        self._lock = threading.Lock()
        self._clip_id = ""
        self._played: list[Played] = []
        self._began = 0.0
        self._runs = False
        """Whether the DAW was playing when the recording began."""
        self._clock = 0.0
        """Seconds of all messages so far, by the MIDI system's own measure."""
        self._offset = 0.0
        """From that clock to seconds since the recording began."""

    def start(self) -> None:
        """Open the port where there is a MIDI system; a daemon without one runs all the same."""
        if self._name:
            try:
                self._open()
            except BridgeError as error:
                log.info("%s", error.text)

    def stop(self) -> None:
        """Close the port."""
        if self._port is not None:
            self._port.cancel_callback()
            self._port.close_port()
            self._port.delete()
            self._port = None

    def record(self, clip_id: str) -> None:
        """Begin to take notes; one that runs already is begun anew. Raises BridgeError `no_midi_port`."""
        if self._port is None:
            self._open()
        with self._lock:
            self._clip_id, self._played, self._began = clip_id, [], time.monotonic()
            self._runs = bool(self._core.transport.is_playing)

    def stop_recording(self, clip_id: str) -> int:
        """Keep what was played as this clip and return its number of notes; raises ClipError where nothing was."""
        with self._lock:
            if self._clip_id != clip_id:
                raise ClipError(
                    f"clip {clip_id}: is not being recorded; start with /stepbridge/clip/record", code="not_recording"
                )
            seconds = time.monotonic() - self._began
            played, self._clip_id, self._played = self._played, "", []
        transport = self._core.transport
        tempo = TempoMap.constant(transport.bpm or DEFAULT_BPM)
        notes = played_notes(played, seconds, tempo, keeps_start=self._runs)
        if not notes:
            raise ClipError(f"clip {clip_id}: no note came in at the MIDI port {self._name}", code="bad_clip")
        bar_beats = Meter.parse(transport.meter or "4/4").beats_per_bar
        bars = math.ceil(max(note.end_beat for note in notes) / bar_beats - 1e-6)
        return self._core.keep_clip(clip_id, write_clip(notes, bars * bar_beats))

    def _open(self) -> None:
        if not self._name:
            raise BridgeError("midi.port: no port is named in config.yaml; name one to record from it", code="no_midi_port")
        self._port = _opened(self._name)
        self._port.set_callback(self._hear)
        log.info("MIDI is taken at the port %s", self._name)

    def _hear(self, event: tuple[list[int], float], _data: object = None) -> None:
        """Note a message; its own time since the one before is more exact than the time of this call."""
        message, since_before = event
        kind = message[0] & 0xF0
        with self._lock:
            self._clock += since_before
            if not self._clip_id or kind not in {NOTE_OFF, NOTE_ON} or len(self._played) >= EVENTS_MAX:
                return
            if not self._played:
                self._offset = time.monotonic() - self._began - self._clock
            self._played.append(Played(self._clock + self._offset, message[1], message[2] if kind == NOTE_ON else 0))


def played_notes(played: Iterable[Played], end_seconds: float, tempo: TempoMap, *, keeps_start: bool) -> tuple[Note, ...]:
    """Return the notes in beats; a key still held rings to the end.

    Beat 0 is where the recording began if `keeps_start` (the DAW was running and the bar line counts), else the first note.
    """
    struck: dict[int, Played] = {}
    notes: list[tuple[Played, float]] = []
    for message in (*played, *(Played(end_seconds, pitch, 0) for pitch in range(128))):
        before = struck.pop(message.pitch, None)
        if before is not None:
            notes.append((before, message.seconds))
        if message.velocity:
            struck[message.pitch] = message
    notes.sort()
    start = 0.0 if keeps_start or not notes else notes[0][0].seconds
    return tuple(_note(on, off, start, tempo) for on, off in notes)


def _note(on: Played, off_seconds: float, start_seconds: float, tempo: TempoMap) -> Note:
    beat = max(0.0, tempo.beat(on.seconds - start_seconds))
    length = max(SHORTEST_BEATS, tempo.beat(off_seconds - start_seconds) - beat)
    return Note(beat, length, on.pitch, on.velocity)


def _opened(name: str) -> Any:  # noqa: ANN401 - rtmidi.MidiIn, which comes without types
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
