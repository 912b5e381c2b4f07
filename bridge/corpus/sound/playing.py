"""A part played by an instrument set, dry: by tinysoundfont where it is installed, else by the sampler.

tinysoundfont takes a quarter of a second for half a minute, the sampler up to twenty; they sound a little different, so the
same seed gives the same corpus only with the same player.
"""

from __future__ import annotations

import importlib
import math
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.brief import Brief
from bridge.corpus.sound.instruments import InstrumentSet, font, path_of
from bridge.engines.sampler_part import Performance, Seat
from bridge.engines.sampler_soundfont import DRUM_BANK
from bridge.music.notes import Part
from bridge.music.score import Score, Section
from bridge.music.tempo import Meter, TempoMap
from bridge.style import Style
from model.sound.layout import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
"""(samples, 2)."""
_DRY = Seat(width=1.0, send=0.0)


def played(part: Part, one: InstrumentSet, seconds: float) -> Audio:
    """Return the part as audio without a room; its beats are seconds."""
    library = _library()
    samples = round(seconds * SAMPLE_RATE_HZ)
    return _quickly(library, part, one, samples) if library else _sampled(part, one, seconds)[:samples]


@cache
def _library() -> ModuleType | None:
    try:
        return importlib.import_module("tinysoundfont")
    except ImportError:
        return None


@cache
def _synthesizer(library: ModuleType, one: InstrumentSet) -> tuple[Any, int]:
    """Return (synthesizer, handle of the set), kept in this process."""
    synthesizer = library.Synth(samplerate=SAMPLE_RATE_HZ)
    return synthesizer, synthesizer.sfload(str(path_of(one)))


def _quickly(library: ModuleType, part: Part, one: InstrumentSet, samples: int) -> Audio:
    synthesizer, handle = _synthesizer(library, one)
    synthesizer.sounds_off()
    bank = DRUM_BANK if part.is_drums else 0
    synthesizer.program_select(0, handle, bank, part.program, part.is_drums)
    audio = np.zeros((samples, 2), np.float32)
    now = 0
    for at, is_on, pitch, velocity in _events(part, samples):
        audio[now:at] = np.frombuffer(synthesizer.generate_simple(at - now), np.float32).reshape(-1, 2) if at > now else 0.0
        now = at
        if is_on:
            synthesizer.noteon(0, pitch, velocity)
        else:
            synthesizer.noteoff(0, pitch)
    audio[now:] = np.frombuffer(synthesizer.generate_simple(samples - now), np.float32).reshape(-1, 2)
    return audio


def _events(part: Part, samples: int) -> list[tuple[int, bool, int, int]]:
    """Return (sample, whether a key goes down, key, velocity) in order of time, keys going up first."""
    events = []
    for note in part.notes:
        start, end = (round(second * SAMPLE_RATE_HZ) for second in (note.start_beat, note.end_beat))
        events += [(start, True, note.pitch, note.velocity), (end, False, note.pitch, 0)]
    return sorted(event for event in events if event[0] < samples)


def _sampled(part: Part, one: InstrumentSet, seconds: float) -> Audio:
    section = Section(bars=math.ceil(seconds), meter=Meter(1, 4), tempo=TempoMap.constant(60.0))
    brief = Brief(section=section, form=(), style=Style(), sample_rate_hz=SAMPLE_RATE_HZ)
    return Performance(font(one), Score(section, (part,)), brief, part, lambda: None, seat=_DRY).stem().samples
