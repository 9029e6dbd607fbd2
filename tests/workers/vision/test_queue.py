"""Which frame is next: held for any order of arrivals, whatever deadlines are claimed."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, strategies as st

from workers.vision.queue import FrameQueue, TextQueue


class Waiting(NamedTuple):
    """A frame as the queues see it."""

    handle: int
    until: float
    came: float = 0.0
    n: int = 0
    every_s: float = 0.0


def test_the_earliest_deadline_goes_first() -> None:
    queue: FrameQueue[Waiting] = FrameQueue()
    for handle, until in ((1, 3.0), (2, 1.0), (3, 2.0)):
        assert queue.put(Waiting(handle, until)) is None
    assert [frame.handle for frame in queue.take(2)] == [2, 3]
    assert [frame.handle for frame in queue.take(2)] == [1]
    assert queue.take(2) == []


def test_a_newer_frame_takes_the_place_of_the_one_that_waits() -> None:
    queue: FrameQueue[Waiting] = FrameQueue()
    old, new = Waiting(1, 1.0, n=1), Waiting(1, 2.0, n=2)
    assert queue.put(old) is None
    assert queue.put(new) is old
    assert len(queue) == 1
    assert queue.take(9) == [new]


def test_what_nobody_wants_any_more_is_given_up() -> None:
    queue: FrameQueue[Waiting] = FrameQueue()
    queue.put(Waiting(1, 1.0))
    queue.put(Waiting(2, 3.0))
    assert [frame.handle for frame in queue.late(2.0)] == [1]
    assert len(queue) == 1
    assert queue.forget(2) == Waiting(2, 3.0)
    assert queue.forget(2) is None


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 5), st.floats(0, 10)),
        st.tuples(st.just("take"), st.integers(1, 4), st.just(0.0)),
        st.tuples(st.just("late"), st.just(0), st.floats(0, 10)),
        st.tuples(st.just("forget"), st.integers(0, 5), st.just(0.0)),
    ),
    max_size=80,
)


@given(actions=ACTIONS)
def test_every_frame_comes_out_once_and_one_a_stream_waits(
    actions: list[tuple[str, int, float]],
) -> None:
    queue: FrameQueue[Waiting] = FrameQueue()
    put: list[Waiting] = []
    out: list[Waiting] = []
    for number, (what, value, time) in enumerate(actions):
        if what == "put":
            put.append(Waiting(value, time, number, number))
            older = queue.put(put[-1])
            out += [] if older is None else [older]
        elif what == "take":
            taken = queue.take(value)
            assert len({frame.handle for frame in taken}) == len(taken) <= value
            out += taken
        elif what == "late":
            out += queue.late(time)
        elif (forgotten := queue.forget(value)) is not None:
            out.append(forgotten)
        waiting = [frame for frame in put if frame not in out]
        assert len(queue) == len(waiting) == len({frame.handle for frame in waiting})
    assert sorted(out + queue.take(99)) == sorted(put)


@given(
    claims=st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=6, max_size=40),
)
def test_a_stream_that_always_waits_gets_its_turn_whatever_another_claims(
    claims: list[tuple[float, float]],
) -> None:
    queue: FrameQueue[Waiting] = FrameQueue()
    served: list[int] = []
    for number, (one, other) in enumerate(claims):
        queue.put(Waiting(1, one, number))
        queue.put(Waiting(2, other, number))
        served += [frame.handle for frame in queue.take(1)]
    for start in range(len(served) - 2):
        assert len(set(served[start : start + 3])) == 2, served


def test_text_is_read_at_most_every_so_often_and_the_newest_frame() -> None:
    queue: TextQueue[Waiting] = TextQueue(3.0, 6.0)
    queue.put(Waiting(1, 0.0, came=0.0, n=1))
    first = queue.take(0.0)
    assert first is not None
    older = Waiting(1, 0.0, came=1.0, n=2)
    queue.put(older)
    assert queue.take(1.0) is None
    assert queue.next_at() == 3.0
    assert queue.put(Waiting(1, 0.0, came=2.0, n=3)) is older
    taken = queue.take(3.0)
    assert taken is not None
    assert taken.n == 3
    assert queue.next_at() is None


def test_the_stream_that_was_read_longest_ago_goes_first() -> None:
    queue: TextQueue[Waiting] = TextQueue(1.0, 6.0)
    for handle in (1, 2):
        queue.put(Waiting(handle, 0.0, came=0.0))
    assert [frame.handle for at in (0.0, 0.1) if (frame := queue.take(at))] == [1, 2]
    queue.put(Waiting(2, 0.0, came=1.0))
    queue.put(Waiting(1, 0.0, came=2.0))
    queue.put(Waiting(3, 0.0, came=4.0))
    assert [frame.handle for _ in range(3) if (frame := queue.take(5.0))] == [3, 1, 2]


def test_text_that_waits_too_long_beyond_its_turn_is_given_up() -> None:
    queue: TextQueue[Waiting] = TextQueue(3.0, 6.0)
    queue.put(Waiting(1, 0.0, came=0.0))
    assert queue.late(6.0) == []
    assert [frame.handle for frame in queue.late(6.1)] == [1]
    assert len(queue) == 0


@given(data=st.data())
def test_no_stream_is_read_more_often_than_allowed(data: st.DataObject) -> None:
    queue: TextQueue[Waiting] = TextQueue(3.0, 1000.0)
    read: dict[int, float] = {}
    now = 0.0
    for number in range(60):
        now += data.draw(st.floats(0, 2))
        queue.put(Waiting(data.draw(st.integers(0, 3)), 0.0, now, number))
        frame = queue.take(now)
        if frame is not None:
            assert now - read.get(frame.handle, -3.0) >= 3.0 - 1e-9
            read[frame.handle] = now
    assert queue.forget(99) is None
    assert all(queue.forget(handle) is None or handle in range(4) for handle in range(4))


@pytest.mark.parametrize("handle", [1, 2])
def test_a_stream_that_left_may_be_read_at_once_when_it_comes_again(handle: int) -> None:
    queue: TextQueue[Waiting] = TextQueue(3.0, 6.0)
    queue.put(Waiting(handle, 0.0, came=0.0))
    assert queue.take(0.0) is not None
    queue.forget(handle)
    queue.put(Waiting(handle, 0.0, came=0.5))
    assert queue.take(0.5) is not None


def test_a_stream_may_be_read_at_its_own_pace() -> None:
    queue: TextQueue[Waiting] = TextQueue(3.0, 6.0)
    for at in (0.0, 1.0):
        queue.put(Waiting(1, 9.0, at, every_s=1.0))
        queue.put(Waiting(2, 9.0, at))
        read = [queue.take(at), queue.take(at)]
        assert [frame and frame.handle for frame in read] == ([1, 2] if at == 0.0 else [1, None])
