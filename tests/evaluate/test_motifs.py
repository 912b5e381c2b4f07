from __future__ import annotations

import numpy as np
import pytest

from bridge.evaluate import motifs
from tests.evaluate.pieces import Row, piece

MOTIF = ((0.0, 72), (0.5, 74), (1.0, 76))


def melody(*places: tuple[float, int]) -> list[Row]:
    """The motif C D E, at each beat, this many semitones higher."""
    return [(beat + start, 0.5, pitch + up) for beat, up in places for start, pitch in MOTIF]


def lead(rows: list[Row], bars: int = 2) -> np.ndarray:
    return motifs.lead_of(piece({"lead": rows}, bars=bars), 0, bars)


def test_a_motif_on_another_degree_is_the_same() -> None:
    on_c, on_e = lead(melody((0, 0))), lead([(0, 0.5, 76), (0.5, 0.5, 77), (1, 0.5, 79)])
    assert motifs.motifs(on_c, is_minor=False) == motifs.motifs(on_e, is_minor=False) == [(1, 6, 1, 6)]


def test_another_rhythm_is_another_motif() -> None:
    straight, dotted = lead(melody((0, 0))), lead([(0, 0.75, 72), (0.75, 0.25, 74), (1, 1, 76)])
    assert motifs.shared_motifs(straight, dotted, is_minor=False) == 0.0


def test_the_share_of_motifs_known_from_the_seed() -> None:
    continuation = lead([*melody((0, 0)), (1.5, 0.5, 72)])
    assert motifs.shared_motifs(lead(melody((0, 12))), continuation, is_minor=False) == 0.5


def test_bars_are_taken_from_where_they_begin() -> None:
    tune = piece({"lead": melody((0, 0), (4, 12))})
    assert motifs.lead_of(tune, 1, 2)[:, 2].tolist() == [84, 86, 88]


def test_shuffling_keeps_the_notes_and_loses_their_order() -> None:
    tune = lead(melody(*((beat, beat) for beat in range(7))))
    mixed = motifs.shuffled(tune, 1)
    assert sorted(mixed[:, 2]) == sorted(tune[:, 2])
    assert mixed[-1, 0] == pytest.approx(tune[-1, 0])
    assert not np.array_equal(mixed, tune)
    assert np.array_equal(mixed, motifs.shuffled(tune, 1))


def test_what_lies_outside_the_key_counts_by_its_length() -> None:
    assert motifs.in_key(lead([(0, 3, 72), (3, 1, 73)]), is_minor=False) == 0.75
    assert motifs.in_key(lead([(0, 2, 71), (2, 2, 76)]), is_minor=True) == 0.5
