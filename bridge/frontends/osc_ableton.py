"""Asks a Live that runs AbletonOSC, and nothing of ours, for the clip in its selected slot.

AbletonOSC (github.com/ideoforms/AbletonOSC) answers within a tick of 100 ms, always at one port of whoever asked. An answer
that does not fit a datagram (9 216 bytes on macOS, about 430 notes) is not sent at all: notes are asked for in windows, ever
smaller ones.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from bridge.config import LOOPBACK, LiveConfig
from bridge.errors import BridgeError, ClipError
from bridge.frontends.osc_packet import DATAGRAM_BYTES_MAX, PacketError, decode, encode
from bridge.music.key import SHARP_NAMES
from bridge.music.notes import Note

ANSWER_SECONDS = 1.0
TRIES = 2
WINDOW_BEATS = 16.0
WINDOW_BEATS_MIN = 1 / 32
PITCHES = 128
SEAM_BEATS = 1e-3
NOTE_VALUES = 5
"""Of a note in an answer: pitch, start, duration, velocity, mute."""


class LiveClip(NamedTuple):
    """What Live has in its selected slot, and what its transport says."""

    notes: tuple[Note, ...]
    length_beats: float
    transport: dict[str, Any]
    """Fields of `/stepbridge/transport`."""


class _NoAnswerError(BridgeError):
    """Nothing came back."""

    code = "no_live"


class _RefusedError(BridgeError):
    """AbletonOSC says that it cannot."""

    code = "live_refused"


class AbletonOsc:
    """The other end is a Live with AbletonOSC; its reply port is ours only while something is asked."""

    def __init__(self, config: LiveConfig) -> None:
        self._config = config
        self._asking = threading.Lock()

    def clip(self) -> LiveClip:
        """Return the MIDI clip in the selected slot; waits for as long as Live takes.

        Raises BridgeError `no_live`, `live_refused`, `port_in_use`, `busy`; ClipError where no MIDI clip with notes is there.
        """
        if not self._asking.acquire(blocking=False):
            raise BridgeError("Live is being asked for a clip already; wait for it", code="busy")
        try:
            with self._line() as line:
                return _fetched(line)
        finally:
            self._asking.release()

    @contextlib.contextmanager
    def _line(self) -> Iterator[_Line]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                udp.bind(("127.0.0.1" if self._config.host in LOOPBACK else "", self._config.reply_port))
            except OSError as error:
                where = f"live.reply_port: {self._config.reply_port}, where AbletonOSC answers"
                raise BridgeError(
                    f"{where}, cannot be opened ({error.strerror}); end the program that has it",
                    code="port_in_use",
                ) from None
            yield _Line(udp, (self._config.host, self._config.port))


class _Line:
    """One question at a time, and its answer."""

    def __init__(self, udp: socket.socket, live: tuple[str, int]) -> None:
        self._udp, self._live = udp, live

    def ask(self, address: str, *arguments: float, tries: int = TRIES) -> list[Any]:
        """Return what comes back after the arguments that name the clip; raises BridgeError."""
        for _ in range(tries):
            self._forget()
            self._udp.sendto(encode(address, *arguments), self._live)
            with contextlib.suppress(TimeoutError):
                return self._answer(address, arguments[:2])
        where = "{}:{}".format(*self._live)
        raise _NoAnswerError(f"no AbletonOSC answers {address} at {where}; choose it as a control surface in Live's settings")

    def say(self, text: str) -> None:
        """Show a line of text in Live."""
        self._udp.sendto(encode("/live/api/show_message", text), self._live)

    def _answer(self, address: str, of_clip: tuple[float, ...]) -> list[Any]:
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            for heard, values in self._messages(deadline):
                if heard == "/live/error":
                    raise _RefusedError(f"AbletonOSC cannot answer {address}: {' '.join(map(str, values))[:200]}")
                if heard == address and tuple(values[: len(of_clip)]) == of_clip:
                    return values[len(of_clip) :]

    def _messages(self, deadline: float) -> list[tuple[str, list[Any]]]:
        """Return what the next datagram holds; raises TimeoutError at the deadline."""
        self._udp.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            return [(message.address, list(message.arguments)) for message in decode(self._udp.recv(DATAGRAM_BYTES_MAX))]
        except (PacketError, ConnectionError):
            return []

    def _forget(self) -> None:
        """Drop answers to earlier questions that came too late."""
        self._udp.setblocking(False)
        with contextlib.suppress(OSError):
            while True:
                self._udp.recv(DATAGRAM_BYTES_MAX)


def _fetched(line: _Line) -> LiveClip:
    track, slot = (int(value) for value in line.ask("/live/view/get/selected_clip")[:2])
    nothing = ClipError(
        f"the selected slot (track {track + 1}, scene {slot + 1}) has no MIDI clip; select one in the session view"
    )
    try:
        (is_midi,) = line.ask("/live/clip/get/is_midi_clip", track, slot)
    except _RefusedError:
        raise nothing from None
    if not is_midi:
        raise nothing
    (length,) = line.ask("/live/clip/get/length", track, slot)
    (start,) = line.ask("/live/clip/get/loop_start", track, slot)
    notes = _notes(line, (track, slot), float(start), float(length))
    if not notes:
        raise ClipError("the selected clip has no notes")
    line.say(f"stepbridge: {len(notes)} notes are taken")
    return LiveClip(tuple(sorted(notes)), float(length), _transport(line))


def _notes(line: _Line, of_clip: tuple[int, int], start: float, length: float) -> list[Note]:
    """Return what sounds between two beats of the clip's content, from the first of them."""
    notes: dict[tuple[int, int], Note] = {}
    """By pitch and thousandth of a beat: windows overlap a little, as OSC's floats are short, and a note may come twice."""
    at, window = 0.0, WINDOW_BEATS
    while at < length:
        span = min(window, length - at)
        try:
            values = line.ask("/live/clip/get/notes", *of_clip, 0, PITCHES, start + at - SEAM_BEATS, span + 2 * SEAM_BEATS)
        except (_NoAnswerError, _RefusedError):
            window = span / 2
            if window < WINDOW_BEATS_MIN:
                raise
            continue
        for first in range(0, len(values), NOTE_VALUES):
            pitch, beat, duration, velocity, is_muted = values[first : first + NOTE_VALUES]
            beat -= start
            if not is_muted and at - 2 * SEAM_BEATS < beat < min(at + span + 2 * SEAM_BEATS, length - SEAM_BEATS):
                note = Note(max(0.0, beat), duration, int(pitch), min(127, max(1, round(velocity))))
                notes[note.pitch, round(1000 * beat)] = note
        at += span
    return list(notes.values())


def _transport(line: _Line) -> dict[str, Any]:
    def song(name: str) -> Any:  # noqa: ANN401 - a number or a text
        return line.ask(f"/live/song/get/{name}")[0]

    fields = {
        "bpm": float(song("tempo")),
        "meter": f"{int(song('signature_numerator'))}/{int(song('signature_denominator'))}",
        "position_beats": float(song("current_song_time")),
        "playing": bool(song("is_playing")),
    }
    with contextlib.suppress(_NoAnswerError, _RefusedError):  # AbletonOSC knows scales only since 2024
        tonic, scale = SHARP_NAMES[int(song("root_note")) % 12], str(song("scale_name"))
        if scale in {"Major", "Minor"}:
            fields["key"] = f"{tonic} {scale.lower()}"
    return fields
