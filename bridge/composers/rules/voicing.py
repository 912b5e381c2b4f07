"""Voice leading: each chord near the one before, below the lead, not in parallel fifths or octaves with the bass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.plan import Plan
from bridge.music.chord import Chord
from bridge.music.notes import Note

_HIGHEST, _LOWEST = 79, 43
_MUDDY = 52
"""Below this, close intervals blur."""


@dataclass(frozen=True)
class Voicings:
    """The notes of every chord of the score, lowest first."""

    pitches: tuple[tuple[int, ...], ...]
    """One for each span of the changes."""
    bass: tuple[int, ...]
    """The bass note of each span."""
    ceilings: tuple[int, ...]
    """The pitch to stay under in each span."""


def voice_chords(plan: Plan, changes: Changes, lead: Sequence[Note], *, voices: int = 0, centre: int | None = None) -> Voicings:
    """Return a voicing for each chord; `voices` 0 and `centre` None take the idiom's number and middle pitch."""
    roots = bass_notes(plan, changes)
    ceilings = _ceilings(changes, lead)
    chosen: list[tuple[int, ...]] = []
    for index, span in enumerate(changes.spans):
        bar = plan.grid.bar(span.start_beat)
        role = plan.passage(bar).role
        count = voices or plan.idiom_at(bar).fixed_voices + role.voices
        middle = (plan.idiom_at(bar).chord_centre if centre is None else centre) + role.chord_shift + plan.mood.register // 2
        middle = min(middle, max(_MUDDY, ceilings[index] - 7))
        before = (chosen[-1], roots[index - 1]) if chosen else None
        is_power = plan.idiom_at(bar).harmony.colour == "power" and not voices
        options = _options(Chord(span.chord.root, "5") if is_power else span.chord, count)
        ceiling = ceilings[index]
        chosen.append(min(options, key=lambda notes: _cost(notes, before, roots[index], (middle, ceiling))))
    return Voicings(tuple(chosen), roots, tuple(ceilings))


def bass_notes(plan: Plan, changes: Changes) -> tuple[int, ...]:
    """Return the bass note of each chord: near the one before, in the instrument's range."""
    voice = plan.voices["bass"]
    low, high = voice.low, min(voice.high, voice.low + 22)
    aim = low + 9
    found: list[int] = []
    for span in changes.spans:
        options = [pitch for pitch in range(low, high + 1) if pitch % 12 == span.chord.bass_pitch_class]
        last = found[-1] if found else aim
        found.append(min(options, key=lambda pitch: abs(pitch - last) + 0.6 * abs(pitch - aim)))
    return tuple(found)


def _ceilings(changes: Changes, lead: Sequence[Note]) -> list[int]:
    """Return, for each chord, the pitch that chords should stay under: the lowest lead note over it, where the lead is high."""
    ceilings = [_HIGHEST] * len(changes.spans)
    for note in lead:
        if note.pitch < 58:
            continue
        for index in range(changes.index(note.start_beat), changes.index(note.end_beat - 2 * NEAR) + 1):
            ceilings[index] = min(ceilings[index], note.pitch)
    return ceilings


@lru_cache(maxsize=4096)
def _options(chord: Chord, voices: int) -> tuple[tuple[int, ...], ...]:
    """Return close and open positions of a chord, all inversions, in the middle register."""
    tones = _tones(chord, voices)
    found = set()
    for turn in range(1 if chord.quality == "5" else len(tones)):
        order = [*tones[turn:], *tones[:turn]]
        for octave in (36, 48, 60):
            notes = _stacked(order, octave)
            found.add(notes)
            if len(notes) >= 4:
                found.add(tuple(sorted((*notes[:-2], notes[-2] - 12, notes[-1]))))
    playable = [notes for notes in found if notes[0] >= _LOWEST and notes[-1] <= _HIGHEST]
    return tuple(sorted(playable))


def _tones(chord: Chord, voices: int) -> tuple[int, ...]:
    """Return the pitch classes to sound: of rich chords the fifth goes first, of small ones the root is doubled."""
    if chord.quality == "5":
        return (chord.root, (chord.root + 7) % 12, chord.root)
    tones = [
        pc for index, pc in enumerate(chord.pitch_classes) if not (index == 2 and len(chord.pitch_classes) > max(voices, 4))
    ]
    if len(tones) > voices and chord.bass is not None:
        tones = tones[:-1]
    while len(tones) > max(voices, 3):
        tones.pop(2 if len(tones) > 4 else 0)
    return (*tones, chord.root) if len(tones) < voices else tuple(tones)


def _stacked(order: Sequence[int], octave: int) -> tuple[int, ...]:
    notes = [octave + order[0]]
    for pc in order[1:]:
        notes.append(notes[-1] + ((pc - notes[-1]) % 12 or 12))
    return tuple(notes)


def _cost(notes: tuple[int, ...], before: tuple[tuple[int, ...], int] | None, bass: int, wish: tuple[int, int]) -> float:
    middle, ceiling = wish
    cost = 0.45 * abs(sum(notes) / len(notes) - middle)
    cost += 1.6 * sum(1 for note in notes if note >= ceiling) + 0.3 * max(0, notes[-1] - ceiling)
    cost += sum(1.5 for low, high in pairwise(notes) if low < _MUDDY and high - low < 4)
    cost += 2.0 * max(0, bass + 3 - notes[0])
    if before is None:
        return cost
    last, last_bass = before
    if len(last) == len(notes):
        cost += 0.5 * sum(abs(new - old) for new, old in zip(notes, last, strict=True))
    else:
        cost += 0.7 * (abs(notes[-1] - last[-1]) + abs(notes[0] - last[0]))
    return cost + (6.0 if is_parallel((last[-1], last_bass), (notes[-1], bass)) else 0.0)


def is_parallel(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Return whether (upper, lower) voices move the same way from one fifth or octave to another."""
    interval = (before[0] - before[1]) % 12
    same = interval == (after[0] - after[1]) % 12 and interval in {0, 7}
    return same and (after[0] - before[0]) * (after[1] - before[1]) > 0
