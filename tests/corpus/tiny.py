"""Five public-domain tunes as they are cached, and songs made of them."""

from pathlib import Path
from random import Random

from bridge.corpus.crops import crop
from bridge.corpus.families import load_families
from bridge.corpus.grooves import GrooveFile
from bridge.corpus.rules_teacher import composed
from bridge.corpus.song import Song
from bridge.corpus.tunes import Tune, load_tunes

TUNES = load_tunes(Path(__file__).parent / "tunes.jsonl")


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - music, not secrets


def tune_in(meter: str) -> Tune:
    return next(tune for tune in TUNES if tune.meter == meter)


def ruled(meter: str, idiom: str = "pop", *, tune: Tune | None = None, seed: int = 1) -> Song:
    """Return a tune as the teacher `rules` accompanies it, as a build does."""
    random = chance(seed)
    made = composed(crop(tune or tune_in(meter), meter, random), idiom, random)
    return Song(made.meta | {"split": "train", "tonic": 0}, made.chord_root, made.chord_mask, made.chord_bass, made.notes)


def groove_file(path: str, meter: str, beats: float, mains: tuple[str, ...], **variants: tuple[str, ...]) -> GrooveFile:
    family = next(family for family in load_families().values() if path in family.grooves)
    kinds = {"fills": (), "intros": (), "ends": ()} | variants
    return GrooveFile(path, family, meter, beats, mains, kinds["fills"], kinds["intros"], kinds["ends"])
