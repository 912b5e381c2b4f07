"""What becomes one clip: a piece of a take, and making it with what this Live can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import Live

from .music import Note

if TYPE_CHECKING:
    from Live.Clip import Clip, MidiNote
    from Live.Song import Song
    from Live.TakeLane import TakeLane
    from Live.Track import Track

    from .delivery import Delivery

TAIL = " tail"
SAME_BEATS = 1e-3


class Piece(NamedTuple):
    """One clip to be: sound where there is a path, else notes."""

    role: str
    """The track it goes to."""
    name: str
    start: float
    """The beat of the arrangement."""
    beats: float
    path: str = ""
    seconds: float = 0.0
    notes: tuple[Note, ...] = ()

    @property
    def is_midi(self) -> bool:
        """Whether it holds notes."""
        return not self.path

    @property
    def end(self) -> float:
        """The beat at which it ends."""
        return self.start + self.beats


def pieces_of(song: Song, delivery: Delivery) -> list[Piece]:
    """Return a delivery as clips: stems, tails behind them, notes; beats at the tempo that the set has now."""
    found = []
    end = delivery.start + delivery.beats
    for sound in delivery.sounds:
        beats = sound.seconds * song.tempo / 60.0
        if sound.is_tail:
            found.append(
                Piece(sound.part, sound.part + TAIL + " " + delivery.label, end, beats, str(sound.path), sound.seconds)
            )
            continue
        # Live knows beats: where the tempo is the take's, its end is the next section's start, to the last digit.
        beats = delivery.beats if abs(beats - delivery.beats) < SAME_BEATS else beats
        end = delivery.start + beats
        found.append(
            Piece(sound.part, sound.part + " " + delivery.label, delivery.start, beats, str(sound.path), sound.seconds)
        )
    for midi in delivery.midi:
        name = midi.part + " " + delivery.label
        found.append(Piece(midi.part + " MIDI", name, delivery.start, delivery.beats, notes=tuple(midi.notes)))
    return found


def made_in_arrangement(host: Track | TakeLane, piece: Piece) -> Clip:
    """Return a new clip on a track or in a take lane, at the beat of the piece."""
    if piece.is_midi:
        clip = filled(host.create_midi_clip(piece.start, piece.beats), piece)
    else:
        clip = as_recorded(host.create_audio_clip(piece.path, piece.start), piece)
    return clip


def as_recorded(clip: Clip, piece: Piece) -> Clip:
    """Have an audio clip play its file from end to end as it is: Live guesses a tempo and stretches, or starts elsewhere."""
    clip.warping = False
    if clip.loop_start != 0.0:  # without warping these are seconds; what is right already had better not be touched
        clip.loop_start = 0.0
    if clip.loop_end != piece.seconds:
        clip.loop_end = piece.seconds
    clip.name = piece.name
    return clip


def filled(clip: Clip, piece: Piece) -> Clip:
    """Put the notes of a piece into an empty MIDI clip."""
    if piece.notes:
        clip.add_new_notes(
            tuple(
                Live.Clip.MidiNoteSpecification(
                    pitch=note.pitch, start_time=note.start, duration=note.length, velocity=float(note.velocity)
                )
                for note in piece.notes
            )
        )
    clip.name = piece.name
    return clip


def piece_of(clip: Clip, role: str) -> Piece:
    """Return a clip of the arrangement as the piece that it was made of."""
    beats = clip.end_time - clip.start_time
    if clip.is_audio_clip:
        return Piece(role, clip.name, clip.start_time, beats, clip.file_path, clip.sample_length / clip.sample_rate)
    there: list[MidiNote] = list(clip.get_notes_extended(0, 128, 0.0, beats))
    notes = tuple(Note(note.start_time, note.duration, note.pitch, int(note.velocity)) for note in there)
    return Piece(role, clip.name, clip.start_time, beats, notes=notes)
