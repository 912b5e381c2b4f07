"""Repainted sound put back into an earlier take: outside the window every sample stays what it was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bridge.finish.true_peak import true_peak
from bridge.music.take import Stem, Take

if TYPE_CHECKING:
    from bridge.music.take import Samples

CROSSFADE_SECONDS = 0.01
_TURNED_DOWN = 0.9
"""New sound that would lift the mix over its ceiling is turned down by this factor until it does not."""
_ROUNDS = 30


def splice(new: Take, old: Take, window_beats: tuple[float, float], parts: Collection[str], true_peak_db: float) -> Take:
    """Return `new` with all sound but that of `parts` in the window taken from `old`, crossfaded inside the window.

    `window_beats` is (start, end) from the start of the section. Both takes have the same section and sample rate, and
    levels that match (`finish` with the gains of the old one).
    """
    section, rate_hz = old.score.section, old.sample_rate_hz
    first, last = (section.frame(beat, rate_hz) for beat in window_beats)
    fade = _fade(last - first, round(CROSSFADE_SECONDS * rate_hz), is_open=(first > 0, last < section.frames(rate_hz)))
    ceiling = 10.0 ** (true_peak_db / 20.0)
    for _ in range(_ROUNDS):
        stems = tuple(_spliced(stem, new.stem(stem.part) if stem.part in parts else None, first, fade) for stem in old.stems)
        window = _summed([stem.samples[first:last] for stem in stems], last - first)
        if true_peak(window) <= ceiling:
            break
        fade *= np.float32(_TURNED_DOWN)
    return new.changed(stems=stems, mix=_mix(old, stems, first, window))


def _fade(frames: int, fade_frames: int, *, is_open: tuple[bool, bool]) -> Samples:
    """Return the weight of the new sound, (frames, 1): 1, rising from and falling to 0 where the old sound goes on."""
    weight = np.ones((frames, 1), np.float32)
    ramp = np.linspace(0.0, 1.0, min(fade_frames, frames // 2), dtype=np.float32)[:, None]
    if is_open[0]:
        weight[: len(ramp)] = ramp
    if is_open[1]:
        weight[frames - len(ramp) :] = np.minimum(weight[frames - len(ramp) :], ramp[::-1])
    return weight


def _spliced(old: Stem, new: Stem | None, first: int, weight: Samples) -> Stem:
    if new is None:
        return old
    last = first + len(weight)
    samples = old.samples.copy()
    keeping = 1.0 - np.minimum(weight / max(float(weight.max()), 1e-9), 1.0)
    samples[first:last] = samples[first:last] * keeping + new.samples[first:last] * weight
    return replace(old, samples=samples, levels=None, tail=new.tail if last == len(samples) else old.tail)


def _mix(old: Take, stems: tuple[Stem, ...], first: int, window: Samples) -> Stem:
    if old.mix is None:
        raise ValueError("only a finished take can be repainted")
    samples = old.mix.samples.copy()
    samples[first : first + len(window)] = window
    if first + len(window) < len(samples):
        return Stem("mix", samples, old.mix.tail, old.mix.gain_db)
    tails = [stem.tail for stem in stems if stem.tail is not None]
    tail = _summed(tails, max(map(len, tails))) if tails else None
    return Stem("mix", samples, tail, old.mix.gain_db)


def _summed(sounds: Sequence[Samples], frames: int) -> Samples:
    total = np.zeros((frames, 2), np.float32)
    for sound in sounds:
        total[: len(sound)] += sound
    return total
