"""A call in a thread is over before whoever made it is."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from gateway.cases.threads import finish
from tests.gateway.record.making import eventually


async def test_an_answer_and_a_fault_come_through() -> None:
    assert await finish(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await finish(divmod, 7, 0)


@pytest.mark.parametrize("divisor", [2, 0])
async def test_a_cancelled_call_is_waited_for(divisor: int) -> None:
    began, go, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go.wait(10)
        ended.set()
        divmod(7, divisor)

    task = asyncio.create_task(finish(work))
    await eventually(began.is_set)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=0.02)
    assert not done
    go.set()
    with suppress(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert task.cancelled()
