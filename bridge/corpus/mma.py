"""The teacher MMA (Musical MIDI Accompaniment): a tune's chords played in a groove of its library.

MMA is a program of its own (GPL), run as a subprocess; only the notes it plays are taken.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

from bridge.corpus.grooves import GrooveFile, nearest, run_mma
from bridge.corpus.harmony import harmonised
from bridge.corpus.song import Song, built, step_beats, stepped
from bridge.corpus.strums import unstrummed
from bridge.corpus.tunes import STEPS, Tune
from bridge.music.chord import Chord, ChordSpan
from bridge.music.midi import SmfTrack, read_smf
from bridge.music.notes import Note
from bridge.music.programs import program_name
from bridge.music.tempo import Meter

DROPPED = frozenset({"SOLO", "MELODY", "ARIA"})
"""Kinds of MMA tracks that are a second melody."""
BASSES = frozenset({*range(32, 40), 43, 58})
"""Programs of bass instruments."""
BASS_BELOW = 53
"""A bass track lies below this MIDI note number in the middle: MMA also calls high single lines bass."""
LOWEST = {"bass": 33, "chords": 48, "pad": 48}
"""A track whose middle note lies below this is moved up an octave: chords are mud there, and few basses reach so deep."""
SUSTAINED = frozenset({*range(16, 21), *range(48, 55), *range(88, 96)})
"""Programs (organs, strings, choirs, pads) that make a pad where they hold their notes."""
PAD_PULSES = 1.5
"""Half of a pad's notes last at least this long."""
_QUALITIES = {"maj7": "M7"}
"""Chord qualities that MMA spells in another way."""


@dataclass(frozen=True)
class Arrangement:
    """Which groove plays in which bar."""

    grooves: tuple[str, ...]
    """One a bar."""
    sections: tuple[tuple[str, int], ...]
    """(Name, bars)."""


def arranged(style: GrooveFile, bars: int, random: Random) -> Arrangement:
    """Return an arrangement: a main groove a section, fills at section ends, an intro or an ending at times."""
    sections = _sections(bars, random)
    first = random.choice(style.mains)
    relatives = [name for name in style.mains if name != first]
    second = random.choice(relatives) if relatives and random.random() < 0.75 else first
    grooves: list[str] = []
    for index, (name, length) in enumerate(sections):
        main = first if index % 2 == 0 else second
        opening = nearest(main, style.intros) if name == "intro" else None
        closing = _closing(style, main, random, is_last=index == len(sections) - 1)
        grooves += [opening or main] * (length - 1) + [closing or opening or main]
    return Arrangement(tuple(grooves), sections)


def _closing(style: GrooveFile, main: str, random: Random, *, is_last: bool) -> str | None:
    """Return the groove of a section's last bar where it is not the main one."""
    if is_last:
        return nearest(main, style.ends) if random.random() < 0.5 else None
    return nearest(main, style.fills) if random.random() < 0.85 else None


def _sections(bars: int, random: Random) -> tuple[tuple[str, int], ...]:
    """Return sections of 4 to 16 bars."""
    if bars <= 16:
        lengths = random.choice([(bars,), (bars // 2, bars - bars // 2)])
    else:
        lengths = random.choice([(bars // 2, bars - bars // 2), (8,) * (bars // 8), (16, bars - 16)])
    pair = random.choice([("verse", "chorus"), ("verse", "chorus"), ("verse", "bridge"), ("chorus", "solo"), ("A", "B")])
    named = [(pair[index % 2], length) for index, length in enumerate(lengths)]
    if named[0][1] <= 8 < bars and random.random() < 0.2:
        named[0] = ("intro", named[0][1])
    return tuple(named)


def accompanied(tune: Tune, style: GrooveFile, random: Random, mma_seed: int | None = None) -> Song:
    """Return a tune in C, in the groove's meter, accompanied; `mma_seed` is MMA's own. Raises BridgeError where MMA fails."""
    meter = Meter.parse(tune.meter)
    chords = harmonised(tune, style.family.colour)
    arrangement = arranged(style, tune.bars, random)
    bpm = round(random.uniform(*style.family.bpm))
    own_seed = random.randrange(10**6) if mma_seed is None else mma_seed
    midi = _played(_source(style, arrangement, _bars_of(chords, meter, style.beats), own_seed))
    parts, instruments = _parts(midi, style, tune)
    if "bass" in parts:
        parts["bass"] = anchored(parts["bass"], chords, step_beats(meter))
    for part in {"chords", "pad"} & set(parts):
        parts[part] = unstrummed(parts[part], tune.bars * tune.bar_steps, is_compound=meter.is_compound)
    parts["lead"] = [(start, length, pitch, 90) for start, length, pitch in tune.notes]
    meta = {
        "tune": tune.name,
        "source": "mma",
        "groove": f"{style.path}:{arrangement.grooves[0]}",
        "family": style.family.name,
        "words": list(style.family.words["en"]),
        "instruments": instruments,
        "mode": tune.mode,
        "bars": tune.bars,
        "bpm": float(bpm),
        "sections": [list(section) for section in arrangement.sections],
    }
    return built(meta, meter, chords, parts)


def _bars_of(chords: tuple[ChordSpan, ...], meter: Meter, beats: float) -> list[str]:
    """Return MMA's chord line of each bar; chords within a bar are placed by MMA's beats, from 1."""
    bars = round(chords[-1].end_beat / meter.beats_per_bar)
    lines: list[list[str]] = [[] for _ in range(bars)]
    current = 0
    for bar in range(bars):
        start = bar * meter.beats_per_bar
        while chords[current].end_beat <= start + 1e-6:
            current += 1
        lines[bar].append(_spelled(chords[current].chord))
        for span in chords[current + 1 :]:
            inside = (span.start_beat - start) / meter.beats_per_bar
            if inside >= 1 - 1e-6:
                break
            lines[bar].append(f"{_spelled(span.chord)}@{1 + inside * beats:g}")
    return [" ".join(line) for line in lines]


def _spelled(chord: Chord) -> str:
    return str(Chord(chord.root, "")) + _QUALITIES.get(chord.quality, chord.quality)


def _source(style: GrooveFile, arrangement: Arrangement, lines: list[str], mma_seed: int) -> str:
    source = [f"RndSeed {mma_seed}", "Tempo 120"]
    for (before, groove), (number, line) in zip(pairwise((None, *arrangement.grooves)), enumerate(lines, 1), strict=True):
        if groove != before:
            source += [f"Groove {style.path}.mma:{groove}", "AllTracks Rtime 0"]
        source.append(f"{number} {line}")
    return "\n".join(source) + "\n"


def _played(source: str) -> bytes:
    """Return the MIDI file that MMA makes of a source."""
    with tempfile.TemporaryDirectory(prefix="stepbridge-mma-") as folder:
        path = Path(folder) / "song.mid"
        run_mma(source, "-f", str(path))
        return path.read_bytes()


def _parts(midi: bytes, style: GrooveFile, tune: Tune) -> tuple[dict[str, list[tuple[int, int, int, int]]], dict[str, str]]:
    """Return the parts on the grid, and who plays each."""
    step = style.beats / tune.bar_steps
    end = tune.bars * tune.bar_steps
    notes: dict[str, list[Note]] = {}
    players: dict[str, dict[str, int]] = {}
    for track in read_smf(midi).tracks:
        part = _part(track, PAD_PULSES * STEPS * step)
        if part is not None:
            shift = 12 if median(note.pitch for note in track.notes) < LOWEST.get(part, 0) else 0
            notes.setdefault(part, []).extend(replace(note, pitch=note.pitch + shift) for note in track.notes)
            name = program_name(track.program or 0, is_drums=part == "drums").lower()
            counts = players.setdefault(part, {})
            counts[name] = counts.get(name, 0) + len(track.notes)
    parts = {part: stepped(found, step, end) for part, found in notes.items()}
    return parts, {part: max(counts, key=lambda name: (counts[name], name)) for part, counts in players.items()}


def _part(track: SmfTrack, pad_beats: float) -> str | None:
    """Return the part that a track belongs to: by the kind in its name; a groove may rename its tracks, so by its notes too."""
    kind = track.name.split("-")[0].upper()
    if not track.notes or kind in DROPPED:
        return None
    if track.is_percussion:
        return "drums"
    is_low = median(note.pitch for note in track.notes) < BASS_BELOW
    if is_low and (kind in {"BASS", "WALK"} or track.program in BASSES):
        return "bass"
    is_long = median(note.length_beats for note in track.notes) >= pad_beats
    return "pad" if is_long and track.program in SUSTAINED else "chords"


def anchored(
    bass: list[tuple[int, int, int, int]], chords: tuple[ChordSpan, ...], step: float
) -> list[tuple[int, int, int, int]]:
    """Return a bass line of single notes that has the chord's bass note where the chord changes.

    MMA's patterns count on changes at bar lines: elsewhere, and in walking lines, they bring the fifth or any other note.
    """
    changes = {round(span.start_beat / step): span.chord.bass_pitch_class for span in chords}
    found: dict[int, tuple[int, int, int, int]] = {}
    for start, length, pitch, velocity in sorted(bass, reverse=True):
        away = (changes[start] - pitch + 6) % 12 - 6 if start in changes else 0
        found[start] = (start, length, pitch + away, velocity)
    in_time = [found[start] for start in sorted(found)]
    return [
        (start, min(length, following[0] - start), pitch, velocity)
        for (start, length, pitch, velocity), following in pairwise([*in_time, (10**9, 0, 0, 0)])
    ]
