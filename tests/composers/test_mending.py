"""Working on a take: bars that are repainted join what stands around them; an extension goes on as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from bridge import composers
from bridge.evaluate import motifs
from bridge.evaluate.piece import piece_of_score
from bridge.job import Transport
from bridge.music.midi import read_smf, score_parts, write_smf
from bridge.music.notes import Note
from bridge.music.score import Score
from bridge.outbox.reading import DeliveredTake
from bridge.prepare import prepare
from bridge.repaint import splice_score
from bridge.request import Request
from bridge.step import ignore

CLIP = (Path(__file__).parents[2] / "bridge" / "commands" / "demo_clip.mid").read_bytes()
BAR = 4.0
BARS = 16
OPEN = (4 * BAR, 8 * BAR)
"""Bars 5–8, in beats."""
EARLY = 0.06
COMPOSERS = ("rules", "diffusion")
BACKING = ("chords", "bass", "drums")
WINDOW = {"from_bar": 5, "to_bar": 9, "parts": ["lead", *BACKING]}
PASTED = Request.parse({"action": "repaint", "take": "cut-and-paste", **WINDOW})


class Studio:
    """Goes from requests to scores as the pipeline does; takes are remembered, and read back from their MIDI file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._takes: dict[str, DeliveredTake] = {}
        self.take = cache(self._take)
        self.painted = cache(self._painted)
        monkeypatch.setattr("bridge.outbox.reading.read_take", lambda path: self._takes[path.name])

    def made(self, name: str, **fields: Any) -> Score:
        """Return the score of a request; `take` names the one it works on."""
        request = Request.parse({"clip": None if "take" in fields else "theme", "random_seed": 1, **fields})
        parent = Path(request.take) if request.take else None
        brief = prepare(request, {"theme": CLIP}, Transport(), fields.get("random_seed", 1), parent)
        score = composers.load(brief.composer).compose(brief, ignore)
        if parent and request.action == "repaint":
            score = splice_score(score, self._takes[parent.name].score, request)
        read = replace(score, parts=score_parts(read_smf(write_smf(score))))
        manifest: dict[str, Any] = {"id": name, "parent": None, "stems": (), "mix": {}}
        self._takes[name] = DeliveredTake(parent or Path(name), manifest, read, request, 1, 44100, {})
        return read

    def _take(self, composer: str) -> Score:
        return self.made(f"{composer}-take", prompt="rock", bars=BARS, seed_mode="develop", composer=composer)

    def _painted(self, composer: str, random_seed: int = 9) -> Score:
        self.take(composer)
        fields = {**WINDOW, "prompt": "rock", "random_seed": random_seed, "composer": composer}
        return self.made(f"{composer}-{random_seed}", action="repaint", take=f"{composer}-take", **fields)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Studio(monkeypatch)


def notes_of(score: Score, part: str) -> tuple[Note, ...]:
    found = score.part(part)
    assert found is not None
    return found.notes


def split(notes: Sequence[Note]) -> tuple[list[Note], list[Note]]:
    """Notes inside and outside the window; what leads into the bar after it is that bar's."""
    inside = [note for note in notes if OPEN[0] <= note.start_beat < OPEN[1] - EARLY]
    return inside, [note for note in notes if note not in inside]


def chords_in(score: Score, start: float, end: float) -> list[str]:
    """The chord of each beat."""
    beats = (start + beat for beat in range(round(end - start)))
    return [str(next(s.chord for s in score.chords if s.start_beat <= beat < s.end_beat)) for beat in beats]


def onsets(notes: Sequence[Note], bar: int, *, is_drums: bool) -> set[tuple[int, int]]:
    """Sixteenths of a bar at which something begins; what it is counts for drums only."""
    start = BAR * bar - EARLY
    inside = (note for note in notes if start <= note.start_beat < start + BAR)
    return {(round(4 * (note.start_beat - BAR * bar)), note.pitch if is_drums else 0) for note in inside}


def alike(one: Score, bars: Sequence[int], other: Score, others: Sequence[int]) -> float:
    """How many onsets of the backing's bars are also in other bars, on average: 0…1."""
    shares = []
    for part in BACKING:
        rows = [onsets(notes_of(one, part), bar, is_drums=part == "drums") for bar in bars]
        columns = [onsets(notes_of(other, part), bar, is_drums=part == "drums") for bar in others]
        shares += [len(a & b) / max(1, len(a | b)) for a in rows for b in columns]
    return mean(shares)


def motion(score: Score, beat: float) -> float:
    """Semitones from each chord note of the two beats after a bar line to the nearest of the two beats before."""
    chords = notes_of(score, "chords")
    before, after = (
        {n.pitch for n in chords if n.start_beat < end - EARLY and n.end_beat > start + EARLY}
        for start, end in ((beat - 2, beat), (beat, beat + 2))
    )
    return mean(min(abs(pitch - other) for other in before) for pitch in after) if before and after else 0.0


@pytest.mark.parametrize("composer", COMPOSERS)
def test_repainted_bars_are_new_and_all_around_them_is_as_it_was(studio: Studio, composer: str) -> None:
    old, new = studio.take(composer), studio.painted(composer)
    for part in ("lead", *BACKING):
        (was, stood), (now, stands) = split(notes_of(old, part)), split(notes_of(new, part))
        assert stands == stood, part
        assert now, part
        assert now != was, part
    for start, end in ((0.0, OPEN[0]), (OPEN[1], BARS * BAR)):
        assert chords_in(new, start, end) == chords_in(old, start, end)


@pytest.mark.parametrize("composer", COMPOSERS)
def test_a_repainted_melody_is_led_from_and_to_what_stands_around_it(studio: Studio, composer: str) -> None:
    lead = notes_of(studio.painted(composer), "lead")
    assert [(n.start_beat, n.pitch) for n in lead] != [(n.start_beat, n.pitch) for n in notes_of(studio.take(composer), "lead")]
    for border in OPEN:
        before = max(note for note in lead if note.start_beat < border)
        after = min(note for note in lead if note.start_beat >= border)
        assert abs(after.pitch - before.pitch) <= 7
        assert after.start_beat - before.end_beat <= BAR


@pytest.mark.parametrize("composer", COMPOSERS)
def test_repainting_one_part_leaves_the_harmony_alone(studio: Studio, composer: str) -> None:
    old = studio.take(composer)
    fields = {"from_bar": 5, "to_bar": 9, "parts": ["bass"], "prompt": "rock", "random_seed": 5, "composer": composer}
    new = studio.made(f"{composer}-bass", action="repaint", take=f"{composer}-take", **fields)
    assert chords_in(new, 0.0, BARS * BAR) == chords_in(old, 0.0, BARS * BAR)
    (was, stood), (now, stands) = split(notes_of(old, "bass")), split(notes_of(new, "bass"))
    assert stands == stood
    assert now
    assert now != was


def test_bars_written_between_others_join_better_than_bars_of_another_take(studio: Studio) -> None:
    joined, pasted, steps, jumps = [], [], [], []
    for random_seed in (9, 10):
        other = studio.made("other", prompt="rock", bars=BARS, composer="diffusion", random_seed=random_seed)
        new, floor = (studio.painted("diffusion", random_seed), splice_score(other, studio.take("diffusion"), PASTED))
        inside, around = range(4, 8), (2, 3, 8, 9)
        joined.append(alike(new, inside, new, around))
        pasted.append(alike(floor, inside, floor, around))
        steps += [motion(new, border) for border in OPEN]
        jumps += [motion(floor, border) for border in OPEN]
    assert mean(joined) > mean(pasted)
    assert mean(steps) <= mean(jumps) + 0.5


@pytest.mark.parametrize("composer", COMPOSERS)
def test_an_extension_goes_on_with_theme_key_tempo_and_groove(studio: Studio, composer: str) -> None:
    take = studio.take(composer)
    fields = {"prompt": "rock", "bars": 8, "random_seed": 21, "composer": composer}
    more = studio.made(f"{composer}-more", action="extend", take=f"{composer}-take", **fields)
    assert more.section.start_bar == BARS + 1
    assert (more.section.key, more.section.tempo, more.groove) == (take.section.key, take.section.tempo, take.groove)
    theme, lead = (motifs.lead_of(piece_of_score(score), 0, score.section.bars) for score in (take, more))
    assert motifs.shared_motifs(theme, lead, is_minor=take.section.key.is_minor) > 0.5
    sung = [(note.start_beat, note.pitch) for note in notes_of(more, "lead")]
    before = [(note.start_beat, note.pitch) for note in notes_of(take, "lead")]
    assert sung[:4] == before[:4]
    assert sung != before[: len(sung)]


def test_an_extension_plays_the_groove_of_the_take_whatever_its_random_seed(studio: Studio) -> None:
    swinging = studio.made("swing", prompt="swing", bars=8, composer="diffusion", random_seed=4)
    fields = {"prompt": "swing", "bars": 8, "composer": "diffusion"}
    inside = range(8)
    anew, more = [], []
    for random_seed in (5, 6):
        alone = studio.made("alone", **fields, random_seed=random_seed)
        extended = studio.made("more", action="extend", take="swing", **fields, random_seed=random_seed)
        assert extended.groove == swinging.groove
        anew.append(alike(alone, inside, swinging, inside))
        more.append(alike(extended, inside, swinging, inside))
    assert mean(more) > mean(anew)
