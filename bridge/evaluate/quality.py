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
    composed for their melodies, in the same order, with their own chords (their lead is not read). `positions` say for
    each piece which steps of the bar its groove uses. Pass the teachers twice for the figures of the teacher.

    While training: ``teachers = [piece_of_song(song) for song in held_out]`` once, then
    ``made = [t.with_parts({"chords": …, "bass": …, "drums": …, "pad": …}).with_chords(roots, masks) for t in teachers]`` of
    (notes, 4) arrays of start step, length in steps, pitch relative to the tonic and velocity, and of (pulses) chords;
    what is left out stays the teacher's.
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
    heard, named, known = harmony.estimated_triads(made), harmony.known_triads(made), harmony.known_triads(teacher)
    figures = {
        "chord_tones": harmony.chord_tone_ratio(teacher, made, most=most),
        "chord_tones_all": harmony.chord_tone_ratio(teacher, made),
        "sounding_set": float(harmony.sounding_set(made).mean()),
        "triads": harmony.agreement(heard, known),
        "chords_chosen": harmony.agreement(named, known),
        "repeated_bars": harmony.same_chords(made, named, repeats),
        "other_bars": harmony.same_chords(made, named, others),
        "repeated_heard": harmony.same_chords(made, heard, repeats),
        "other_heard": harmony.same_chords(made, heard, others),
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
    """Return what the same accompaniments score against other tunes in the same meter and mode.

    `chord_tones_floor` and `triads_floor` are against the next tune (the key matches, since all pieces have their tonic at
    C), `chord_tones_floor_unmatched` against the next in another key, left there. As many pitch classes count as in the
    figures of `measured`.
    """
    rows = []
    for index, one in enumerate(made):
        here = teachers[index]
        others = [each for each in (*teachers[index + 1 :], *teachers[:index]) if _is_comparable(here, each)]
        foreign = [each for each in others if each.key.tonic != here.key.tonic]
        most = harmony.sounding_set(here)
        row = {}
        if others:
            row["chord_tones_floor"] = harmony.chord_tone_ratio(others[0], one, most=most)
            row["triads_floor"] = harmony.triad_agreement(others[0], one)
        if foreign:
            own_key = transposed(foreign[0], foreign[0].key.tonic - here.key.tonic)
            row["chord_tones_floor_unmatched"] = harmony.chord_tone_ratio(own_key, one, most=most)
        rows.append(row)
    return averaged(rows)


def _is_comparable(here: Piece, other: Piece) -> bool:
    """Whether a piece is another tune that the same accompaniment could be played to."""
    return other.tune != here.tune and other.meter == here.meter and other.key.mode == here.key.mode


def transposed(piece: Piece, semitones: int) -> Piece:
    """Return a piece with its lead this many semitones higher."""
    lead = piece.part("lead").copy()
    lead[:, 2] += semitones
    return piece.with_parts({"lead": lead})
