"""Where a note's own partials begin to rise: slow attacks, and notes that the one before still rings into, are heard late else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridge.seeds.hum_tracking import ENVELOPE_HOP, FRAME_SECONDS, TRACK_RATE_HZ, Track

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bridge.seeds.hum_note import HeardNote

    Curve = NDArray[np.float64]

BACK_SECONDS, AHEAD_SECONDS = 0.15, 0.12
"""So far before and after the second at which a note was heard its rise is looked for."""
RINGS_SECONDS = 0.15
"""A note that ended so long ago rings no more."""
LATER_SECONDS = 0.03
"""What a note follows the one before by, at least."""
PARTIALS_MAX, PARTIALS_BELOW_HZ = 12, 5_000.0
PERIODS, WINDOW_SECONDS = 4.0, (0.024, 0.048)
"""Four periods part the partials of a tone from each other."""
APART_BINS = 1.5
"""Partials nearer than this to those of the note before are not the note's own: the window cannot tell them apart."""
RISE_DB = 8.0
"""What rises less has no onset to be seen."""
NEAR_TOP_DB, RISEN_SHARE = 6.0, 0.25
"""The rise is followed back from near its top, down to this share of it in dB: MIDI onsets of bowed sounds lie there."""
SILENT_POWER = 1e-9


def rise_seconds(note: HeardNote, before: HeardNote | None, track: Track) -> float:
    """Return the second at which the note's partials begin to rise; where none is seen, or later, where it was heard to begin."""
    earliest = max(0.0, note.start_seconds - BACK_SECONDS)
    ringing_hz = None
    if before is not None:
        earliest = max(earliest, before.start_seconds + LATER_SECONDS)
        rings = note.start_seconds - before.end_seconds < RINGS_SECONDS and round(before.pitch) != round(note.pitch)
        ringing_hz = _hz(before, note, track) if rings else None
    latest = min(note.start_seconds + AHEAD_SECONDS, note.end_seconds)
    centres = np.arange(int(earliest * TRACK_RATE_HZ), int(latest * TRACK_RATE_HZ), ENVELOPE_HOP)
    heard = int(np.searchsorted(centres, note.start_seconds * TRACK_RATE_HZ)) - 1
    if heard < 1:
        return note.start_seconds
    level = _partials_db(centres, _hz(note, note, track), ringing_hz, track.samples)
    rise = None if level is None else _rise(level, heard)
    return note.start_seconds if rise is None else min(note.start_seconds, float(centres[rise]) / TRACK_RATE_HZ)


def _hz(pitched: HeardNote, at: HeardNote, track: Track) -> float:
    """Return the frequency of a pitch as the player was tuned at a note."""
    span = slice(int(at.start_seconds / FRAME_SECONDS), int(at.end_seconds / FRAME_SECONDS) + 1)
    return float(440.0 * 2.0 ** ((pitched.pitch + track.tuning[span].mean() - 69.0) / 12.0))


def _partials_db(centres: NDArray[np.intp], hz: float, ringing_hz: float | None, samples: NDArray[np.float32]) -> Curve | None:
    """Return the level of a tone's own partials around each sample, or None where it has none of its own."""
    size = int(np.clip(PERIODS / hz, *WINDOW_SECONDS) * TRACK_RATE_HZ) // 2 * 2
    partials = hz * np.arange(1, PARTIALS_MAX + 1)
    partials = partials[partials < PARTIALS_BELOW_HZ]
    if ringing_hz is not None:
        turns = partials / ringing_hz
        partials = partials[np.abs(turns - np.round(turns)) * ringing_hz > APART_BINS * TRACK_RATE_HZ / size]
    if not len(partials):
        return None
    padded = np.pad(samples[max(0, centres[0] - size) : centres[-1] + size], (max(0, size - centres[0]), size))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, size)[centres - centres[0] + size // 2]
    waves = np.exp(-2j * np.pi / TRACK_RATE_HZ * np.arange(size)[:, None] * partials) * np.hanning(size)[:, None]
    power = np.square(np.abs(pieces @ waves) / (size / 4)).sum(axis=1)
    return np.asarray(10.0 * np.log10(power + SILENT_POWER))


def _rise(level: Curve, heard: int) -> int | None:
    """Return where the level begins to rise to what it reaches from an index on; None where it does not rise."""
    top = level[heard:].max()
    near_top = heard + int(np.argmax(level[heard:] >= top - NEAR_TOP_DB))
    floor = level[: near_top + 1].min()
    if top - floor < RISE_DB:
        return None
    below = np.flatnonzero(level[:near_top] <= floor + RISEN_SHARE * (top - floor))
    return int(below[-1]) + 1 if len(below) else None
