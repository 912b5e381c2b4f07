"""Putting a take into the arrangement: the newest plays, the one before lies in a take lane; the musician's own stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import TAIL, Piece, filled, made_in_arrangement, piece_of
from .tracks import Tracks, overlapping

if TYPE_CHECKING:
    from Live.Clip import Clip
    from Live.ClipSlot import ClipSlot
    from Live.Song import Song
    from Live.TakeLane import TakeLane
    from Live.Track import Track

SAME_BEATS = 1e-3


class Arrangement:
    """The arrangement of one set, while a take is put into it."""

    def __init__(self, song: Song) -> None:
        self._song = song
        self._tracks = Tracks(song)
        self.placed: list[tuple[Clip, Piece]] = []
        self.left_out: list[Piece] = []
        """Sounds that this Live lets no script place."""
        self.retired_to = ""
        """Where an earlier take went, if there was one."""

    def put(self, piece: Piece) -> None:
        """Put one piece on its track; what an earlier take has there goes aside."""
        track = self._tracks.for_role(piece.role, is_midi=piece.is_midi, start=piece.start, end=piece.end)
        there = overlapping(list(track.arrangement_clips), piece.start, piece.end)
        if any(clip.name == piece.name for clip in there):
            return
        if not piece.is_midi and not hasattr(track, "create_audio_clip"):
            self.left_out.append(piece)
            return
        earlier = [clip for clip in there if (TAIL in clip.name) == (TAIL in piece.name)]
        others = [clip for clip in there if clip not in earlier]
        if others and TAIL in piece.name:  # the section behind it is there already
            self.put(piece._replace(role=piece.role + TAIL))
            return
        for tail in others:
            self._move_to_the_tails(track, tail, piece.role)
        for clip in earlier:
            self._retire(track, clip)
        if earlier and not hasattr(track, "create_take_lane"):
            track = self._tracks.made_again(piece.role, is_midi=piece.is_midi)
        self.placed.append((self._made(track, piece), piece))

    def _move_to_the_tails(self, track: Track, clip: Clip, role: str) -> None:
        """Make room for a section where the one before it rings on."""
        piece = piece_of(clip, role + TAIL)
        track.delete_clip(clip)
        self.put(piece)

    def _retire(self, track: Track, clip: Clip) -> None:
        """Have an earlier take not sound any more, nor what rings on after it: into a take lane, else muted."""
        tail = self._tail_of(clip)
        if tail is not None:
            self._retire(*tail)
        if not hasattr(track, "create_take_lane"):
            clip.muted = True
            self.retired_to = "muted, on the tracks before"
            return
        self.retired_to = "in the take lanes"
        piece = piece_of(clip, "")
        track.delete_clip(clip)
        made_in_arrangement(self._free_lane(track, piece), piece)

    def _tail_of(self, clip: Clip) -> tuple[Track, Clip] | None:
        part, label = clip.name.split(" ", 1)
        name = part + TAIL + " " + label
        tracks: list[Track] = [track for track in self._song.tracks if not track.is_foldable]
        for track in tracks:
            clips: list[Clip] = list(track.arrangement_clips)
            for one in clips:
                if one.name == name and one.is_audio_clip == clip.is_audio_clip:
                    return track, one
        return None

    def _made(self, track: Track, piece: Piece) -> Clip:
        if hasattr(track, "create_midi_clip") or not piece.is_midi:
            return made_in_arrangement(track, piece)
        return self._made_by_way_of_the_session(track, piece)

    def _made_by_way_of_the_session(self, track: Track, piece: Piece) -> Clip:
        """Return a MIDI clip where Live can make one only in a slot, and copy it from there."""
        slots: list[ClipSlot] = list(track.clip_slots)
        slot = next((slot for slot in slots if not slot.has_clip), None)
        scene = None
        if slot is None:
            scene = self._song.create_scene(-1)
            slot = list(track.clip_slots)[-1]
        slot.create_clip(piece.beats)
        clip = track.duplicate_clip_to_arrangement(filled(slot.clip, piece), piece.start)
        slot.delete_clip()
        if scene is not None:
            self._song.delete_scene(len(self._song.scenes) - 1)
        return clip

    @staticmethod
    def _free_lane(track: Track, piece: Piece) -> TakeLane:
        lanes: list[TakeLane] = list(track.take_lanes)
        for lane in lanes:
            if not overlapping(list(lane.arrangement_clips), piece.start, piece.end):
                return lane
        lane = track.create_take_lane()
        lane.name = piece.name
        return lane


def strayed(placed: list[tuple[Clip, Piece]]) -> str:
    """Return what is not where it was put, as Live itself says a moment later; "" where all is."""
    for clip, piece in placed:
        if abs(clip.start_time - piece.start) > SAME_BEATS or abs(clip.end_time - piece.end) > SAME_BEATS:
            lies = f"{piece.name} lies from beat {clip.start_time:g} to {clip.end_time:g}"
            return f"{lies} instead of {piece.start:g} to {piece.end:g}"
    return ""
