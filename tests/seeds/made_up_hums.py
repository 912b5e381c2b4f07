"""Made-up recordings whose notes are known: sung, hummed and whistled by a small model of the voice.

The source is a sum of harmonics that falls 6 dB an octave (12 by the glottis, less 6 by the lips); vowels are formants over it
(Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67, 1980). The pitch has scoops, glides, vibrato that
sets in late (5–6 Hz), detune, drift, jitter; the level has attacks, dynamics, shimmer; breath and room add noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
Curve = NDArray[np.float64]

SAMPLE_RATE_HZ = 22_050
FRAME = 64
"""Samples for which formants and pitch are held or drawn straight."""
VOWELS = {
    "a": ((730, 90, 0), (1090, 110, -3), (2440, 170, -16), (3400, 250, -24)),
    "e": ((530, 60, 0), (1840, 120, -10), (2480, 170, -14), (3500, 250, -22)),
    "i": ((300, 50, 0), (2290, 110, -16), (3010, 180, -18), (3600, 250, -24)),
    "o": ((570, 70, 0), (840, 80, -4), (2410, 170, -22), (3300, 250, -28)),
    "u": ((320, 50, 0), (870, 80, -10), (2240, 170, -28), (3300, 250, -32)),
    "m": ((250, 60, 0), (1000, 200, -24), (2200, 250, -30), (3000, 300, -36)),
}
"""Vowel (or a closed mouth) → formants: Hz, bandwidth Hz, level dB; men's means of Peterson & Barney, JASA 24, 1952."""
RANGES = {"bass": (40, 60), "alto": (53, 72), "soprano": (60, 81), "whistle": (76, 93)}
"""Singer → lowest and highest MIDI note."""
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Manner:
    """How the made-up singer sings, and where."""

    singer: str = "alto"
    is_legato: bool = False
    is_hummed: bool = False
    vibrato_cents: float = 45.0
    scoop_semitones: float = 1.0
    detune_cents: float = 30.0
    drift_cents: float = 30.0
    timing_seconds: float = 0.012
    noise_db: float = -60.0
    """Room noise, against the loudest vowel."""
    breath_db: float = -36.0


@dataclass(frozen=True)
class Hum:
    """A recording and the truth about it."""

    samples: Audio
    sample_rate_hz: int
    bpm: float
    tonic: int
    mode: str
    lead_in_seconds: float
    notes: list[tuple[float, float, int]] = field(default_factory=list)
    """(onset in seconds, end in seconds, MIDI pitch)."""
    beats: list[tuple[float, float]] = field(default_factory=list)
    """(start, length) of each note in beats from the end of the lead-in."""


CLEAN = Manner()
NOISY = Manner(noise_db=-20.0, breath_db=-26.0)
LEGATO = Manner(is_legato=True, scoop_semitones=0.5, vibrato_cents=40.0)
NOISY_LEGATO = replace(LEGATO, noise_db=-22.0, breath_db=-28.0)


def made_up_hum(random_seed: int, manner: Manner = CLEAN, bars: int = 4) -> Hum:
    """Return a melody in a random key and tempo (60–160 BPM), sung in this manner; other seeds, other everything."""
    rng = np.random.default_rng(random_seed)
    bpm = float(rng.uniform(60.0, 160.0))
    tonic, mode = int(rng.integers(12)), str(rng.choice(sorted(SCALES)))
    beats = sung_rhythm(rng, bars, bpm)
    pitches = scale_walk(rng, len(beats), tonic, mode, RANGES[manner.singer])
    lead_in = float(rng.uniform(0.1, 1.2))
    second = 60.0 / bpm
    starts = [lead_in + start * second + float(rng.normal(0.0, manner.timing_seconds)) for start, _ in beats]
    ends = _ends(rng, beats, starts, second, manner)
    notes = [(start, end, pitch) for start, end, pitch in zip(starts, ends, pitches, strict=True)]
    samples = _sung(rng, notes, manner)
    return Hum(samples, SAMPLE_RATE_HZ, bpm, tonic, mode, lead_in, notes, beats)


def sung_rhythm(rng: np.random.Generator, bars: int, bpm: float) -> list[tuple[float, float]]:
    """Return (start, length) in beats: figures of one or two beats, rests, and sixteenths where one can sing them."""
    figures: list[tuple[float, ...]] = [(1.0,), (1.0,), (0.5, 0.5), (2.0,), (1.5, 0.5), (0.5, 0.5, 1.0), (-1.0,)]
    if bpm < 90.0:
        figures += [(0.75, 0.25), (0.5, 0.25, 0.25)]
    beats: list[tuple[float, float]] = []
    now, end = 0.0, bars * 4.0
    while now < end:
        room = [figure for figure in figures if sum(map(abs, figure)) <= end - now and (now > 0.0 or figure[0] > 0.0)]
        for length in room[int(rng.integers(len(room)))]:
            if length > 0.0:
                beats.append((now, length))
            now += abs(length)
    return beats


def scale_walk(rng: np.random.Generator, count: int, tonic: int, mode: str, compass: tuple[int, int]) -> list[int]:
    """Return a walk over the scale, mostly by step, that repeats notes now and then and closes on the tonic."""
    low, high = compass
    ladder = [pitch for pitch in range(low, high + 1) if (pitch - tonic) % 12 in SCALES[mode]]
    place = len(ladder) // 2
    pitches = []
    for _ in range(count):
        pitches.append(ladder[place])
        move = int(rng.choice((0, 1, 1, 2, 2, 3, 4, 5), p=(0.16, 0.2, 0.2, 0.14, 0.1, 0.08, 0.07, 0.05)))
        place += move * (1 if rng.random() < 0.5 + 0.4 * (0.5 - place / len(ladder)) * 2 else -1)
        place = min(max(place, 0), len(ladder) - 1)
    home = [pitch for pitch in ladder if (pitch - tonic) % 12 == 0]
    pitches[-1] = min(home, key=lambda pitch: abs(pitch - pitches[-1]))
    return pitches


def _ends(
    rng: np.random.Generator, beats: list[tuple[float, float]], starts: list[float], second: float, manner: Manner
) -> list[float]:
    ends = []
    for index, (start, length) in enumerate(beats):
        end = starts[index] + length * second
        is_followed = index + 1 < len(beats) and beats[index + 1][0] <= start + length
        following = starts[index + 1] if is_followed else end
        gap = 0.0 if manner.is_legato and is_followed else float(rng.uniform(0.03, 0.07))
        ends.append(max(starts[index] + 0.06, min(end, following) - gap if is_followed else end - gap))
        if is_followed and manner.is_legato:
            ends[-1] = following
    return ends


def _sung(rng: np.random.Generator, notes: list[tuple[float, float, int]], manner: Manner) -> Audio:
    seconds = notes[-1][1] + float(rng.uniform(0.2, 0.8))
    times = np.arange(0.0, seconds, FRAME / SAMPLE_RATE_HZ)
    semitones = _pitch_curve(rng, times, notes, manner)
    level = _level_curve(rng, times, notes)
    samples_n = len(times) * FRAME
    fine = np.arange(samples_n) / SAMPLE_RATE_HZ
    f0_hz = 440.0 * 2.0 ** ((np.interp(fine, times, semitones) - 69.0) / 12.0)
    voice = _voiced(rng, f0_hz, times, notes, manner) * np.interp(fine, times, level)
    peak = float(np.abs(voice).max())
    breath = _coloured(rng, samples_n, 0.6) * np.interp(fine, times, level) * peak * 10 ** (manner.breath_db / 20)
    room = _coloured(rng, samples_n, 0.9) * peak * 10 ** (manner.noise_db / 20)
    mixed = voice + breath * 4.0 + room
    return np.asarray(mixed * (float(rng.uniform(0.1, 0.8)) / np.abs(mixed).max()), np.float32)


def _pitch_curve(rng: np.random.Generator, times: Curve, notes: list[tuple[float, float, int]], manner: Manner) -> Curve:
    """Return the pitch in semitones, for every frame."""
    curve = np.full(len(times), float(notes[0][2]))
    for index, (start, end, pitch) in enumerate(notes):
        joined = index > 0 and notes[index - 1][1] >= start - 1e-3
        curve[times >= start] = pitch
        if joined:
            glide = min(float(rng.uniform(0.04, 0.12)), (end - start) * 0.8)
            within = np.abs(times - start) < glide / 2
            before = float(notes[index - 1][2])
            curve[within] = before + (pitch - before) * 0.5 * (1 - np.cos(np.pi * ((times[within] - start) / glide + 0.5)))
        elif rng.random() < 0.7:
            depth, length = float(rng.uniform(0.2, 1.0)) * manner.scoop_semitones, float(rng.uniform(0.04, 0.11))
            since = times - start
            scooped = (since >= 0) & (since < 4 * length)
            curve[scooped] -= depth * np.exp(-since[scooped] / (length / 2))
        curve += _vibrato(rng, times, start, end, manner.vibrato_cents)
    slow = np.cumsum(rng.normal(0.0, 1.0, len(times)))
    slow = (slow - np.linspace(slow[0], slow[-1], len(slow))) / max(1.0, float(np.abs(slow).max()))
    detune = float(rng.uniform(-1, 1)) * manner.detune_cents / 100
    drift = float(rng.uniform(-1, 1)) * manner.drift_cents / 100 * times / times[-1]
    jitter = np.convolve(rng.normal(0.0, 0.06, len(times)), np.ones(5) / 5, "same")
    return np.asarray(curve + detune + drift + 0.08 * slow + jitter)


def _vibrato(rng: np.random.Generator, times: Curve, start: float, end: float, cents: float) -> Curve:
    """Return a swing of 5–6 Hz that grows from 0.2 s after the onset on."""
    depth = float(rng.uniform(0.5, 1.3)) * cents / 100
    delay = float(rng.uniform(0.15, 0.3))
    grown = np.clip((times - start - delay) / 0.2, 0.0, 1.0) * (times < end)
    return np.asarray(depth * grown * np.sin(2 * np.pi * float(rng.uniform(5.0, 6.0)) * (times - start)))


def _level_curve(rng: np.random.Generator, times: Curve, notes: list[tuple[float, float, int]]) -> Curve:
    """Return the amplitude for every frame: attacks, a phrase's dynamics, closures between notes, shimmer."""
    level = np.zeros(len(times))
    for index, (start, end, pitch) in enumerate(notes):
        joined = index > 0 and notes[index - 1][1] >= start - 1e-3
        loud = 10 ** (float(rng.uniform(-8, 0)) / 20)
        attack = 0.01 if joined else float(rng.uniform(0.015, 0.05))
        release = float(rng.uniform(0.03, 0.07))
        followed = index + 1 < len(notes) and notes[index + 1][0] <= end + 1e-3
        shape = np.clip((times - start) / attack, 0, 1) * np.clip((end + (0 if followed else release) - times) / release, 0, 1)
        if followed:
            shape = np.clip((times - start) / attack, 0, 1) * (times < end)
        if joined:
            shape = np.where((times >= start) & (times < end), np.maximum(shape, 0.5), shape)
        level = np.maximum(level, loud * shape)
        if joined and notes[index - 1][2] == pitch:  # a repeated note is told by a consonant: n, l, d
            dip, width = float(rng.uniform(0.6, 0.9)), float(rng.uniform(0.02, 0.035))
            level *= 1 - dip * np.exp(-(((times - start + width) / width) ** 2))
    smooth = np.hanning(9) / np.hanning(9).sum()
    shimmer = np.convolve(rng.normal(0.0, 0.08, len(times)), np.ones(5) / 5, "same")
    return np.asarray(np.convolve(level, smooth, "same") * (1 + shimmer))


def _voiced(
    rng: np.random.Generator, f0_hz: Curve, times: Curve, notes: list[tuple[float, float, int]], manner: Manner
) -> Curve:
    """Return the harmonics of the pitch under the formants of each note's vowel; a whistle is nearly a pure tone."""
    turned = np.exp(1j * 2 * np.pi * np.cumsum(f0_hz) / SAMPLE_RATE_HZ)
    if manner.singer == "whistle":
        return np.asarray(turned.imag + 0.02 * (turned**2).imag)
    scale = {"bass": 0.95, "alto": 1.1, "soprano": 1.18}[manner.singer]
    vowels = ["m" if manner.is_hummed else str(rng.choice(list("aeiou"))) for _ in notes]
    spans = np.searchsorted([start for start, _, _ in notes], times, side="right") - 1
    frames_hz = f0_hz[::FRAME]
    total, harmonic = np.zeros(len(f0_hz)), np.ones(len(f0_hz), complex)
    fine = np.arange(len(f0_hz))
    for number in range(1, 1 + int(6000 / f0_hz.min())):
        harmonic *= turned
        gains = np.zeros(len(times))
        for vowel in set(vowels):
            at = np.array([vowels[max(0, span)] == vowel for span in spans])
            gains[at] = _formants(frames_hz[at] * number / scale, vowel)
        gains = np.convolve(gains, np.ones(9) / 9, "same") / number
        total += harmonic.imag * np.interp(fine, np.arange(len(times)) * FRAME, gains)
    return total


def _formants(hz: Curve, vowel: str) -> Curve:
    """Return the gain of a vowel: parallel resonances over a floor."""
    gain = np.full(len(hz), 0.01)
    for centre, width, level_db in VOWELS[vowel]:
        gain += 10 ** (level_db / 20) / np.sqrt(1 + ((hz - centre) / width) ** 2)
    return np.where(hz < 6000, gain, 0.0)


def _coloured(rng: np.random.Generator, count: int, pole: float) -> Curve:
    """Return noise of RMS 1 that falls towards the treble."""
    from scipy.signal import lfilter

    noise = lfilter([1.0], [1.0, -pole], rng.normal(0.0, 1.0, count))
    return np.asarray(noise / noise.std())
