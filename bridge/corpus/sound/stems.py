"""Stems: a stretch of one part of a song, in another key and at another pace, played by one of the instruments that may."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from bridge.corpus.sound.captions import programs
from bridge.corpus.sound.effects import level, narrowed
from bridge.corpus.sound.instruments import InstrumentSet, available
from bridge.corpus.sound.playing import played
from bridge.errors import BridgeError
from bridge.music.notes import Note, Part
from bridge.music.programs import PROGRAM_NAMES
from model.score.corpus import Song, songs
from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ

STEPS_PER_PULSE = 12
PART_WEIGHTS = {"lead": 25, "chords": 21, "drums": 19, "bass": 18, "pad": 14, "counter": 3}
"""How often each part comes."""
LEAD_IN_S = 2.0
"""Played before the first crop, so that what rings on from before is there."""
_OWN_PROGRAM = 0.25
"""How often the song's own instrument plays."""
_LOUDNESS_DB, _LOUDNESS_SPREAD_DB = -20.0, 3.0
"""Root mean square of a stem in dB full scale, and its standard deviation."""
_LOWER = {42: 12, 43: 24, 57: 12, 58: 24, 60: 12, 66: 12, 67: 24, 70: 24, 41: 7}
"""Program → semitones that a melody is moved down for it: a cello plays lower than a violin."""
_TEMPO_SPREAD = 0.1
_VELOCITY_SPREAD = 4.0
_LOWEST = 26
"""Lower notes are played an octave higher."""


@dataclass(frozen=True)
class Stem:
    """A part as played, without any room."""

    audio: NDArray[np.float32]
    """(samples, 2): LEAD_IN_S, then the crops."""
    notes: NDArray[np.float32]
    """(notes, 4): start and length in seconds, pitch, velocity; 0 s is the end of the lead-in."""
    program: int
    part: str
    instruments: InstrumentSet


def stem(corpus_folder: Path, random: Random, split: str, frames: int) -> Stem:
    """Return `frames` latent frames of a random stem of a song of this split, and its lead-in."""
    seconds = LEAD_IN_S + frames * FRAME_SAMPLES / SAMPLE_RATE_HZ
    name = random.choices(tuple(PART_WEIGHTS), tuple(PART_WEIGHTS.values()))[0]
    notes: list[Note] = []
    while not notes:
        song = random.choice(_songs(corpus_folder, split))
        notes = _played(song, name, seconds, random)
    one = random.choice(available())
    program = _program(song, name, random)
    part = Part(name, tuple(_placed(note, name, program) for note in notes), program)
    audio = _performed(part, one, seconds, random)
    rows = [(note.start_beat - LEAD_IN_S, note.length_beats, note.pitch, note.velocity) for note in part.notes]
    return Stem(audio, np.array(rows, np.float32), program, name, one)


@cache
def _songs(corpus_folder: Path, split: str) -> list[Song]:
    """Return the songs of a split, in order of the shards' names; those of chords alone are left out."""
    paths = [path for path in sorted(corpus_folder.glob("songs-*.npz")) if not path.name.startswith("songs-harmony")]
    found = [song for path in paths for song in songs(path) if song.meta["split"] == split]
    if not found:
        raise BridgeError(
            f"{corpus_folder}: there are no songs of the split {split!r}; make them with `stepbridge train corpus`",
            code="no_corpus",
        )
    return found


def _played(song: Song, name: str, seconds: float, random: Random) -> list[Note]:
    """Return a stretch of a part from anywhere in the song, around its end, as a hand plays it; its beats are seconds."""
    step_s = 60.0 / song.meta["bpm"] / STEPS_PER_PULSE * random.uniform(1.0 - _TEMPO_SPREAD, 1.0 + _TEMPO_SPREAD)
    length_s = song.frames * STEPS_PER_PULSE * step_s
    first_s = random.randrange(song.frames) * STEPS_PER_PULSE * step_s
    shift = 0 if name == "drums" else random.randint(-5, 6)
    loudness, jitter_s, held = random.uniform(0.65, 1.15), random.uniform(0.0, 0.012), random.uniform(0.85, 1.0)
    found = []
    for start, length, pitch, velocity in song.part(name).tolist():
        at = (start * step_s - first_s) % length_s
        while at < seconds:
            found.append(
                Note(
                    max(0.0, at + random.gauss(0.0, jitter_s)),
                    max(0.04, length * step_s * held),
                    pitch + shift,
                    max(8, min(127, round(velocity * loudness + random.gauss(0.0, _VELOCITY_SPREAD)))),
                )
            )
            at += length_s
    return sorted(found)


def _program(song: Song, name: str, random: Random) -> int:
    """Return who plays: the song's own instrument at times, else any that suits the part."""
    suitable = programs(name)
    own = str(song.meta["instruments"].get(name, "")).capitalize()
    own_program = PROGRAM_NAMES.index(own) if own in PROGRAM_NAMES else None
    return own_program if own_program in suitable and random.random() < _OWN_PROGRAM else random.choice(suitable)


def _placed(note: Note, name: str, program: int) -> Note:
    """Return the note in a register that the instrument has."""
    if name == "drums":
        return note
    pitch = note.pitch - (_LOWER.get(program, 0) if name == "lead" else 0)
    return replace(note, pitch=pitch + 12 if pitch < _LOWEST else pitch)


def _performed(part: Part, one: InstrumentSet, seconds: float, random: Random) -> NDArray[np.float32]:
    """Return (samples, 2), dry, at a random loudness and place in the stereo picture; basses stay in the middle."""
    is_low = part.name == "bass"
    width = 0.0 if is_low else random.uniform(0.0, 0.9)
    angle = (1.0 + (0.0 if is_low else max(-0.7, min(0.7, random.gauss(0.0, 0.2))))) * math.pi / 4.0
    dry = narrowed(played(part, one, seconds).T, width).T
    audio = dry * np.array([math.cos(angle), math.sin(angle)], np.float32)
    wanted = 10.0 ** (random.gauss(_LOUDNESS_DB, _LOUDNESS_SPREAD_DB) / 20.0)
    return audio * np.float32(wanted / max(level(audio), 1e-6))
