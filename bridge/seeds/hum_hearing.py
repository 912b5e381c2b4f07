"""What is heard in a recording: one voice, several, or no melody at all, and then what instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bridge.errors import ClipError
from bridge.seeds import hum_polyphony as polyphony
from bridge.seeds.hum_audio import RATE_HZ, SILENT_PEAK, Recording
from bridge.seeds.hum_note import HeardNote
from bridge.seeds.hum_overtones import without_overtones
from bridge.seeds.hum_segmenting import segment, settled
from bridge.seeds.hum_tracking import ENVELOPE_SECONDS, FRAME_SECONDS, TRACK_RATE_HZ, Track, track_voice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bridge.config import Voices

UNEXPLAINED_FROM = 0.18
"""So much of what sounds is no part of one voice: made-up hums stay below 0.1, solos in a hall below 0.18 but for one in fifty,
chords lie above 0.5, a tune over a bass that it agrees with from 0.16 on."""
CLEARLY_ONE_BELOW = 0.08
"""So little of what sounds at a glance is left by one voice alone; from here on more is heard before it is decided."""
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
SPOKEN_FROM = 0.28
SPEECH_VOICED_FROM, SPEECH_SPREAD_BELOW = 0.4, 2.5
"""Less of speech is hardly ever voiced, but in noise, and then within few semitones; of chords, which one pitch cannot follow,
so little is voiced too, all over the keys."""
PITCHED_FROM = 0.3
"""Drums and noise sound longer than this share of the time without any note."""
CLEAR_FROM = 0.4
"""Half of the tones of chords are heard with more confidence than 0.5, nearly all that drums seem to have with less."""
MAINS_HZ = np.array((50.0, 60.0, 100.0, 120.0))
MAINS_WITHIN_SEMITONES, MAINS_SHARE = 0.1, 0.9
"""No voice keeps so near to these for so much of what it sings."""
DRUM_DB = 15.0
"""Strokes stand out so far from what lies between them; noise does not."""


def hear(recording: Recording, voices: Voices = "auto") -> tuple[list[HeardNote], bool]:
    """Return the notes in order of time and whether they are of several voices, which is heard where it is not said.

    Raises ClipError (`no_notes`), saying what was heard, where there is no melody.
    """
    import soxr  # noqa: PLC0415 - only recordings need it

    if recording.peak < SILENT_PEAK:
        raise _no_melody("silence")
    track = settled(track_voice(soxr.resample(recording.samples, RATE_HZ, TRACK_RATE_HZ)))
    if _is_mains(track):
        raise _no_melody("the hum of the mains")
    voice = segment(track)
    if voices != "several" and speech_likeness(voice, track) >= SPOKEN_FROM:
        raise _no_melody("speech")
    tones = [] if voices == "one" else _tones(_as_sung(voice, track), recording, voices)
    if tones is None:
        return voice, False
    clear = [tone for tone in tones if tone.confidence >= CLEAR_FROM]
    if _sounding_seconds(clear) >= PITCHED_FROM * _active_seconds(track):
        return without_overtones(tones), True
    if voices != "several" and _sounding_seconds(voice) >= PITCHED_FROM * _active_seconds(track):
        return voice, False
    raise _no_melody("drums" if _has_strokes(track) else "noise")


def _as_sung(voice: Sequence[HeardNote], track: Track) -> list[HeardNote]:
    """Return notes with the singer's tuning put back, as who hears without knowing it hears them."""
    middles = [int((note.start_seconds + note.end_seconds) / 2 / FRAME_SECONDS) for note in voice]
    return [replace(note, pitch=note.pitch + track.tuning[middle]) for note, middle in zip(voice, middles, strict=True)]


def _tones(voice: Sequence[HeardNote], recording: Recording, asked: Voices) -> list[HeardNote] | None:
    """Return all tones that sound, or None where they are heard to be those of one voice, which is quicker to tell."""
    voices = polyphony.Voices(recording.samples)
    glances = max(GLANCES_MIN, round(recording.seconds / GLANCE_EVERY_SECONDS))
    is_long = voices.windows > 1.5 * EXCERPTS * EXCERPT_WINDOWS
    looks = [
        (_spread(voices.windows, glances, 1), CLEARLY_ONE_BELOW),
        (_spread(voices.windows, EXCERPTS, EXCERPT_WINDOWS) if is_long else [range(voices.windows)], UNEXPLAINED_FROM),
    ]
    for excerpts, enough in looks if asked == "auto" else ():
        if unexplained(voice, [tone for excerpt in excerpts for tone in voices.notes(excerpt)]) < enough:
            return None
    return voices.notes(range(voices.windows))


def _no_melody(heard: str) -> ClipError:
    return ClipError(f"no melody found: I heard {heard}; sing, hum, whistle or play one line", code="no_notes")


def speech_likeness(voice: Sequence[HeardNote], track: Track) -> float:
    """Return how much a voice speaks, below 0.1 for singing and from 0.3 on for speech.

    Syllables are short, lie between the semitones, slide, and keep within a few semitones.
    """
    spread = float(np.std([note.pitch for note in voice])) if voice else 0.0
    is_faint = _sounding_seconds(voice) < SPEECH_VOICED_FROM * _active_seconds(track)
    if len(voice) < 3 or (is_faint and spread >= SPEECH_SPREAD_BELOW):
        return 0.0
    between = float(np.mean([abs(note.pitch - round(note.pitch)) for note in voice]))
    short = float(np.median([note.seconds for note in voice]))
    near = min(0.4, max(-1.0, 0.5 * (1.6 - spread)))
    return 5.0 * (between - 0.05) + 5.0 * (0.2 - min(short, 0.3)) + 3.0 * (0.95 - _steadiness(voice, track)) + near


def _steadiness(voice: Sequence[HeardNote], track: Track) -> float:
    """Return the share of what is voiced that stays within 0.8 semitones of its note."""
    is_voiced = track.confidence >= 0.5
    steady = 0
    for note in voice:
        span = slice(int(note.start_seconds / FRAME_SECONDS), int(note.end_seconds / FRAME_SECONDS))
        steady += int((is_voiced[span] & (np.abs(track.tuned[span] - note.pitch) < 0.8)).sum())
    return steady / max(1, int(is_voiced.sum()))


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


def _sounding_seconds(notes: Sequence[HeardNote]) -> float:
    """Return how long any note sounds."""
    covered, sounding_to = 0.0, 0.0
    for note in sorted(notes):
        covered += max(0.0, note.end_seconds - max(note.start_seconds, sounding_to))
        sounding_to = max(sounding_to, note.end_seconds)
    return covered


def _active_seconds(track: Track) -> float:
    return float((track.envelope_db > track.envelope_db.max() - 30.0).sum()) * ENVELOPE_SECONDS


def _is_mains(track: Track) -> bool:
    """Return whether all that has a pitch is what bad cables pick up."""
    pitch = track.pitch[track.confidence >= 0.5]
    away = np.abs(pitch[:, None] - (69.0 + 12.0 * np.log2(MAINS_HZ / 440.0))).min(axis=1)
    return len(pitch) > 0 and float((away < MAINS_WITHIN_SEMITONES).mean()) >= MAINS_SHARE


def _has_strokes(track: Track) -> bool:
    loud, soft = np.percentile(track.envelope_db, (98, 40))
    return bool(loud - soft >= DRUM_DB)
