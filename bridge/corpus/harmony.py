"""Chords for a tune: our own harmoniser in a neutral idiom, so that they follow from melody, meter and mode alone."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bridge.brief import Brief, FormSection
from bridge.composers.rules.harmony import Given, harmonise
from bridge.composers.rules.plan import make_plan
from bridge.composers.rules.vocabulary import plain
from bridge.corpus.families import Family
from bridge.corpus.song import Song, built
from bridge.corpus.tunes import Tune
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.score import Section
from bridge.music.tempo import Meter
from bridge.style import Style

SOURCE = "harmony"
"""Where songs come from that are a tune and its chords alone."""
_SECTIONS = ("verse", "chorus", "bridge", "solo", "A", "B")
_NEUTRAL = "folk"
_SEVENTHS = {"m": "m7", "dim": "m7b5"}


def harmonised(tune: Tune, colour: str) -> tuple[ChordSpan, ...]:
    """Return the chords of a tune in C, in beats; `colour` as in `Family`."""
    key = Key(0, tune.mode)
    section = Section("verse", 1, tune.bars, Meter.parse(tune.meter), key=key)
    brief = Brief(section, (FormSection("verse", 1, tune.bars),), Style(genres=(_NEUTRAL,)), temperature=0.0)
    found = harmonise(make_plan(brief), Given(tune.in_beats(), (), (), ()))
    return tuple(replace(span, chord=_coloured(span.chord, key, colour)) for span in found.spans)


def with_harmony(tune: Tune, family: Family, random: Random) -> Song:
    """Return a tune in C with its chords and no accompaniment: what a harmoniser learns from costs next to nothing."""
    meta = {
        "tune": tune.name,
        "source": SOURCE,
        "groove": "",
        "family": family.name,
        "words": list(family.words["en"]),
        "instruments": {},
        "mode": tune.mode,
        "bars": tune.bars,
        "bpm": float(round(random.uniform(*family.bpm))),
        "sections": [[random.choice(_SECTIONS), tune.bars]],
    }
    lead = [(start, length, pitch, 90) for start, length, pitch in tune.notes]
    return built(meta, Meter.parse(tune.meter), harmonised(tune, family.colour), {"lead": lead})


def _coloured(found: Chord, key: Key, colour: str) -> Chord:
    """Return the triad of a chord with the seventh that its degree has in jazz, or that every major chord has in blues."""
    chord = plain(found)
    if colour == "triad":
        return chord
    if chord.quality in _SEVENTHS:
        return replace(chord, quality=_SEVENTHS[chord.quality])
    if chord.quality != "":
        return chord
    degree = (chord.root - key.tonic) % 12
    is_rest = degree in ({3, 8} if key.is_minor else {0, 5})
    return replace(chord, quality="maj7" if is_rest and colour == "seventh" else "7")
