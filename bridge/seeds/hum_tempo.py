"""Onsets in seconds → the tempo they keep and where its beats lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bridge.seeds.hum_note import HeardNote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Curve = NDArray[np.float64]

BPM_RANGE = (50.0, 200.0)
BPM_STEPS = 360
"""Tempi tried, evenly in the logarithm: 0.4 % apart, which the onsets of eight bars can tell."""
USUAL_BPM, USUAL_OCTAVES = 95.0, 0.6
"""Where tempi of sung melodies lie, and how far from there in octaves (after Parncutt, Music Perception 11, 1994)."""
USUAL_STEP_BEATS, USUAL_STEP_OCTAVES = 0.65, 1.0
"""How far apart the notes of a melody lie, on the mean, and how far from there: a beat is no shorter than most notes, nor is a
note longer than most beats. Of 3 800 folk tunes half have 1.7 to 2 notes in a beat, of made-up songs 1.2."""
TOGETHER_SECONDS, REST_SECONDS = 0.05, 1.5
"""Onsets so near are one, and what is farther apart counts as this: a rest."""
CLICK_FIT = 0.5
"""Onsets that lie so well (1 for exactly) on the half beats from the recording's own start were sung to a click."""
CLEARLY = 1.5
"""How much better a tempo must fit to be believed against the one that was named."""
LEVELS = ((1.0, 1.0), (2.0, 0.9), (4.0, 0.35), (0.5, 0.25))
"""Pulses per beat, and how much an onset on that pulse says for the tempo."""


@dataclass(frozen=True)
class Pulse:
    """A steady beat under a recording."""

    bpm: float
    first_seconds: float
    """A beat: the others are whole beats from it."""
    confidence: float
    """0…1: how much of the onsets it explains."""

    def beats(self, seconds: float) -> float:
        """Return the beats from the first one to a time in seconds."""
        return (seconds - self.first_seconds) * self.bpm / 60.0


def find_pulse(notes: Sequence[HeardNote]) -> Pulse:
    """Return the pulse that most onsets fit, of several equally good the most usual tempo."""
    onsets, weights = _onsets(notes)
    tempi = np.geomspace(*BPM_RANGE, BPM_STEPS)
    best = int((_fits(onsets, weights, tempi)[0] * _usual(tempi, onsets)).argmax())
    around = np.linspace(tempi[max(0, best - 1)], tempi[min(BPM_STEPS - 1, best + 1)], 21)
    return pulse_at(notes, float(around[_fits(onsets, weights, around)[0].argmax()]))


def _usual(bpm: Curve, onsets: Curve) -> Curve:
    """Return how usual each tempo is for onsets in order of time, 1 at most."""
    gaps = np.diff(onsets)
    gaps = np.minimum(gaps[gaps > TOGETHER_SECONDS], REST_SECONDS)
    far = np.log2(bpm / USUAL_BPM) / USUAL_OCTAVES
    dense = np.log2(gaps.mean() * bpm / 60.0 / USUAL_STEP_BEATS) / USUAL_STEP_OCTAVES if len(gaps) else np.zeros(len(bpm))
    return np.asarray(np.exp(-0.25 * (np.square(far) + np.square(dense))))


def pulse_at(notes: Sequence[HeardNote], bpm: float) -> Pulse:
    """Return the beats of a known tempo that the onsets fit best."""
    onsets, weights = _onsets(notes)
    (fit,), (phase,) = _fits(onsets, weights, np.array([bpm]))
    few = min(1.0, len(notes) / 6)
    return Pulse(bpm, float(phase), float(np.clip(fit, 0.0, 1.0)) * few)


def pulse_for(notes: Sequence[HeardNote], bpm: float) -> Pulse:
    """Return the beats at a tempo that is known to be meant, or those that are heard where the onsets clearly keep others."""
    meant, heard = pulse_at(notes, bpm), find_pulse(notes)
    return heard if heard.confidence > CLEARLY * meant.confidence + 0.1 else meant


def from_the_start(notes: Sequence[HeardNote], bpm: float) -> Pulse | None:
    """Return the beats of a tempo counted from the start of the recording, if it was sung to them, as to a DAW's click."""
    onsets, weights = _onsets(notes)
    fit = float((weights * np.cos(4 * np.pi * onsets * bpm / 60.0)).sum())
    return Pulse(bpm, 0.0, fit) if fit >= CLICK_FIT else None


def _onsets(notes: Sequence[HeardNote]) -> tuple[Curve, Curve]:
    """Return the onsets and how much each counts: long notes are struck on beats."""
    weights = np.array([note.confidence * min(note.seconds, 1.0) ** 0.5 for note in notes])
    return np.array([note.start_seconds for note in notes]), weights / max(weights.sum(), 1e-9)


def _fits(onsets: Curve, weights: Curve, bpm: Curve) -> tuple[Curve, Curve]:
    """Return how well onsets fit each tempo, and the second of a beat in it: the phase that most of them agree on."""
    periods = 60.0 / bpm
    phases = np.linspace(0.0, 1.0, 48, endpoint=False)
    total = np.zeros((len(bpm), len(phases)))
    for pulses, worth in LEVELS:
        turned = np.exp(2j * np.pi * pulses * onsets / periods[:, None]) @ weights
        total += worth * np.outer(turned, np.exp(-2j * np.pi * phases * pulses)).real
    best = total.argmax(axis=1)
    return total.max(axis=1) / sum(worth for _, worth in LEVELS), phases[best] * periods
