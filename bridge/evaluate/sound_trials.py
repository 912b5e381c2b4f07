"""What an engine of sound is put through: held-out tunes to be followed, production words to be heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bridge.brief import Brief, Strength
from bridge.corpus.sound.production import PRODUCTION_WORDS
from bridge.evaluate.sound_follow import Follows, Rows, follows
from bridge.evaluate.tune import Tune, load_tunes
from bridge.music.notes import Part
from bridge.music.programs import program_name
from bridge.music.score import Score
from bridge.music.take import Take
from bridge.seeds.prompt_meaning import prompt_vector, understand_fully
from bridge.step import Step, ignore

Perform = Callable[[Score, Brief, Step], Take]
BARS = 4
PLAYERS = ((73, 0, 32), (40, 4, 33), (56, 24, 33), (0, 48, 32), (65, 16, 38), (71, 0, 33), (80, 89, 38), (24, 4, 32))
"""Programs of lead, chords and bass, for one tune after the other."""
Figures = dict[str, float]


def asked(tunes: Sequence[Tune]) -> list[tuple[Score, Brief]]:
    """Return a score of each tune as its teacher arranged it, with the brief that asks for its players."""
    found = []
    for index, tune in enumerate(tunes):
        brief = tune.brief(random_seed=index)
        programs = dict(zip(("lead", "chords", "bass"), PLAYERS[index % len(PLAYERS)], strict=True))
        parts = (replace(tune.part(name), program=programs.get(name, 0)) for name in brief.parts)
        score = Score(brief.section, tuple(part for part in parts if part.notes))
        found.append((score, prompted(brief, program_name(programs["lead"]).lower())))
    return found


def prompted(brief: Brief, prompt: str) -> Brief:
    """Return the brief with a prompt in place of its own."""
    return replace(brief, style=understand_fully(prompt), prompt_vector=prompt_vector(prompt))


def held_out(count: int, bars: int = BARS) -> list[tuple[Score, Brief]]:
    """Return so many held-out tunes to be performed, each of another melody."""
    first = {tune.name: tune for tune in reversed(load_tunes(bars=bars))}
    return asked(sorted(first.values(), key=lambda tune: tune.name)[:count])


def rows(score: Score, part: Part) -> Rows:
    """Return the notes of a part, (notes, 4): start and length in seconds, pitch, velocity; cut at its end."""
    section = score.section

    def seconds(beat: float) -> float:
        return min(section.tempo.seconds(section.start_beat + beat) - section.start_seconds, section.seconds)

    made = [(seconds(n.start_beat), seconds(n.end_beat), n.pitch, n.velocity) for n in part.notes]
    found = np.array(made, np.float64).reshape(-1, 4)
    found[:, 1] -= found[:, 0]
    return found


def following(takes: Sequence[Take], scores: Sequence[Score]) -> Figures:
    """Return how takes follow scores, which need not be their own: figures of leads, and onsets of all parts."""
    found: dict[str, list[Follows]] = {}
    for take, score in zip(takes, scores, strict=True):
        for part in score.parts:
            stem = take.stem(part.name)
            if stem is not None and part.notes:
                heard = follows(stem.samples, take.sample_rate_hz, rows(score, part), is_drums=part.is_drums)
                found.setdefault(part.name, []).append(heard)
    tonal = [each for name, those in found.items() if name != "drums" for each in those]
    return {
        "melody": _mean([each.melody for each in found.get("lead", ())]),
        "pitch": _mean([each.pitch for each in found.get("lead", ())]),
        "chroma": _mean([each.chroma for each in tonal]),
        "onsets": _mean([each.onsets for those in found.values() for each in those]),
        **{f"onsets_{name}": _mean([each.onsets for each in those]) for name, those in found.items()},
    }


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def noteless(brief: Brief) -> Brief:
    """Return the brief with the notes left out: what words and players alone give."""
    return replace(brief, strengths=(Strength(0.0, brief.section.length_beats + 1e3, text=1.0, melody=0.0),))


def performed(perform: Perform, orders: Sequence[tuple[Score, Brief]], step: Step, stage: str) -> list[Take]:
    """Return a take of each order."""
    takes = []
    for done, (score, brief) in enumerate(orders):
        step(stage, done, len(orders))
        takes.append(perform(score, brief, ignore))
    step(stage, len(orders), len(orders))
    return takes


def words_heard(perform: Perform, orders: Sequence[tuple[Score, Brief]], step: Step) -> dict[str, float]:
    """Return for each production word the share of leads in which it moves its descriptor the right way, and of all: "words".

    The same lead under the same random seed, once as its instrument alone and once with the word before it.
    """
    leads = [_lead_alone(*order) for order in orders]
    plain = performed(perform, leads, step, "plain")
    found: dict[str, float] = {}
    for word, descriptor in PRODUCTION_WORDS.items():
        said = [(score, prompted(brief, f"{word} {_player(score)}")) for score, brief in leads]
        takes = performed(perform, said, step, word)
        pairs = zip(plain, takes, strict=True)
        moved = [descriptor.direction * (descriptor.measure(_stem(new)) - descriptor.measure(_stem(old))) for old, new in pairs]
        found[word] = float(np.mean([far > 0.0 for far in moved]))
    return found | {"words": _mean(list(found.values()))}


def _lead_alone(score: Score, brief: Brief) -> tuple[Score, Brief]:
    return score.with_parts(score.parts[:1]), prompted(brief, _player(score))


def _player(score: Score) -> str:
    return program_name(score.parts[0].program).lower()


def _stem(take: Take) -> NDArray[np.float32]:
    return take.stems[0].samples


def shuffled(scores: Sequence[Score]) -> list[Score]:
    """Return the scores, each in the place of the one before: the floor of following."""
    return [*scores[1:], *scores[:1]]
