"""Clips of a set, of notes and of sound."""

from pathlib import Path
from typing import Any

import soundfile

from tests.live.fake_live import FakeLive, Model

GUESSED_BPM = 120.0
"""Live warps a new clip to the tempo that it hears in the file, right or wrong."""


class MidiNote(Model):
    """A note in a clip."""

    published = "MidiNote"

    def __init__(self, live: FakeLive, start: float, length: float, pitch: int, velocity: float, *, mute: bool = False) -> None:
        self.live = live
        self.start_time, self.duration, self.pitch, self.velocity, self.mute = start, length, pitch, velocity, mute


class MidiNoteSpecification:
    """A note to be; built with the names that the stubs give."""

    def __init__(self, pitch: int, start_time: float, duration: float, velocity: float = 100.0, mute: bool = False) -> None:  # noqa: FBT001, FBT002 - Live's own
        assert isinstance(pitch, int)
        assert 0 <= pitch <= 127
        assert isinstance(velocity, float)
        assert start_time >= 0
        assert duration > 0
        self.values = (float(start_time), float(duration), pitch, velocity)
        self.mute = mute


class Clip(Model):
    """A clip of the arrangement, a take lane or a slot."""

    published = "Clip"

    def __init__(self, owner: Any, start: float | None) -> None:
        self.live: FakeLive = owner.live
        self.owner = owner
        self.is_arrangement_clip = start is not None
        self.start_time = start or 0.0
        self.name = ""
        self.muted = False

    @property
    def end_time(self) -> float:
        raise NotImplementedError

    @property
    def tempo(self) -> float:
        tempo: float = self.owner.song.tempo
        return tempo


class MidiClip(Clip):
    """Notes."""

    is_midi_clip, is_audio_clip = True, False

    def __init__(self, owner: Any, start: float | None, length: float) -> None:
        super().__init__(owner, start)
        self.looping = start is None
        self.start_marker = self.loop_start = 0.0
        self.end_marker = self.loop_end = length
        self.shown_length = length
        self.notes: list[MidiNote] = []

    @property
    def end_time(self) -> float:
        return self.start_time + self.shown_length

    def add(self, *notes: tuple[float, float, int, float]) -> "MidiClip":
        self.notes += [MidiNote(self.live, *note) for note in notes]
        return self

    def add_new_notes(self, notes: list[MidiNoteSpecification]) -> list[int]:
        self.notes += [MidiNote(self.live, *note.values, mute=note.mute) for note in notes]
        return list(range(len(notes)))

    def get_notes_extended(self, from_pitch: int, pitch_span: int, from_time: float, time_span: float) -> list[MidiNote]:
        return [
            note
            for note in self.notes
            if from_pitch <= note.pitch < from_pitch + pitch_span and from_time <= note.start_time < from_time + time_span
        ]


class AudioClip(Clip):
    """A file."""

    is_midi_clip, is_audio_clip = False, True

    def __init__(self, owner: Any, start: float | None, path: str) -> None:
        super().__init__(owner, start)
        if not Path(path).is_absolute() or not Path(path).is_file():
            raise RuntimeError("Could not load the audio file")
        info = soundfile.info(path)
        self.file_path = path
        self.sample_length: int = info.frames
        self.sample_rate = float(info.samplerate)
        self.name = Path(path).stem
        self._is_warped = True
        self.looping = False
        self._from = 0.0
        self._to = float(round(self.seconds * GUESSED_BPM / 60.0))

    @property
    def seconds(self) -> float:
        return self.sample_length / self.sample_rate

    @property
    def warping(self) -> bool:
        return self._is_warped

    @warping.setter
    def warping(self, is_warped: bool) -> None:
        """As long on the timeline as before, as far as the file reaches."""
        assert not is_warped, "only switching it off is modelled"
        self._is_warped = False
        self._to = min(self._to * 60.0 / self.tempo, self.seconds)

    @property
    def loop_start(self) -> float:
        return self._from

    @loop_start.setter
    def loop_start(self, value: float) -> None:
        self._from = self._in_file(value)

    @property
    def loop_end(self) -> float:
        return self._to

    @loop_end.setter
    def loop_end(self, value: float) -> None:
        self._to = self._in_file(value)

    def _in_file(self, value: float) -> float:
        if self._is_warped or not 0 <= value <= self.seconds + 1e-9:
            raise RuntimeError("Invalid loop position")
        return value

    @property
    def end_time(self) -> float:
        return self.start_time + (self._to - self._from) * (1.0 if self._is_warped else self.tempo / 60.0)
