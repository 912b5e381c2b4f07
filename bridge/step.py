"""The one callback that carries progress out of the makers and cancellation in."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str, int, int], None]
"""Called with (stage, done, total) after each step of work; raises CancelledError when the musician gave up."""

HAND_OVER = "hand over"
"""Last word of the stage whose step comes right before the rename that makes a delivery visible: that step returns only
once the delivery is granted, so a job that was cancelled is never delivered afterwards."""


def ignore(stage: str, done: int, total: int) -> None:
    """Take no notice: for callers that want neither progress nor cancellation."""
