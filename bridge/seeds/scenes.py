"""Pictures that people use to describe music ("rain on the window"), and what they mean, from seven files.

They are read to train the guesses (guess_training.py), not to make them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import yaml

FOLDER = Path(str(resources.files("bridge.seeds"))) / "lexicon"
_FILES = ("scenes.yaml", "vignettes.yaml", "situations.yaml", "film.yaml", "places.yaml", "feelings.yaml", "doings.yaml")


@dataclass(frozen=True)
class Scene:
    """A scene, and what it stands for, the likeliest first."""

    genres: tuple[str, ...]
    moods: tuple[str, ...]
    instruments: tuple[str, ...]
    """() where nobody has said which would suit."""
    sentences: tuple[str, ...]


@cache
def load_scenes() -> tuple[Scene, ...]:
    """Return every scene."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    texts = ((FOLDER / file).read_text(encoding="utf-8") for file in _FILES)
    return tuple(
        Scene(*(tuple(scene.get(key, ())) for key in ("genres", "moods", "instruments", "say")))
        for text in texts
        for scene in yaml.load(text, loader)["scenes"]  # noqa: S506 - both are safe loaders
    )
