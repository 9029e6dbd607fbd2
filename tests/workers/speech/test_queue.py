"""The sound that waited longest is next; nothing final is replaced or lost."""

from __future__ import annotations

from hypothesis import given, strategies as st

from workers.speech.queue import Pass, Passes

passes = st.builds(
    Pass,
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.floats(0, 50),
    st.floats(50, 60),
    st.just(0.0),
    st.booleans(),
    st.integers(0, 40),
)


def early(handle: int, n: int, since: float, *, small: bool = False) -> Pass:
    return Pass(handle, n, False, since, since + 1, since + 1, small)


def final(handle: int, n: int, since: float, size: int = 1) -> Pass:
    return Pass(handle, n, True, since, since + 1, since + 1, size=size)


@given(st.lists(passes, max_size=30))
def test_what_is_offered_is_taken_once_or_was_replaced_or_refused(offered: list[Pass]) -> None:
    queue, taken = Passes(200), []
    waiting: dict[tuple[int, int], Pass] = {}
    for each in offered:
        old = waiting.get((each.handle, each.n))
        if queue.offer(each):
            assert old is None or not old.final
            waiting[each.handle, each.n] = each
        assert queue.bytes == sum(one.size for one in waiting.values()) <= 200
    while one := queue.take(0.0):
        taken += one
    assert sorted(taken, key=repr) == sorted(waiting.values(), key=repr)
    assert [each.since for each in taken] == sorted(each.since for each in taken)
    assert queue.bytes == len(queue) == 0


@given(st.lists(passes, max_size=30), st.integers(1, 4))
def test_those_taken_together_are_of_one_kind(offered: list[Pass], most: int) -> None:
    queue = Passes(1 << 20)
    for each in offered:
        queue.offer(each)
    while taken := queue.take(0.0, most):
        assert len(taken) <= most
        assert len({each.small for each in taken}) == 1
        streams = [each.handle for each in taken if not each.final]
        assert len(streams) == len(set(streams))


def test_few_that_wait_are_taken_one_by_one() -> None:
    queue = Passes(10)
    for n in range(1, 3):
        queue.offer(final(1, n, float(n)))
    assert [each.n for each in queue.take(0.0, 4)] == [1]
    queue.offer(final(2, 3, 3.0))
    queue.offer(final(2, 4, 4.0))
    assert [each.n for each in queue.take(0.0, 4)] == [2, 3]


def test_the_newest_provisional_replaces_and_the_final_stays() -> None:
    queue = Passes(10)
    assert queue.offer(early(1, 1, 1.0))
    assert queue.offer(early(1, 1, 2.0))
    assert queue.offer(final(1, 1, 1.0))
    assert not queue.offer(early(1, 1, 3.0))
    assert not queue.offer(final(1, 1, 3.0))
    assert (queue.replaced, queue.finals(), len(queue)) == (2, 1, 1)


def test_a_stream_that_is_being_heard_early_waits_for_that() -> None:
    queue = Passes(10)
    queue.offer(early(1, 1, 1.0))
    queue.offer(early(2, 1, 2.0))
    assert [each.handle for each in queue.take(0.0, busy={1})] == [2]
    assert queue.take(0.0, busy={1}) == []
    queue.offer(final(1, 1, 1.0))
    assert [each.final for each in queue.take(0.0, busy={1})] == [True]


def test_only_final_passes_are_ever_late() -> None:
    queue = Passes(10)
    queue.offer(early(1, 1, 1.0))
    queue.offer(final(1, 2, 1.0, size=3))
    assert queue.late(9.0, 8.0) == []
    assert queue.offer(early(1, 1, 5.0))
    assert queue.oldest_s(9.0) == 7.0  # since it was asked for first
    assert [each.n for each in queue.late(11.0, 8.0)] == [2]
    assert (len(queue), queue.bytes) == (1, 0)


def test_a_stream_can_be_forgotten_and_its_sound_counted() -> None:
    queue = Passes(10)
    for n in range(3):
        queue.offer(final(1, n, 1.0, size=2))
    queue.offer(final(2, 1, 1.0, size=4))
    assert not queue.offer(final(3, 1, 1.0))
    assert queue.held(1) == 6
    assert [each.n for each in queue.forget(1, 1)] == [1]
    assert len(queue.forget(1)) == 2
    assert queue.bytes == 4
