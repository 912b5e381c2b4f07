"""AbletonOSC as its README and its source have it: addresses, answers at one fixed port, and datagrams that are too big.

Addresses and answers: README.md of github.com/ideoforms/AbletonOSC; how errors are told: its osc_server.py and manager.py.
"""

import socket
import threading
from typing import Any, Self

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

MAC_DATAGRAM_BYTES = 9216
NoteLine = tuple[int, float, float, int, bool]
"""Pitch, start, duration, velocity, mute."""
TUNE: list[NoteLine] = [
    (62, 0.0, 1.0, 96, False),
    (65, 1.0, 0.5, 90, False),
    (127, 1.5, 0.5, 1, False),
    (70, 4.0, 2.0, 64, True),
]


class FakeAbletonOsc:
    """Answers over real UDP until it is closed."""

    def __init__(
        self, notes: list[NoteLine] | None = None, *, datagram_bytes: int = MAC_DATAGRAM_BYTES, is_talkative: bool = True
    ) -> None:
        self.notes = notes
        self.song: dict[str, Any] = {
            "tempo": 97.3, "signature_numerator": 3, "signature_denominator": 4, "current_song_time": 48.0,
            "is_playing": False, "root_note": 2, "scale_name": "Minor",
        }  # fmt: skip
        self.clip: dict[str, Any] = {"is_midi_clip": True, "length": 6.0, "loop_start": 0.0}
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.lost = 0
        """How many datagrams get lost from now on."""
        self._datagram_bytes, self._is_talkative = datagram_bytes, is_talkative
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.port: int = self._udp.getsockname()[1]
        self.reply_port = _free_udp_port()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._udp.sendto(b"", self._udp.getsockname())
        self._thread.join()
        self._udp.close()

    def _work(self) -> None:
        while packet := self._udp.recv(65536):
            if self.lost:
                self.lost -= 1
                continue
            message = OscMessage(packet)
            self.asked.append((message.address, tuple(message.params)))
            try:
                answer = self._answer(message.address, message.params)
                if answer is not None:
                    self._send(message.address, answer)
            except (ValueError, AttributeError, OSError, TypeError) as error:
                if self._is_talkative:
                    self._send("/live/error", (f"AbletonOSC: Error handling OSC message: {error}",))

    def _answer(self, address: str, params: list[Any]) -> tuple[Any, ...] | None:
        kind, name = address.rsplit("/", 1)
        if address == "/live/view/get/selected_clip":
            return (1, 2)
        if address == "/live/api/show_message":
            return None
        if address == "/live/clip/get/notes":
            return (*params[:2], *self._notes(*params[2:]))
        if kind == "/live/clip/get" and name in self.clip:
            return (*params[:2], self._of_clip(name))
        if kind == "/live/song/get" and name in self.song:
            return (self.song[name],)
        raise ValueError(f"Unknown OSC address: {address}")

    def _of_clip(self, name: str) -> Any:
        if self.notes is None:
            raise AttributeError(f"'NoneType' object has no attribute '{name}'")
        return self.clip[name]

    def _notes(self, pitch: int, pitches: int, from_time: float, time_span: float) -> list[Any]:
        found = [
            note
            for note in self.notes or []
            if pitch <= note[0] < pitch + pitches and from_time <= note[1] < from_time + time_span
        ]
        return [value for note in found for value in note]

    def _send(self, address: str, values: tuple[Any, ...]) -> None:
        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value)
        packet = builder.build().dgram
        if len(packet) > self._datagram_bytes:
            raise OSError(40, "Message too long")
        self._udp.sendto(packet, ("127.0.0.1", self.reply_port))


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
