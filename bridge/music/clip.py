"""Notes that a DAW sent or a musician played, as the bytes of a clip."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import pairwise

from bridge.music.notes import Note

TICKS_PER_BEAT = 26_880
"""2⁸·3·5·7: 1/256 notes, triplets, quintuplets and septuplets all start on a whole tick."""


def write_clip(notes: Iterable[Note], length_beats: float) -> bytes:
    """Return a Standard MIDI File of type 0 that ends at `length_beats` and says nothing of tempo, meter or key.

    Notes are cut at the end and where the same pitch is struck again, as an instrument plays them.
    """
    import mido  # noqa: PLC0415 - 40 ms that only the first clip in pieces costs

    end = _tick(length_beats)
    track = mido.MidiTrack()
    now = 0
    for tick, _, kind, pitch, velocity in sorted(_messages(notes, end)):
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
