"""Which tunes are held out, and which others are too like them to train on."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from random import Random

from bridge.corpus.tunes import STEPS, Tune

HELD_OUT = {"4/4": 36, "6/8": 26, "2/4": 20, "3/4": 18}
"""Tunes held out of each meter."""
SHARED_MOST = 0.12
"""A tune that shares more of its two-bar windows with a held-out one is a near copy."""
TITLE_LETTERS = 9
"""Titles that begin alike so far are taken for the same."""
_NOTES_MIN = 4
"""Windows of fewer notes say nothing."""

Window = tuple[tuple[int, int], ...]


def hold_out(tunes: list[Tune], random: Random, counts: Mapping[str, int] = HELD_OUT) -> tuple[list[Tune], list[Tune], int]:
    """Return the tunes to train on, the held-out ones (`counts` of each meter), and how many near copies were dropped."""
    held = [
        tune
        for meter, count in counts.items()
        for tune in random.sample([tune for tune in tunes if tune.meter == meter and tune.bars >= 16], count)
    ]
    windows = {window for tune in held for window in windows_of(tune)}
    titles = {_title(tune) for tune in held} - {""}
    names = {tune.name for tune in held}
    others = [tune for tune in tunes if tune.name not in names]
    kept = [tune for tune in others if _title(tune) not in titles and shared(tune, windows) <= SHARED_MOST]
    return kept, held, len(others) - len(kept)


def windows_of(tune: Tune) -> list[Window]:
    """Return the two-bar windows of a tune, one a bar, whatever their key: (time in 48ths of a bar, interval) a note."""
    bar = tune.bar_steps
    starts = [start for start, _, _ in tune.notes]
    found = []
    for first in range(tune.bars - 1):
        notes = tune.notes[bisect_left(starts, first * bar) : bisect_left(starts, (first + 2) * bar)]
        if len(notes) >= _NOTES_MIN:
            scale = 4 * STEPS / bar
            found.append(tuple((round((s - first * bar) * scale), p - notes[0][2]) for s, _, p in notes))
    return found


def shared(tune: Tune, windows: set[Window]) -> float:
    """Return the share of a tune's windows that are among `windows`."""
    own = windows_of(tune)
    return sum(window in windows for window in own) / len(own) if own else 0.0


def _title(tune: Tune) -> str:
    plain = re.sub(r"[^a-z]", "", re.sub(r"^(the|a|an|o)\s+", "", re.sub(r",?\s*the$", "", tune.title.lower())))
    return plain[:TITLE_LETTERS]
