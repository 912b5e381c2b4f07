"""A held-out tune and what composers are asked to do with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from bridge.brief import Brief, FormSection
from bridge.evaluate.piece import Piece, notes_of, piece_of_score, stretched
from bridge.evaluate.songs import piece_of_song
from bridge.music.notes import Part
from bridge.music.score import Score, Section, Seed
from bridge.music.tempo import TempoMap
from bridge.style import Style
from model.score.corpus import Song, songs

PACKAGED = Path(__file__).parent / "held_out.npz"
DIVERSITY = Path(__file__).parent / "teacher_diversity.npz"
PARTS = ("lead", "chords", "bass", "drums")


@dataclass(frozen=True)
class Tune:
    """A melody with its teacher's accompaniment, and how it is to be played."""

    name: str
    """Of the tune, not of the arrangement: several tunes may share it."""
    family: str
    groove: str
    bpm: float
    """Pulses a minute."""
    sections: tuple[tuple[str, int], ...]
    """(Name, bars) from the start, as the teacher arranged it."""
    piece: Piece
    """The melody with the teacher's accompaniment."""

    @property
    def style(self) -> Style:
        """What a composer is told unless a prompt is tried: the family's name."""
        return Style(genres=(self.family,))

    def of_bars(self, bars: int) -> Tune:
        """Return the first bars of the tune, its form cut to them; where it is shorter it is sung again."""
        sections: list[tuple[str, int]] = []
        left = bars
        for name, length in cycle(self.sections):
            sections.append((name, min(length, left)))
            left -= length
            if left <= 0:
                break
        return replace(self, sections=tuple(sections), piece=stretched(self.piece, bars))

    def brief(self, random_seed: int = 0) -> Brief:
        """Return the request to accompany this tune note for note, in its family's style and in its teacher's parts."""
        piece = self.piece
        quarters = self.bpm * piece.meter.pulse_beats
        section = Section("verse", 1, piece.bars, piece.meter, TempoMap.constant(quarters), piece.key)
        seed = Seed(notes_of(piece, "lead"), section.length_beats, key=piece.key, likely_key=piece.key)
        form = (FormSection("verse", 1, piece.bars),)
        parts = (*PARTS, "pad") if len(piece.part("pad")) else PARTS
        return Brief(section, form, self.style, seed=seed, parts=parts, random_seed=random_seed)

    def part(self, name: str) -> Part:
        """Return the teacher's part as one that exists already."""
        return Part(name, notes_of(self.piece, name), 33 if name == "bass" else 0)


def tune_of_song(song: Song) -> Tune:
    """Return a song of the training set as a tune; its tempo is in pulses."""
    meta = song.meta
    sections = tuple((str(name), int(bars)) for name, bars in meta["sections"])
    piece = piece_of_song(song)
    return Tune(meta["tune"], meta["family"], meta["groove"], float(meta["bpm"]), sections, piece)


def load_tunes(path: Path = PACKAGED, *, bars: int | None = None) -> list[Tune]:
    """Return the tunes of a file, cut (or repeated) to so many bars."""
    tunes = [tune_of_song(song) for song in songs(path)]
    return [tune.of_bars(bars) for tune in tunes] if bars else tunes


def arranged(score: Score, tune: Tune) -> Piece:
    """Return a composed score as a piece of the tune's length."""
    return stretched(piece_of_score(score), tune.piece.bars)
