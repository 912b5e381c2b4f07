"""What a set says about the selected clip and the section it is meant for: plain values, in beats (quarter notes)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from Live.Clip import Clip, MidiNote
    from Live.Song import Song

EPSILON = 1e-6
WINDOWS_MAX = 4096
TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MAJOR_LIKE = {"Major", "Mixolydian", "Lydian", "Major Pentatonic", "Harmonic Major"}
MINOR_LIKE = {"Minor", "Dorian", "Phrygian", "Harmonic Minor", "Melodic Minor", "Minor Pentatonic", "Minor Blues"}


class Note(NamedTuple):
    """A note from the start of a clip."""

    start: float
    length: float
    pitch: int
    velocity: int

    def values(self) -> tuple[int, float, float, int]:
        """Return the note as the daemon takes it: pitch, start, length, velocity."""
        return self.pitch, self.start, self.length, self.velocity


class Section(NamedTuple):
    """Whole bars of the arrangement."""

    start_bar: int
    """Counted from 1."""
    bars: int
    beats_per_bar: float

    @property
    def start(self) -> float:
        """The beat at which it starts."""
        return (self.start_bar - 1) * self.beats_per_bar

    @property
    def beats(self) -> float:
        """Its length."""
        return self.bars * self.beats_per_bar


def selected_clip(song: Song) -> Clip | None:
    """Return the MIDI clip in the detail view, else the one in the highlighted slot; None where there is none."""
    clip = song.view.detail_clip
    if clip is None:
        slot = song.view.highlighted_clip_slot
        clip = slot.clip if slot is not None and slot.has_clip else None
    return clip if clip is not None and clip.is_midi_clip else None


def meter(song: Song) -> str:
    """Return the meter as it is written, such as 4/4."""
    return f"{song.signature_numerator}/{song.signature_denominator}"


def key(song: Song) -> str:
    """Return the scale of the set as a key such as "D minor"; "" where it is neither major nor minor."""
    mode = "major" if song.scale_name in MAJOR_LIKE else "minor" if song.scale_name in MINOR_LIKE else ""
    return f"{TONICS[song.root_note % 12]} {mode}" if mode else ""


def is_key_meant(song: Song) -> bool:
    """Return whether somebody chose the scale: Live 12 has a switch for it, and Live 11 says C Major until then."""
    return bool(getattr(song, "scale_mode", False))


def is_loop_meant(song: Song, clip: Clip) -> bool:
    """Return whether the loop brace, which is on, says which section is meant: it must touch a clip of the arrangement."""
    if not song.loop or not clip.is_arrangement_clip:
        return bool(song.loop)
    return clip.start_time < song.loop_start + song.loop_length and song.loop_start < clip.end_time


def section_of(song: Song, clip: Clip) -> Section:
    """Return the section meant: the loop brace where it is on, else the clip, else as much from where the song stands."""
    bar = song.signature_numerator * 4.0 / song.signature_denominator
    if is_loop_meant(song, clip):
        start, stop = song.loop_start, song.loop_start + song.loop_length
    elif clip.is_arrangement_clip:
        start, stop = clip.start_time, clip.end_time
    else:
        start = math.floor(max(0.0, song.current_song_time) / bar + EPSILON) * bar
        stop = start + length_of(clip)
    first = math.floor(start / bar + EPSILON)
    return Section(first + 1, max(1, math.ceil(stop / bar - EPSILON) - first), bar)


def length_of(clip: Clip) -> float:
    """Return how long a clip sounds: what the arrangement shows of it, in the session once through its loop."""
    if clip.is_arrangement_clip:
        return clip.end_time - clip.start_time
    if not clip.looping:
        return clip.end_marker - clip.start_marker
    return max(clip.loop_end - clip.start_marker, clip.loop_end - clip.loop_start)


def heard(clip: Clip) -> list[Note]:
    """Return the notes of a clip as they sound, in order: muted ones left out, looped ones repeated, cut at the loop's end."""
    notes = []
    for position, length, at in _windows(clip):
        there: list[MidiNote] = list(clip.get_notes_extended(0, 128, position, length))
        for note in there:
            start = note.start_time - position
            if note.mute or not -EPSILON < start < length - EPSILON:
                continue
            velocity = min(127, max(1, round(note.velocity)))
            notes.append(Note(at + max(0.0, start), min(note.duration, length - start), note.pitch, velocity))
    return sorted(notes)


def _windows(clip: Clip) -> list[tuple[float, float, float]]:
    """Return the stretches of a clip's content in the order in which they sound: position, length, when."""
    total, at, position = length_of(clip), 0.0, clip.start_marker
    is_looped = clip.looping and clip.loop_end - clip.loop_start > EPSILON
    windows: list[tuple[float, float, float]] = []
    while at < total - EPSILON and len(windows) < WINDOWS_MAX:
        left = total - at
        length = min(left, clip.loop_end - position) if is_looped and position < clip.loop_end - EPSILON else left
        windows.append((position, length, at))
        at += length
        position = clip.loop_start
    return windows


def moved_into(section: Section, clip: Clip, notes: list[Note]) -> tuple[list[Note], float]:
    """Return a clip's notes and its length from the start of a section; a session clip starts with it."""
    if not clip.is_arrangement_clip:
        return notes, length_of(clip)
    shift = clip.start_time - section.start
    inside = [
        note._replace(start=note.start + shift) for note in notes if -EPSILON < note.start + shift < section.beats - EPSILON
    ]
    bars = math.ceil((clip.end_time - section.start) / section.beats_per_bar - EPSILON)
    return inside, min(section.beats, bars * section.beats_per_bar)
