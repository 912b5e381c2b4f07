"""Tones of several voices that are only overtones of others: above the tune, where they would be taken for it."""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from bridge.seeds.hum_note import HeardNote

HARMONICS = frozenset((12, 19, 24, 28, 31, 34, 36))
"""Semitones from a tone to its overtones, up to the eighth."""
TOGETHER_SECONDS = 0.05
SURE_SHARE = 0.65
"""An overtone is heard with no more of its tone's confidence; the share at which most tunes over chords came out right."""
TUNE_BELOW, TUNE_ABOVE = 7, 12
"""Semitones from the middle of the tune within which a doubtful tone is its own rather than what lies below."""


def without_overtones(tones: Sequence[HeardNote]) -> list[HeardNote]:
    """Return the tones, in order of time, less those that are only overtones of others that begin with them.

    A tune may play an overtone of its chords: a doubtful tone is kept where the tune would else fall to the chords.
    """
    in_time = sorted(tones)
    starts = [tone.start_seconds for tone in in_time]
    together = [
        in_time[bisect_left(starts, start - TOGETHER_SECONDS) : bisect_right(starts, start + TOGETHER_SECONDS)]
        for start in starts
    ]
    sure = {tone for tone, others in zip(in_time, together, strict=True) if not _is_overtone(tone, others)}
    tops = [max((other.pitch for other in others if other in sure), default=0.0) for others in together]
    middle = statistics.median(top for tone, top in zip(in_time, tops, strict=True) if tone in sure)
    return [
        tone
        for tone, top in zip(in_time, tops, strict=True)
        if tone in sure or (top < middle - TUNE_BELOW and tone.pitch <= middle + TUNE_ABOVE)
    ]


def _is_overtone(tone: HeardNote, others: Sequence[HeardNote]) -> bool:
    return any(
        round(tone.pitch - other.pitch) in HARMONICS and tone.confidence < SURE_SHARE * other.confidence for other in others
    )
