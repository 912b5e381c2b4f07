"""Where a note's own partials begin to rise: slow attacks, and notes into which the one before rings, are heard late else."""

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
PERIODS, WINDOW_SECONDS = 6.0, (0.024, 0.064)
"""Six periods part the partials of a tone from each other, and most from those of another tone that rings."""
APART_BINS = 1.5
"""Partials nearer than this to those of the note before are not the note's own: the window cannot tell them apart."""
RISE_DB = 8.0
"""What rises less has no onset to be seen."""
NEAR_TOP_DB, RISEN_SHARE = 6.0, 0.25
"""The rise is followed back from near its top, down to this share of it in dB: MIDI onsets of bowed sounds lie there."""
SILENT_POWER = 1e-9
FLUX_WINDOW, FLUX_HOPS = 512, 8
"""Spectra of 32 ms, compared with those 32 ms earlier."""
FLUX_FLOOR = 1e-3
"""Of the note's loudest partial: what is softer is not heard."""
RESTRIKE_DB, RESTRIKE_TIMES = 2.0, 1.5
"""A note struck again brightens the mean bin by so much more than vibrato and breath do, in dB and as a multiple."""
NOTCH_DB, NOTCH_BEFORE_HOPS, NOTCH_AFTER_HOPS, AGAIN_HOPS = 2.5, 10, 12, 20
"""Its level rises by so much, out of a notch around it; the joint of a sampler's loop brightens it and leaves the level."""
TAIL_DB = 18.0
"""What is so much softer than the note it follows, on its pitch, belongs to its tail: halls beat."""
FROM_START_HOPS, TO_END_HOPS = 20, 27
"""The attack of the note itself, and of the next one, last about so long."""


def rise_seconds(note: HeardNote, before: HeardNote | None, track: Track) -> float:
    """Return the second at which a note's partials begin to rise, or where it was heard to begin if they do not, or later."""
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


def restrikes(note: HeardNote, track: Track) -> list[float]:
    """Return the seconds within a note at which it is struck again without a gap: all of its spectrum jumps up at once."""
    centres = np.arange(int(note.start_seconds * TRACK_RATE_HZ), int(note.end_seconds * TRACK_RATE_HZ), ENVELOPE_HOP)
    if len(centres) <= FROM_START_HOPS + TO_END_HOPS:
        return []
    flux = _flux(centres, track.samples)
    usual = float(np.percentile(flux[FROM_START_HOPS:-FROM_START_HOPS], 75))
    least = max(usual + RESTRIKE_DB, RESTRIKE_TIMES * usual)
    struck: list[int] = []
    for place in np.argsort(-flux[:-TO_END_HOPS]).tolist():
        is_apart = place >= FROM_START_HOPS and all(abs(place - other) > FROM_START_HOPS for other in struck)
        if is_apart and flux[place] >= least and _is_struck(int(centres[place]) // ENVELOPE_HOP, note, track):
            struck.append(place)
    return sorted(float(centres[place]) / TRACK_RATE_HZ for place in struck)


def _is_struck(hop: int, note: HeardNote, track: Track) -> bool:
    """Return whether the level rises from its lowest point around a hop of the envelope, and not in the note's tail."""
    level = track.envelope_db
    lowest = level[max(0, hop - NOTCH_BEFORE_HOPS) : hop + NOTCH_AFTER_HOPS].min()
    reached = level[hop : hop + AGAIN_HOPS].max()
    return bool(reached - lowest >= NOTCH_DB and reached >= note.loudness_db - TAIL_DB)


def _flux(centres: NDArray[np.intp], samples: NDArray[np.float32]) -> Curve:
    """Return by how many dB the mean bin rises around each sample."""
    reach = FLUX_WINDOW // 2 + FLUX_HOPS // 2 * ENVELOPE_HOP
    first, last = centres[0] - reach, centres[-1] + reach
    padded = np.pad(samples[max(0, first) : last], (max(0, -first), max(0, last - len(samples))))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, FLUX_WINDOW)[::ENVELOPE_HOP]
    spectra = np.abs(np.fft.rfft(pieces * np.hanning(FLUX_WINDOW).astype(np.float32), axis=1)) / (FLUX_WINDOW / 4)
    loudest = np.percentile(spectra.max(axis=1), 90)
    level = 20.0 * np.log10(spectra[:, 4:] + FLUX_FLOOR * max(float(loudest), FLUX_FLOOR))
    return np.asarray(np.clip(level[FLUX_HOPS:] - level[:-FLUX_HOPS], 0.0, None).mean(axis=1))[: len(centres)]
