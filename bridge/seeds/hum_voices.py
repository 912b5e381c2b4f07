"""Whether the tones that sound in a recording are those of one voice or of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bridge.seeds.hum_mains import without_drone
from bridge.seeds.hum_note import HeardNote
from bridge.seeds.hum_polyphony import RATE_HZ, STEP_SAMPLES, Voices
from bridge.seeds.hum_tracking import Track, as_sung

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNEXPLAINED_FROM = 0.18
"""So much of what sounds is no part of one voice: made-up hums stay below 0.1, solos in a hall below 0.18 but for one in fifty,
chords lie above 0.5, a tune over a bass that it agrees with from 0.16 on."""
CLEARLY_ONE_BELOW = 0.08
"""So little of what sounds at a glance is left by one voice alone; from here on more is heard before it is decided."""
CLEARLY_SEVERAL_FROM = 0.45
"""So much of what sounds at a glance is no part of the strongest line in it: tunes over chords lie above 0.48, solos below
0.37, speech and drums, where they have tones at all, below 0.34."""
TOGETHER_SHARE = 0.5
"""Of the shorter of two tones: a line's notes overlap less, in halls too."""
GLANCES_MIN, GLANCE_EVERY_SECONDS = 2, 8.0
PARTIALS = np.array((-12.0, 0.0, 12.0, 19.02, 24.0, 27.86, 31.02, 33.69, 36.0))
"""Semitones from a tone to its first eight harmonics, and to the octave below, which breath stirs in a pipe: a tone that is
played there is louder, and the voice would have been heard there."""
PARTIAL_WITHIN_SEMITONES = 0.8
"""A harmonic of a tone that lies between two keys, with vibrato, is heard on either."""
RINGS_SECONDS = 0.2
"""A note that has ended rings so long in a hall."""
HEARD_SHARE = 0.2
"""A tone that is heard sounds for this share of a note's time."""
EXCERPTS, EXCERPT_WINDOWS = 3, 3
"""A long recording is judged by so much of it; a window is 1.65 s."""


def are_clearly_several(sounds: Voices) -> bool:
    """Return whether tones sound together at a glance that no one voice makes; no pitch need be followed to tell."""
    glances = [sounds.notes(windows) for windows in _glances(sounds)]
    line = [note for tones in glances for note in _line(tones)]
    return bool(line) and unexplained(line, [tone for tones in glances for tone in tones]) >= CLEARLY_SEVERAL_FROM


def _line(tones: Sequence[HeardNote]) -> list[HeardNote]:
    """Return the strongest of the tones that follow each other, in order of strength."""
    line: list[HeardNote] = []
    for tone in sorted(tones, key=lambda tone: -tone.confidence * tone.seconds):
        if all(_overlap_seconds(tone, other) < TOGETHER_SHARE * min(tone.seconds, other.seconds) for other in line):
            line.append(tone)
    return line


def _overlap_seconds(tone: HeardNote, other: HeardNote) -> float:
    return min(tone.end_seconds, other.end_seconds) - max(tone.start_seconds, other.start_seconds)


def are_of_one(sounds: Voices, voice: Sequence[HeardNote], track: Track) -> bool:
    """Return whether a voice's notes explain all that sounds: by glances, and where these leave a doubt by longer looks."""
    sung = as_sung(voice, track)
    is_long = sounds.windows > 1.5 * EXCERPTS * EXCERPT_WINDOWS
    looks = [
        (_glances(sounds), CLEARLY_ONE_BELOW),
        (_spread(sounds.windows, EXCERPTS, EXCERPT_WINDOWS) if is_long else [range(sounds.windows)], UNEXPLAINED_FROM),
    ]
    return any(unexplained(sung, _sounding_in(excerpts, sounds)) < enough for excerpts, enough in looks)


def _sounding_in(excerpts: Sequence[range], sounds: Voices) -> list[HeardNote]:
    tones = [tone for windows in excerpts for tone in sounds.notes(windows)]
    return without_drone(tones, sum(map(len, excerpts)) * STEP_SAMPLES / RATE_HZ)


def _glances(sounds: Voices) -> list[range]:
    return _spread(sounds.windows, max(GLANCES_MIN, round(sounds.seconds / GLANCE_EVERY_SECONDS)), 1)


def unexplained(voice: Sequence[HeardNote], tones: Sequence[HeardNote]) -> float:
    """Return the share, 0…1, of the sounding tones that are neither those of one voice nor their harmonics; 1 for no tones.

    The voice's pitches are as sung.
    """
    if not tones or not voice:
        return 1.0
    away = np.array([tone.pitch for tone in tones])[:, None] - np.array([note.pitch for note in voice])
    is_partial = np.abs(away[..., None] - PARTIALS).min(-1) <= PARTIAL_WITHIN_SEMITONES
    is_kept = ~_are_differences(voice, away, np.where(is_partial, _shared_seconds(tones, voice), 0.0))
    shared = np.where(is_partial & is_kept, _shared_seconds(tones, voice, RINGS_SECONDS), 0.0).sum(1)
    seconds, weights = np.array([(tone.seconds, tone.confidence) for tone in tones]).T
    return float(1.0 - np.minimum(seconds, shared) @ weights / (seconds @ weights))


def _are_differences(voice: Sequence[HeardNote], away: NDArray[np.float64], shared: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which notes are only what two tones above them have in common, and do not sound themselves.

    Semitones from note to tone, and for how long both sound where the tone is a harmonic of the note: (tones, notes) each.
    """
    found = []
    for note, steps, seconds in zip(voice, np.round(away).T, shared.T, strict=True):
        above = [step for step in np.unique(steps[seconds > 0.0]) if seconds[steps == step].sum() >= HEARD_SHARE * note.seconds]
        found.append(len(above) > 1 and above[0] > 1 and above[-1] - above[0] > 1)
    return np.array(found)


def _shared_seconds(
    tones: Sequence[HeardNote], voice: Sequence[HeardNote], ringing_seconds: float = 0.0
) -> NDArray[np.float64]:
    """Return how long each tone sounds together with each note and what rings of it: (tones, notes)."""
    ends = np.minimum.outer([tone.end_seconds for tone in tones], [note.end_seconds + ringing_seconds for note in voice])
    starts = np.maximum.outer([tone.start_seconds for tone in tones], [note.start_seconds for note in voice])
    return np.asarray(np.maximum(0.0, ends - starts))


def _spread(windows: int, count: int, length: int) -> list[range]:
    """Return so many excerpts of so many windows, spread evenly; fewer where there is not room for all."""
    starts = (np.arange(count) + 0.5) / count * max(0, windows - length)
    return [range(start, min(windows, start + length)) for start in sorted(set(np.round(starts).astype(int).tolist()))]
