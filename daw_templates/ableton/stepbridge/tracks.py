"""Tracks for the parts of a take: found again by what was saved in them, else by name, else made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Live.Clip import Clip
    from Live.Song import Song
    from Live.Track import Track

ROLE = "stepbridge_role"
"""Under this name a track remembers in the set what it serves."""
TOUCHING_BEATS = 1e-3
"""Sound ends with a whole sample and beats do not: neighbours may overlap by less than this."""
_OURS = re.compile(r"^\S+( tail)? \S+_b\d+_v\d+_\S+$")


def is_ours(clip: Clip) -> bool:
    """Return whether an import made this clip and nobody has given it another name since."""
    return bool(_OURS.match(clip.name))


def overlapping(clips: list[Clip], start: float, end: float) -> list[Clip]:
    """Return the clips that touch a stretch of the arrangement."""
    return [clip for clip in clips if clip.start_time < end - TOUCHING_BEATS and clip.end_time > start + TOUCHING_BEATS]


class Tracks:
    """The tracks of one set."""

    def __init__(self, song: Song) -> None:
        self._song = song

    def for_role(self, role: str, *, is_midi: bool, start: float = 0.0, end: float = 0.0) -> Track:
        """Return the track for a role such as "lead" or "lead MIDI" that has nothing of the musician's own in a stretch."""
        tracks: list[Track] = list(self._song.tracks)
        fitting = [
            track
            for track in tracks
            if not (track.is_foldable or track.is_frozen)
            and (track.has_midi_input if is_midi else track.has_audio_input)
            and all(is_ours(clip) for clip in overlapping(list(track.arrangement_clips), start, end))
        ]
        saved = [track for track in fitting if track.get_data(ROLE, "") == role]
        named = [track for track in fitting if track.name.lower() == role.lower() and not track.get_data(ROLE, "")]
        track = next(iter(saved + named), None) or self._made(role, is_midi=is_midi)
        return self._served(track, role)

    def made_again(self, role: str, *, is_midi: bool) -> Track:
        """Return one more track for a role, whose first one is taken; from now on the role means this one."""
        tracks: list[Track] = list(self._song.tracks)
        for track in tracks:
            if track.get_data(ROLE, "") == role:
                track.set_data(ROLE, "")
        return self._served(self._made(role, is_midi=is_midi), role)

    def _made(self, role: str, *, is_midi: bool) -> Track:
        track = self._song.create_midi_track(-1) if is_midi else self._song.create_audio_track(-1)
        track.name = role
        return track

    @staticmethod
    def _served(track: Track, role: str) -> Track:
        track.set_data(ROLE, role)
        return track
