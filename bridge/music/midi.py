"""Standard MIDI Files ↔ music: clips of any DAW are read, scores are written (`midi_write`) and read again.

Type 0 and 1 are read, with any division. Type 2 is refused: its patterns share no timeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bridge.errors import ClipError
from bridge.music.key import Key
from bridge.music.midi_events import Allowance, Header, TickNote, Track, read_chunks, read_track
from bridge.music.midi_write import write_smf
from bridge.music.notes import DRUM_CHANNEL, PART_NAMES, Note, Part
from bridge.music.score import Marker
from bridge.music.tempo import DEFAULT_BPM, Meter, TempoChange, TempoMap

__all__ = ["Clock", "MeterChange", "Smf", "SmfTrack", "TickNote", "read_smf", "score_parts", "write_smf"]

BEATS_MAX = 100_000.0
"""Longest file that is read: 14 hours at 120 BPM."""
DENOMINATOR_EXPONENT_MAX = 6
"""Meters are read down to 64ths."""
BAR_BEATS_MAX = 32
LATE_TEMPO_BEATS = 0.25
"""A first tempo no later than this was meant from the start: some DAWs write it a tick or two after it."""

_SMPTE_FRAMES_PER_SECOND = {24: 24.0, 25: 25.0, 29: 30_000 / 1001, 30: 30.0}


@dataclass(frozen=True)
class MeterChange:
    """From this beat on, this meter."""

    beat: float
    meter: Meter


@dataclass(frozen=True)
class Clock:
    """Turns the ticks of one file into beats."""

    ticks_per_beat: int | None
    """None where ticks are parts of a second (SMPTE division)."""
    ticks_per_second: float = 0.0
    """Of an SMPTE division."""
    tempo: TempoMap = TempoMap()
    """Tells the beats of an SMPTE division."""

    def beat(self, tick: int) -> float:
        """Return the beat of a tick."""
        return tick / self.ticks_per_beat if self.ticks_per_beat else self.tempo.beat(tick / self.ticks_per_second)

    def beats(self, start_tick: int, ticks: int) -> float:
        """Return the beats that so many ticks last from a tick on."""
        return ticks / self.ticks_per_beat if self.ticks_per_beat else self.beat(start_tick + ticks) - self.beat(start_tick)


@dataclass(frozen=True)
class SmfTrack:
    """The notes of one instrument; a track that only carries tempo or markers has none."""

    name: str
    """As the DAW shows it; "" where the file does not say."""
    channel: int | None
    """0–15; None without notes and program change."""
    program: int | None
    """General MIDI program of the first note, 0–127; None where the file does not say."""
    ticks: tuple[TickNote, ...]
    """The notes in ticks, in order of time."""
    clock: Clock
    played: Mapping[tuple[int, int], float] = field(default_factory=dict)
    """(tick, pitch) → second, from the start, at which a musician played the note; only clips of ours say it."""

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """The same notes in beats."""
        clock = self.clock
        return tuple(
            Note(clock.beat(start), clock.beats(start, length), pitch, velocity)
            for start, length, pitch, velocity, _ in self.ticks
        )

    @property
    def is_percussion(self) -> bool:
        """Whether the track plays on channel 10, which General MIDI keeps for percussion."""
        return self.channel == DRUM_CHANNEL


@dataclass(frozen=True)
class Smf:
    """A Standard MIDI File; beats count from its start."""

    clock: Clock
    tracks: tuple[SmfTrack, ...]
    """In the order of the file; a track that mixes instruments on several channels is divided by channel."""
    tempo: TempoMap | None
    """None where the file does not say."""
    meters: tuple[MeterChange, ...]
    """Without repetitions; () where the file does not say."""
    key: Key | None
    """The first key signature; None where the file does not say."""
    markers: tuple[Marker, ...]
    length_ticks: int
    """End of the longest track."""
    length_beats: float
    warnings: tuple[str, ...]
    """What was mended or left out, a sentence each."""


def read_smf(data: bytes, *, smpte_bpm: float = DEFAULT_BPM) -> Smf:
    """Return what a Standard MIDI File holds; raises ClipError (`bad_clip`) where it is broken, cut short or too large.

    A hanging note is ended with its track; of overlapping notes of one pitch the first in is the first out.
    `smpte_bpm` tells the beats of a file that counts in seconds and names no tempo.
    """
    header, chunks = read_chunks(data)
    if header.format > 1:
        raise ClipError(f"the MIDI file is of type {header.format}, without one common timeline; export type 0 or 1")
    allowance = Allowance()
    tracks = [read_track(chunk, number, allowance) for number, chunk in enumerate(chunks, 1)]
    clock, tempo = _clock(header, tracks, smpte_bpm)
    length_ticks = max(track.end_tick for track in tracks)
    if clock.beat(length_ticks) > BEATS_MAX:
        raise ClipError(f"the MIDI file lasts {clock.beat(length_ticks):.3g} beats; at most {BEATS_MAX:.0f} are read")
    return Smf(
        clock=clock,
        tracks=tuple(part for track in tracks for part in _instruments(track, header, clock)),
        tempo=tempo,
        meters=_meters(tracks, clock),
        key=_key(tracks),
        markers=_marks((track.markers for track in tracks), clock),
        length_ticks=length_ticks,
        length_beats=clock.beat(length_ticks),
        warnings=tuple(_warnings(header, tracks)),
    )


def _clock(header: Header, tracks: list[Track], smpte_bpm: float) -> tuple[Clock, TempoMap | None]:
    changes = _tempo_changes(tracks)
    if header.division & 0x8000:
        return _smpte_clock(header.division, changes, smpte_bpm)
    if not header.division:
        raise ClipError("the MIDI file counts 0 ticks a quarter note; export the clip again")
    clock = Clock(header.division)
    return clock, _tempo_map([(clock.beat(tick), bpm) for tick, bpm in changes])


def _smpte_clock(division: int, changes: list[tuple[int, float]], smpte_bpm: float) -> tuple[Clock, TempoMap | None]:
    frames_per_second = _SMPTE_FRAMES_PER_SECOND.get(256 - (division >> 8))
    if frames_per_second is None or not division & 0xFF:
        raise ClipError(f"the MIDI file has the time division 0x{division:04X}, which does not exist; export the clip again")
    ticks_per_second = frames_per_second * (division & 0xFF)
    bpm, beat, seconds = smpte_bpm, 0.0, 0.0
    steps = []
    for tick, following_bpm in changes:
        beat += (tick / ticks_per_second - seconds) * bpm / 60.0
        seconds, bpm = tick / ticks_per_second, following_bpm
        steps.append((beat, bpm))
    tempo = _tempo_map(steps)
    return Clock(None, ticks_per_second, tempo or TempoMap.constant(smpte_bpm)), tempo


def _tempo_changes(tracks: list[Track]) -> list[tuple[int, float]]:
    """Return (tick, BPM) in order of time; where tracks disagree the first, which is the conductor's, is believed."""
    steps = {tick: tempo for track in reversed(tracks) for tick, tempo in track.tempos if tempo > 0}
    return [(tick, _bpm(steps[tick])) for tick in sorted(steps)]


def _bpm(microseconds: int) -> float:
    """Return the tempo that was meant: the file rounds 97.3 BPM to 616 650 µs a beat, or cuts it to 616 649."""
    exact = 60e6 / microseconds
    for decimals in range(4):
        typed = round(exact, decimals)
        if typed > 0 and abs(60e6 / typed - microseconds) < 1.0:
            return typed
    return exact


def _tempo_map(steps: list[tuple[float, float]]) -> TempoMap | None:
    if not steps:
        return None
    if steps[0][0] > LATE_TEMPO_BEATS:
        steps = [(0.0, DEFAULT_BPM), *steps]
    changes: list[TempoChange] = []
    for beat, bpm in steps:
        if not changes or (bpm != changes[-1].bpm and beat > changes[-1].beat):
            changes.append(TempoChange(beat, bpm))
    return TempoMap(tuple(changes))


def _meters(tracks: list[Track], clock: Clock) -> tuple[MeterChange, ...]:
    written = {
        tick: (over, under) for track in reversed(tracks) for tick, over, under in track.meters if _is_meter(over, under)
    }
    changes: list[MeterChange] = []
    for tick in sorted(written):
        over, under = written[tick]
        meter = Meter(over, 2**under)
        if not changes or meter != changes[-1].meter:
            changes.append(MeterChange(clock.beat(tick), meter))
    return tuple(changes)


def _is_meter(numerator: int, exponent: int) -> bool:
    return exponent <= DENOMINATOR_EXPONENT_MAX and 0 < 4 * numerator <= BAR_BEATS_MAX * 2**exponent


def _key(tracks: list[Track]) -> Key | None:
    written = [mark for track in tracks for mark in track.keys if -7 <= mark[1] <= 7 and mark[2] <= 1]
    if not written:
        return None
    _, sharps, is_minor = min(written, key=lambda mark: mark[0])
    return Key((sharps * 7 + 9) % 12, "minor") if is_minor else Key(sharps * 7 % 12)


def _marks(marks: Iterable[list[tuple[int, str]]], clock: Clock) -> tuple[Marker, ...]:
    in_time = sorted((mark for track_marks in marks for mark in track_marks), key=lambda mark: mark[0])
    return tuple(Marker(clock.beat(tick), text) for tick, text in in_time)


def _instruments(track: Track, header: Header, clock: Clock) -> list[SmfTrack]:
    """Divide a track by channel where it mixes instruments: all of a song in type 0, or drums with anything else."""
    name = track.name or track.instrument
    channels = sorted({note.channel for note in track.notes})
    if not channels:
        channel = next((channel for _, channel, _ in track.programs), None)
        return [SmfTrack(name, channel, _program(track, channel, 0), (), clock)]
    is_mixed = header.format == 0 or DRUM_CHANNEL in channels
    if len(channels) == 1 or not is_mixed or _is_mpe(track, channels):
        return [_instrument(track, name, channels, clock)]
    return [_instrument(track, "", [channel], clock) for channel in channels]


def _is_mpe(track: Track, channels: list[int]) -> bool:
    """Return whether one instrument plays each note on a channel of its own, to bend it (MIDI Polyphonic Expression)."""
    return len(channels) > 2 and track.bent.issuperset(channels) and not track.programs


def _instrument(track: Track, name: str, channels: list[int], clock: Clock) -> SmfTrack:
    ticks = tuple(note for note in track.notes if note.channel in channels)
    return SmfTrack(name, channels[0], _program(track, channels[0], ticks[0].start_tick), ticks, clock, track.played)


def _program(track: Track, channel: int | None, first_tick: int) -> int | None:
    """Return the program in force at the first note, or the first one where all come later."""
    chosen = [(tick, program) for tick, on_channel, program in track.programs if on_channel == channel]
    before = [program for tick, program in chosen if tick <= first_tick]
    return before[-1] if before else next((program for _, program in chosen), None)


def _warnings(header: Header, tracks: list[Track]) -> Iterable[str]:
    hanging = sum(track.hanging for track in tracks)
    if hanging:
        yield f"notes without an end in the MIDI file: {hanging}; they are held to the end of their track"
    if header.track_count != len(tracks):
        yield f"the MIDI file should hold {header.track_count} tracks and holds {len(tracks)}"
    if any(tempo == 0 for track in tracks for _, tempo in track.tempos):
        yield "a tempo without speed in the MIDI file is left out"
    if any(not _is_meter(over, under) for track in tracks for _, over, under in track.meters):
        yield "a time signature in the MIDI file that no meter has is left out"


def score_parts(smf: Smf) -> tuple[Part, ...]:
    """Return the parts of a score that `write_smf` wrote: those tracks whose names are the names of parts, in that order."""
    return tuple(
        Part(track.name, track.notes, track.program or 0) for name in PART_NAMES for track in smf.tracks if track.name == name
    )
