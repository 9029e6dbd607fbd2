"""What waits: bounded, told exactly once, by its deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from hypothesis import given, strategies as st

from tests.workers.conftest import until
from workers.queue import DOWN, QUIET, TIMEOUT, Heard, Queue


async def test_a_deadline_is_told_without_anybodys_answer() -> None:
    loop = asyncio.get_running_loop()
    queue = Queue(loop, 10, 10_000)
    told: list[tuple[Heard, float]] = []

    def keep(end: float) -> Callable[[Heard], None]:
        return lambda heard: told.append((heard, end))

    for milliseconds in (30, 10, 20):
        end = loop.time() + milliseconds / 1000
        queue.add(5, end, keep(end), loop.time())
    await until(lambda: len(told) == 3)
    assert [heard for heard, _ in told] == [TIMEOUT] * 3
    assert [end for _, end in told] == sorted(end for _, end in told)
    assert loop.time() >= max(end for _, end in told) - 0.002
    assert queue.timeouts == len(queue) == 3


async def test_a_deadline_far_ahead_is_brought_near() -> None:
    loop = asyncio.get_running_loop()
    queue = Queue(loop, 10, 10_000)
    queue.add(5, 1e300, lambda _: None, loop.time())
    assert queue.settle(queue.oldest(), QUIET)
    assert not queue.settle(1, QUIET)


async def test_a_far_deadline_is_brought_forward_by_a_near_one() -> None:
    loop = asyncio.get_running_loop()
    queue = Queue(loop, 10, 10_000)
    told: list[str] = []
    queue.add(5, loop.time() + 5, lambda _: told.append("far"), loop.time())
    queue.add(5, loop.time() + 0.01, lambda _: told.append("near"), loop.time())
    await until(lambda: bool(told))
    assert told == ["near"]
    assert queue.settle_all(DOWN) == 1
    assert told == ["near", "far"]
    assert (len(queue), queue.bytes) == (0, 0)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 200)),
            st.tuples(st.just("settle"), st.integers(1, 40)),
            st.tuples(st.just("all"), st.just(0)),
        ),
        max_size=60,
    )
)
def test_nobody_is_told_twice_and_the_bounds_hold(steps: list[tuple[str, int]]) -> None:
    loop = asyncio.new_event_loop()
    queue = Queue(loop, 8, 1000)
    told: Counter[int] = Counter()
    taken = 0

    def keep(number: int) -> None:
        def done(_: Heard) -> None:
            told[number] += 1

        if queue.add(size, 1e9, done, loop.time()) > 0:
            accepted.add(number)

    accepted: set[int] = set()
    for what, size in steps:
        if what == "add":
            taken += 1
            keep(taken)
        elif what == "settle":
            queue.settle(size, QUIET)
        else:
            queue.settle_all(DOWN)
        assert len(queue) <= 8
        assert 0 <= queue.bytes <= 1000
    queue.settle_all(DOWN)
    loop.close()
    assert set(told) == accepted
    assert set(told.values()) <= {1}
    assert queue.bytes == 0
