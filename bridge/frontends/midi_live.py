"""What comes in at a MIDI port, message by message: the DAW's clock, the foot switch, and what is played."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from bridge.config import MidiConfig
from bridge.errors import BridgeError, ClipError
from bridge.frontends.midi_clock import LOST_SECONDS, ClockFollower
from bridge.frontends.midi_take import EVERY_KEY, PEDAL, Grid, Key, Played, Quantising, just_played, keys, recording
from bridge.music.tempo import DEFAULT_BPM, Meter

if TYPE_CHECKING:
    from bridge.core import Core

log = logging.getLogger(__name__)

NOTE_OFF, NOTE_ON, CONTROL_CHANGE = 0x80, 0x90, 0xB0
SUSTAIN, ALL_SOUND_OFF, RESET, ALL_NOTES_OFF = 64, 120, 121, 123
"""Controllers; those above the last end all notes, too."""
PLAYED_MAX = 100_000
"""Note messages that are remembered."""
PRESSED_FROM = 64
"""A controller of this value or more is pressed."""
TELL_EVERY_SECONDS = 0.25
BPM_STEP = 0.05
"""A clock's tempo that differs less from the one known is the same; one that is so near to a whole number is that."""
EARLY_SECONDS = 0.05
"""Notes so little before a recording began belong to it."""


class System(IntEnum):
    """System messages that matter here."""

    SONG_POSITION = 0xF2
    CLOCK = 0xF8
    START = 0xFA
    CONTINUE = 0xFB
    STOP = 0xFC


class Recording(NamedTuple):
    """What `record` began."""

    clip_id: str
    began_seconds: float
    daw_plays: bool
    """Whether the DAW was playing then."""


class Live:
    """Follows one player and one clock; every time is in seconds of time.monotonic. For one thread."""

    def __init__(self, core: Core, settings: MidiConfig) -> None:
        self._core = core
        self._settings = settings
        self._quantising = Quantising(settings.quantise, settings.grid_beats)
        self._clock = ClockFollower()
        self._played: deque[Played] = deque(maxlen=PLAYED_MAX)
        self._recording: Recording | None = None
        self._told_seconds = -TELL_EVERY_SECONDS
        self._pressed: set[str] = set()
        wanted = ((settings.record_by, self._toggle), (settings.start_by, self._begin), (settings.stop_by, self._end))
        self._switches: dict[str, Callable[[float], None]] = {name: do for name, do in wanted if name}

    @property
    def patience_seconds(self) -> float | None:
        """How long to wait for a message before `notice_silence`; None: until one comes."""
        return LOST_SECONDS if self._clock.is_alive else None

    def hear(self, message: Sequence[int], seconds: float) -> None:
        """Take a MIDI message."""
        self.notice_silence(seconds)
        if message[0] >= 0xF0:
            self._hear_clock(message, seconds)
        elif not self._is_switch(message, seconds):
            self._played.extend(_played(message, seconds))

    def notice_silence(self, seconds: float) -> None:
        """Tell where the clock has stopped without a word."""
        was_playing = self._clock.is_playing
        if self._clock.notice_silence(seconds):
            log.info("the MIDI clock has stopped")
            if was_playing:
                self._core.follow({"playing": False})

    def record(self, clip_id: str, seconds: float) -> None:
        """Begin to record; a recording that runs already is begun anew."""
        self._recording = Recording(clip_id, seconds, bool(self._core.transport.is_playing))

    def stop_recording(self, clip_id: str, seconds: float) -> int:
        """Keep what was recorded, or without a recording what was just played, as this clip; return its number of notes.

        Raises ClipError where another clip is being recorded, or nothing was played.
        """
        if self._recording is None:
            return self._keep_just_played(clip_id, seconds)
        if self._recording.clip_id != clip_id:
            raise _not_recording(clip_id, f"is not being recorded, but {self._recording.clip_id} is")
        recorded, self._recording = self._recording, None
        since = recorded.began_seconds - EARLY_SECONDS
        struck = keys((message for message in self._played if message.seconds >= since), seconds)
        if not struck:
            raise ClipError(f"clip {clip_id}: no note came in at the MIDI port {self._settings.port}", code="bad_clip")
        began = max(recorded.began_seconds, self._clock.went_on_seconds(struck[0].on_seconds) or 0.0)
        data = recording(struck, self._grid(struck[0], recorded), began, self._quantising)
        return self._core.keep_clip(clip_id, data)

    def _keep_just_played(self, clip_id: str, seconds: float) -> int:
        bars = self._settings.rolling_bars
        if not bars:
            raise _not_recording(clip_id, "is not being recorded; start with /stepbridge/clip/record")
        struck = keys(self._played, seconds)
        if not struck:
            raise _not_recording(
                clip_id, f"is not being recorded, and no note has come in at the MIDI port {self._settings.port} yet"
            )
        return self._core.keep_clip(clip_id, just_played(struck, self._grid(struck[-1]), bars, self._quantising))

    # --- the foot switch --------------------------------------------------------------------------------------------

    def _is_switch(self, message: Sequence[int], seconds: float) -> bool:
        """Return whether a message is a foot switch's; one that is pressed does what it is for."""
        kind = message[0] & 0xF0
        name = f"cc {message[1]}" if kind == CONTROL_CHANGE else f"note {message[1]}"
        if name not in self._switches or kind not in {NOTE_OFF, NOTE_ON, CONTROL_CHANGE}:
            return False
        is_down = message[2] >= PRESSED_FROM if kind == CONTROL_CHANGE else kind == NOTE_ON and message[2] > 0
        if not is_down:
            self._pressed.discard(name)
        elif name not in self._pressed:
            self._pressed.add(name)
            self._switches[name](seconds)
        return True

    def _toggle(self, seconds: float) -> None:
        if self._recording is None:
            self._begin(seconds)
        else:
            self._end(seconds)

    def _begin(self, seconds: float) -> None:
        self.record(self._settings.clip, seconds)
        log.info("clip %s: recording", self._settings.clip)

    def _end(self, seconds: float) -> None:
        clip_id = self._recording.clip_id if self._recording else self._settings.clip
        try:
            log.info("clip %s: %d notes recorded", clip_id, self.stop_recording(clip_id, seconds))
        except BridgeError as error:
            log.warning("%s", error.text)

    # --- the clock --------------------------------------------------------------------------------------------------

    def _hear_clock(self, message: Sequence[int], seconds: float) -> None:
        clock, was_playing = self._clock, self._clock.is_playing
        match message[0]:
            case System.CLOCK:
                clock.tick(seconds)
                self._tell(seconds)
            case System.START:
                clock.start()
            case System.CONTINUE:
                clock.go_on()
            case System.STOP:
                clock.stop(seconds)
            case System.SONG_POSITION:
                clock.song_position(message[1] | message[2] << 7)
        if clock.is_playing != was_playing:
            self._core.follow({"playing": clock.is_playing, "position_beats": clock.position_beats})

    def _tell(self, seconds: float) -> None:
        """Pass on tempo and position, a few times a second; where the tempo is the known one, it is left as it is."""
        if seconds - self._told_seconds < TELL_EVERY_SECONDS:
            return
        self._told_seconds = seconds
        bpm, known_bpm = self._clock.bpm, self._core.transport.bpm
        fields: dict[str, float] = {"position_beats": self._clock.position_beats} if self._clock.is_playing else {}
        if bpm is not None and (known_bpm is None or abs(bpm - known_bpm) >= BPM_STEP):
            fields["bpm"] = float(round(bpm)) if abs(bpm - round(bpm)) < BPM_STEP else round(bpm, 2)
        if fields:
            self._core.follow(fields)

    def _grid(self, key: Key, recorded: Recording | None = None) -> Grid:
        """Return the beats about a key: by the clock, else by the tempo that is known; bar lines where the DAW played."""
        transport, clock, moment = self._core.transport, self._clock, key.on_seconds
        bar_beats = Meter.parse(transport.meter or "4/4").beats_per_bar
        position = self._core.position_beats(moment)
        if clock.is_heard(moment):
            offset = clock.song_offset_beats(moment)
            if offset is None and position is not None:
                offset = position - clock.beat(moment)
            return Grid(lambda at: clock.beat(at) + (offset or 0.0), bar_beats, offset is not None, has_tempo=True)
        bpm = transport.bpm or DEFAULT_BPM
        if position is None and recorded and recorded.daw_plays:
            moment, position = recorded.began_seconds, 0.0
        zero_seconds = moment - (position or 0.0) * 60.0 / bpm
        has_tempo = transport.bpm is not None
        return Grid(lambda at: (at - zero_seconds) * bpm / 60.0, bar_beats, position is not None, has_tempo=has_tempo)


def _played(message: Sequence[int], seconds: float) -> list[Played]:
    """Return what a message says of notes."""
    kind, channel = message[0] & 0xF0, message[0] & 0x0F
    if kind in {NOTE_OFF, NOTE_ON}:
        return [Played(seconds, message[1], message[2] if kind == NOTE_ON else 0, channel)]
    if kind != CONTROL_CHANGE:
        return []
    if message[1] == SUSTAIN:
        return [Played(seconds, PEDAL, int(message[2] >= PRESSED_FROM), channel)]
    is_up = message[1] in {ALL_SOUND_OFF, RESET} or message[1] >= ALL_NOTES_OFF
    pedal = [Played(seconds, PEDAL, 0, channel)] if is_up else []
    return [*pedal, Played(seconds, EVERY_KEY, 0, channel)] if is_up and message[1] != RESET else pedal


def _not_recording(clip_id: str, why: str) -> ClipError:
    return ClipError(f"clip {clip_id}: {why}", code="not_recording")
