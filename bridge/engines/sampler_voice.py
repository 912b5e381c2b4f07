"""The sound of a key: a sample at its pitch, filtered and shaped, in float32 at any rate.

A tone is made once for as long as its longest note and shared by all notes that play it; only level, length and release
are a note's own. That is what makes a long song cost little more than its first bars.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from bridge.engines.sampler_soundfont import Sample
from bridge.engines.sampler_zone import Envelope, Wobble, Zone

Waveform = NDArray[np.float32]

_RANGE_DB = 96.0
"""What an envelope falls by in its decay or release time: SoundFont 2.04, section 8.1.2, generators 36 and 38."""
_HEARD_DB = 80.0
_RELEASE_MIN_S = 0.012
"""A shorter release is heard as a click."""
_CHOKE_S = 0.3
"""A hi-hat that closes, or another note that cuts off its own class, does so at least this quickly."""
_FILTER_BLOCK_S = 0.004
_FILTER_STEP_CENTS = 20.0
"""A moving filter is set anew when it has moved this far: finer steps are not heard."""
_CENTS_MAX = 4800.0
"""No sample is played further from its own pitch than four octaves."""
_PIECE_FRAMES = 1 << 14
"""What is worked on at once stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Tone:
    """A zone sounding one key."""

    waveform: Waveform
    """Pitched and filtered, without its volume envelope."""
    envelope: Waveform
    """The volume envelope of a key that is held, as long as the waveform."""
    sounding: Waveform
    """Both: the sound of a key that is held."""
    release: Waveform
    """How the level falls once the key is let go, from 1."""

    def add_to(self, stereo: Waveform, start: int, held: int, gains: tuple[float, float]) -> None:
        """Add a note to (2, frames): held for `held` frames from `start` on, then released; what lies past the end is lost."""
        held = min(held, len(self.waveform))
        _mix(stereo, start, self.sounding[:held], gains)
        rest = min(len(self.release), len(self.waveform) - held, stereo.shape[1] - start - held)
        if rest > 0:
            released = self.waveform[held : held + rest] * self.release[:rest]
            level = float(self.envelope[held - 1])
            _mix(stereo, start + held, released, (gains[0] * level, gains[1] * level))


def _mix(stereo: Waveform, start: int, sound: Waveform, gains: tuple[float, float]) -> None:
    sound = sound[: max(0, stereo.shape[1] - start)]
    for channel, gain in zip(stereo, gains, strict=True):
        channel[start : start + len(sound)] += sound * np.float32(gain)


def tone(zone: Zone, sample: Sample, key: int, velocity: int, frames: int, sample_rate_hz: int) -> Tone:
    """Return the tone of a key, at most `frames` long; shorter where the sample has no loop or the key dies away."""
    volume = zone.volume_envelope(key)
    cents = max(-_CENTS_MAX, min(_CENTS_MAX, zone.cents(key, sample.pitch) + sample.cents))
    ratio = 2.0 ** (cents / 1200.0) * sample.rate_hz / sample_rate_hz
    if volume.is_dying:
        frames = min(frames, math.ceil(volume.sounding_s * sample_rate_hz))
    if not (zone.is_looped or zone.is_bending):
        frames = min(frames, math.ceil(len(sample.waveform) / ratio))
    waveform = _pitched(zone, sample, key, ratio, frames, sample_rate_hz)
    waveform = _filtered(zone, waveform, key, velocity, sample_rate_hz)
    depth_db = max(-_RANGE_DB, min(_RANGE_DB, zone.amount(13) / 10.0))
    if depth_db:
        waveform *= _decibels(depth_db * _triangle(zone.wobble, _seconds(len(waveform), sample_rate_hz)))
    release_s = min(volume.release, _CHOKE_S) if zone.exclusive_class else volume.release
    envelope = _volume(volume, len(waveform), sample_rate_hz)
    return Tone(waveform, envelope, waveform * envelope, _release(release_s, sample_rate_hz))


def _seconds(frames: int, sample_rate_hz: int, every: int = 1, start: int = 0) -> NDArray[np.floating]:
    return np.arange(start, frames, every) * (1.0 / sample_rate_hz)


def _pitched(zone: Zone, sample: Sample, key: int, ratio: float, frames: int, sample_rate_hz: int) -> Waveform:
    """Return the sample read `ratio` of its frames at a time, its loop repeated; made in pieces to spare memory."""
    fastest = ratio * 2.0 ** (zone.bend_cents_max / 1200.0)
    source = np.pad(_unrolled(zone, sample, math.ceil(frames * fastest) + 1), (1, 3))
    result = np.empty(frames, np.float32)
    reached = 0.0
    for start in range(0, frames, _PIECE_FRAMES):
        stop = min(frames, start + _PIECE_FRAMES)
        positions: NDArray[np.floating] = np.arange(start, stop) * ratio
        if zone.is_bending:
            bend = _bend_cents(zone, key, _seconds(stop, sample_rate_hz, start=start))
            positions = reached + np.cumsum(ratio * 2.0 ** (bend / 1200.0))
            reached = float(positions[-1])
        inside = int(np.searchsorted(positions, len(source) - 5))
        result[start : start + inside] = _interpolated(source, positions[:inside])
        if inside < stop - start:
            return result[: start + inside]
    return result


def _bend_cents(zone: Zone, key: int, seconds: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return how the pitch moves while the note sounds."""
    bend: NDArray[np.floating] = zone.amount(5) * _triangle(zone.wobble, seconds) + zone.amount(6) * _triangle(
        zone.vibrato, seconds
    )
    bend += zone.amount(7) * _modulation(zone.modulation_envelope(key), seconds)
    return bend


def _unrolled(zone: Zone, sample: Sample, frames: int) -> Waveform:
    """Return the sample from its start, its loop repeated until there are `frames`."""
    start, end, loop_start, loop_end = zone.offsets()
    waveform = sample.waveform[max(0, start) : len(sample.waveform) + min(0, end)]
    first, last = sample.loop_start + loop_start - max(0, start), sample.loop_end + loop_end - max(0, start)
    if not zone.is_looped or sample.loop_start == sample.loop_end or not 0 <= first < last <= len(waveform):
        return waveform
    repeats = max(0, math.ceil((frames - last) / (last - first)))
    return np.concatenate([waveform[:last], np.tile(waveform[first:last], repeats + 1)])


def _interpolated(source: Waveform, positions: NDArray[np.floating]) -> Waveform:
    """Return the waveform between its frames: third-order Hermite curves through four of them; position 0 is frame 1."""
    index = positions.astype(np.intp)
    x = (positions - index).astype(np.float32)
    before, here, after, beyond = (source.take(index + step) for step in range(4))
    slope = (after - before) * np.float32(0.5)
    third = (here - after) * np.float32(1.5) + (beyond - before) * np.float32(0.5)
    second = after - here - slope - third
    result: Waveform = ((third * x + second) * x + slope) * x + here
    return result


def _filtered(zone: Zone, waveform: Waveform, key: int, velocity: int, sample_rate_hz: int) -> Waveform:
    """Return the waveform through the zone's low-pass filter, which may move."""
    cents, resonance_db = zone.filter_cents(key, velocity), zone.resonance_db(key, velocity)
    if not zone.is_filter_moving:
        if cents >= 13500.0 and resonance_db == 0.0:
            return waveform
        return np.asarray(lfilter(*_low_pass(cents, resonance_db, sample_rate_hz), waveform), dtype=np.float32)
    block = max(1, round(_FILTER_BLOCK_S * sample_rate_hz))
    steps = np.rint((cents + _filter_motion(zone, key, _seconds(len(waveform), sample_rate_hz, block))) / _FILTER_STEP_CENTS)
    changes = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist()]
    state = np.zeros(2)
    for index, following in zip(changes, [*changes[1:], len(steps)], strict=True):
        coefficients = _low_pass(float(steps[index]) * _FILTER_STEP_CENTS, resonance_db, sample_rate_hz)
        span = slice(index * block, following * block)
        waveform[span], state = lfilter(*coefficients, waveform[span], zi=state)
    return waveform


def _filter_motion(zone: Zone, key: int, seconds: NDArray[np.floating]) -> NDArray[np.floating]:
    motion: NDArray[np.floating] = zone.amount(11) * _modulation(zone.modulation_envelope(key), seconds)
    motion += zone.amount(10) * _triangle(zone.wobble, seconds)
    return motion


def _low_pass(cents: float, resonance_db: float, sample_rate_hz: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return numerator and denominator of a two-pole low-pass (R. Bristow-Johnson, Audio EQ Cookbook).

    A resonance of 3.01 dB is the flattest curve; half of the peak is taken off the level, as section 8.1.2 asks.
    """
    frequency_hz = min(0.45 * sample_rate_hz, 8.176 * 2.0 ** (min(13500.0, max(1500.0, cents)) / 1200.0))
    quality = 10.0 ** ((resonance_db - 3.01) / 20.0)
    omega = 2.0 * math.pi * frequency_hz / sample_rate_hz
    alpha, cosine = math.sin(omega) / (2.0 * quality), math.cos(omega)
    level = (1.0 - cosine) / math.sqrt(max(1.0, quality))
    over = 1.0 + alpha
    numerator = level / 2.0 / over, level / over, level / 2.0 / over
    return numerator, (1.0, -2.0 * cosine / over, (1.0 - alpha) / over)


def _triangle(wobble: Wobble, seconds: NDArray[np.floating]) -> NDArray[np.floating]:
    phase = np.maximum(0.0, seconds - wobble.delay) * wobble.frequency_hz + 0.25
    triangle: NDArray[np.floating] = 1.0 - 4.0 * np.abs(phase - np.floor(phase) - 0.5)
    return triangle


def _modulation(envelope: Envelope, seconds: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the modulation envelope of a key that is held: 0 to 1 in the attack, then down to its level in a line."""
    rise: NDArray[np.floating] = np.clip((seconds - envelope.delay) / max(envelope.attack, 1e-6), 0.0, 1.0)
    since = seconds - (envelope.delay + envelope.attack + envelope.hold)
    rise -= np.clip(since / max(envelope.decay, 1e-6), 0.0, envelope.sustain)
    return rise


def _volume(envelope: Envelope, frames: int, sample_rate_hz: int) -> Waveform:
    """Return the volume envelope of a key that is held: a line up, then decibels in a line down to its level."""
    decay_s = envelope.decay * envelope.sustain / _RANGE_DB
    ends_s = np.cumsum([envelope.delay, envelope.attack, envelope.hold, decay_s])
    delay, attack, hold, decay = (round(min(end, 1e6) * sample_rate_hz) for end in ends_s)
    result = np.full(frames, 10.0 ** (-envelope.sustain / 20.0), np.float32)
    result[:delay] = 0.0
    result[delay:attack] = (np.arange(attack - delay, dtype=np.float32) / max(1, attack - delay))[: max(0, frames - delay)]
    result[attack:hold] = 1.0
    falling = np.arange(min(decay, frames) - hold, dtype=np.float32)
    result[hold:decay] = _decibels(falling * np.float32(-envelope.sustain / max(1, decay - hold)))
    return result


def _release(release_s: float, sample_rate_hz: int) -> Waveform:
    """Return how the level falls from 1 to -80 dB, at a speed of 96 dB in the release time."""
    frames = max(1, round(max(_RELEASE_MIN_S, release_s) * sample_rate_hz))
    return _decibels(np.arange(frames * _HEARD_DB / _RANGE_DB, dtype=np.float32) * np.float32(-_RANGE_DB / frames))


def _decibels(level_db: NDArray[np.floating]) -> Waveform:
    result: Waveform = np.exp(level_db.astype(np.float32, copy=False) * np.float32(math.log(10.0) / 20.0))
    return result
