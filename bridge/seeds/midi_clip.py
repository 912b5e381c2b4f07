"""A MIDI clip → the seed it holds, or one of the parts that already exist."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from bridge.errors import ClipError
from bridge.music.key import Key, key_fit, likely_key
from bridge.music.midi import Smf, SmfTrack, read_smf
from bridge.music.notes import Note, Part, pitch_class_weights
from bridge.music.score import Seed
from bridge.music.tempo import BPM_MAX, BPM_MIN, Meter, TempoMap
from bridge.seeds.skyline import melody_line, polyphony

KEY_TOLERANCE = 0.25
"""How much worse (in correlation) the written key may fit the notes than the heard one, and still be believed."""
END_GAP_BEATS = 1.0
"""A clip that ends no later than this after its last note has no length of its own: it is filled up to a whole bar."""
BAR_TOLERANCE_BEATS = 0.25
"""A clip that ends so near a bar line ends there: the last note was released late."""
SHORTEST_BEATS = 1 / 16
"""Notes written without a length, as drum machines do, last a 64th note."""

_DRUM_WORDS = re.compile(r"(?i)drum|percussion|\bperc|\bkit\b|\bkick\b|\bsnare\b|hi-?hat|\bhats?\b|cymbal|\btoms?\b|鼓|打击")
_BASS_WORDS = re.compile(r"(?i)bass(?!oon)|\bsub\b|贝斯|贝司|低音")
_MELODY_WORDS = re.compile(r"(?i)melod|theme|top ?line|\btune\b|旋律|メロ")
_LEAD_WORDS = re.compile(r"(?i)\blead|vocal|\bvox\b|\bvoice|singer|\bsolo|soprano|人声|主唱|独唱|主奏|歌")
_SUPPORT_WORDS = re.compile(r"(?i)back|harmon(?!ica)|accomp|chord|\bpad|counter|伴奏|和弦|和声|副旋律|背景")
_PART_WORDS = {
    "chords": re.compile(r"(?i)chord|\bkeys\b|piano|guitar|organ|harmon(?!ica)|accomp|strum|comp\b|和弦|伴奏|和声|钢琴|吉他"),
    "bass": _BASS_WORDS,
    "pad": re.compile(r"(?i)\bpad|string|choir|atmo|铺底|弦乐|合唱"),
    "counter": re.compile(r"(?i)counter|second|harmony|副旋律|对位"),
}
_PART_PROGRAMS = {"bass": range(32, 40), "pad": (*range(48, 55), *range(88, 96))}
_USUAL_PROGRAMS = {"bass": 33, "pad": 89, "counter": 48}
"""General MIDI program of a part whose clip names none (0, the grand piano, for the others)."""


def read_seed(data: bytes) -> Seed:
    """Return the melody in a Standard MIDI File.

    The track is chosen by its name, then by register and monophony; where it holds chords, the tune on top is taken.
    Raises ClipError: `bad_clip` where the file is broken, `no_notes` where it holds no melody.
    """
    smf = read_smf(data)
    track = _melody_track(smf)
    notes = melody_line(_sounding(track.notes))
    tempo, tempo_warnings = _tempo(smf)
    meter, meter_warnings = _meter(smf)
    beats_per_bar = (meter or Meter()).beats_per_bar
    return Seed(
        notes=notes,
        length_beats=_length_beats(smf, beats_per_bar),
        tempo=tempo,
        meter=meter,
        key=smf.key,
        likely_key=_likely_key(notes, smf.key, beats_per_bar),
        start_seconds=_start_seconds(smf, track, notes),
        warnings=(*smf.warnings, *tempo_warnings, *meter_warnings, *_left_out(smf, track, notes)),
    )


def _start_seconds(smf: Smf, track: SmfTrack, notes: Sequence[Note]) -> tuple[float, ...]:
    """Return when the notes were played: as the clip says where it was taken at our MIDI port, else by its tempo."""
    tempo = smf.tempo or TempoMap()
    played = {(track.clock.beat(tick), pitch): seconds for (tick, pitch), seconds in track.played.items()}
    return tuple(played.get((note.start_beat, note.pitch), tempo.seconds(note.start_beat)) for note in notes)


def read_part(data: bytes, name: str) -> Part:
    """Return a part that exists already, with all of its notes, as the part of this name (one of PART_NAMES).

    Of several tracks the one that suits the name is taken; drums may be on several. Raises ClipError: `bad_clip` where
    the file is broken, `no_notes` where it holds nothing for this part.
    """
    smf = read_smf(data)
    tracks = [track for track in smf.tracks if track.notes and (name == "drums" or not track.is_percussion)]
    if not tracks:
        held = "only drums (channel 10)" if any(track.notes for track in smf.tracks) else "no notes"
        raise ClipError(f"the clip holds {held}; send one with notes for the {name}", code="no_notes")
    chosen = _drum_tracks(tracks) if name == "drums" else [_part_track(tracks, name)]
    program = next((track.program for track in chosen if track.program is not None), _USUAL_PROGRAMS.get(name, 0))
    return Part(name, tuple(sorted(note for track in chosen for note in _sounding(track.notes))), program)


def _sounding(notes: Sequence[Note]) -> tuple[Note, ...]:
    return tuple(note if note.length_beats > 0 else replace(note, length_beats=SHORTEST_BEATS) for note in notes)


def _melody_track(smf: Smf) -> SmfTrack:
    """Return the track that carries the melody; never a drum track, and a bass only where there is nothing else."""
    filled = [track for track in smf.tracks if track.notes]
    if not filled:
        raise ClipError("the clip holds no notes; send one with a melody", code="no_notes")
    pitched = [track for track in filled if not _is_drums(track)]
    if not pitched:
        raise ClipError("the clip holds only drums; send a melody as clip, and drums as parts_in", code="no_notes")
    candidates = [track for track in pitched if not _is_bass(track)] or pitched
    return max(candidates, key=lambda track: (_name_rank(track.name), melodiousness(track.notes)))


def _is_drums(track: SmfTrack) -> bool:
    return track.is_percussion or _DRUM_WORDS.search(track.name) is not None


def _is_bass(track: SmfTrack) -> bool:
    return bool(_BASS_WORDS.search(track.name)) or (track.program in _PART_PROGRAMS["bass"] and _name_rank(track.name) <= 0)


def _name_rank(name: str) -> int:
    """Return 2 for the name of a melody, 1 for that of a singer or soloist, −1 for that of an accompaniment."""
    if _SUPPORT_WORDS.search(name):
        return -1
    if _MELODY_WORDS.search(name):
        return 2
    return 1 if _LEAD_WORDS.search(name) else 0


def melodiousness(notes: Sequence[Note]) -> float:
    """Return how much a track is like a melody, about 0…3: one note at a time, in a singing register, and moving."""
    pitches = [note.pitch for note in notes]
    register = 1.0 - min(1.0, abs(sum(pitches) / len(pitches) - 72) / 36)  # C5, the middle of what tunes are written in
    movement = min(1.0, len(set(pitches)) / 5) * min(1.0, len(notes) / 16)
    return (1.0 / polyphony(notes)) + register + movement


def _drum_tracks(tracks: list[SmfTrack]) -> list[SmfTrack]:
    """Return every drum track (kick, snare and hats may have one each), or the only track that there is."""
    drums = [track for track in tracks if _is_drums(track)]
    if not drums and len(tracks) > 1:
        raise ClipError("none of the tracks in the clip is a drum track; name it drums or use channel 10", code="no_notes")
    return drums or tracks


def _part_track(tracks: list[SmfTrack], name: str) -> SmfTrack:
    """Return the track for a part: by its name, then by its General MIDI program, then by how it is played."""

    def suits(track: SmfTrack) -> tuple[int, bool, float]:
        by_name = _name_rank(track.name) if name == "lead" else _PART_WORDS[name].search(track.name) is not None
        named = -1 if _DRUM_WORDS.search(track.name) else int(by_name)
        return named, track.program in _PART_PROGRAMS.get(name, ()), _way_of_playing(track.notes, name)

    return max(tracks, key=suits)


def _way_of_playing(notes: Sequence[Note], name: str) -> float:
    """Return how well the notes suit a part: basses are low, chords and pads sound together, others sing."""
    if name == "bass":
        return -sum(note.pitch for note in notes) / len(notes)
    return polyphony(notes) if name in {"chords", "pad"} else melodiousness(notes)


def _tempo(smf: Smf) -> tuple[TempoMap | None, tuple[str, ...]]:
    """Return the tempo map of a clip, unless it has a tempo in which nobody plays."""
    if smf.tempo is None:
        return None, ()
    strange = [change.bpm for change in smf.tempo.changes if not BPM_MIN <= change.bpm <= BPM_MAX]
    if strange:
        return None, (f"the clip's tempo of {strange[0]:.6g} BPM is left out: it lies outside {BPM_MIN:g} to {BPM_MAX:g}",)
    return smf.tempo, ()


def _meter(smf: Smf) -> tuple[Meter | None, tuple[str, ...]]:
    """Return the first meter of a clip; a first bar shorter than those that follow is a pickup, not a meter."""
    if not smf.meters:
        return None, ()
    first, *others = smf.meters
    if not others:
        return first.meter, ()
    following = others[0]
    if following.beat - first.beat < following.meter.beats_per_bar:
        return following.meter, (
            f"the clip begins with a pickup of {following.beat:g} beats before its first bar of {following.meter}",
        )
    changed = ", ".join(str(change.meter) for change in others[:4])
    return first.meter, (f"the meter of the clip changes ({first.meter}, then {changed}): {first.meter} is used throughout",)


def _length_beats(smf: Smf, beats_per_bar: float) -> float:
    """Return the length of a clip: as its file says, or whole bars where the file just ends with its last note."""
    end = smf.length_beats
    tolerance = min(BAR_TOLERANCE_BEATS, beats_per_bar / 8)
    whole_bars = max(1, math.ceil((end - tolerance) / beats_per_bar)) * beats_per_bar
    last_release = max(note.end_beat for track in smf.tracks for note in track.notes)
    return whole_bars if whole_bars - end <= tolerance or end - last_release <= END_GAP_BEATS else end


def _likely_key(notes: Sequence[Note], written: Key | None, beats_per_bar: float) -> Key:
    """Return the key that is heard, or the written one where the notes allow it.

    DAWs write C major where nobody chose a key, so that one must fit; any other was chosen, and may be the relative.
    """
    heard = likely_key(notes, beats_per_bar=beats_per_bar)
    if written is None:
        return heard
    is_chosen_relative = written != Key(0) and set(written.scale) == set(heard.scale)
    weights = pitch_class_weights(notes)
    fits = key_fit(weights, written) >= key_fit(weights, heard) - KEY_TOLERANCE
    return written if fits or is_chosen_relative else heard


def _left_out(smf: Smf, track: SmfTrack, notes: Sequence[Note]) -> list[str]:
    """Return what a musician should know of the notes that are not in the seed."""
    warnings = []
    others = [other for other in smf.tracks if other.notes and other is not track]
    if others:
        names = ", ".join(other.name or f"channel {(other.channel or 0) + 1}" for other in others[:6])
        chosen = track.name or f"channel {(track.channel or 0) + 1}"
        warnings.append(f"the melody is taken from {chosen}; left out: {names} (parts_in would keep them)")
    if _is_bass(track):
        warnings.append("the clip holds only a bass line; it is taken as the melody")
    if len(notes) < len(track.notes):
        warnings.append(
            f"chords sound in the melody's track: {len(notes)} of its {len(track.notes)} notes are taken as the tune"
        )
    return warnings
