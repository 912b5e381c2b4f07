"""What every composer is put through. Each trial returns figures by name; those of `figures.FIGURES` are shown.

A composer is asked through briefs, as the pipeline asks it, and judged by its notes alone. All is seeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bridge.brief import Brief, FormSection
from bridge.composers.composer import Composer
from bridge.evaluate import form, groove, harmony, motifs
from bridge.evaluate.expression import expression
from bridge.evaluate.families import Families
from bridge.evaluate.piece import Piece
from bridge.evaluate.positions import Positions
from bridge.evaluate.quality import averaged, floors, quality
from bridge.evaluate.tune import PARTS, Tune, arranged
from bridge.evaluate.voices import voice_leading, voicings
from bridge.music.chord import Chord, ChordSpan
from bridge.music.notes import Note, Part
from bridge.music.score import Score
from bridge.step import Step, ignore
from bridge.style import Style

Figures = dict[str, float]
HARMONY = ("chords", "pad")
SEED_BARS = 4
"""Bars of a tune that `develop` is given."""
DEVELOPED_BARS = 16
THEME_BARS = 8
_TURNS = ("verse", "chorus")
_CLOSE_BEATS = 1e-6


def compose_all(composer: Composer, briefs: Sequence[Brief], step: Step, stage: str) -> list[Score]:
    """Return a score of each brief."""
    scores = []
    for done, brief in enumerate(briefs):
        step(stage, done, len(briefs))
        scores.append(composer.compose(brief, ignore))
    step(stage, len(briefs), len(briefs))
    return scores


def accompaniment(tunes: Sequence[Tune], scores: Sequence[Score], known: tuple[Families, Positions]) -> Figures:
    """Return how well the melodies are kept, harmonised and accompanied in their families' style."""
    made = [arranged(score, tune) for score, tune in zip(scores, tunes, strict=True)]
    kept = [seed_kept(score, tune) for score, tune in zip(scores, tunes, strict=True)]
    return {"seed_kept": float(np.mean(kept)), **pieces_figures(tunes, made, known)}


def pieces_figures(tunes: Sequence[Tune], made: Sequence[Piece], known: tuple[Families, Positions]) -> Figures:
    """Return the figures of accompaniments: harmony, groove, floors, voice leading, expression, style."""
    families, positions = known
    teachers = [tune.piece for tune in tunes]
    used = [positions.of(tune.family, tune.piece.meter) for tune in tunes]
    return {
        **quality(teachers, made, used),
        **floors(teachers, made),
        **_grid_floor(tunes, made, positions),
        **averaged([voice_leading(voicings(piece)) for piece in made]),
        **averaged([expression(piece) for piece in made]),
        "family_named": families.share_right(made, [tune.family for tune in tunes]),
    }


def _grid_floor(tunes: Sequence[Tune], made: Sequence[Piece], positions: Positions) -> Figures:
    """Return the shares of onsets on the positions that the next other family uses in the same meter."""
    rows = []
    for index, (tune, piece) in enumerate(zip(tunes, made, strict=True)):
        others = (each.family for each in (*tunes[index + 1 :], *tunes[:index]) if each.family != tune.family)
        used = next((found for other in others if (found := positions.of(other, piece.meter))), {})
        rows.append({f"grid_{part}_floor": share for part, share in groove.on_positions(piece, used).items()})
    return averaged(rows)


def seed_kept(score: Score, tune: Tune) -> float:
    """Return which share of the clip's notes and the lead's notes are the same: start, length, pitch and velocity."""
    brief = tune.brief()
    lead = score.part("lead")
    wanted = _rounded(brief.seed.notes if brief.seed else ())
    found = _rounded(lead.notes if lead else ())
    return len(wanted & found) / max(len(wanted | found), 1)


def _rounded(notes: Sequence[Note]) -> set[tuple[int, int, int, int]]:
    return {(round(n.start_beat / _CLOSE_BEATS), round(n.length_beats / _CLOSE_BEATS), n.pitch, n.velocity) for n in notes}


def diversity(takes: Sequence[Sequence[Piece]]) -> Figures:
    """Return the mean of 1 − IoU of onsets over pairs of takes of the same tune and style."""
    parts = {"drums": ("drums",), "bass": ("bass",), "harmony": HARMONY}
    rows = [{f"diversity_{name}": groove.diversity(list(each), *of) for name, of in parts.items()} for each in takes]
    return averaged(rows)


def seeds_of(tune: Tune, count: int) -> list[Brief]:
    """Return the same request with other random seeds."""
    return [tune.brief(seed) for seed in range(1, count + 1)]


def prompted(tune: Tune, style: Style, prompt_vector: tuple[float, ...]) -> Brief:
    """Return the request for a tune in the style of a prompt instead of its own."""
    return replace(tune.brief(), style=style, prompt_vector=prompt_vector)


def with_chords(tune: Tune, random_seed: int) -> Brief:
    """Return the request with a chord a bar given, drawn from the triads of the key."""
    chance = np.random.default_rng(random_seed)
    scale = tune.piece.key.scale
    qualities = ("m", "dim", "", "m", "m", "", "") if tune.piece.key.is_minor else ("", "m", "m", "", "", "m", "dim")
    usable = [degree for degree in range(7) if qualities[degree] != "dim"]
    beats = tune.piece.meter.beats_per_bar
    drawn = [usable[index] for index in chance.integers(len(usable), size=tune.piece.bars)]
    spans = (ChordSpan(bar * beats, beats, Chord(scale[at], qualities[at])) for bar, at in enumerate(drawn))
    return replace(tune.brief(), chords=tuple(spans))


def chords_followed(briefs: Sequence[Brief], tunes: Sequence[Tune], scores: Sequence[Score]) -> Figures:
    """Return the share of half bars whose estimated triad is the chord given."""
    rows = []
    for brief, tune, score in zip(briefs, tunes, scores, strict=True):
        given = arranged(Score(brief.section, (), brief.chords), tune)
        rows.append({"chords_given": harmony.triad_agreement(given, arranged(score, tune))})
    return averaged(rows)


def with_part(tune: Tune, name: str) -> Brief:
    """Return the request without a melody, with one of the teacher's parts given: all that is known of the harmony."""
    brief = tune.brief()
    return replace(brief, seed=None, parts_in=(tune.part(name),), parts=PARTS)


def part_followed(tunes: Sequence[Tune], scores: Sequence[Score], name: str) -> Figures:
    """Return whether the part given is kept, and how it sits in what was composed around it."""
    kept = [_is_kept(score.part(name), tune.part(name)) for score, tune in zip(scores, tunes, strict=True)]
    figures = {f"{name}_kept": float(np.mean(kept))}
    made = [arranged(score, tune) for score, tune in zip(scores, tunes, strict=True)]
    if name == "bass":
        pairs = list(zip(tunes, made, strict=True))
        others = made[1:] + made[:1]
        figures["bass_given"] = _mean([harmony.bass_in_harmony(tune.piece, piece) for tune, piece in pairs])
        figures["bass_given_floor"] = _mean(
            [harmony.bass_in_harmony(tune.piece, other) for tune, other in zip(tunes, others, strict=True)]
        )
    if name == "chords":
        followed = [
            harmony.agreement(
                harmony.roots_of(harmony.estimated_triads(piece, ("bass",))), harmony.roots_of(harmony.known_triads(tune.piece))
            )
            for tune, piece in zip(tunes, made, strict=True)
        ]
        figures["bass_under_given_chords"] = _mean(followed)
    return figures


def _is_kept(found: Part | None, given: Part) -> float:
    return float(found is not None and _rounded(found.notes) == _rounded(given.notes))


def to_develop(tune: Tune, random_seed: int = 0) -> Brief:
    """Return the request to go on from the first bars of a tune."""
    brief = tune.brief(random_seed)
    length = SEED_BARS * tune.piece.meter.beats_per_bar
    if brief.seed is None:
        return brief
    notes = tuple(note for note in brief.seed.notes if note.start_beat < length - _CLOSE_BEATS)
    return replace(brief, seed=replace(brief.seed, notes=notes, length_beats=length), seed_mode="develop")


def developed(tunes: Sequence[Tune], made: Sequence[Piece]) -> Figures:
    """Return how continuations keep the key and share motifs with the bars they continue; floors beside them."""
    rows = []
    for index, (tune, piece) in enumerate(zip(tunes, made, strict=True)):
        minor = tune.piece.key.is_minor
        seed = motifs.lead_of(tune.piece, 0, SEED_BARS)
        more = motifs.lead_of(piece, SEED_BARS, DEVELOPED_BARS)
        other = motifs.lead_of(tunes[(index + 1) % len(tunes)].piece, SEED_BARS, DEVELOPED_BARS)
        rows.append(
            {
                "develop_in_key": motifs.in_key(more, is_minor=minor),
                "develop_motifs": motifs.shared_motifs(seed, more, is_minor=minor),
                "develop_shuffled": motifs.shared_motifs(seed, motifs.shuffled(more, index), is_minor=minor),
                "develop_other_tune": motifs.shared_motifs(seed, other, is_minor=minor),
                "develop_copied_bars": _copied(piece),
            }
        )
    return averaged(rows)


def _copied(piece: Piece) -> float:
    """Return the share of the later bars that repeat a bar of the seed note for note."""
    pairs = harmony.repeated_bars(piece)[:SEED_BARS, SEED_BARS:DEVELOPED_BARS]
    return float(pairs.any(axis=0).mean())


def at_length(tunes: Sequence[Tune], made: Sequence[Piece]) -> Figures:
    """Return the figures that show whether music of this length holds together."""
    teachers = [tune.piece for tune in tunes]
    figures = quality(teachers, made)
    rows = [{"groove_kept": form.groove_kept(piece), "density_drift": form.density_drift(piece)} for piece in made]
    return {"chord_tones": figures["chord_tones"], "triads": figures["triads"], **averaged(rows)}


def song_of(tune: Tune, bars: int) -> Brief:
    """Return the request for a song in which verses and choruses of eight bars take turns, on a theme of eight bars."""
    whole = tune.of_bars(bars).brief()
    theme = tune.of_bars(THEME_BARS).brief().seed
    starts = range(1, bars + 1, THEME_BARS)
    sections = (FormSection(_TURNS[turn % 2], start, THEME_BARS) for turn, start in enumerate(starts))
    return replace(whole, seed=theme, form=tuple(sections))


def returning(songs: Sequence[tuple[Piece, Sequence[tuple[str, int]]]]) -> Figures:
    """Return how alike the accompaniments of sections with the same name are, and of others; `songs` are (piece, sections)."""
    rows = []
    for piece, sections in songs:
        same, other = form.themes_return(piece, sections, *HARMONY, "bass", "drums")
        rows.append({"return": same, "no_return": other})
    return averaged(rows)


def sections_of(brief: Brief) -> list[tuple[str, int]]:
    """Return (name, bars) of the sections that were asked for."""
    return [(part.name, part.bars) for part in brief.form]


def _mean(values: list[float]) -> float:
    numbers = [value for value in values if np.isfinite(value)]
    return float(np.mean(numbers)) if numbers else float("nan")
