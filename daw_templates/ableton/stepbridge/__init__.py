"""stepbridge in Ableton Live 11 and 12: a clip goes out, stems and MIDI come back at their bar.

Live runs this as a control surface. It is written for Python 3.7 (Live 11 and early 12) and runs in 3.11 too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .surface import StepbridgeSurface


def create_instance(c_instance: object) -> StepbridgeSurface:
    """Return the control surface; Live calls this when it is chosen in the settings or a set is opened."""
    from .surface import StepbridgeSurface  # noqa: PLC0415 - tests of the rest need no Live

    return StepbridgeSurface(c_instance)
