"""From an engine's stems to a take that fits the session: balanced, at its loudness, under its true peak, and summed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridge.finish.limiter import GainCurve, gain_curve
from bridge.finish.loudness import SILENCE_LUFS, Energies, energies, integrated, loudness, mixed, step_frames
from bridge.finish.true_peak import BLOCK_FRAMES, MARGIN_FRAMES, block_peaks, true_peak
from bridge.music.take import Stem, Take
from bridge.step import Step, ignore
from bridge.threads import processors, side_by_side

if TYPE_CHECKING:
    from bridge.music.take import Samples

BALANCE_LU = {"lead": 0.0, "drums": -1.5, "bass": -3.0, "chords": -4.5, "counter": -5.0, "pad": -8.0}
"""Loudness of each part beside the lead's: the melody in front, what accompanies behind it."""
_GAIN_DB_MAX, _MASTER_DB_MAX = 40.0, 12.0
"""Highest gain of a part, and of all together: silence with a little noise in it is not made into noise."""
_LIMITING_DB_MAX = 14.0
"""Music whose highest peak is turned down further is crushed; rather is it not so loud."""
_MISSING_LU_MAX = 0.5
_KIT_GAIN_DB_MAX = 8.0
"""A kit that plays little is meant to be heard little: one hat a beat is not made as loud as a whole groove."""
_SAFETY_DB = 0.15
"""Kept under the highest true peak, for meters that interpolate otherwise."""
_TOLERANCE_LU = 0.02
_ROUNDS = 12
_REACH_MIN = 0.2
"""A limiter takes part of each decibel of gain back; how much is learnt from round to round (secant method)."""
_BLOCK_FRAMES = 1024 * BLOCK_FRAMES


def finish(
    take: Take,
    *,
    lufs: float = -16.0,
    true_peak_db: float = -1.0,
    gains_db: Mapping[str, float] | None = None,
    step: Step = ignore,
) -> Take:
    """Return the take with its stems levelled and its mix, which is their sum, exactly.

    The mix has the integrated loudness `lufs` (or the take a warning); mix and stems stay under `true_peak_db`, limited where
    need be by one gain curve for all. With `gains_db` (part → `Stem.gain_db` of an earlier take) the stems get these gains
    instead, so that both takes match; parts not named are balanced to the others, and the loudness is what comes of it.
    The samples of `take` are changed in place: a whole song is too large to hold twice. Raises CancelledError from `step`.
    """
    if not take.stems:
        return take.changed(mix=Stem("mix", np.zeros((take.score.section.frames(take.sample_rate_hz), 2), np.float32)))
    strips = [_Strip.of(stem) for stem in take.stems]
    desk = _Desk(strips, take.sample_rate_hz, lambda: step("finish", 0, 1))
    setting = desk.settle(lufs, _factor(true_peak_db - _SAFETY_DB), gains_db or {})
    mix = desk.mixdown(setting)
    sounds = [*(strip.stem(gain) for strip, gain in zip(strips, setting.gains, strict=True)), mix]
    peaks_db = side_by_side(
        lambda stem, _check: _peak_db(stem), sounds, lambda done: step("finish", done, len(sounds)), processors()
    )
    levels = zip(sounds, setting.lufs, peaks_db, strict=True)
    *stems, mix = (replace(stem, levels=(lufs, peak_db)) for stem, lufs, peak_db in levels)
    quieter = f"mix: {lufs - setting.missing_lu:.1f} LUFS instead of {lufs:g}, since it cannot be louder without being crushed"
    warnings = (*take.warnings, quieter) if setting.missing_lu > _MISSING_LU_MAX else take.warnings
    return take.changed(stems=tuple(stems), mix=mix, warnings=warnings)


def stem_levels(stem: Stem, sample_rate_hz: int) -> tuple[float, float]:
    """Return (LUFS, dBTP) of a stem as it is delivered, measured; -120 for silence."""
    return loudness(stem.samples, sample_rate_hz), _peak_db(stem)


def _peak_db(stem: Stem) -> float:
    peak = true_peak(stem.samples)
    return max(SILENCE_LUFS, 20.0 * math.log10(peak)) if peak else SILENCE_LUFS


@dataclass(frozen=True, eq=False)
class _Strip:
    """One stem on the desk: its section and its tail as one stretch of audio."""

    part: str
    samples: Samples
    tail: Samples
    gain_db: float

    @classmethod
    def of(cls, stem: Stem) -> _Strip:
        tail = np.zeros((0, 2), np.float32) if stem.tail is None else _writable(stem.tail)
        return cls(stem.part, _writable(stem.samples), tail, stem.gain_db)

    @property
    def frames(self) -> int:
        return len(self.samples) + len(self.tail)

    @property
    def gain_db_max(self) -> float:
        return _KIT_GAIN_DB_MAX if self.part == "drums" else _GAIN_DB_MAX

    def pieces(self, start: int, stop: int) -> Iterator[tuple[int, Samples]]:
        """Yield (where it begins, audio) of what lies between two frames."""
        length = len(self.samples)
        for origin, audio in ((0, self.samples), (length, self.tail)):
            first, last = max(start, origin), min(stop, origin + len(audio))
            if first < last:
                yield first, audio[first - origin : last - origin]

    def stem(self, gain: float) -> Stem:
        """Return the stem as it now is, after this gain."""
        gain_db = self.gain_db + 20.0 * math.log10(gain)
        return Stem(self.part, self.samples, self.tail if len(self.tail) else None, gain_db)


def _writable(audio: Samples) -> Samples:
    return audio if audio.flags.writeable else audio.copy()


@dataclass(frozen=True, eq=False)
class _Setting:
    """Where the faders stand."""

    gains: NDArray[np.float64]
    """Of each strip."""
    curve: GainCurve
    """Of all strips."""
    lufs: list[float]
    """How loud each strip comes out, and last the mix."""
    missing_lu: float = 0.0
    """How far the mix stays below the loudness asked for."""


def _factor(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


class _Desk:
    """The stems side by side, read and written a second at a time."""

    def __init__(self, strips: list[_Strip], sample_rate_hz: int, check: Callable[[], None]) -> None:
        self._strips, self._rate_hz, self._check = strips, sample_rate_hz, check
        self._frames = max((strip.frames for strip in strips), default=0)

    def settle(self, lufs: float, ceiling: float, gains_db: Mapping[str, float]) -> _Setting:
        """Return the gain of each strip, and the curve that limits them all."""
        heard = energies([strip.samples for strip in self._strips], self._rate_hz, self._check)
        gains = self._balance(heard, gains_db)
        loudness_now = integrated(mixed(heard, gains))
        if loudness_now <= SILENCE_LUFS or any(strip.part in gains_db for strip in self._strips):
            curve = gain_curve(self._peaks(gains, ceiling), ceiling, self._rate_hz)
            return _Setting(gains, curve, self._levels(heard, gains, curve))
        peaks = self._peaks(gains, ceiling / _factor(lufs - loudness_now))
        master_db, curve, missing = self._mastered(mixed(heard, gains), peaks, lufs, ceiling)
        gains = gains * _factor(master_db)
        return _Setting(gains, curve, self._levels(heard, gains, curve), missing)

    def _kept(self, curve: GainCurve, energy: Energies) -> Energies:
        """Return the energy, (steps, parts), that the curve leaves of this one."""
        steps, parts = energy.shape
        return energy * curve.power(step_frames(len(self._strips[0].samples), self._rate_hz) / parts, (steps, parts))

    def _levels(self, heard: Energies, gains: NDArray[np.float64], curve: GainCurve) -> list[float]:
        """Return the loudness of each strip as it comes out, and of the mix."""
        alone = (heard[:, :, index, index] * gain**2 for index, gain in enumerate(gains))
        return [integrated(self._kept(curve, energy)) for energy in (*alone, mixed(heard, gains))]

    def _mastered(
        self, energy: Energies, peaks: NDArray[np.float32], lufs: float, ceiling: float
    ) -> tuple[float, GainCurve, float]:
        """Return the gain in dB that gives the mix its loudness after limiting, the limiter's curve, and the LU missing."""
        highest_db = min(_MASTER_DB_MAX, 20.0 * math.log10(ceiling / float(peaks.max())) + _LIMITING_DB_MAX)
        master_db, missing, reach = 0.0, lufs - integrated(energy), 1.0
        for _ in range(_ROUNDS):
            last_db, last = master_db, missing
            master_db = min(highest_db, master_db + missing / reach)
            curve = gain_curve(peaks * np.float32(_factor(master_db)), ceiling, self._rate_hz)
            missing = lufs - master_db - integrated(self._kept(curve, energy))
            if abs(missing) < _TOLERANCE_LU or master_db == last_db:
                break
            reach = max(_REACH_MIN, (last - missing) / (master_db - last_db))
            self._check()
        return master_db, curve, missing

    def _balance(self, stem_energies: Energies, gains_db: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the gains that put each part at its place beside the lead; 1 for silence."""
        levels = [integrated(stem_energies[:, :, index, index]) for index in range(len(self._strips))]
        wanted = [BALANCE_LU.get(strip.part, min(BALANCE_LU.values())) for strip in self._strips]
        gains = {
            strip.part: max(-_GAIN_DB_MAX, min(strip.gain_db_max, place - 16.0 - level)) if level > SILENCE_LUFS else 0.0
            for strip, level, place in zip(self._strips, levels, wanted, strict=True)
        }
        known = gains_db.keys() & gains.keys()
        offset = sum(gains_db[part] - gains[part] for part in known) / max(1, len(known))
        chosen = [gains_db.get(strip.part, gains[strip.part] + offset) for strip in self._strips]
        return np.asarray(10.0 ** (np.array(chosen) / 20.0))

    def _peaks(self, gains: NDArray[np.float64], ceiling: float) -> NDArray[np.float32]:
        """Return, block by block, the highest peak of the mix and of any stem at these gains."""
        found = []
        for start in range(0, self._frames, _BLOCK_FRAMES):
            stop = min(start + _BLOCK_FRAMES, self._frames)
            mix = np.zeros((stop - start + 2 * MARGIN_FRAMES, 2), np.float32)
            peaks = np.zeros(math.ceil((stop - start) / BLOCK_FRAMES), np.float32)
            for strip, gain in zip(self._strips, gains, strict=True):
                alone = np.zeros_like(mix)
                for first, audio in strip.pieces(start - MARGIN_FRAMES, stop + MARGIN_FRAMES):
                    at = first - start + MARGIN_FRAMES
                    np.multiply(audio, np.float32(gain), out=alone[at : at + len(audio)])
                mix += alone
                peaks = np.maximum(peaks, block_peaks(alone, ceiling))
            found.append(np.maximum(peaks, block_peaks(mix, ceiling)))
            self._check()
        return np.concatenate(found)

    def mixdown(self, setting: _Setting) -> Stem:
        """Apply the setting to every strip, and return their sum."""
        mix = np.zeros((self._frames, 2), np.float32)
        for start in range(0, self._frames, _BLOCK_FRAMES):
            stop = min(start + _BLOCK_FRAMES, self._frames)
            limiting = setting.curve.gains(start, stop)
            for strip, gain in zip(self._strips, setting.gains, strict=True):
                for first, audio in strip.pieces(start, stop):
                    np.multiply(audio, np.float32(gain), out=audio)
                    if limiting is not None:
                        np.multiply(audio, limiting[first - start : first - start + len(audio), None], out=audio)
                    mix[first : first + len(audio)] += audio
            self._check()
        length = len(self._strips[0].samples)
        return Stem("mix", mix[:length], mix[length:] if self._frames > length else None)
