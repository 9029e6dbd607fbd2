"""The same request under the same key is answered the same, in either database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from gateway.http.answered import KEPT_S, UNDER_WAY_S, AnsweredCalls, Kept, Mark, fingerprint
from gateway.record.where import Where
from gateway.refusal import Refused
from tests.gateway.record.making import query

MARK = Mark("t", "session:ann", "k")
ASKED = fingerprint("POST", "/v1/x", b"{}")
ANSWER = Kept(200, "application/json", (("ETag", '"2"'),), b'{"secret": "words"}')


class Clock:
    """Says what time it is."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls(where: Where, clock: Clock) -> Iterator[AnsweredCalls]:
    it = AnsweredCalls(where, clock)
    yield it
    it.close()


async def refused(calls: AnsweredCalls, mark: Mark = MARK, asked: bytes = ASKED) -> tuple[int, str]:
    with pytest.raises(Refused) as stopped:
        await calls.begin(mark, asked)
    return stopped.value.status, stopped.value.code


async def test_what_was_answered_is_answered_again(calls: AnsweredCalls) -> None:
    assert await calls.begin(MARK, ASKED) is None
    assert await refused(calls) == (409, "in_progress")
    await calls.finish(MARK, ANSWER)
    assert await calls.begin(MARK, ASKED) == ANSWER


async def test_another_request_under_the_key_is_refused(calls: AnsweredCalls) -> None:
    other = fingerprint("POST", "/v1/x", b'{"a": 1}')
    await calls.begin(MARK, ASKED)
    await calls.finish(MARK, ANSWER)
    assert await refused(calls, asked=other) == (422, "key_reused")


async def test_keys_of_others_are_their_own(calls: AnsweredCalls) -> None:
    await calls.begin(MARK, ASKED)
    for mark in (Mark("u", "session:ann", "k"), Mark("t", "key:ann", "k"), Mark("t", "b", "k")):
        assert await calls.begin(mark, ASKED) is None


async def test_of_two_at_once_one_begins(calls: AnsweredCalls) -> None:
    tries = [calls.begin(MARK, ASKED) for _ in range(4)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert found.count(None) == 1
    assert all(isinstance(each, Refused) for each in found if each is not None)


async def test_what_was_refused_may_be_asked_anew(calls: AnsweredCalls) -> None:
    await calls.begin(MARK, ASKED)
    await calls.drop(MARK)
    assert await calls.begin(MARK, fingerprint("POST", "/v1/y", b"")) is None


async def test_one_left_under_way_may_be_made_again(calls: AnsweredCalls, clock: Clock) -> None:
    await calls.begin(MARK, ASKED)
    clock.now += UNDER_WAY_S
    assert await calls.begin(MARK, ASKED) is None
    assert await refused(calls) == (409, "in_progress")


async def test_a_key_is_free_after_a_day(calls: AnsweredCalls, clock: Clock) -> None:
    await calls.begin(MARK, ASKED)
    await calls.finish(MARK, ANSWER)
    clock.now += KEPT_S
    assert await calls.begin(MARK, fingerprint("POST", "/v1/y", b"")) is None


async def test_old_answers_go_while_new_ones_come(
    calls: AnsweredCalls, clock: Clock, data: Where
) -> None:
    for number in range(3):
        mark = Mark("t", "ann", str(number))
        await calls.begin(mark, ASKED)
        await calls.finish(mark, ANSWER)
    clock.now += KEPT_S
    assert await calls.begin(MARK, ASKED) is None
    assert await calls.begin(Mark("t", "ann", "0"), fingerprint("GET", "", b"")) is None


async def test_answers_are_sealed(data: Where, clock: Clock) -> None:
    calls = AnsweredCalls(data, clock)
    try:
        await calls.begin(MARK, ASKED)
        await calls.finish(MARK, ANSWER)
    finally:
        calls.close()
    ((body,),) = query(data, "SELECT body FROM answered_calls")
    assert b"words" not in body
