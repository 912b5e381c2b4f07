from __future__ import annotations

import threading

import pytest

from bridge.errors import CancelledError
from bridge.threads import Check, processors, side_by_side


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_results_come_in_the_order_of_the_items_and_are_told_on_the_callers_thread(threads: int) -> None:
    told: list[tuple[int, int]] = []

    def work(item: int, check: Check) -> int:
        check()
        return item * item

    assert side_by_side(work, range(7), lambda done: told.append((threading.get_ident(), done)), threads) == [
        item * item for item in range(7)
    ]
    counts = [done for _, done in told]
    assert {thread for thread, _ in told} == {threading.get_ident()}
    assert (counts[0], counts[-1]) == (0, 7)
    assert counts == sorted(counts)


@pytest.mark.parametrize("threads", [1, 2])
def test_giving_up_ends_work_that_would_never_end(threads: int) -> None:
    has_begun = threading.Event()

    def work(_item: int, check: Check) -> None:
        has_begun.set()
        while True:
            check()

    def tell(_done: int) -> None:
        if has_begun.is_set():
            raise CancelledError

    with pytest.raises(CancelledError):
        side_by_side(work, [1, 2, 3], tell, threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_is_raised_and_the_rest_is_ended(threads: int) -> None:
    def work(item: int, check: Check) -> None:
        if item == 1:
            raise ValueError("this one")
        while item == 2:
            check()

    with pytest.raises(ValueError, match="this one"):
        side_by_side(work, [1, 2, 3], lambda _done: None, threads)


def test_there_is_a_thread_but_never_many() -> None:
    assert 1 <= processors() <= 4
    assert side_by_side(lambda item, _check: item, [], lambda _done: None, 3) == []
