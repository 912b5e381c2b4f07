"""Colour: the sevenths, ninths, open fifths and bare fifths that an idiom puts on a triad."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.composers.rules.plan import Plan
from bridge.music.chord import Chord

_FALLBACK = {"maj7": "6", "m7": "m", "7": "", "add9": "", "m9": "m7", "maj9": "6", "sus2": "", "madd9": "m", "m7b5": "dim"}


def coloured(triad: Chord, next_root: int, plan: Plan, where: tuple[int, Mapping[int, float]]) -> Chord:
    """Return the chord that the idiom makes of a triad; a colour that would rub against the melody is left out.

    `where`: the bar, and the melody's pitch classes with their weights.
    """
    bar, melody = where
    style = plan.idiom_at(bar).harmony.colour
    quality = _quality(triad, next_root, plan, style)
    while quality != triad.quality and _rubs(Chord(triad.root, quality), triad, melody):
        quality = _FALLBACK.get(quality, triad.quality)
    return Chord(triad.root, quality)


def _quality(triad: Chord, next_root: int, plan: Plan, style: str) -> str:
    degree = (triad.root - plan.key.tonic) % 12
    resolves = next_root == (triad.root + 5) % 12
    if style == "dominant":
        return {"": "7", "m": "m7", "dim": "m7b5"}.get(triad.quality, triad.quality)
    if style == "seventh":
        return _seventh(triad, degree, plan, resolves=resolves)
    if style == "open":
        return {"": "add9" if degree in {0, 5, 7} else "", "m": "m7"}.get(triad.quality, triad.quality)
    return "7" if triad.quality == "" and resolves and degree not in {0, 5} and not _is_natural(triad, plan) else triad.quality


def _seventh(triad: Chord, degree: int, plan: Plan, *, resolves: bool) -> str:
    if triad.quality == "":
        leading = (triad.root + 11) % 12
        is_dominant = degree == 7 or leading not in plan.key.scale or (resolves and not _is_natural(triad, plan))
        return "7" if is_dominant else "maj7"
    return {"m": "m7", "dim": "m7b5"}.get(triad.quality, triad.quality)


def _is_natural(triad: Chord, plan: Plan) -> bool:
    """Return whether every tone of the triad lies in the key: then a fifth down is no resolution of an applied dominant."""
    is_fifth = (triad.root - plan.key.tonic) % 12 == 7
    return not is_fifth and all(tone in plan.key.scale for tone in triad.pitch_classes)


def _rubs(chord: Chord, triad: Chord, melody: Mapping[int, float]) -> bool:
    """Return whether a tone beyond the triad lies a semitone from what the melody dwells on."""
    if not melody:
        return False
    added = set(chord.pitch_classes) - set(triad.pitch_classes)
    floor = 0.2 * sum(melody.values())
    dwelt = {pc for pc, weight in melody.items() if weight >= floor and pc not in added}
    return any((tone + side) % 12 in dwelt for tone in added for side in (1, 11))
