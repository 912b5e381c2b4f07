"""The lead: what of it is given (clip, part), what is open, and how the open stretches are filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.composers.rules.develop import Place, Theme, developed
from bridge.composers.rules.grid import NEAR
from bridge.composers.rules.harmony import Changes
from bridge.composers.rules.melody import Register, Tone, pitches
from bridge.composers.rules.plan import PHRASE_BARS, Passage, Plan
from bridge.composers.rules.returns import Statement, returned
from bridge.composers.rules.roles import role_of
from bridge.composers.rules.themes import free_phrase, inspired
from bridge.composers.rules.tiling import tiled, whole_bars
from bridge.composers.rules.windows import led, varied, without_free
from bridge.music.notes import Note


@dataclass(frozen=True)
class Stretch:
    """A part of a passage whose melody is still open."""

    passage: Passage
    start: float
    end: float
    manner: str
    """free, develop, inspire or vary."""
    is_mended: bool = False
    """Whether given notes stand right before and after it."""
    is_new: bool = False
    """Whether the theme was stated in another section, of another role."""
    notes: tuple[Note, ...] = ()
    """What is varied."""


def theme_of(plan: Plan) -> Theme | None:
    """Return the seed as a theme, else the opening of the lead that is recalled, else None.

    Where bars are repainted and the seed is the old lead itself: a phrase of it that stays.
    """
    brief = plan.brief
    old = brief.recall.part("lead") if brief.recall and brief.open_beats else None
    if brief.open_beats and old and brief.seed and brief.seed.notes == old.notes and brief.seed_mode in {"develop", "inspire"}:
        return _standing(plan, brief.open_beats)
    if brief.seed is not None and brief.seed.notes and brief.seed_mode != "free":
        notes = brief.seed.notes
        longest = max(brief.seed.length_beats, *(note.start_beat + NEAR for note in notes))
        return Theme(notes, whole_bars(longest, plan.grid))
    recalled = brief.recall.part("lead") if brief.recall else None
    if brief.recall is None or recalled is None or not recalled.notes or brief.recall.section.meter != brief.section.meter:
        return None
    phrase = min(4, brief.recall.section.bars) * plan.grid.bar_beats
    notes = tuple(note for note in recalled.notes if note.start_beat < phrase - NEAR)
    return Theme(notes, phrase) if notes else None


def _standing(plan: Plan, window: tuple[float, float]) -> Theme | None:
    """Return up to a phrase of the lead outside the window, from before it if there is a bar, else from after it."""
    phrase = PHRASE_BARS * plan.grid.bar_beats
    start, end = (0.0, min(window[0], phrase)) if window[0] else (window[1], min(window[1] + phrase, plan.length_beats))
    notes = tuple(note.shifted(-start) for note in _outside(plan, window) if start <= note.start_beat < end)
    return Theme(notes, whole_bars(end - start, plan.grid)) if notes else None


def given_lead(plan: Plan, theme: Theme | None) -> tuple[tuple[Note, ...], tuple[Stretch, ...]]:
    """Return the notes that are settled before harmony is chosen, and the stretches left open.

    A theme is developed before, so that harmony follows it; where harmony is known, the theme follows that, later.
    """
    notes, stretches = _given(plan, theme)
    if theme is None or not plan.is_harmony_open:
        return notes, stretches
    ready = [stretch for stretch in stretches if stretch.manner == "develop"]
    for stretch in ready:
        notes = tuple(sorted((*notes, *_developed(plan, theme, stretch, notes, None))))
    return notes, tuple(stretch for stretch in stretches if stretch.manner != "develop")


def _given(plan: Plan, theme: Theme | None) -> tuple[tuple[Note, ...], tuple[Stretch, ...]]:
    brief = plan.brief
    part = next((part for part in brief.parts_in if part.name == "lead"), None)
    if part is not None and part.notes:
        period = whole_bars(max(note.end_beat for note in part.notes), plan.grid)
        return tiled(part.notes, period, 0.0, plan.length_beats), ()
    mode = brief.seed_mode if brief.seed is not None and brief.seed.notes else "free"
    if brief.open_beats is not None and mode != "lock":
        return _around(plan, brief.open_beats, "develop" if theme and mode != "free" else "free")
    if mode == "lock" and theme is not None:
        return _locked(plan, theme)
    if mode == "develop" and theme is not None:
        return _opened(plan, theme)
    opened = [s for passage in plan.passages if (s := _open(plan, passage, _manner(plan, passage, mode, theme)))]
    return (), _windowed(plan, opened)


def _windowed(plan: Plan, stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return stretches cut to where the melody leads, and free ones where it does not."""
    found: list[Stretch] = []
    for stretch in stretches:
        pieces = [(stretch.start, stretch.end)] if stretch.manner == "free" else without_free(plan, stretch.start, stretch.end)
        found += [replace(stretch, start=start, end=end) for start, end in pieces]
    free = [piece for piece in plan.free_beats() if any(stretch.manner != "free" for stretch in stretches)]
    return (*found, *(mended for start, end in free for mended in _mended(plan, [], start, end)))


def _manner(plan: Plan, passage: Passage, mode: str, theme: Theme | None) -> str:
    """Return how a passage without given notes is sung: a continued score's theme returns in a section of the same role."""
    recall = plan.brief.recall
    if mode == "free" and theme is not None and recall is not None and plan.brief.seed is None:
        return "develop" if plan.continues and role_of(recall.section.name) == passage.role else "free"
    return mode


def _open(plan: Plan, passage: Passage, manner: str) -> Stretch | None:
    bar = plan.grid.bar_beats
    if manner != "free" and passage.role.lock == "out" and not passage.is_alone:
        return None
    is_new = manner != "free" and passage.role.name != _home(plan)
    return Stretch(passage, passage.start_bar * bar, passage.end_bar * bar, manner, is_new=is_new)


def _home(plan: Plan) -> str:
    """Return the role of the section that states the theme: of the score that is continued, else the first with a lead."""
    recall = plan.brief.recall
    if recall is not None and plan.continues:
        return role_of(recall.section.name).name
    return next((p.role.name for p in plan.passages if p.role.lock != "out"), plan.passages[0].role.name)


def _locked(plan: Plan, theme: Theme) -> tuple[tuple[Note, ...], tuple[Stretch, ...]]:
    """Return the clip in every passage that carries it, the clip starting again with each; free windows left open."""
    notes: list[Note] = []
    stretches: list[Stretch] = []
    for passage in plan.passages:
        start, end = passage.start_bar * plan.grid.bar_beats, passage.end_bar * plan.grid.bar_beats
        manner = "clip" if passage.is_alone else passage.role.lock
        if manner == "clip":
            notes += tiled(theme.notes, theme.period, start, end)
        elif manner == "fragment":
            half = max(1, passage.bars // 2) * plan.grid.bar_beats
            notes += tiled(theme.notes, theme.period, start, min(end, start + min(half, theme.period)))
        elif manner == "develop":
            stretches.append(Stretch(passage, start, end, "develop", is_new=True))
    notes, give_way = led(plan, notes)
    if give_way:
        stretches.append(Stretch(plan.passages[0], 0.0, plan.length_beats, "vary", notes=tuple(give_way)))
    for start, end in plan.free_beats():
        stretches += _mended(plan, [*notes, *give_way], start, end)
    return tuple(sorted(notes)), tuple(stretches)


def _around(plan: Plan, window: tuple[float, float], manner: str) -> tuple[tuple[Note, ...], tuple[Stretch, ...]]:
    """Return the lead before and after bars that are repainted, and those bars, open."""
    notes = _outside(plan, window)
    return notes, tuple(replace(stretch, manner=manner, is_new=True) for stretch in _mended(plan, list(notes), *window))


def _outside(plan: Plan, window: tuple[float, float]) -> tuple[Note, ...]:
    lead = plan.brief.recall.part("lead") if plan.brief.recall else None
    return tuple(note for note in (lead.notes if lead else ()) if not window[0] <= note.start_beat < window[1])


def _mended(plan: Plan, notes: list[Note], start: float, end: float) -> list[Stretch]:
    """Return the open stretches of a window, one a passage, after what still rings into it."""
    ringing = max((n.end_beat for n in notes if n.start_beat < start), default=0.0)
    begin = max(start, min(ringing, end))
    bar = plan.grid.bar_beats
    pieces = ((p, max(begin, p.start_bar * bar), min(end, p.end_bar * bar)) for p in plan.passages)
    return [Stretch(p, first, last, "free", is_mended=True) for p, first, last in pieces if last - first > NEAR]


def _opened(plan: Plan, theme: Theme) -> tuple[tuple[Note, ...], tuple[Stretch, ...]]:
    """Return the clip once, at the first passage that carries a melody, and everything after it open.

    What is continued has been heard: everything is open.
    """
    notes: tuple[Note, ...] = ()
    stretches: list[Stretch] = []
    opened = [stretch for passage in plan.passages if (stretch := _open(plan, passage, "develop"))]
    for stretch in _windowed(plan, opened):
        if not notes and not plan.continues and stretch.manner == "develop":
            first_end = min(stretch.end, stretch.start + theme.period)
            notes = tiled(theme.notes, theme.period, stretch.start, first_end)
            stretches.append(replace(stretch, start=first_end))
        else:
            stretches.append(stretch)
    return notes, tuple(stretch for stretch in stretches if stretch.end - stretch.start > NEAR)


def filled_lead(
    plan: Plan, theme: Theme | None, given: tuple[tuple[Note, ...], tuple[Stretch, ...]], changes: Changes
) -> tuple[Note, ...]:
    """Return the melodies of the open stretches, without the given notes."""
    notes, stretches = given
    own: list[Note] = []
    stated: dict[str, Statement] = {}
    if theme and any(stretch.manner == "inspire" for stretch in stretches):
        theme, own, stretches = _inspired(plan, theme, stretches, changes)
    for stretch in stretches:
        if stretch.manner == "vary":
            own += varied(plan, stretch.notes, notes, changes)
            continue
        if theme and stretch.manner != "free":
            own += _developed(plan, theme, stretch, (*notes, *own), changes)
            continue
        made = _phrases(plan, stretch, changes)
        if not stretch.is_mended:
            made = _returned(plan, stretch.passage, made, stated, changes)
        else:
            made = _joined(plan, notes, made, changes)
        own += _ended(plan, stretch.passage, made)
    return tuple(sorted(own))


def _developed(plan: Plan, theme: Theme, stretch: Stretch, notes: Iterable[Note], changes: Changes | None) -> list[Note]:
    """Return the theme developed over a stretch, led from and to the `notes` around it."""
    around = sorted(notes)
    before = next((note.pitch for note in reversed(around) if note.start_beat < stretch.start - NEAR), None)
    after = next((note.pitch for note in around if note.start_beat > stretch.end - NEAR), None)
    old = plan.brief.recall.part("lead") if plan.brief.recall and plan.brief.open_beats else None
    place = Place(stretch.passage, stretch.start, stretch.end, before, after, stretch.is_new, old.notes if old else ())
    return _ended(plan, stretch.passage, developed(plan, theme, place, changes))


def _inspired(
    plan: Plan, theme: Theme, stretches: tuple[Stretch, ...], changes: Changes
) -> tuple[Theme, list[Note], tuple[Stretch, ...]]:
    """Return a new theme like the one given, its statement in the first stretch, and what is then open."""
    first, *others = stretches
    end = min(first.end, first.start + theme.period)
    stated = inspired(plan, first.passage, (theme.line, first.start, end), changes)
    own = Theme(tuple(note.shifted(-first.start) for note in stated), min(theme.period, end - first.start))
    rest = (replace(first, start=end), *others) if first.end - end > NEAR else tuple(others)
    return own, stated, rest


def _returned(plan: Plan, passage: Passage, made: list[Note], stated: dict[str, Statement], changes: Changes) -> list[Note]:
    """Return a melody as it was `stated` by the first passage of its theme; the first one is kept in mind."""
    first = stated.setdefault(passage.theme, (passage, made))
    return made if first[0] is passage else returned(plan, passage, made, first, changes)


def _phrases(plan: Plan, stretch: Stretch, changes: Changes) -> list[Note]:
    """Return a theme of its own, stated in the first phrase of the passage and developed in the others."""
    passage, bar = stretch.passage, plan.grid.bar_beats
    made = free_phrase(plan, passage, changes)
    start, length = passage.start_bar * bar, passage.phrases[0][1] * bar
    theme = Theme(tuple(note.shifted(-start) for note in made), length)
    rest = Stretch(passage, start + length, passage.end_bar * bar, "develop")
    if rest.end - rest.start > NEAR:
        made += _developed(plan, theme, rest, made, changes)
    inside = (note for note in made if stretch.start - NEAR <= note.start_beat < stretch.end - NEAR)
    return [replace(note, length_beats=min(note.length_beats, stretch.end - note.start_beat)) for note in inside]


def _joined(plan: Plan, notes: tuple[Note, ...], made: list[Note], changes: Changes) -> list[Note]:
    """Return a mended melody moved to the register of its neighbours and led to them without a jump."""
    if not made:
        return made
    before = max((n for n in notes if n.start_beat < made[0].start_beat), default=None, key=lambda n: n.start_beat)
    after = min((n for n in notes if n.start_beat > made[-1].start_beat), default=None, key=lambda n: n.start_beat)
    near = [note.pitch for note in (before, after) if note is not None]
    if not near:
        return made
    shift = sum(near) / len(near) - sum(note.pitch for note in made) / len(made)
    targets = [note.pitch + shift for note in made]
    low, high = round(min(*targets, *near)) - 3, round(max(*targets, *near)) + 3
    register = Register(max(0, low), min(127, high), before.pitch if before else None, after.pitch if after else None)
    tones = [Tone(note.start_beat, note.length_beats, target) for note, target in zip(made, targets, strict=True)]
    found = pitches(plan, tones, changes, register, plan.chance.stream("mended", round(made[0].start_beat, 3)))
    return [replace(note, pitch=pitch) for note, pitch in zip(made, found, strict=True)]


def _ended(plan: Plan, passage: Passage, made: list[Note]) -> list[Note]:
    """Return a melody that closes on one long tonic where the passage comes to rest."""
    if not passage.has_ending or not made:
        return made
    last_bar = (passage.end_bar - 1) * plan.grid.bar_beats
    kept = [note for note in made if note.start_beat < last_bar - NEAR]
    pitch = kept[-1].pitch if kept else made[0].pitch
    tonic = min((p for p in range(max(0, pitch - 6), min(127, pitch + 6) + 1) if p % 12 == plan.key.tonic), default=pitch)
    cut = [replace(n, length_beats=min(n.length_beats, last_bar - n.start_beat)) for n in kept]
    return [*cut, Note(last_bar, plan.grid.bar_beats * 0.95, tonic, kept[-1].velocity if kept else 80)]
