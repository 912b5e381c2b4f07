"""How well an accompaniment harmonises a melody. All figures are shares, 0…1, unless said otherwise.

Harmony is heard in the notes of chords, pad and bass together, in windows of half a bar (`Piece.windows`).
The definitions follow the prototype of the score diffusion model, which measured its teacher at .79 chord tones and .91 triads;
template matching is that of Fujishima (1999), "Realtime chord recognition of musical sound", on notes instead of a spectrum.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bridge.evaluate.piece import ACCOMPANIMENT, STEPS, Floats, Ints, Piece

NO_CHORD = -1
_MAJOR, _MINOR, _DIMINISHED, _AUGMENTED, _OPEN = range(5)
_HEARD = (
    (_MAJOR, (0, 4, 7)),
    (_MAJOR, (0, 4, 7, 10)),
    (_MAJOR, (0, 4, 7, 11)),
    (_MINOR, (0, 3, 7)),
    (_MINOR, (0, 3, 7, 10)),
    (_DIMINISHED, (0, 3, 6)),
    (_DIMINISHED, (0, 3, 6, 10)),
    (_AUGMENTED, (0, 4, 8)),
)
"""Quality and tones of the chords that are told apart, the triad first; a seventh chord counts as its triad."""
_SEVENTH = 0.5
"""Weight of a chord's seventh beside the 1 of its triad."""
_BASS = 0.5
"""Weight of the bass, which walks, beside the 1 of chords and pad."""
_ROOT = 0.1
"""What a bass that plays a chord's root alone adds to its likeness. These three weights hear the teacher's chords best."""


def sounding_set(piece: Piece) -> Floats:
    """Return (windows): how many pitch classes the accompaniment sounds in each half bar."""
    return np.asarray(np.count_nonzero(piece.pitch_class_steps(*ACCOMPANIMENT), axis=1), np.float64)


def chord_tone_ratio(melody: Piece, accompaniment: Piece, *, most: Floats | None = None) -> float:
    """Return the share of the melody's time whose pitch class the accompaniment sounds in the same half bar.

    The ratio rises with every pitch class that sounds, so compare at equal density: `most` (windows) is how many classes
    count in each half bar, the longest-sounding first (the teacher's `sounding_set`). NaN where nothing is sung.
    """
    sung = melody.pitch_class_steps("lead")
    weights = accompaniment.pitch_class_steps(*ACCOMPANIMENT)
    windows = min(len(sung), len(weights))
    sung, weights = sung[:windows], weights[:windows]
    sounds = weights > 0
    if most is not None:
        rank = np.argsort(np.argsort(-weights, axis=1, kind="stable"), axis=1)
        sounds &= rank < most[:windows, None]
    total = sung.sum()
    return float((sung * sounds).sum() / total) if total else float("nan")


def pitch_class_entropy(piece: Piece) -> float:
    """Return the entropy in bits of the accompaniment's pitch classes, weighted by their length: 0…log2 12 = 3.58."""
    weights = piece.pitch_class_steps(*ACCOMPANIMENT).sum(axis=0)
    shares = weights[weights > 0] / max(weights.sum(), 1.0)
    return float(-(shares * np.log2(shares)).sum())


def estimated_triads(piece: Piece, parts: tuple[str, ...] = ACCOMPANIMENT) -> Ints:
    """Return (windows): the triad that the notes of these parts sound most like in each half bar, NO_CHORD in silence.

    A triad is root + 12 × quality (0 major, 1 minor, 2 diminished, 3 augmented); likeness is the cosine between sounding
    lengths and a chord's tones, and a little for its root in the bass.
    """
    bass = piece.pitch_class_steps(*(part for part in parts if part == "bass"))
    weights = piece.pitch_class_steps(*(part for part in parts if part != "bass")) + _BASS * bass
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    on_root = bass / np.maximum(bass.sum(axis=1, keepdims=True), 1.0)
    templates, codes = _templates()
    likeness = weights / np.maximum(length, 1e-9) @ templates.T + _ROOT * on_root[:, codes % 12]
    return np.where(length[:, 0] > 0, codes[likeness.argmax(axis=1)], NO_CHORD)


@cache
def _templates() -> tuple[Floats, Ints]:
    """Return (chords, 12): tones of length 1, and (chords): the triad that each counts as."""
    rows = np.zeros((len(_HEARD) * 12, 12))
    codes = np.zeros(len(rows), np.int64)
    for index, ((quality, intervals), root) in enumerate(product(_HEARD, range(12))):
        rows[index, [(root + interval) % 12 for interval in intervals]] = (1.0, 1.0, 1.0, _SEVENTH)[: len(intervals)]
        codes[index] = root + 12 * quality
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), codes


def known_triads(piece: Piece) -> Ints:
    """Return (windows): the triad of the piece's own chords in each half bar, as `estimated_triads`.

    The chord that holds for most pulses of the half bar counts, the earliest of several. Chords without a third (power,
    suspended) have quality 4: any triad on their root agrees with them.
    """
    codes = _triad_codes(piece.chord_roots, piece.chord_masks)
    first = piece.windows // STEPS
    found = np.full(len(first), NO_CHORD, np.int64)
    for window, (start, end) in enumerate(zip(first, [*first[1:], len(codes)], strict=True)):
        inside = codes[start:end]
        if len(inside):
            found[window] = max(inside, key=lambda code: (inside == code).sum())
    return found


def _triad_codes(roots: Ints, masks: NDArray[np.integer]) -> Ints:
    """Return the triad code of each pulse."""

    def has(interval: int) -> NDArray[np.bool_]:
        return np.asarray((masks >> ((roots + interval) % 12)) & 1 == 1)

    quality = np.full(len(roots), _OPEN, np.int64)
    quality[has(4)] = _MAJOR
    quality[has(4) & has(8) & ~has(7)] = _AUGMENTED
    quality[has(3) & ~has(4)] = _MINOR
    quality[has(3) & ~has(4) & has(6) & ~has(7)] = _DIMINISHED
    return np.where(roots < 0, NO_CHORD, roots % 12 + 12 * quality)


def agreement(found: Ints, wanted: Ints) -> float:
    """Return the share of half bars in which two series of triads are the same, of those where a triad is wanted."""
    windows = min(len(found), len(wanted))
    found, wanted = found[:windows], wanted[:windows]
    is_same = (found == wanted) | ((wanted // 12 == _OPEN) & (found >= 0) & (found % 12 == wanted % 12))
    is_wanted = wanted != NO_CHORD
    return float(is_same[is_wanted].mean()) if is_wanted.any() else float("nan")


def roots_of(triads: Ints) -> Ints:
    """Return the roots (pitch classes) of triads, NO_CHORD where there is none."""
    return np.where(triads == NO_CHORD, NO_CHORD, triads % 12)


def triad_agreement(teacher: Piece, accompaniment: Piece) -> float:
    """Return the share of half bars whose estimated triad is the teacher's chord for that melody."""
    return agreement(estimated_triads(accompaniment), known_triads(teacher))


def bass_in_harmony(bass: Piece, harmony: Piece) -> float:
    """Return the share of half bars whose bass (its longest pitch class) is sounded by chords or pad in them."""
    low, above = bass.pitch_class_steps("bass"), harmony.pitch_class_steps("chords", "pad")
    windows = min(len(low), len(above))
    low, above = low[:windows], above[:windows]
    plays = low.any(axis=1)
    if not plays.any():
        return float("nan")
    return float((above[np.arange(windows), low.argmax(axis=1)] > 0)[plays].mean())


def repeated_bars(melody: Piece) -> NDArray[np.bool_]:
    """Return (bars, bars): pairs of an earlier and a later bar in which the same melody is written, of two notes or more."""
    lead = melody.part("lead")
    onset = np.rint(lead[:, 0]).astype(int)
    lines: list[tuple[tuple[int, int], ...]] = []
    for bar in range(melody.bars):
        inside = onset // melody.bar_steps == bar
        notes = zip(onset[inside] % melody.bar_steps, lead[inside, 2].astype(int), strict=True)
        lines.append(tuple(sorted((int(step), int(pitch)) for step, pitch in notes)))
    same = np.array([[one == two and len(one) > 1 for two in lines] for one in lines], bool).reshape(len(lines), -1)
    return np.triu(same, 1)


def same_chords(piece: Piece, triads: Ints, pairs: NDArray[np.bool_]) -> float:
    """Return the mean share of half bars with the same triad (windows) in these pairs of bars; NaN without pairs."""
    rows = triads.reshape(piece.bars, -1)
    equal = (rows[:, None] == rows[None]).mean(axis=2)
    size = min(len(pairs), len(equal))
    chosen = pairs[:size, :size]
    return float(equal[:size, :size][chosen].mean()) if chosen.any() else float("nan")
