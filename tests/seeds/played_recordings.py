"""Made-up recordings of instruments whose notes are known: melodies played by FluidSynth, or by our own sampler.

Bows and breath begin slowly and their notes ring into each other; the vibrato is the instrument's own or the wheel's. Notes
are detached, side by side, or overlap; one in six repeats the pitch before it.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import soundfile

from bridge.brief import Brief, FormSection
from bridge.engines.sampler import SamplerEngine
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.music.tempo import Meter, TempoMap
from bridge.style import Style
from tests.seeds.made_up_hums import SCALES, scale_walk, sung_rhythm

INSTRUMENTS = {
    "violin": (40, 55, 88),
    "flute": (73, 60, 91),
    "clarinet": (71, 50, 86),
    "trumpet": (56, 55, 82),
    "alto sax": (65, 49, 80),
    "cello": (42, 36, 69),
    "erhu (fiddle)": (110, 62, 84),
    "shakuhachi": (77, 57, 84),
}
"""Instrument → General MIDI program, lowest and highest note."""
SOUND_FONTS = tuple(Path("/usr/share/sounds/sf2", name) for name in ("FluidR3_GM.sf2", "TimGM6mb.sf2"))
"""Of the packages fluid-soundfont-gm and timgm6mb-soundfont."""
OVERLAPS_SECONDS = {"detached": -0.06, "side by side": -0.005, "legato": 0.03}
"""Articulation → how long a note sounds on after the next has begun."""
SECONDS_TO_TICKS = 1000


@dataclass(frozen=True)
class Played:
    """A recording and the truth about it."""

    wav: bytes
    bpm: float
    articulation: str
    notes: list[tuple[float, float, int]]
    """(onset in seconds, end in seconds, MIDI pitch)."""


def played_melody(random_seed: int, instrument: str, bars: int = 4, player: str = "fluidsynth") -> Played:
    """Return a melody in a random key, tempo (60–160 BPM) and articulation, played by "fluidsynth" or our own "sampler"."""
    rng = np.random.default_rng(random_seed)
    program, low, high = INSTRUMENTS[instrument]
    bpm = float(rng.uniform(60.0, 160.0))
    beats = sung_rhythm(rng, bars, bpm)
    pitches = scale_walk(rng, len(beats), int(rng.integers(12)), str(rng.choice(sorted(SCALES))), (low, high))
    articulation = str(rng.choice(sorted(OVERLAPS_SECONDS)))
    lead_in, second = float(rng.uniform(0.1, 1.2)), 60.0 / bpm
    starts = [lead_in + start * second + float(rng.normal(0.0, 0.012)) for start, _ in beats]
    ends = [start + length * second + OVERLAPS_SECONDS[articulation] for start, (_, length) in zip(starts, beats, strict=True)]
    notes = [(start, max(start + 0.06, end), pitch) for start, end, pitch in zip(starts, ends, pitches, strict=True)]
    notes = _released_before_repeats(notes)
    velocities = [int(rng.integers(60, 112)) for _ in notes]
    if player == "sampler":
        return Played(by_sampler([(program, notes, velocities)]), bpm, articulation, notes)
    wheel = int(rng.integers(0, 70))
    font = SOUND_FONTS[int(rng.integers(len(SOUND_FONTS)))]
    wet = bool(rng.random() < 0.5)
    return Played(by_fluidsynth([(program, notes, velocities)], font, wheel, wet=wet), bpm, articulation, notes)


def _released_before_repeats(notes: list[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    """Return the notes with those that are struck again ended 10 ms before, as a key must be."""
    ends = [
        min([end, *(after - 0.01 for after, _, same in notes[index + 1 :] if same == pitch and after > start)])
        for index, (start, end, pitch) in enumerate(notes)
    ]
    return [(start, end, pitch) for (start, _, pitch), end in zip(notes, ends, strict=True)]


Voice = tuple[int, list[tuple[float, float, int]], list[int]]
"""Program, notes, velocities."""


def by_fluidsynth(voices: list[Voice], sound_font: Path, wheel: int = 0, *, wet: bool = True, channel: int = 0) -> bytes:
    """Return voices played by FluidSynth as a WAV at 44.1 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        smf, wav = Path(folder) / "a.mid", Path(folder) / "a.wav"
        _smf(voices, wheel, channel).save(smf)
        room = ["-R", "1" if wet else "0", "-C", "0", "-g", "0.5", "-r", "44100"]
        lazily = ["-o", "synth.dynamic-sample-loading=1"]
        command = ["fluidsynth", "-niq", *room, *lazily, "-F", str(wav), str(sound_font), str(smf)]
        subprocess.run(command, check=True, capture_output=True)
        return wav.read_bytes()


def _smf(voices: list[Voice], wheel: int, channel: int) -> mido.MidiFile:
    file = mido.MidiFile(ticks_per_beat=SECONDS_TO_TICKS)
    for first, (program, notes, velocities) in enumerate(voices, channel):
        events = [(0.0, mido.Message("program_change", channel=first, program=program))]
        events.append((0.0, mido.Message("control_change", channel=first, control=1, value=wheel)))
        for (start, end, pitch), velocity in zip(notes, velocities, strict=True):
            events.append((start, mido.Message("note_on", channel=first, note=pitch, velocity=velocity)))
            events.append((end, mido.Message("note_off", channel=first, note=pitch)))
        track, now = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)]), 0
        for seconds, message in sorted(events, key=lambda event: event[0]):
            ticks = round(seconds * SECONDS_TO_TICKS)
            track.append(message.copy(time=ticks - now))
            now = ticks
        file.tracks.append(track)
    return file


def by_sampler(voices: list[Voice], name: str = "lead") -> bytes:
    """Return voices played by our own sampler as a WAV."""
    bpm = 60.0
    end = max(end for _, notes, _ in voices for _, end, _ in notes)
    section = Section(bars=int(end / 4.0) + 1, meter=Meter(), tempo=TempoMap.constant(bpm))
    parts = tuple(
        Part(
            name,
            tuple(Note(start, end - start, pitch, speed) for (start, end, pitch), speed in zip(notes, velocities, strict=True)),
            program,
        )
        for program, notes, velocities in voices
    )
    brief = Brief(section, (FormSection("verse", 1, section.bars),), Style())
    stems = SamplerEngine().perform(Score(section, parts), brief, lambda *_: None)
    file = io.BytesIO()
    soundfile.write(file, np.sum([stem.samples for stem in stems.stems], axis=0) / 2, stems.sample_rate_hz, format="WAV")
    return file.getvalue()


CHORDAL_PROGRAMS = (0, 1, 4, 24, 25, 26)
"""Pianos and guitars."""


def played_chords(random_seed: int, bars: int = 4) -> Played:
    """Return a tune over a chord in each bar's half, on one piano or guitar; the notes told are the tune's."""
    rng = np.random.default_rng(random_seed)
    program, bpm = int(rng.choice(CHORDAL_PROGRAMS)), float(rng.uniform(60.0, 140.0))
    tonic, second = int(rng.integers(12)), 60.0 / bpm
    beats = sung_rhythm(rng, bars, bpm)
    pitches = scale_walk(rng, len(beats), tonic, "major", (64, 84))
    tune = [
        (0.3 + start * second, 0.3 + (start + length) * second - 0.02, pitch)
        for (start, length), pitch in zip(beats, pitches, strict=True)
    ]
    roots = rng.choice((0, 5, 7, 9), 2 * bars)
    chords = [
        (0.3 + 2 * index * second, 0.28 + 2 * (index + 1) * second, 48 + (tonic + int(root)) % 12 + above)
        for index, root in enumerate(roots)
        for above in (0, 3 if root == 9 else 4, 7)
    ]
    voices = [(program, tune, [int(rng.integers(80, 112)) for _ in tune]), (program, chords, [64] * len(chords))]
    font = SOUND_FONTS[int(rng.integers(len(SOUND_FONTS)))]
    return Played(by_fluidsynth(voices, font), bpm, "tune over chords", tune)
