"""Makes what the measuring needs out of a corpus: ``python -m bridge.evaluate.make var/corpus``.

Writes beside this file: the held-out tunes, the classifier of families, the positions that families' grooves use, the
teacher's takes of the same music with other random seeds. Nobody needs to run it again unless the corpus changes.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import numpy as np

from bridge.corpus.shards import save_shard
from bridge.corpus.song import Song as CorpusSong
from bridge.evaluate import families, positions, tune
from bridge.evaluate.features import groove_features
from bridge.evaluate.songs import piece_of_song
from model.score.corpus import Song, load
from model.score.corpus import songs as read_songs

TUNES = 40
SONGS = 160
"""At most this many accompaniments of the held-out tunes."""
TAKEN = 12
"""Tunes of which the teacher's takes are kept."""
TAKES = 5
_TEACHER = "mma"
_Item = TypeVar("_Item")


def make(corpus: Path) -> None:
    """Write the files, and say what is in them."""
    songs = load(corpus)
    train = [song for song in songs if song.meta["split"] == "train"]
    held = [song for song in songs if song.meta["split"] == "held"]
    chosen = chosen_songs([song for song in held if _is_teachers(song)])
    save_songs(chosen, tune.PACKAGED)
    found = families.train_families(_rows(train), _rows(held))
    found.save(families.PACKAGED)
    rows, names = _rows([song for song in held if song.meta["source"] == _TEACHER])
    of_teacher = families.share_right(found.named_rows(rows), names)
    pairs = ((song.meta["family"], piece_of_song(song)) for song in train)
    positions.positions_of(pairs).save(positions.PACKAGED)
    save_songs(full_takes(read_songs(corpus / "teacher-diversity.npz"), TAKEN), tune.DIVERSITY)
    tunes = len({song.meta["tune"] for song in chosen})
    sys.stdout.write(f"{len(chosen)} songs of {tunes} held-out tunes\n")
    sys.stdout.write(f"{len(found.names)} families, right in {found.accuracy:.1%} of {len(held)} held-out songs, ")
    sys.stdout.write(f"{of_teacher:.1%} of the teacher's {len(names)}\n")


def chosen_songs(songs: Sequence[Song], *, tunes: int = TUNES, count: int = SONGS) -> list[Song]:
    """Return songs of so many tunes, meters and modes in turn, those of one tune not beside each other."""
    kinds: dict[tuple[int, bool, str], dict[str, list[Song]]] = defaultdict(lambda: defaultdict(list))
    for song in songs:
        kinds[song.meta["pulses"], song.meta["is_compound"], song.meta["mode"]][song.meta["tune"]].append(song)
    wins: dict[str, tuple[int, bool, str]] = {}
    for name, kind in _in_turn([[(name, kind) for name in each] for kind, each in kinds.items()]):
        wins.setdefault(name, kind)
    rows = [
        [*kinds[first][name], *(song for kind in kinds if kind != first for song in kinds[kind].get(name, ()))]
        for name, first in list(wins.items())[:tunes]
    ]
    return _in_turn(rows)[:count]


def _in_turn(rows: Sequence[Sequence[_Item]]) -> list[_Item]:
    """Return the first of each row, then the second of each, and so on."""
    longest = max((len(row) for row in rows), default=0)
    return [row[at] for at in range(longest) for row in rows if at < len(row)]


def _is_teachers(song: Song) -> bool:
    """Whether the teacher plays a song; in 2/4 and 5/4, for which MMA has next to no grooves, the rules stand in for it."""
    return bool(song.meta["source"] == _TEACHER or (song.meta["pulses"] in {2, 5} and not song.meta["is_compound"]))


def full_takes(songs: Iterable[Song], count: int) -> list[Song]:
    """Return the teacher's takes of so many songs, of as many tunes as there are: takes of one lie side by side."""
    by_tune: dict[str, list[list[Song]]] = defaultdict(list)
    for (tune_name, _), each in groupby(songs, key=lambda song: (song.meta["tune"], song.meta["groove"])):
        takes = list(each)
        if len(takes) == TAKES:
            by_tune[tune_name].append(takes)
    return [song for takes in _in_turn(list(by_tune.values()))[:count] for song in takes]


def save_songs(songs: Iterable[Song], path: Path) -> None:
    """Write songs as a shard of the corpus format."""
    save_shard([CorpusSong(song.meta, song.root, song.mask, song.bass, song.notes) for song in songs], path)


def _rows(songs: Sequence[Song]) -> tuple[np.ndarray, list[str]]:
    rows = [groove_features(piece_of_song(song)) for song in songs]
    return np.stack(rows), [song.meta["family"] for song in songs]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    make(parser.parse_args().corpus)
