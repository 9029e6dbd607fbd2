"""A held message is decided once, whoever asks and how often, and told once it is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.record.entry import HoldEnd, HoldRow
from gateway.record.holds import TOLD_S, Held, Holds, Outcome
from gateway.record.secret import SECRET_FILE, load_secret
from gateway.record.storage import open_store
from gateway.record.where import Where
from tests.gateway.record.making import AT, Book, make_entry, query


@pytest.fixture
def book(where: Where) -> Iterator[Book]:
    with closing(open_store(where)) as store:
        yield Book(store, load_secret(where.data))


@pytest.fixture
def holds(where: Where) -> Iterator[Holds]:
    with closing(Holds(where)) as it:
        yield it


def hold(book: Book, number: int, expires: float, **changes: object) -> None:
    held = HoldRow(f"held {number}", expires, "Ann")
    book.put(make_entry(number, action="hold", hold=held, **changes))


async def test_a_hold_is_there_once_its_entry_is_durable(book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 60, rev=2, user="ann")
    (held,) = await holds.waiting("acme")
    assert (held.id, held.rev, held.room, held.user, held.name) == ("m1", 2, "lobby", "ann", "Ann")
    assert (held.text, held.rule) == ("held 1", "wallet-drainer-link")
    assert (held.category, held.expires, held.outcome) == ("scam.phishing", AT + 60, None)
    assert await holds.find("acme", "m1", 2) == held
    assert await holds.find("acme", "m1", 0) is None


async def test_waiting_ones_come_soonest_first_in_pages(book: Book, holds: Holds) -> None:
    for number in range(1, 8):
        hold(book, number, AT + number % 3, room="a" if number < 5 else "b")
    hold(book, 9, AT, tenant="other")
    seen: list[str] = []
    page = await holds.waiting("acme", limit=2)
    while page:
        seen += [held.id for held in page]
        last = page[-1]
        page = await holds.waiting("acme", limit=2, after=(last.expires, last.id, last.rev))
    assert seen == ["m3", "m6", "m1", "m4", "m7", "m2", "m5"]
    assert [held.id for held in await holds.waiting("acme", room="b")] == ["m6", "m7", "m5"]


async def test_the_first_decision_counts_and_the_second_hears_it(book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 60)
    first = await holds.decide("acme", "m1", 0, "approved", by="ann", at=AT + 1)
    assert first is not None
    assert first.fresh
    assert (first.held.outcome, first.held.by, first.held.decided) == ("approved", "ann", AT + 1)
    second = await holds.decide("acme", "m1", 0, "denied", by="bob", at=AT + 2)
    assert second is not None
    assert (second.fresh, second.held) == (False, first.held)
    assert await holds.waiting("acme") == []
    assert await holds.due(AT + 100) == []


async def test_of_many_that_decide_at_once_one_wins(where: Where, book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 60)
    other = Holds(where)
    outcomes: list[Outcome] = ["approved", "denied", "expired"]
    decisions = await asyncio.gather(
        *(
            table.decide("acme", "m1", 0, outcome, by=outcome, at=AT)
            for outcome in outcomes
            for table in (holds, other)
        )
    )
    other.close()
    assert len([each for each in decisions if each is not None and each.fresh]) == 1
    assert len({each.held for each in decisions if each is not None}) == 1


async def test_nobody_decides_what_was_never_held(book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 60)
    assert await holds.decide("acme", "m2", 0, "denied", by="ann", at=AT) is None
    assert await holds.decide("other", "m1", 0, "denied", by="ann", at=AT) is None
    assert await holds.decide("acme", "m1", 1, "denied", by="ann", at=AT) is None
    assert len(await holds.waiting("acme")) == 1


async def test_what_has_expired_is_due_in_all_tenants(book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 10)
    hold(book, 2, AT + 5, tenant="other")
    hold(book, 3, AT + 20)
    assert [held.id for held in await holds.due(AT + 10)] == ["m2", "m1"]
    assert [held.id for held in await holds.due(AT + 10, limit=1)] == ["m2"]


async def test_an_id_with_a_null_byte_is_found_and_decided(book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 60, event="a\0b")
    found = await holds.find("acme", "a\0b", 0)
    assert found is not None
    decision = await holds.decide("acme", "a\0b", 0, "denied", by="a\0n", at=AT)
    assert decision is not None
    assert (decision.fresh, decision.held.text) == (True, "held 1")


async def test_held_text_is_nowhere_to_be_read(where: Where, book: Book, holds: Holds) -> None:
    hold(book, 1, AT + 60)
    ((sealed,),) = query(where, "SELECT sealed FROM holds")
    assert b"held" not in bytes(sealed)
    if where.file is not None:
        assert not any(b"held 1" in file.read_bytes() for file in where.data.glob("seawall.db*"))
    assert [held.text for held in await holds.waiting("acme")] == ["held 1"]


async def test_a_text_that_cannot_be_read_does_not_hide_the_hold(
    where: Where, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    hold(book, 1, AT + 60)
    path = where.data / SECRET_FILE
    path.write_text("ab" * 32)
    with closing(Holds(where)) as holds:
        (held,) = await holds.waiting("acme")
    assert (held.id, held.user, held.text) == ("m1", "user-1", "")
    assert "another secret" in caplog.text


async def test_what_was_decided_is_seen_by_all_until_it_is_told(book: Book, holds: Holds) -> None:
    for number in (1, 2, 3, 4):
        hold(book, number, AT + 60)
    for number in (3, 1, 2):
        decided = await holds.decide("acme", f"m{number}", 0, "denied", by="ann", at=AT + number)
        assert decided is not None
    book.put(make_entry(2, at=AT + 9, hold_end=HoldEnd("denied", "ann")))

    def ids(found: list[Held]) -> list[str]:
        return [held.id for held in found]

    assert ids(await holds.decided_since(AT + 2)) == ["m2", "m3"]
    assert ids(await holds.decided_since(AT, limit=2)) == ["m1", "m2"]
    assert ids(await holds.untold(AT + 1)) == []
    assert ids(await holds.untold(AT + 2 + TOLD_S)) == ["m1"]
    assert ids(await holds.untold(AT + 3 + TOLD_S)) == ["m1", "m3"]
    assert ids(await holds.untold(AT + 3 + TOLD_S, limit=1)) == ["m1"]
    told = await holds.find("acme", "m2", 0)
    assert told is not None
    assert (told.told, told.decided, told.outcome) == (AT + 9, AT + 2, "denied")
