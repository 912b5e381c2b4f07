"""The idioms as data: grooves, progressions, sounds. Nothing here decides; signs are those of `pattern`."""

from __future__ import annotations

from bridge.composers.rules.idiom import Idiom
from bridge.composers.rules.idioms.band import BAND
from bridge.composers.rules.idioms.electronic import ELECTRONIC
from bridge.composers.rules.idioms.groove import GROOVE
from bridge.composers.rules.idioms.jazz import JAZZ
from bridge.composers.rules.idioms.orchestral import ORCHESTRAL

IDIOMS: dict[str, Idiom] = {idiom.name: idiom for idiom in (*BAND, *GROOVE, *JAZZ, *ELECTRONIC, *ORCHESTRAL)}
"""Name → idiom."""
_BY_WORD = {word: idiom.name for idiom in IDIOMS.values() for word in (idiom.name, *idiom.words)}


def idiom_named(genre: str) -> Idiom | None:
    """Return the idiom that a genre word (English, lower case) means, or None.

    A genre of several words that is not listed ("melodic techno") is read by its last known word.
    """
    plain = genre.strip().lower().replace("-", " ").replace("_", " ")
    name = _BY_WORD.get(plain) or next((_BY_WORD[word] for word in reversed(plain.split()) if word in _BY_WORD), None)
    return IDIOMS[name] if name else None
