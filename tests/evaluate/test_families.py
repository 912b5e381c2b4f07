from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.evaluate.families import Families, load_families, share_right, train_families
from bridge.evaluate.features import groove_features
from bridge.evaluate.positions import load_positions, positions_of
from bridge.music.tempo import Meter
from tests.evaluate.pieces import Row, block, piece
from tests.evaluate.songs import made_tune

NAMES = ("rock", "waltz", "bossa nova", "house")
STYLES = {name: [made_tune(name, random_seed=seed).piece for seed in range(4)] for name in NAMES}


@pytest.fixture(scope="module")
def families() -> Families:
    train = [(groove_features(made), name) for name, pieces in STYLES.items() for made in pieces[:3]]
    held = [(groove_features(made), name) for name, pieces in STYLES.items() for made in pieces[3:]]
    rows = [(np.stack([row for row, _ in part]), [name for _, name in part]) for part in (train, held)]
    return train_families(rows[0], rows[1], steps=100)


def test_grooves_are_told_apart_in_takes_that_were_not_learnt(families: Families) -> None:
    assert families.accuracy == 1.0
    assert families.named([pieces[3] for pieces in STYLES.values()]) == list(NAMES)


def test_what_was_saved_says_the_same(families: Families, tmp_path: Path) -> None:
    families.save(tmp_path / "families.npz")
    again = load_families(tmp_path / "families.npz")
    held = [pieces[3] for pieces in STYLES.values()]
    assert again.names == families.names
    assert again.named(held) == families.named(held)
    assert again.share_right(held, ["rock", "rock", "rock", "rock"]) == 0.25


def test_no_pieces_have_no_share(families: Families) -> None:
    assert np.isnan(families.share_right([], []))
    assert np.isnan(share_right([], []))


def test_key_and_length_do_not_matter_to_a_groove() -> None:
    drums: list[Row] = [(float(beat), 0.1, 36) for beat in range(4)]
    in_c = piece({"drums": drums, "chords": block(0, 4, 60, 64, 67), "bass": [(0, 4, 36)]}, "C C", bars=1)
    twice = [(start + bar * 4, length, pitch + 2) for bar in (0, 1) for start, length, pitch in block(0, 4, 60, 64, 67)]
    in_d = piece(
        {"drums": [(s + b * 4, n, p) for b in (0, 1) for s, n, p in drums], "chords": twice, "bass": [(0, 4, 38), (4, 4, 38)]},
        "D D D D",
        key="D",
    )
    assert np.allclose(groove_features(in_c), groove_features(in_d))


def test_every_piece_gives_a_row_of_the_same_length() -> None:
    rows = {groove_features(piece({}, meter=meter)).shape for meter in ("2/4", "3/4", "4/4", "5/4", "6/8", "12/8")}
    assert len(rows) == 1


def test_positions_are_the_steps_on_which_a_family_plays(tmp_path: Path) -> None:
    slip = [(beat / 2, 0.1, 42) for beat in range(8 * 125)]
    made = piece({"drums": [*slip, (0.25, 0.1, 36)]}, bars=125)
    positions_of([("rock", made)]).save(tmp_path / "positions.npz")
    found = load_positions(tmp_path / "positions.npz").of("rock", Meter())
    assert set(found) == {"drums"}
    assert np.flatnonzero(found["drums"]).tolist() == [0, 6, 12, 18, 24, 30, 36, 42]
    assert load_positions(tmp_path / "positions.npz").of("rock", Meter(3, 4)) == {}
