"""The progress bar that people see on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self


class Progress:
    """A bar on a terminal, nothing anywhere else; its `step` is the callback of the makers."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        if self._is_shown:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("starting", total=1.0)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._is_shown:
            self._bar.stop()

    def step(self, stage: str, done: int, total: int) -> None:
        """Show how far the work is."""
        self.show(stage, done / max(total, 1))

    def show(self, stage: str, fraction: float) -> None:
        """Show a fraction of the whole."""
        if self._is_shown:
            self._bar.update(self._task, description=f"{stage:18}", completed=fraction)
