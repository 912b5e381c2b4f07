"""Takes that sound like something, small enough to be delivered often."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bridge.brief import Brief, FormSection
from bridge.job import Job
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.notes import Note, Part
from bridge.music.score import Marker, Score, Section
from bridge.music.take import Stem, Take
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.request import Request
from bridge.style import Style

CREATED = 1_763_820_000.25
PROGRAMS = {"lead": 42, "chords": 0, "bass": 32, "drums": 0}


def section(bars: int = 2, start_bar: int = 17, meter: str = "4/4", *, tempo_changes: bool = False) -> Section:
    """A section in D minor; with changes of tempo before, inside and after it where asked for."""
    signature = Meter.parse(meter)
    start = signature.bar_beat(start_bar)
    changes = [TempoChange(0.0, 240.0)]
    if tempo_changes:
        changes = [
            TempoChange(0.0, 97.3),
            TempoChange(start + 1.5, 131.0),
            TempoChange(start + signature.beats_per_bar * bars + 4.0, 80.0),
        ]
    return Section("chorus", start_bar, bars, signature, TempoMap(tuple(changes)), Key.parse("D minor"))


def take(place: Section | None = None, sample_rate_hz: int = 48000, *, seed: int = 1) -> Take:
    """A finished take of four parts with tails, made of decaying noise and tones."""
    place = place or section()
    frames = place.frames(sample_rate_hz)
    noise = np.random.default_rng(seed)
    stems = []
    for number, name in enumerate(PROGRAMS, start=1):
        tone = np.sin(2 * np.pi * 110 * number * np.arange(frames) / sample_rate_hz)
        sound = 0.1 * tone[:, None] + 0.02 * noise.standard_normal((frames, 2))
        tail = np.linspace(0.05, 0.0, 400)[:, None].repeat(2, axis=1).astype(np.float32) if name != "drums" else None
        stems.append(Stem(name, sound.astype(np.float32), tail, gain_db=-1.5 * number))
    parts = tuple(
        Part(name, tuple(Note(beat, 0.5, 40 + 7 * number, 60 + beat % 60) for beat in range(int(place.length_beats))), program)
        for number, (name, program) in enumerate(PROGRAMS.items())
    )
    half = place.length_beats / 2
    chords = (ChordSpan(0.0, half, Chord.parse("Dm")), ChordSpan(half, half, Chord.parse("Bb/D")))
    return Take(
        Score(place, parts, chords, (Marker(0.0, "chorus"), Marker(place.meter.beats_per_bar, "Schluß 尾")), "rock"),
        tuple(stems),
        sample_rate_hz,
        mix=Stem("mix", np.sum([stem.samples for stem in stems], axis=0, dtype=np.float32)),
        composer={"name": "rules", "version": "1", "groove": "rock", "seconds": np.float32(0.25)},
        engine={"name": "sampler", "version": "1", "gains": {"lead": float("-inf")}},
        warnings=("bars: cut",),
    )


def job(id_: str = "job-1", **fields: Any) -> Job:
    """A job as the store would give it."""
    request = Request.parse({"prompt": "悲伤的 sad cello, D minor", "project": "My Song", **fields})
    return Job(id_, request, random_seed=7, created=CREATED, warnings=("bars: cut", "key: from the prompt"))


def brief(place: Section | None = None, **fields: Any) -> Brief:
    """What the job was understood to ask for."""
    place = place or section()
    style = Style(key=Key.parse("D minor"), meter=Meter(), genres=("ballad",), instruments=("cello",))
    return replace(Brief(place, (FormSection(place.name, 1, place.bars),), style, random_seed=7), **fields)


def plain_overview(folder: Path, *_: object, **__: object) -> None:
    """Stand in for the picture, which takes longer than all the rest."""
    (folder / "overview.png").write_text("drawn elsewhere")
