"""The queues' numbers: right, and not counted for everybody anew."""

from __future__ import annotations

import asyncio

import pytest

from gateway.cases.numbers import Numbers
from gateway.shapes.cases import QueueLine
from seawall.errors import RecordUnavailable
from tests.gateway.cases.making import AT, Work, actor, make_line
from tests.gateway.record.making import eventually


def test_queues_are_counted(work: Work) -> None:
    work.put(
        make_line(queue="b", at=AT + 1, due=AT + 90, priority="p1"),
        make_line(queue="b", at=AT, priority="p2"),
        make_line(queue="b", at=AT + 2, due=AT + 80, priority="p2"),
        make_line(queue="a", at=AT + 3),
        make_line(queue="a", at=AT, tenant="other"),
    )
    cases = [change.line for change in work.take() if change.tenant == "acme"]
    first, second, *_ = (case for case in cases if case.queue == "b")
    work.claim(actor(), first)
    work.escalate(actor(), second)
    (a,) = (case for case in cases if case.queue == "a")
    work.settle("ann", work.opened(queue="a"))
    assert work.store.queues("acme") == [
        QueueLine("a", 1, 0, 0, {"p2": 1}, a.opened, None),
        QueueLine("b", 3, 1, 1, {"p1": 1, "p2": 2}, AT, AT + 80),
    ]
    assert work.store.queues("nobody") == []


class Counter:
    """Counts how often it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = asyncio.Event()
        self.broken = False

    async def __call__(self, tenant: str) -> list[QueueLine]:
        self.asked += 1
        number = self.asked
        await self.go.wait()
        if self.broken:
            raise RecordUnavailable("gone")
        return [QueueLine(queue, number, 0, 0, {}, None, None) for queue in ("abuse", "fraud")]


async def test_who_comes_second_looks_at_what_there_is() -> None:
    counter, times = Counter(), [0.0]
    numbers = Numbers(counter, lambda: times[0])
    first = [asyncio.create_task(numbers.of(actor())) for _ in range(3)]
    await eventually(lambda: counter.asked == 1)
    counter.go.set()
    assert [[line.open for line in (await task).items] for task in first] == [[1, 1]] * 3
    times[0] = 0.9
    assert (await numbers.of(actor())).items[0].open == 1
    times[0] = 1.1
    counter.go.clear()
    assert (await numbers.of(actor())).items[0].open == 1  # while it is counted anew
    await eventually(lambda: counter.asked == 2)
    counter.go.set()
    await numbers.close()
    assert (await numbers.of(actor())).items[0].open == 2
    assert counter.asked == 2


async def test_people_see_their_queues() -> None:
    counter = Counter()
    counter.go.set()
    numbers = Numbers(counter)
    (line,) = (await numbers.of(actor(queues=frozenset({"abuse"})))).items
    assert line.queue == "abuse"


async def test_a_database_that_is_gone_is_told() -> None:
    counter, times = Counter(), [0.0]
    counter.go.set()
    numbers = Numbers(counter, lambda: times[0])
    await numbers.of(actor())
    counter.broken = True
    times[0] = 2.0
    await numbers.of(actor())
    await numbers.close()
    with pytest.raises(RecordUnavailable):
        await numbers.of(actor())
