"""What nodes see of the outbox, and that a lease is one node's alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.record.entry import CommandEnd
from gateway.record.outbox import Outbox, OutboxRow
from gateway.record.storage import open_store
from gateway.record.where import Where
from tests.gateway.record.making import Book, make_entry, query


@pytest.fixture
def book(where: Where) -> Iterator[Book]:
    with closing(open_store(where)) as store:
        yield Book(store)


@pytest.fixture
def outbox(where: Where) -> Iterator[Outbox]:
    with closing(Outbox(where)) as it:
        yield it


def ids(rows: list[OutboxRow]) -> list[str]:
    return [row.id for row in rows]


async def test_a_row_comes_back_as_it_was_ordered(book: Book, outbox: Outbox) -> None:
    book.order("c1", 7, node="n1", leased=99.0)
    row = await outbox.find("acme", "c1")
    assert row == OutboxRow(
        *("c1", "acme", 7, "mute", "user", "lobby", "ann", None, 60.0, "m7", "r", 10.0, 70.0),
        *(None, None, None, None, "n1", 99.0, None),
    )
    assert await outbox.find("other", "c1") is None
    assert await outbox.find("acme", "c2") is None


async def test_open_ones_come_by_tenant_age_and_lease(book: Book, outbox: Outbox) -> None:
    book.order("new", 1, 20.0, node="n1", leased=99.0)
    book.order("old", 2, 10.0, node="n1", leased=99.0)
    book.order("lost", 3, 5.0, node="n2", leased=30.0)
    book.order("free", 4, 6.0)
    book.order("theirs", 5, 20.0, tenant="other")
    book.order("ended", 6, 20.0)
    book.put(make_entry(9, at=21.0, evidence=None, ends=(CommandEnd("ended", "done"),)))
    assert ids(await outbox.open_for(["acme"], 15.0, 40.0)) == ["lost", "free", "new"]
    assert ids(await outbox.open_for(["acme"], 0.0, 29.0)) == ["lost", "free", "old", "new"]
    assert ids(await outbox.open_for(["acme", "other"], 20.0, 29.0)) == ["free", "new", "theirs"]
    assert ids(await outbox.open_for(["acme"], 20.0)) == ["lost", "free", "old", "new"]
    many = [f"tenant-{number}" for number in range(1200)]
    assert ids(await outbox.open_for([*many, "other"], 0.0, 0.0)) == ["theirs"]
    assert await outbox.open_for([], 0.0, 0.0) == []


async def test_a_lease_is_taken_kept_and_taken_over(book: Book, outbox: Outbox) -> None:
    for number in (1, 2, 3):
        book.order(f"c{number}", number)
    book.put(make_entry(9, at=11.0, evidence=None, ends=(CommandEnd("c3", "done"),)))
    wanted = ["c1", "c2", "c3", "none"]
    assert await outbox.lease("n1", wanted, 15.0, 10.0) == {"c1", "c2"}
    assert await outbox.lease("n2", wanted, 20.0, 14.9) == set()
    assert await outbox.lease("n1", ["c1"], 20.0, 14.0) == {"c1"}
    assert await outbox.lease("n2", wanted, 30.0, 15.0) == {"c2"}
    assert await outbox.lease("n1", wanted, 40.0, 20.0) == {"c1"}
    found = [await outbox.find("acme", id) for id in ("c1", "c2")]
    assert [(row.node, row.leased) for row in found if row] == [("n1", 40.0), ("n2", 30.0)]
    assert await outbox.lease("n1", [], 1.0, 0.0) == set()


async def test_of_many_that_lease_at_once_each_row_goes_to_one(
    where: Where, book: Book, outbox: Outbox
) -> None:
    names = [f"c{number}" for number in range(40)]
    for number, name in enumerate(names):
        book.order(name, number)
    with closing(Outbox(where)) as other:
        taken = await asyncio.gather(
            outbox.lease("a", names, 50.0, 10.0),
            other.lease("b", names[::-1], 50.0, 10.0),
            outbox.lease("c", names, 50.0, 10.0),
        )
    assert sum(len(each) for each in taken) == len(set().union(*taken))
    holders = query(where, "SELECT id, node FROM commands WHERE node <> ''")
    nodes = dict(zip("abc", taken, strict=True))
    assert all(name in nodes[node] for name, node in holders)


async def test_the_first_sending_counts(book: Book, outbox: Outbox) -> None:
    book.order("c1", 1)
    book.order("c2", 2)
    await outbox.sent(["c1", "none"], 12.0)
    await outbox.sent(["c1", "c2"], 13.0)
    found = [await outbox.find("acme", id) for id in ("c1", "c2")]
    assert [row.sent for row in found if row] == [12.0, 13.0]


async def test_what_has_ended_is_not_marked_or_leased_any_more(book: Book, outbox: Outbox) -> None:
    """Gateway A notes the sending after gateway B has heard `done`: the row stands as it ended."""
    book.order("c1", 1)
    book.put(make_entry(9, at=11.0, evidence=None, ends=(CommandEnd("c1", "done", "chat"),)))
    ended = await outbox.find("acme", "c1")
    await outbox.sent(["c1"], 12.0)
    assert await outbox.lease("a", ["c1"], 20.0, 12.0) == set()
    assert await outbox.find("acme", "c1") == ended
    assert ended is not None
    assert (ended.outcome, ended.ended, ended.sent) == ("done", 11.0, None)


async def test_the_greatest_seq_is_known(book: Book, outbox: Outbox) -> None:
    assert await outbox.max_seq() == 0
    book.order("c1", 2**60)
    book.order("c2", 5, tenant="other")
    assert await outbox.max_seq() == 2**60


async def test_what_ran_out_of_time_comes_longest_ago_first(book: Book, outbox: Outbox) -> None:
    book.order("mine", 1, 3.0, node="n1", leased=99.0)
    book.order("theirs", 2, 2.0, node="n2", leased=99.0)
    book.order("lost", 3, 1.0, node="n2", leased=50.0)
    book.order("young", 4, 50.0)
    book.order("ended", 5, 1.0)
    book.put(make_entry(9, at=2.0, evidence=None, ends=(CommandEnd("ended", "done"),)))
    assert ids(await outbox.expired(63.0, 10)) == ["lost", "theirs", "mine"]
    assert ids(await outbox.expired(63.0, 1)) == ["lost"]
    assert ids(await outbox.expired(63.0, 10, "n1")) == ["lost", "mine"]
    assert ids(await outbox.expired(61.0, 10)) == ["lost"]


async def test_what_an_event_got_is_found(book: Book, outbox: Outbox) -> None:
    book.order("c1", 8)
    book.order("c2", 5, event="m8")
    book.order("c3", 8, tenant="other")
    book.put(make_entry(9, at=2.0, evidence=None, ends=(CommandEnd("c2", "done"),)))
    assert ids(await outbox.of_event("acme", "m8")) == ["c2", "c1"]
