"""A pitch track → notes: the likeliest row of semitones, parted where the level dips, each begun where it is heard to begin."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bridge.seeds.hum_note import HeardNote
from bridge.seeds.hum_octaves import octaves_corrected, octaves_steadied
from bridge.seeds.hum_onsets import TAIL_DB, restrikes, rise_seconds
from bridge.seeds.hum_tracking import ENVELOPE_HOP, ENVELOPE_SECONDS, FRAME_SECONDS, Track, envelope_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Curve = NDArray[np.float64]
    Span = tuple[int, int, int]
    """First frame, frame after the last, semitone."""

PER_FRAME = round(FRAME_SECONDS / ENVELOPE_SECONDS)
SPREAD_SEMITONES = 0.4
"""How far a sung pitch lies from its semitone (vibrato at its widest is twice that)."""
STRAY_COST = 3.0
"""What a frame costs at most that is far from its note: scoops, glides and slips of the network are short."""
CHANGE_COST = 9.0
"""What a new pitch costs, in nats: about 50 ms of frames that say so."""
VOICING_COST = 4.0
"""What it costs to begin or end to sing."""
DIP_DB = 6.0
CHANGE_DIP_DB = 5.0
"""Where the pitch changes too, a lesser dip tells that a new note was struck; in a hall the old one still rings then."""
DIP_REACH_SECONDS = 0.07
"""A consonant lowers the level by so much, within so short a time; tremolo is slower."""
BRIGHT_DIP_DB, BRIGHT_WITHIN_SECONDS = 4.0, 0.02
"""At a consonant the upper partials dip as well (the level of the second difference, which lifts them by 12 dB an octave);
where the voices of a choir beat, each partial dips at a time of its own."""
GLIDE_FRAMES = 6
"""A quick glide may look like silence for so long, and the middle of it lies no farther from where it was heard."""
SLIP_FRAMES = 12
"""A pitch lost for so long, while the level stays, was sung on."""
SHORTEST_SECONDS = 0.055
ATTACK_DB, ATTACK_SHARE = 15.0, 0.3
"""A note begins where the level comes this near to what it reaches, and has risen by such a share."""
LATE_HOPS = 25
"""A pitch may be recognised 100 ms after its onset: slow attacks, halls."""
BURST_FRAMES, BURST_APART_FRAMES = 5, 3
"""Breath may sound another tone for so long before a pipe gives the one that was meant, and at most so far apart from it."""
UNSETTLED_FRAMES, UNSETTLED_CONFIDENCE = 16, 0.25
"""For so long what sounds before a note, and is part of no other, may be its attack."""


def settled(track: Track) -> Track:
    """Return a track whose tones heard a harmonic too high or too low are put right."""
    steady = octaves_steadied(track)
    return octaves_corrected(steady, _spans(steady))


def segment(track: Track) -> list[HeardNote]:
    """Return the notes of a track in order of time; their pitches have fractions still."""
    spans = _without_bursts([part for span in _mended(_spans(track), track) for part in _parted(span, track)], track)
    notes: list[HeardNote] = []
    for index, span in enumerate(spans):
        before = spans[index - 1] if index else None
        start, dip_db = _attack(span, before, track)
        if before is not None and span[0] - before[1] <= GLIDE_FRAMES and before[2] != span[2] and dip_db < CHANGE_DIP_DB:
            start = _glide_middle(span, before, track)
        note = _note(span, start, track)
        if notes and _is_tail_of(note, notes[-1]):
            notes[-1] = replace(notes[-1], end_seconds=note.end_seconds)
        elif note.seconds >= SHORTEST_SECONDS:
            notes.append(note)
    befores = (None, *notes)
    begun = [
        replace(note, start_seconds=rise_seconds(note, before, track)) for before, note in zip(befores, notes, strict=False)
    ]
    return [part for note in _without_overlap(begun) for part in _struck_again(note, track)]


def _is_tail_of(note: HeardNote, before: HeardNote) -> bool:
    is_joined = note.start_seconds - before.end_seconds < SLIP_FRAMES * FRAME_SECONDS
    return is_joined and round(note.pitch) == round(before.pitch) and note.loudness_db < before.loudness_db - TAIL_DB


def _struck_again(note: HeardNote, track: Track) -> list[HeardNote]:
    """Return a note as those that follow each other on its pitch."""
    bounds = [note.start_seconds, *restrikes(note, track), note.end_seconds]
    return [replace(note, start_seconds=start, end_seconds=end) for start, end in itertools.pairwise(bounds)]


def _spans(track: Track) -> list[Span]:
    """Return stretches of one semitone each: Viterbi's path through silence and semitones, frame by frame."""
    pitch, voiced = track.tuned, np.clip(track.confidence, 0.02, 0.98)
    heard = pitch[track.confidence >= 0.5]
    if not len(heard):
        return []
    semitones = np.arange(int(np.floor(heard.min())), int(np.ceil(heard.max())) + 1)
    away = np.minimum(0.5 * ((pitch[:, None] - semitones) / SPREAD_SEMITONES) ** 2, STRAY_COST)
    costs = np.column_stack((-np.log(1.0 - voiced), away - np.log(voiced)[:, None]))
    path = _cheapest_path(costs)
    edges = np.flatnonzero(np.diff(path)) + 1
    bounds = [0, *edges.tolist(), len(path)]
    return [(first, last, int(semitones[path[first] - 1])) for first, last in itertools.pairwise(bounds) if path[first] > 0]


def _mended(spans: list[Span], track: Track) -> list[Span]:
    """Return the stretches with one pitch joined where only a slip of the network, or one into another octave, parts it."""
    mended: list[Span] = []
    for span in spans:
        is_octave = len(mended) > 1 and mended[-1][2] != span[2] and (mended[-1][2] - span[2]) % 12 == 0
        is_slip = is_octave and mended[-2][2] == span[2] and mended[-1][1] - mended[-1][0] <= SLIP_FRAMES
        before = mended[-2] if is_slip else mended[-1] if mended else None
        is_one = before is not None and before[2] == span[2] and span[0] - before[1] <= SLIP_FRAMES
        if before is None or not is_one or _attack(span, before, track)[1] >= DIP_DB:
            mended.append(span)
        else:
            del mended[-2 if is_slip else -1 :]
            mended.append((before[0], span[1], span[2]))
    return mended


def _without_bursts(spans: list[Span], track: Track) -> list[Span]:
    """Return the stretches with those that are only the attack of the next one made part of it."""
    kept: list[Span] = []
    for span in spans:
        is_brief = bool(kept) and _is_brief_before(span, kept[-1])
        if is_brief and _attack(kept[-1], kept[-2] if kept[1:] else None, track)[1] >= DIP_DB:
            kept[-1] = (kept[-1][0], span[1], span[2])
        else:
            kept.append(span)
    return kept


def _is_brief_before(span: Span, before: Span) -> bool:
    length = before[1] - before[0]
    return length <= BURST_FRAMES and span[0] - before[1] <= BURST_APART_FRAMES and span[1] - span[0] > length


def _unsettled_frames(span: Span, before: Span | None, track: Track) -> int:
    """Return how many frames before a stretch sound without being part of the one before."""
    earliest = max(span[0] - UNSETTLED_FRAMES, before[1] if before else 0)
    is_faint = track.confidence[earliest : span[0]] < UNSETTLED_CONFIDENCE
    faint = np.flatnonzero(is_faint)
    return span[0] - earliest - (int(faint[-1]) + 1 if len(faint) else 0)


def _cheapest_path(costs: Curve) -> NDArray[np.intp]:
    """Return the state of each frame along the path of least cost; state 0 is silence."""
    frames, states = costs.shape
    back = np.empty((frames, states), np.int16)
    total = costs[0].copy()
    every = np.arange(states)
    for frame in range(frames):
        best_note = 1 + int(total[1:].argmin())
        change = min(total[best_note] + CHANGE_COST, total[0] + VOICING_COST)
        source = best_note if total[best_note] + CHANGE_COST < total[0] + VOICING_COST else 0
        end = total[best_note] + VOICING_COST
        stays = total <= change
        stays[0] = total[0] <= end
        back[frame] = np.where(stays, every, source)
        back[frame, 0] = 0 if stays[0] else best_note
        total = np.where(stays, total, change)
        if not stays[0]:
            total[0] = end
        total += costs[frame]
    path = np.empty(frames, np.intp)
    path[-1] = total.argmin()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path


def _parted(span: Span, track: Track) -> list[Span]:
    """Return a stretch as the notes in it: one pitch may be sung again and again."""
    first, last, semitone = span
    level = track.envelope_db[first * PER_FRAME : last * PER_FRAME]
    hop = PER_FRAME * ENVELOPE_HOP
    bright = envelope_db(np.diff(track.samples[first * hop : last * hop + 2], 2))
    cuts = [first + round(dip / PER_FRAME) for dip in _dips(level) if _bright_dip_db(bright, dip) >= BRIGHT_DIP_DB]
    bounds = [first, *cuts, last]
    return [(start, end, semitone) for start, end in itertools.pairwise(bounds)]


def _dips(level: Curve) -> list[int]:
    """Return where the level falls and comes back within a consonant's time."""
    reach = round(DIP_REACH_SECONDS / ENVELOPE_SECONDS)
    margin = round(SHORTEST_SECONDS / ENVELOPE_SECONDS)
    dips: list[int] = []
    for place in range(margin, len(level) - margin):
        around = level[max(0, place - reach) : place + reach + 1]
        if level[place] > around.min():
            continue
        depth = min(level[max(0, place - reach) : place].max(), level[place + 1 : place + reach + 1].max()) - level[place]
        if depth >= DIP_DB and (not dips or place - dips[-1] >= margin):
            dips.append(place)
    return dips


def _bright_dip_db(level: Curve, dip: int) -> float:
    """Return by how much the level dips near a place."""
    reach, near = round(DIP_REACH_SECONDS / ENVELOPE_SECONDS), round(BRIGHT_WITHIN_SECONDS / ENVELOPE_SECONDS)
    place = min(dip, len(level) - 1)
    lowest = level[max(0, place - near) : place + near + 1].min()
    return float(min(level[max(0, place - reach) : place + 1].max(), level[place : place + reach + 1].max()) - lowest)


def _attack(span: Span, before: Span | None, track: Track) -> tuple[float, float]:
    """Return the second at which the level rises to a note, and by how many dB it dipped before."""
    centre, last = span[0] * PER_FRAME, span[1] * PER_FRAME
    late = LATE_HOPS + PER_FRAME * _unsettled_frames(span, before, track)
    earliest = max(0, centre - late, before[0] * PER_FRAME + 8 if before else 0)
    around = track.envelope_db[earliest : max(earliest + 1, min(last, centre + 15))]
    lowest = int(around.argmin())
    level = track.envelope_db[earliest + lowest : max(earliest + lowest + 1, min(last, centre + 38))]
    top = int(level.argmax())
    threshold = max(level[top] - ATTACK_DB, level[0] + ATTACK_SHARE * (level[top] - level[0]))
    rise = int(np.flatnonzero(level[: top + 1] >= threshold)[0])
    depth = min(level[top], around[: lowest + 1].max()) - level[0]
    return float((earliest + lowest + rise) * ENVELOPE_SECONDS), float(depth)


def _glide_middle(span: Span, before: Span, track: Track) -> float:
    """Return the second at which the pitch is half way from one note to the next."""
    first, last, semitone = span
    middle = (before[2] + semitone) / 2
    upwards = semitone > before[2]
    earliest = max(before[0], before[1] - GLIDE_FRAMES)
    pitch = track.tuned[earliest : min(last, first + GLIDE_FRAMES)]
    past = pitch > middle if upwards else pitch < middle
    crossings = np.flatnonzero(past[1:] & ~past[:-1])
    if not len(crossings):
        return first * FRAME_SECONDS
    nearest = int(crossings[np.abs(crossings + 1 + earliest - (before[1] + first) / 2).argmin()])
    step = pitch[nearest + 1] - pitch[nearest]
    return float((earliest + nearest + (middle - pitch[nearest]) / step) * FRAME_SECONDS)


def _note(span: Span, start_seconds: float, track: Track) -> HeardNote:
    first, last, _ = span
    inner = slice(first + (last - first) // 4, max(first + 1, last - (last - first) // 8))
    return HeardNote(
        start_seconds,
        last * FRAME_SECONDS,
        float(np.median(track.tuned[inner])),
        float(track.envelope_db[first * PER_FRAME : last * PER_FRAME].max()),
        float(track.confidence[first:last].mean()),
    )


def _without_overlap(notes: list[HeardNote]) -> list[HeardNote]:
    return [
        HeardNote(note.start_seconds, min(note.end_seconds, after.start_seconds), note.pitch, note.loudness_db, note.confidence)
        for note, after in itertools.pairwise(notes)
        if after.start_seconds - note.start_seconds > 0.02
    ] + notes[-1:]
