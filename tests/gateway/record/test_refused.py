"""What is refused never becomes durable: not by a commit that was on its way, however late.

The two threads of a writer in turns that the test decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set as AbstractSet
from pathlib import Path

import msgspec
import pytest

from gateway.record.backlog import Backlog, Pending, Progress
from gateway.record.committer import Committer
from gateway.record.filestore import SqliteStore
from gateway.record.ledger import Batch, certain
from gateway.record.leftovers import Leftovers
from gateway.record.repeats import Key
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.spill import Spill
from gateway.record.verify import verify
from seawall.errors import RecordUnavailable
from tests.gateway.record.making import make_entry, query

WAIT_S = 1.0
SOON, LONG_AFTER = 0.5, 60.0


class Slow(SqliteStore):
    """A real store; the test's other thread has its turn while a commit waits for the file, or
    when there is no way back any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.while_it_waits: Callable[[], None] = certain
        self.when_it_is_sure: Callable[[], None] = certain

    def commit(
        self, batch: Batch, firsts: Sequence[Key] = (), sure: Callable[[], None] = certain
    ) -> AbstractSet[Key]:
        def and_then() -> None:
            sure()
            self.when_it_is_sure()

        self.while_it_waits()
        return super().commit(batch, firsts, and_then)


class Writer:
    """A writer without its process, whose spill has no room."""

    def __init__(self, data: Path) -> None:
        secret = load_secret(data)
        seal, name = Seal(secret), "a" * 32
        self.data = data
        self.store = Slow(data / "seawall.db")
        self.backlog = Backlog(no_room, WAIT_S, lambda: None)
        leftovers = Leftovers(data, name, seal, lambda _, __: None, self.store.publish)
        self.committer = Committer(
            self.store, self.backlog, leftovers, name, Pseudonyms(secret), seal,
            publish=self.store.publish, heads_s=1e9, tell=lambda _, __: None, idle_s=0.0,
        )  # fmt: skip
        self.said: list[Progress] = []

    def send(self, n: int, at: float = 0.0) -> None:
        entry = make_entry(n)
        self.backlog.arrived([Pending(n, msgspec.msgpack.encode(entry), entry, at)])

    def hear(self, now: float) -> Progress:
        self.said.append(self.backlog.progress(now))
        return self.said[-1]

    def rows(self) -> list[tuple[object, ...]]:
        assert verify(self.data).whole
        return query(self.data, "SELECT n FROM journal ORDER BY seq")


def no_room() -> Spill:
    raise RecordUnavailable("there is no room")


@pytest.fixture
def writer(data: Path) -> Iterator[Writer]:
    writer = Writer(data)
    yield writer
    writer.store.close()


def test_refused_while_the_commit_waits_it_is_not_written(writer: Writer) -> None:
    writer.send(1)
    writer.store.while_it_waits = lambda: once(writer, lambda: writer.hear(LONG_AFTER))
    writer.committer.try_step()
    assert (writer.said[0].refused, writer.rows()) == ((1,), [])
    writer.send(2, LONG_AFTER)
    writer.committer.try_step()
    assert (writer.hear(LONG_AFTER + SOON).n, writer.rows()) == (2, [(2,)])


def test_beyond_the_way_back_it_is_not_refused_and_what_came_after_it_is(writer: Writer) -> None:
    def look() -> None:
        writer.send(2)
        writer.hear(LONG_AFTER)
        assert writer.backlog.due_s(LONG_AFTER) == WAIT_S  # it does not ask without a pause

    writer.send(1)
    writer.store.when_it_is_sure = lambda: once(writer, look)
    writer.committer.try_step()
    assert writer.said[0].refused == (2,)
    said = writer.hear(LONG_AFTER + SOON)
    assert (said.n, said.refused, writer.rows()) == (1, (), [(1,)])


def test_a_commit_that_fails_beyond_the_way_back_is_tried_again_or_refused(writer: Writer) -> None:
    def look() -> None:
        writer.hear(LONG_AFTER)
        raise RecordUnavailable("the disk went away")

    writer.send(1)
    writer.store.when_it_is_sure = lambda: once(writer, look)
    writer.committer.try_step()
    assert writer.said[0].refused == ()
    assert (writer.hear(LONG_AFTER + 2 * WAIT_S).refused, writer.rows()) == ((1,), [])


def once(writer: Writer, act: Callable[[], object]) -> None:
    """Act now and not again."""
    writer.store.while_it_waits = writer.store.when_it_is_sure = certain
    act()
