"""A process is kept alive, whatever it does; what becomes of it is said and counted."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable

import pytest

from tests.workers.streams.conftest import until
from workers.streams.child import Child
from workers.streams.pipe import Pipe

OURS = os.getpriority(os.PRIO_PROCESS, 0)
"""How much the tests themselves yield to others: what they start begins with as much."""


class Face:
    """Keeps what the process says; `first` is what every life is told."""

    def __init__(self, *first: bytes) -> None:
        self.first = first
        self.heard: list[bytes] = []
        self.pipe: Pipe | None = None
        self.lives = self.ends = 0
        self.late = ""
        self.lacks = ""
        self.broken = False

    def prepare(self) -> None:
        if self.broken:
            raise OSError(28, "No space left on device")

    def began(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.lives += 1
        for body in self.first:
            pipe.write(body)

    def arrived(self, body: bytes) -> None:
        if body == b"lie":
            raise ValueError("two times two is five")
        self.heard.append(body)

    def overdue(self, now: float) -> str:
        late, self.late = self.late, ""
        return late

    def ended(self) -> None:
        self.ends += 1

    @property
    def unable(self) -> str:
        return self.lacks


Make = Callable[[Face], Child]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Give a function that starts a process; it is ended with the test."""
    made: list[Child] = []

    def go(face: Face) -> Child:
        child = Child("small", "tests.workers.streams.small_child", ("--word", "hello"), face)
        made.append(child)
        child.start()
        return child

    yield go
    for child in made:
        await child.close()


async def test_it_is_told_its_arguments_heard_and_ended(make: Make) -> None:
    face = Face(b"word", b"again")
    child = make(face)
    assert child.problem == "is starting"
    await until(lambda: face.heard == [b"hello", b"again"])
    pid = child.pid
    assert pid is not None
    child.yield_to_us(3)
    assert os.getpriority(os.PRIO_PROCESS, pid) == max(3, OURS)
    await child.close()
    assert (child.pid, child.problem, face.ends, child.ends) == (None, "was stopped", 1, {})
    assert child.settled.is_set()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_that_dies_is_started_again(make: Make) -> None:
    face = Face()
    child = make(face)
    await until(lambda: face.pipe)
    assert face.pipe is not None
    face.pipe.write(b"die")
    await until(lambda: face.lives == 2)
    assert (child.ends, child.problem, face.ends) == ({"died": 1}, "ended with status 3", 1)
    assert child.settled.is_set()
    face.pipe.write(b"again")
    await until(lambda: face.heard == [b"again"])


async def test_one_that_is_handed_over_lives_on_at_another_child(make: Make) -> None:
    waits, face = Face(b"word"), Face()
    one = make(waits)
    await until(lambda: waits.heard == [b"hello"])
    pid = one.pid
    two = Child("small", "tests.workers.streams.small_child", (), face, one.hand)
    two.start()
    try:
        await until(lambda: waits.ends == 1)
        assert (one.pid, one.ends, two.pid) == (None, {}, pid)
        assert one.hand() is None
        assert face.pipe is not None
        face.pipe.write(b"again")
        await until(lambda: face.heard == [b"again"])
        face.pipe.write(b"die")
        await until(lambda: face.lives == 2)
        assert (two.ends, waits.lives) == ({"died": 1}, 1)
    finally:
        await two.close()


async def test_who_yields_by_more_already_is_left_as_it_is(make: Make) -> None:
    face = Face(b"word")
    child = make(face)
    await until(lambda: face.heard)
    assert child.pid is not None
    child.yield_to_us(9)
    child.yield_to_us(4)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == max(9, OURS)


async def test_a_lie_ends_it(make: Make) -> None:
    face = Face(b"lie")
    child = make(face)
    await until(lambda: child.ends)
    assert child.ends == {"lied": 1}
    assert child.problem == "said what cannot be: two times two is five"


async def test_one_that_is_overdue_is_killed(make: Make) -> None:
    face = Face()
    face.late = "did nothing for 5 s"
    child = make(face)
    await until(lambda: child.ends)
    assert (child.ends, child.problem) == ({"stuck": 1}, "did nothing for 5 s")
    await until(lambda: face.lives == 2)


async def test_one_that_hangs_up_and_lives_on_is_killed(make: Make) -> None:
    face = Face(b"word", b"hang up")
    child = make(face)
    await until(lambda: face.heard)
    pid = child.pid
    assert pid is not None
    await until(lambda: child.ends == {"died": 1})
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_that_lacks_something_for_good_is_left_in_peace(make: Make) -> None:
    face = Face(b"die")
    face.lacks = "no weights"
    child = make(face)
    await until(lambda: child.ends)
    assert (child.ends, child.problem, face.lives) == ({"unable": 1}, "no weights", 1)


async def test_one_that_cannot_be_started_is_tried_again(make: Make) -> None:
    face = Face()
    face.broken = True
    child = make(face)
    await until(lambda: child.ends.get("unstarted", 0) >= 2)
    assert child.settled.is_set()
    assert child.problem == "cannot be started: No space left on device"
    assert face.lives == 0
    face.broken = False
    await until(lambda: face.lives == 1)
