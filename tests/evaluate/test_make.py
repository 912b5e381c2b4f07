from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bridge.evaluate.make import chosen_songs, full_takes, save_songs
from bridge.evaluate.tune import load_tunes
from model.score.corpus import Song


def song(tune: str, *, groove: str = "Bossa", pulses: int = 4, is_compound: bool = False) -> Song:
    meta: dict[str, Any] = {
        "tune": tune, "split": "held", "source": "mma", "groove": groove, "family": "bossa nova", "words": [],
        "instruments": {}, "mode": "minor", "tonic": 9, "pulses": pulses, "is_compound": is_compound, "bars": 1, "bpm": 100.0,
        "sections": [["verse", 1]], "parts": ["lead"],
    }  # fmt: skip
    chords = np.zeros(pulses, np.int8), np.full(pulses, 0b10001001, np.int16), np.zeros(pulses, np.int8)
    return Song(meta, *chords, np.array([[0, 0, 12, 60, 90]], np.int16))


def test_meters_and_tunes_come_in_turn() -> None:
    songs = [song(f"four {tune}", groove=groove) for tune in range(3) for groove in ("A", "B")]
    songs += [song("three", pulses=3), song("six", pulses=2, is_compound=True)]
    chosen = [(each.meta["tune"], each.meta["groove"]) for each in chosen_songs(songs, tunes=4, count=5)]
    assert chosen == [("four 0", "A"), ("three", "Bossa"), ("six", "Bossa"), ("four 1", "A"), ("four 0", "B")]


def test_takes_are_kept_only_whole() -> None:
    songs = [song("one")] * 5 + [song("one", groove="Samba")] * 5 + [song("two")] * 4 + [song("three")] * 5
    assert [each.meta["tune"] for each in full_takes(songs, 2)] == ["one"] * 5 + ["three"] * 5
    assert len(full_takes(songs, 9)) == 15


def test_saved_songs_are_tunes_in_their_own_key(tmp_path: Path) -> None:
    save_songs([song("one"), song("six", pulses=2, is_compound=True)], tmp_path / "held.npz")
    one, six = load_tunes(tmp_path / "held.npz")
    assert (str(one.piece.meter), str(six.piece.meter)) == ("4/4", "6/8")
    asked, compound = one.brief(), six.brief()
    assert str(asked.section.key) == "A minor"
    assert asked.seed is not None
    assert asked.seed.notes[0].pitch == 57
    assert compound.section.tempo.bpm_at(0.0) == 150.0
