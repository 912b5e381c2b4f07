from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.corpus.shards import save_shard
from bridge.corpus.sound import instruments, playing
from bridge.corpus.sound.instruments import SETS
from bridge.corpus.sound.playing import played
from bridge.engines.sampler import PACKAGED_SOUNDFONT
from bridge.music.notes import Note, Part
from tests.corpus.tiny import ruled

BEAT = tuple(Note(0.25 * turn, 0.1, (36, 42, 38, 42)[turn % 4], (110, 60, 100, 70)[turn % 4]) for turn in range(8))
TUNE = tuple(Note(0.3 * turn, 0.25, pitch, 60 + 8 * turn) for turn, pitch in enumerate((60, 64, 67, 72, 71, 67)))
CHORDS = tuple(Note(0.6 * turn, 0.45, pitch + turn, 70 + 12 * turn) for turn in range(3) for pitch in (48, 55, 64))


@pytest.fixture(autouse=True)
def _one_instrument_set_and_the_slow_player(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruments, "FOLDERS", (PACKAGED_SOUNDFONT.parent,))
    monkeypatch.setattr(playing, "_library", lambda: None)


@pytest.fixture(scope="session")
def dry_stems() -> list[NDArray[np.float32]]:
    """Return two seconds of a violin, a guitar and a drum kit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playing, "_library", lambda: None)
        parts = (Part("lead", TUNE, 40), Part("chords", CHORDS, 25), Part("drums", BEAT))
        return [played(part, SETS[0], 2.0) for part in parts]


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a score corpus of one song."""
    folder = tmp_path_factory.mktemp("songs")
    save_shard([ruled("4/4", "pop")], folder / "songs-rules-000.npz")
    return folder
