"""One part of a score performed: who sits where, how loud a velocity is, how much room there is."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from bridge.brief import Brief
from bridge.engines.sampler_room import CLUB, HALL, STUDIO, Room, add_room
from bridge.engines.sampler_soundfont import SoundFont
from bridge.engines.sampler_voice import Waveform, tone
from bridge.engines.sampler_zone import Zone
from bridge.music.notes import Part
from bridge.music.score import Score
from bridge.music.take import Stem

TAIL_S = 4.0
"""Longest that a part rings on after the section."""
_TAIL_FLOOR = 10.0 ** (-80.0 / 20.0)
_HELD_MIN_S = 0.02
"""A shorter note would be a click."""
_FADE_S = 0.05
_VELOCITY_POWER = 1.7
"""Level rises with velocity to this power: a little gentler than the 2 of the specification."""
_LEVEL = 0.25
_WET_GENRES = frozenset(
    {"ballad", "cinematic", "ambient", "classical", "orchestral", "lullaby", "waltz", "gospel", "soundtrack", "epic"}
)
_DRY_GENRES = frozenset({"funk", "house", "trap", "metal", "hip hop", "hip-hop", "techno", "disco", "punk", "rap", "edm"})
_DRY_SOUNDS = frozenset({"dry", "intimate"})
_WET_SOUNDS = frozenset({"reverberant", "spacious", "huge"})
_WET_MOODS = frozenset({"sad", "dreamy", "calm", "epic", "peaceful", "romantic", "melancholic", "mysterious"})


@dataclass(frozen=True)
class Seat:
    """Where a part sits in the stereo picture, and how much of the room it gets."""

    pan: float = 0.0
    """From -1 at the left to 1 at the right."""
    spread: float = 0.0
    """How far keys three octaves apart are panned apart."""
    width: float = 0.8
    """How far the instrument's own places in the picture are kept."""
    send: float = 1.0
    """Share of the room's reverberation."""


SEATS = {
    "lead": Seat(0.0, width=0.15),
    "chords": Seat(-0.1, 0.25, send=0.9),
    "bass": Seat(width=0.0, send=0.0),
    "drums": Seat(send=0.35),
    "pad": Seat(0.1, 0.4, send=1.3),
    "counter": Seat(0.3, width=0.15, send=1.1),
}


@dataclass(frozen=True)
class _Played:
    """A note in frames of the section."""

    start: int
    held: int
    key: int
    velocity: int


class _ToneKey(NamedTuple):
    """What notes must have in common to share a tone."""

    zone: int
    key: int
    velocity: int
    """0 where the filter does not follow it."""


def room_of(brief: Brief) -> Room:
    """Return the room asked for, else one that suits: a hall for ballads and films, a dry club for beats, else a studio."""
    words = {*brief.style.genres, *brief.style.moods}
    said = set(brief.style.production)
    if said & _DRY_SOUNDS or (words & _DRY_GENRES and not said & _WET_SOUNDS):
        return CLUB
    if said & _WET_SOUNDS:
        return HALL
    return HALL if words & (_WET_GENRES | _WET_MOODS) else STUDIO


class Performance:
    """A part being played; made afresh for each, so that nothing of an earlier job can be heard."""

    def __init__(
        self, font: SoundFont, score: Score, brief: Brief, part: Part, check: Callable[[], None], *, seat: Seat | None = None
    ) -> None:
        """Prepare to play `part`, in its usual seat or another; `check` is called between pieces of work and may raise."""
        self.rate_hz = brief.sample_rate_hz
        self.frames = score.section.frames(self.rate_hz)
        self._font, self._score, self._part, self._check = font, score, part, check
        self._room, self._seat = room_of(brief), seat or SEATS.get(part.name, Seat())
        self._zones = font.zones(part.program, is_drums=part.is_drums)
        self._ranges = [(zone.keys, zone.velocities) for zone in self._zones]
        self._indices: dict[tuple[int, int], tuple[int, ...]] = {}

    def stem(self) -> Stem:
        """Return the part as audio."""
        stereo = np.zeros((2, self.frames + round(TAIL_S * self.rate_hz)), np.float32)
        for tone_key, notes in self._by_tone().items():
            self._play(stereo, tone_key, notes)
        if self._seat.send:
            add_room(stereo, self._room, self._seat.send, self.rate_hz, self._check)
        samples = np.empty((self.frames, 2), np.float32)
        samples[:, 0], samples[:, 1] = stereo[:, : self.frames]
        return Stem(self._part.name, samples, self._tail(stereo))

    def _played(self) -> Iterator[_Played]:
        """Yield the notes in order of time; those that would ring over the end are released there."""
        section = self._score.section
        shortest = round(_HELD_MIN_S * self.rate_hz)
        for note in sorted(self._part.notes):
            start, end = (section.frame(beat, self.rate_hz) for beat in (note.start_beat, note.end_beat))
            if 0 <= start < self.frames and note.velocity > 0:
                end = min(self.frames, max(end, start + shortest))
                yield _Played(start, end - start, note.pitch, note.velocity)

    def _by_tone(self) -> dict[_ToneKey, list[_Played]]:
        """Return the notes that share a tone, by its zone, its key and, where the filter follows it, its velocity."""
        tones: dict[_ToneKey, list[_Played]] = {}
        for note in self._played():
            for index in self._sounding(note.key, note.velocity):
                zone = self._zones[index]
                velocity = note.velocity // 8 * 8 + 4 if zone.modulators else 0
                ringing = self._part.is_drums and not zone.is_looped
                played = replace(note, held=self.frames - note.start) if ringing else note
                tones.setdefault(_ToneKey(index, note.key, velocity), []).append(played)
        return self._choked(tones)

    def _sounding(self, key: int, velocity: int) -> tuple[int, ...]:
        if (key, velocity) not in self._indices:
            self._indices[key, velocity] = tuple(
                index
                for index, (keys, velocities) in enumerate(self._ranges)
                if keys[0] <= key <= keys[1] and velocities[0] <= velocity <= velocities[1]
            )
        return self._indices[key, velocity]

    def _choked(self, tones: dict[_ToneKey, list[_Played]]) -> dict[_ToneKey, list[_Played]]:
        """Return the notes with those of an exclusive class ended where the next of their class starts."""
        starts: dict[int, set[int]] = {}
        for tone_key, notes in tones.items():
            starts.setdefault(self._zones[tone_key.zone].exclusive_class, set()).update(note.start for note in notes)
        ordered = {exclusive: sorted(frames) for exclusive, frames in starts.items() if exclusive}
        for tone_key, notes in tones.items():
            frames = ordered.get(self._zones[tone_key.zone].exclusive_class)
            if frames:
                tones[tone_key] = [_until_next(note, frames) for note in notes]
        return tones

    def _play(self, stereo: Waveform, tone_key: _ToneKey, notes: list[_Played]) -> None:
        zone = self._zones[tone_key.zone]
        room_left = stereo.shape[1]
        release = round(zone.volume_envelope(tone_key.key).release * self.rate_hz) + self.rate_hz // 10
        frames = max(min(note.held + release, room_left - note.start) for note in notes)
        sound = tone(zone, self._font.sample(zone.sample), tone_key.key, tone_key.velocity, frames, self.rate_hz)
        left, right = self._pan_gains(zone, tone_key.key)
        for note in notes:
            level = _LEVEL * zone.gain(note.key, note.velocity) * (note.velocity / 127.0) ** _VELOCITY_POWER
            sound.add_to(stereo, note.start, note.held, (level * left, level * right))
            self._check()

    def _pan_gains(self, zone: Zone, key: int) -> tuple[float, float]:
        """Return the gains of both channels: equal power, 1 in the middle."""
        pan = zone.pan * self._seat.width + self._seat.pan + self._seat.spread * (key - 60) / 36.0
        angle = (max(-0.9, min(0.9, pan)) + 1.0) * math.pi / 4.0
        return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)

    def _tail(self, stereo: Waveform) -> Waveform | None:
        """Return what rings on after the section, faded out at its end; None where it falls silent at once."""
        floor = _TAIL_FLOOR * max(float(stereo.max()), -float(stereo.min()))
        tail = stereo[:, self.frames :].T
        audible = np.flatnonzero(np.maximum(np.abs(tail[:, 0]), np.abs(tail[:, 1])) > floor)
        if not len(audible):
            return None
        kept = np.array(tail[: audible[-1] + 1], order="C")
        fade = min(len(kept), round(_FADE_S * self.rate_hz))
        kept[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
        return kept


def _until_next(note: _Played, starts: list[int]) -> _Played:
    following = bisect.bisect_right(starts, note.start)
    return note if following == len(starts) else replace(note, held=min(note.held, starts[following] - note.start))
