"""Audio, and the take: a score performed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bridge.music.score import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    """float32, (frames, 2), full scale ±1."""


@dataclass(frozen=True, eq=False)
class Stem:
    """One part as stereo audio."""

    part: str
    samples: Samples
    """(frames, 2): exactly the length of the section."""
    tail: Samples | None = None
    """(frames, 2): what rings on after the end of the section; None where nothing does."""
    gain_db: float = 0.0
    """What finishing has done to the level of the engine's own sound, so that a later take can match it."""
    levels: tuple[float, float] | None = None
    """Loudness in LUFS and true peak in dBTP of `samples`, -120 for silence; None where they have not been measured."""


@dataclass(frozen=True, eq=False)
class Take:
    """A score performed: stems, their mix, and how both were made."""

    score: Score
    stems: tuple[Stem, ...]
    sample_rate_hz: int
    mix: Stem | None = None
    """The sum of the stems, finished; None before finishing."""
    composer: dict[str, Any] = field(default_factory=dict)
    """name, version, weights_sha256, steps, seconds, groove: as the manifest shows them."""
    engine: dict[str, Any] = field(default_factory=dict)
    random_seed: int = 0
    warnings: tuple[str, ...] = ()
    parent: str = ""
    """Id of the take that this one mends or continues."""

    def stem(self, part: str) -> Stem | None:
        """Return the stem of this part, or None."""
        return next((stem for stem in self.stems if stem.part == part), None)

    def changed(self, **fields: Any) -> Take:  # noqa: ANN401 - the fields of Take itself
        """Return the same take with some fields replaced."""
        return replace(self, **fields)
