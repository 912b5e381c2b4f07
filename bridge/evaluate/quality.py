"""How good accompaniments are beside their teacher's, in one call: what a training watches and `bench score` reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.evaluate import groove, harmony
from bridge.evaluate.piece import Piece

Positions = Mapping[str, NDArray[np.bool_]]
HARMONY = ("chords", "pad")


def quality(teachers: Sequence[Piece], made: Sequence[Piece], positions: Sequence[Positions] | None = None) -> dict[str, float]:
    """Return each figure of `measured`, averaged over the pieces that have it.

    `teachers` are held-out songs with melody, chords and the teacher's accompaniment; `made` are the accompaniments
    composed for their melodies, in the same order (their own lead and chords are not read). `positions` say for each piece
    which steps of the bar its groove uses. Pass the teachers twice for the figures of the teacher.
    """
    rows = [
        measured(teacher, one, positions[index] if positions else None)
        for index, (teacher, one) in enumerate(zip(teachers, made, strict=True))
    ]
    return averaged(rows)


def averaged(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over the rows in which it is a number; NaN where it is in none."""
    names = dict.fromkeys(name for row in rows for name in row)
    found = {name: [row[name] for row in rows if np.isfinite(row.get(name, np.nan))] for name in names}
    return {name: float(np.mean(values)) if values else float("nan") for name, values in found.items()}


def measured(teacher: Piece, made: Piece, positions: Positions | None = None) -> dict[str, float]:
    """Return the figures of one accompaniment: shares 0…1 but for densities (onsets a bar), set size and entropy (bits)."""
    most = harmony.sounding_set(teacher)
    repeats = harmony.repeated_bars(teacher)
    others = np.triu(~repeats, 1) & bool(repeats.any())
    alike = groove.bar_likeness(made, *HARMONY, "bass")
    figures = {
        "chord_tones": harmony.chord_tone_ratio(teacher, made, most=most),
        "chord_tones_all": harmony.chord_tone_ratio(teacher, made),
        "sounding_set": float(harmony.sounding_set(made).mean()),
        "triads": harmony.triad_agreement(teacher, made),
        "repeated_bars": harmony.same_chords(made, repeats),
        "other_bars": harmony.same_chords(made, others),
        "repeated_onsets": groove.pairs_mean(alike, repeats),
        "other_onsets": groove.pairs_mean(alike, others),
        "bass_in_harmony": harmony.bass_in_harmony(made, made),
        "entropy_bits": harmony.pitch_class_entropy(made),
        "drums_per_bar": groove.onsets_per_bar(made, "drums"),
        "bass_per_bar": groove.onsets_per_bar(made, "bass"),
        "harmony_per_bar": sum(groove.onsets_per_bar(made, part) for part in HARMONY),
    }
    if positions is None:
        return figures
    return figures | {f"grid_{part}": share for part, share in groove.on_positions(made, positions).items()}


def floors(teachers: Sequence[Piece], made: Sequence[Piece]) -> dict[str, float]:
    """Return what the same accompaniments score against other tunes.

    `chord_tones_floor` and `triads_floor` are against the next tune in the same meter and mode (the key matches, since all
    pieces have their tonic at C), `chord_tones_floor_unmatched` against that tune in its own key. As many pitch classes
    count as in the figures of `measured`.
    """
    rows = []
    for index, one in enumerate(made):
        other = _next_tune(teachers, index)
        if other is None:
            continue
        own_key = transposed(other, teachers[index].key.tonic - other.key.tonic)
        most = harmony.sounding_set(teachers[index])
        rows.append(
            {
                "chord_tones_floor": harmony.chord_tone_ratio(other, one, most=most),
                "chord_tones_floor_unmatched": harmony.chord_tone_ratio(own_key, one, most=most),
                "triads_floor": harmony.triad_agreement(other, one),
            }
        )
    return averaged(rows)


def transposed(piece: Piece, semitones: int) -> Piece:
    """Return a piece with its lead this many semitones lower."""
    lead = piece.part("lead").copy()
    lead[:, 2] -= semitones
    return piece.with_parts({"lead": lead})


def _next_tune(teachers: Sequence[Piece], index: int) -> Piece | None:
    """Return the next piece in the same meter and mode whose melody is another, or None."""
    here = teachers[index]
    for step in range(1, len(teachers)):
        other = teachers[(index + step) % len(teachers)]
        if other.meter == here.meter and other.key.mode == here.key.mode and not _is_same_tune(here, other):
            return other
    return None


def _is_same_tune(one: Piece, two: Piece) -> bool:
    return one.part("lead").shape == two.part("lead").shape and bool(np.array_equal(one.part("lead"), two.part("lead")))
