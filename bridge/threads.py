"""Work side by side where there are processors for it: numpy, hashing and files let go of Python's lock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from bridge.errors import CancelledError

Item = TypeVar("Item")
Result = TypeVar("Result")
Check = Callable[[], None]
"""Called by work now and then; raises where it is to end."""
THREADS_MAX = 4
_TELL_S = 0.1
"""How often the musician may give up."""


def processors() -> int:
    """Return how many threads are worth starting: the processors that this process may use, four at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(THREADS_MAX, usable)


def side_by_side(
    work: Callable[[Item, Check], Result], items: Sequence[Item], tell: Callable[[int], None], threads: int
) -> list[Result]:
    """Return the result of `work` on each item, whatever the number of threads.

    `tell` hears on the caller's thread alone how many are done: before the first, after each, and every tenth of a second.
    What it or any work raises is raised here, once all work has ended.
    """
    if min(threads, len(items)) > 1:
        return _at_once(work, items, tell, threads)
    results: list[Result] = []
    told = 0.0

    def check() -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_S:
            told = time.monotonic()
            tell(len(results))

    for item in items:
        tell(len(results))
        results.append(work(item, check))
    tell(len(results))
    return results


def _at_once(
    work: Callable[[Item, Check], Result], items: Sequence[Item], tell: Callable[[int], None], threads: int
) -> list[Result]:
    is_over = Event()

    def check() -> None:
        if is_over.is_set():
            raise CancelledError

    with ThreadPoolExecutor(min(threads, len(items)), "side by side") as pool:
        try:
            tell(0)
            futures = [pool.submit(work, item, check) for item in items]
            waiting: set[Future[Result]] = set(futures)
            while waiting:
                done, waiting = wait(waiting, _TELL_S, FIRST_COMPLETED)
                for future in done:
                    future.result()
                tell(len(items) - len(waiting))
        except BaseException:
            is_over.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]
