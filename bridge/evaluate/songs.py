"""Songs of the training set as pieces: the teacher's side of every comparison."""

from __future__ import annotations

from dataclasses import replace

from bridge.evaluate.piece import Piece, meter_of, piece_of_arrays
from bridge.music.key import Key
from model.score.corpus import Song


def piece_of_song(song: Song) -> Piece:
    """Return a song with its teacher's accompaniment."""
    meta = song.meta
    meter = meter_of(meta["pulses"], is_compound=meta["is_compound"])
    piece = piece_of_arrays(meter, meta["bars"], Key(meta["tonic"], meta["mode"]), song.notes, (song.root, song.mask))
    return replace(piece, tune=meta["tune"])
