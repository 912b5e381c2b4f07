from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from bridge.corpus.sound import build, instruments, playing, stream
from bridge.corpus.sound.card import card
from bridge.corpus.sound.instruments import InstrumentSet
from bridge.corpus.sound.stems import _songs
from bridge.errors import BridgeError
from bridge.music.notes import Note, Part
from model.sound.corpus import save, shards
from model.sound.layout import FRAME_SAMPLES, SAMPLE_RATE_HZ
from tests.engines.test_sampler_soundfont import small_font

FRAMES = 25


@pytest.fixture(autouse=True)
def _two_crops_of_a_stem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CROPS", 2)


def test_the_same_seed_gives_the_same_examples_whole_frames_long(songs: Path) -> None:
    one, again = (list(islice(stream.examples(songs, 7, frames=FRAMES), 3)) for _ in range(2))
    for first, second in zip(one, again, strict=True):
        assert np.array_equal(first.audio, second.audio)
        assert (first.caption, first.program, first.production) == (second.caption, second.program, second.production)
        assert first.audio.shape == (FRAMES * FRAME_SAMPLES, 2)
        assert np.abs(first.audio).max() <= 1.0
        assert abs(np.linalg.norm(first.embedding) - 1.0) < 1e-3
        ends_s = first.notes[:, 0] + first.notes[:, 1]
        assert np.all((first.notes[:, 0] < FRAMES / 25.0) & (ends_s > 0.0))
    other = next(stream.examples(songs, 8, frames=FRAMES))
    assert not np.array_equal(other.audio, one[0].audio)


def test_a_corpus_is_written_read_and_described(songs: Path, tmp_path: Path) -> None:
    made = list(islice(stream.examples(songs, 7, frames=FRAMES), 5))
    save(made, tmp_path / "train-000.npy")
    (shard,) = shards(tmp_path, "train")
    assert shards(tmp_path, "held") == []
    assert len(shard) == 5
    for before, after in zip(made, shard, strict=True):
        assert np.abs(before.audio - after.audio).max() < 1e-4
        assert np.array_equal(before.notes, after.notes)
        assert (before.caption, before.part, before.production) == (after.caption, after.part, after.production)
        assert np.abs(before.embedding - after.embedding).max() < 1e-3
    text = card(tmp_path, "stepbridge train sound-corpus")
    assert f"| {made[0].instruments} | MIT |" in text
    assert build.written(tmp_path, songs, "train", 0, 5, 7) == "train-000: there already"


def test_without_songs_of_the_split_it_is_said_what_makes_them(songs: Path) -> None:
    with pytest.raises(BridgeError, match="train corpus"):
        _songs(songs, "held")


def test_without_instruments_it_is_said_where_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruments, "FOLDERS", (Path("nowhere"),))
    with pytest.raises(BridgeError, match=r"FluidR3Mono_GM\.sf3"):
        instruments.available()


def test_both_players_start_notes_on_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = pytest.importorskip("tinysoundfont")
    (tmp_path / "own.sf2").write_bytes(small_font())
    monkeypatch.setattr(instruments, "FOLDERS", (tmp_path,))
    part, starts = Part("lead", (Note(0.5, 0.1, 69, 120),), 5), []
    for player in (None, library):
        monkeypatch.setattr(playing, "_library", lambda player=player: player)
        audio = np.abs(playing.played(part, InstrumentSet("small", "own.sf2", "", ""), 1.0)).max(1)
        starts.append(int(np.argmax(audio > 0.1 * audio.max())) / SAMPLE_RATE_HZ)
    assert all(0.5 <= start < 0.51 for start in starts), starts
