"""The one callback that carries progress out of the makers and cancellation in."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str, int, int], None]
"""Called with (stage, done, total) after each step of work; raises CancelledError when the musician gave up."""


def ignore(stage: str, done: int, total: int) -> None:
    """Take no notice: for callers that want neither progress nor cancellation."""
