"""Putting a take into a scene of the session, for a clip that came from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import TAIL, as_recorded, filled
from .tracks import Tracks

if TYPE_CHECKING:
    from Live.ClipSlot import ClipSlot
    from Live.Song import Song

    from .pieces import Piece


def put_into_scene(song: Song, name: str, pieces: list[Piece]) -> list[Piece]:
    """Make a scene at the end with a clip for each piece, and return the sounds that this Live lets no script place.

    What rings on after the section has no place in a scene and is left out.
    """
    row = len(song.scenes)
    song.create_scene(-1).name = name
    tracks, left_out = Tracks(song), []
    for piece in pieces:
        if TAIL in piece.name:
            continue
        slot: ClipSlot = tracks.for_role(piece.role, is_midi=piece.is_midi).clip_slots[row]
        if piece.is_midi:
            slot.create_clip(piece.beats)
            filled(slot.clip, piece)
        elif hasattr(slot, "create_audio_clip"):
            as_recorded(slot.create_audio_clip(piece.path), piece)
        else:
            left_out.append(piece)
    return left_out
