"""Notes that a DAW sent or a musician played, as the bytes of a clip."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bridge.music.notes import Note

TICKS_PER_BEAT = 26_880
"""2⁸·3·5·7: 1/256 notes, triplets, quintuplets and septuplets all start on a whole tick."""


PLAYED = struct.Struct(">8sBd")
"""Body of a sequencer-specific event that says of the note starting with it: our mark, its pitch, when it was played."""
PLAYED_MARK = b"\x7dplayed\x00"
"""7D: the manufacturer's number that nobody has."""


def write_clip(notes: Sequence[Note], length_beats: float, start_seconds: Sequence[float] = ()) -> bytes:
    """Return a Standard MIDI File of type 0 that ends at `length_beats` and says nothing of tempo, meter or key.

    Notes are cut at the end and where the same pitch is struck again, as an instrument plays them. Where `start_seconds`
    gives, for each note, the second at which it was played, the file keeps it beside the note.
    """
    import mido  # noqa: PLC0415 - 40 ms that only the first clip in pieces costs

    end = _tick(length_beats)
    track = mido.MidiTrack()
    now = 0
    seconds = {(_tick(note.start_beat), note.pitch): at for note, at in zip(notes, start_seconds, strict=False)}
    for tick, _, kind, pitch, velocity in sorted(_messages(notes, end)):
        if kind == "note_on" and (tick, pitch) in seconds:
            body = PLAYED.pack(PLAYED_MARK, pitch, seconds[tick, pitch])
            track.append(mido.MetaMessage("sequencer_specific", data=body, time=tick - now))
            now = tick
        track.append(mido.Message(kind, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT, tracks=[track]).save(file=file)
    return file.getvalue()


def _tick(beat: float) -> int:
    return round(beat * TICKS_PER_BEAT)


def _messages(notes: Iterable[Note], end: int) -> list[tuple[int, int, str, int, int]]:
    """Return (tick, order at one tick, kind, pitch, velocity): what ends comes before what starts."""
    messages: list[tuple[int, int, str, int, int]] = []
    by_pitch: dict[int, dict[int, Note]] = {}
    for note in sorted(notes):
        by_pitch.setdefault(note.pitch, {})[_tick(note.start_beat)] = note
    for pitch, struck in by_pitch.items():
        for start, following in pairwise([*struck, end]):
            stop = min(max(_tick(struck[start].end_beat), start + 1), following, end)
            if stop > start:
                messages.append((start, 1, "note_on", pitch, struck[start].velocity))
                messages.append((stop, 0, "note_off", pitch, 64))
    return messages
