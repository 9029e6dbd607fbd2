"""Whatever fails, and whenever: one row for each entry that was called durable, in order.

The writer without its process and threads: the test is the clock, the gateway and the scheduler.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence, Set as AbstractSet
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from gateway.record.backlog import Backlog, Pending
from gateway.record.chain import Head
from gateway.record.committer import Committer
from gateway.record.entry import CommandRow, Entry, HoldRow
from gateway.record.filestore import SqliteStore
from gateway.record.ledger import Batch, certain
from gateway.record.leftovers import Leftovers
from gateway.record.repeats import Key
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.spill import Spill
from gateway.record.verify import verify
from seawall.actions import Action, Target
from seawall.errors import RecordUnavailable
from tests.gateway.record.making import make_entry, query

WAIT_S = 1.5
MUTE = Action(Target("user", "lobby", "ann"), "mute", 60.0)

Failure = tuple[Literal["before", "within", "after"], int]


class Failing(SqliteStore):
    """A real store whose next commits fail: before, at any step within, or after all was done."""

    failures: list[Failure]

    def commit(
        self, batch: Batch, firsts: Sequence[Key] = (), sure: Callable[[], None] = certain
    ) -> AbstractSet[Key]:
        if not self.failures:
            return super().commit(batch, firsts, sure)
        when, steps = self.failures.pop(0)
        if when == "within":
            assert self._db is not None
            self._db.set_progress_handler(lambda: 1, steps)
            try:
                return super().commit(batch, firsts, sure)
            finally:
                if self._db is not None:
                    self._db.set_progress_handler(None, 0)
        if when == "after":
            super().commit(batch, firsts, sure)
        self.close()
        raise RecordUnavailable(f"it broke {when} the commit")


class Life:
    """One life of a writer: what its two threads hold, run in turns."""

    def __init__(self, data: Path, writer: str, failures: list[Failure]) -> None:
        secret = load_secret(data)
        seal = Seal(secret)
        store = Failing(data / "seawall.db")
        store.failures = failures
        self.store = store
        self.spill = Spill(data, writer, seal, 1 << 22)
        self.backlog = Backlog(lambda: self.spill, WAIT_S, lambda: None, self.spill, batch=8)
        self.leftovers = Leftovers(data, writer, seal, lambda _, __: None, store.publish)
        self.committer = Committer(
            store,
            self.backlog,
            self.leftovers,
            writer,
            Pseudonyms(secret),
            seal,
            publish=store.publish,
            heads_s=1e9,
            tell=lambda _, __: None,
            idle_s=0.0,
        )

    def crash(self, torn: bytes) -> None:
        """End as a killed process does, in the middle of an append."""
        self.store.close()
        self.spill.close(done=False)
        if self.leftovers._current is not None:
            self.leftovers._current.close(done=False)
        with self.spill.path.open("ab") as file:
            file.write(torn)


class World:
    """A gateway's journal as far as its numbers go, and the writers it had."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.failures: list[Failure] = []
        self.writer = "a" * 32
        self.now = 0.0
        self.sent: dict[int, Entry] = {}
        self.waiting: list[int] = []
        self.durable: list[int] = []
        self.others: dict[str, list[int]] = {}
        self.life = Life(data, self.writer, self.failures)

    def send(self, count: int) -> None:
        numbers = range(len(self.sent) + 1, len(self.sent) + count + 1)
        for n in numbers:
            hold = HoldRow("held", 5e9) if n % 3 == 0 else None
            commands = (CommandRow(f"{self.writer[0]}{n}", n, MUTE, 5e9),) if n % 2 else ()
            event = f"{self.writer[0]}{n}"
            self.sent[n] = make_entry(n, event=event, hold=hold, commands=commands)
        self.waiting += numbers
        self.give(list(numbers))

    def give(self, numbers: list[int]) -> None:
        encode = msgspec.msgpack.encode
        entries = [Pending(n, encode(self.sent[n]), self.sent[n], self.now) for n in numbers]
        self.life.backlog.arrived(entries)

    def hear(self) -> None:
        progress = self.life.backlog.progress(self.now)
        assert not progress.refused
        while self.waiting and self.waiting[0] <= progress.n:
            self.durable.append(self.waiting.pop(0))

    def restart(self, torn: bytes) -> None:
        self.life.crash(torn)
        self.life = Life(self.data, self.writer, self.failures)
        self.hear()  # the greeting
        self.give(self.waiting)

    def succeed(self) -> None:
        """Another gateway comes, with a chain of its own."""
        self.life.crash(b"")
        self.others[self.writer] = self.durable
        self.writer = chr(ord(self.writer[0]) + 1) * 32
        self.sent, self.waiting, self.durable = {}, [], []
        self.life = Life(self.data, self.writer, self.failures)

    def settle(self) -> None:
        """Let nothing fail any more, and wait."""
        self.failures.clear()
        for _ in range(200):
            self.now += WAIT_S
            self.life.committer.try_step()
            self.hear()
            waits = self.life.leftovers.first or self.life.backlog.spilled
            if not self.waiting and not waits:
                return
        pytest.fail("it does not settle")

    def check(self) -> None:
        assert self.durable == list(self.sent)
        self.others[self.writer] = self.durable
        for writer, durable in self.others.items():
            rows = query(
                self.data, "SELECT n, event FROM journal WHERE writer = ? ORDER BY seq", writer
            )
            numbers = [n for n, _ in rows]
            assert numbers == sorted(set(numbers))
            assert set(durable) <= set(numbers)
            assert [event for _, event in rows] == [f"{writer[0]}{n}" for n in numbers]
            assert writer != self.writer or numbers == durable
        rows_, evidence, holds, commands = (
            query(self.data, f"SELECT count(*) FROM {table}")[0][0]
            for table in ("journal", "evidence", "holds", "commands")
        )
        assert (rows_, holds) == (evidence, sum_of(self.data, 3, 0))
        assert commands == sum_of(self.data, 2, 1)
        report = verify(self.data)
        assert report.whole, report.broken


def sum_of(data: Path, divisor: int, rest: int) -> int:
    count = query(data, "SELECT count(*) FROM journal WHERE n % ? = ?", divisor, rest)[0][0]
    assert isinstance(count, int)
    return count


FAILURES = st.tuples(st.sampled_from(["before", "within", "after"]), st.integers(1, 900))
OPERATIONS = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 40)),
    st.tuples(st.just("database"), st.integers(1, 6)),
    st.tuples(st.just("hear"), st.sampled_from([0.0, 1.0, 2.0])),
    st.tuples(st.just("fail"), FAILURES),
    st.tuples(st.just("restart"), st.binary(max_size=60) | st.just(b"SWs1") | st.just(bytes(99))),
    st.tuples(st.just("succeed"), st.none()),
)


@given(st.lists(OPERATIONS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_every_durable_entry_is_one_row_in_its_place(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, object]]
) -> None:
    data = tmp_path_factory.mktemp("world")
    shutil.copyfile(migrated / "seawall.db", data / "seawall.db")
    world = World(data)
    for what, value in operations:
        match what, value:
            case "send", int(count):
                world.send(count)
            case "database", int(steps):
                for _ in range(steps):
                    world.life.committer.try_step()
            case "hear", float(seconds):
                world.now += seconds
                world.hear()
            case "fail", tuple(failure):
                world.failures.append(failure)
                world.life.committer.try_step()
            case "restart", bytes(torn):
                world.restart(torn)
            case "succeed", _:
                world.succeed()
    world.settle()
    world.check()
    world.life.crash(b"")


@pytest.fixture
def world(data: Path) -> World:
    return World(data)


def test_direct_it_never_touches_the_spill(world: World) -> None:
    world.send(3)
    world.life.committer.try_step()
    world.hear()
    assert world.durable == [1, 2, 3]
    assert (world.life.spill.end, world.life.backlog.spilled) == (0, 0)


def test_what_waits_too_long_is_spilled_and_answered(world: World) -> None:
    world.send(3)
    world.now += WAIT_S * 0.9
    world.hear()
    assert world.durable == []
    assert world.life.backlog.due_s(world.now) == pytest.approx(WAIT_S * 0.1)
    world.now += WAIT_S * 0.1
    world.hear()
    assert (world.durable, world.life.backlog.spilled) == ([1, 2, 3], 3)
    world.send(1)
    world.hear()  # at once: everything goes to the spill now
    assert (world.durable, world.life.backlog.spilled) == ([1, 2, 3, 4], 4)


def test_when_the_database_fails_nobody_waits_for_the_deadline(world: World) -> None:
    world.send(2)
    world.failures.append(("before", 1))
    world.life.committer.try_step()
    world.hear()
    assert (world.durable, world.life.backlog.spilled) == ([1, 2], 2)


def test_when_it_has_caught_up_it_goes_direct_and_the_file_is_empty(world: World) -> None:
    world.send(5)
    world.now += WAIT_S
    world.hear()
    world.life.committer.try_step()
    world.hear()
    assert (world.life.backlog.spilled, world.life.spill.end) == (0, 0)
    world.send(1)
    world.hear()
    assert world.durable == [1, 2, 3, 4, 5]  # the sixth waits for the database again
    world.settle()
    world.check()


def test_a_commit_that_was_under_way_as_it_was_spilled_is_not_written_twice(world: World) -> None:
    world.send(5)
    work = world.life.backlog.take(0.0)
    assert work is not None
    world.now += WAIT_S
    world.hear()
    assert world.durable == [1, 2, 3, 4, 5]
    world.life.backlog.failed("it broke")
    world.send(2)
    world.settle()
    world.check()


def test_without_room_entries_are_refused_in_time_and_later_ones_are_not(world: World) -> None:
    world.life.spill.limit = 0
    backlog = world.life.backlog
    world.send(2)
    world.now += WAIT_S
    assert backlog.progress(world.now).refused == ()  # the database is only slow
    world.now += WAIT_S * 10
    progress = backlog.progress(world.now)
    assert (progress.refused, progress.full) == ((1, 2), True)
    assert "the spill is full" in progress.why
    world.send(1)
    backlog.failed("it broke")
    assert backlog.progress(world.now).refused == (3,)
    world.waiting.clear()
    world.send(1)
    world.life.committer.try_step()
    world.life.committer.try_step()
    assert backlog.progress(world.now).n == 4
    assert query(world.data, "SELECT n FROM journal") == [(4,)]


def test_the_head_is_the_databases(world: World) -> None:
    world.send(1)
    world.now += WAIT_S
    assert world.life.backlog.progress(world.now).head == Head()
    world.life.committer.try_step()
    assert world.life.backlog.progress(world.now).head.seq == 1
    with closing(sqlite3.connect(world.data / "seawall.db")) as database:
        ((digest,),) = database.execute("SELECT hash FROM journal").fetchall()
    assert world.life.backlog.head.hash == digest


def test_what_goes_direct_again_stands_behind_the_rest_of_the_spill(world: World) -> None:
    world.send(12)
    world.now += WAIT_S
    world.hear()
    world.life.committer.try_step()
    world.hear()
    assert (world.life.backlog.spilled, world.life.backlog.direct) == (4, True)
    world.send(3)
    world.hear()
    assert len(world.durable) == 12
    world.life.committer.try_step()
    assert query(world.data, "SELECT max(n), count(*) FROM journal") == [(12, 12)]
    world.settle()
    world.check()
