"""What the performer reads of notes and players."""

import numpy as np
import pytest

from model.sound.known import CONTEXT, KNOWN, PLAYER, PROGRAMS, known_features
from model.sound.layout import CHANNELS, FRAME_RATE_HZ
from model.sound.notes import DRUMS, FEATURES, KEYS, PITCHES, SPELLS, key_row, note_features

FRAME_S = 1.0 / FRAME_RATE_HZ


def key(pitch: int, *notes: tuple[float, float, int, int], is_drums: bool = False, frames: int = 12) -> np.ndarray:
    """Return the spells of a key, (frames, SPELLS)."""
    found = note_features(np.array(notes, np.float32).reshape(-1, 4), frames, is_drums=is_drums)
    row = key_row(pitch, is_drums=is_drums)
    return found.reshape(frames, SPELLS, KEYS)[:, :, row]


def test_a_note_is_struck_held_and_fades_in_its_own_frames() -> None:
    struck, place, held, fresh = key(60, (2.25 * FRAME_S, 3.25 * FRAME_S, 60, 127)).T
    assert struck.nonzero()[0].tolist() == [2]
    assert struck[2] == pytest.approx(1.0)
    assert place[2] == pytest.approx(-0.25, abs=1e-5)
    assert held == pytest.approx([0, 0, 0.75, 1, 1, 0.5, 0, 0, 0, 0, 0, 0], abs=1e-5)
    assert (np.diff(fresh[2:]) < 0).all()
    assert not fresh[:2].any()


def test_a_note_from_before_is_held_but_not_struck_and_less_fresh() -> None:
    struck, _, held, fresh = key(60, (-0.4, 0.4 + 2 * FRAME_S, 60, 90)).T
    assert not struck.any()
    assert held[:3] == pytest.approx([1, 1, 0], abs=1e-5)
    assert fresh[0] == pytest.approx(np.exp(-1.0), rel=1e-3)


def test_a_soft_note_is_struck_less_hard() -> None:
    assert key(60, (0, 1, 60, 20))[0, 0] < key(60, (0, 1, 60, 110))[0, 0]


def test_every_key_has_a_row_of_its_own_and_what_lies_beyond_is_moved_by_octaves() -> None:
    assert [key_row(pitch, is_drums=False) for pitch in range(21, 109)] == list(range(PITCHES))
    assert [key_row(pitch, is_drums=True) for pitch in range(35, 82)] == list(range(PITCHES, PITCHES + DRUMS))
    for pitch in (*range(21), *range(109, 128)):
        row = key_row(pitch, is_drums=False)
        assert row is not None
        assert (row + 21 - pitch) % 12 == 0
    assert key_row(20, is_drums=True) is None


def test_moving_notes_by_frames_moves_their_features() -> None:
    one = note_features(np.array([(0.1, 0.5, 60, 90), (0.3, 0.1, 64, 70)]), 30, is_drums=False)
    later = note_features(np.array([(0.1 + 5 * FRAME_S, 0.5, 60, 90), (0.3 + 5 * FRAME_S, 0.1, 64, 70)]), 30, is_drums=False)
    assert np.allclose(later[5:], one[:-5], atol=1e-5)
    assert one.shape == (30, FEATURES)


def test_players_differ_and_kits_are_not_programs() -> None:
    flute, cello, kit = (
        known_features(1, program, is_drums=drums)[0] for program, drums in ((73, False), (42, False), (8, True))
    )
    assert flute[73] == 1.0
    assert flute[PROGRAMS + 9] == 1.0
    assert not np.array_equal(flute, cello)
    assert kit[PLAYER - 1] == 1.0
    assert kit[PROGRAMS : PLAYER - 1].sum() == 0.0


def test_guide_timbre_and_what_is_there_have_places_of_their_own() -> None:
    guide = np.full((40, CHANNELS), 0.5, np.float32)
    plain = known_features(40, 0, is_drums=False)
    full = known_features(40, 0, is_drums=False, guide=guide, timbre=guide[0], given=CONTEXT)
    assert full.shape == (40, KNOWN)
    assert np.array_equal(full[:, :PLAYER], plain[:, :PLAYER])
    assert not plain[:, PLAYER:].any()
    assert (full[:, PLAYER:-1] != 0).all()
    assert full[:, -1].tolist() == [1.0] * CONTEXT + [0.0] * (40 - CONTEXT)
