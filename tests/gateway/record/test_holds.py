"""A held message is decided once, whoever asks and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.record.entry import HoldRow
from gateway.record.holds import Holds, Outcome
from gateway.record.journal import Journal
from tests.gateway.record.making import AT, make_entry


@pytest.fixture
async def holds(data: Path) -> AsyncIterator[Holds]:
    it = Holds(data)
    yield it
    it.close()


async def hold(journal: Journal, number: int, expires: float, **changes: object) -> None:
    held = HoldRow(f"held {number}", expires, "Ann")
    await journal.record(make_entry(number, action="hold", hold=held, **changes), 10.0)


async def test_a_hold_is_there_once_its_entry_is_durable(journal: Journal, holds: Holds) -> None:
    await hold(journal, 1, AT + 60, rev=2, user="ann")
    (held,) = await holds.waiting("acme")
    assert (held.id, held.rev, held.room, held.user, held.name) == ("m1", 2, "lobby", "ann", "Ann")
    assert (held.text, held.rule) == ("held 1", "wallet-drainer-link")
    assert (held.category, held.expires, held.outcome) == ("scam.phishing", AT + 60, None)
    assert await holds.find("acme", "m1", 2) == held
    assert await holds.find("acme", "m1", 0) is None


async def test_waiting_ones_come_soonest_first_in_pages(journal: Journal, holds: Holds) -> None:
    for number in range(1, 8):
        await hold(journal, number, AT + number % 3, room="a" if number < 5 else "b")
    await hold(journal, 9, AT, tenant="other")
    seen: list[str] = []
    page = await holds.waiting("acme", limit=2)
    while page:
        seen += [held.id for held in page]
        page = await holds.waiting("acme", limit=2, after=page[-1])
    assert seen == ["m3", "m6", "m1", "m4", "m7", "m2", "m5"]
    assert [held.id for held in await holds.waiting("acme", room="b")] == ["m6", "m7", "m5"]


async def test_the_first_decision_counts_and_the_second_hears_it(
    journal: Journal, holds: Holds
) -> None:
    await hold(journal, 1, AT + 60)
    first = await holds.decide("acme", "m1", 0, "approved", by="ann", at=AT + 1)
    assert first is not None
    assert first.fresh
    assert (first.held.outcome, first.held.by, first.held.decided) == ("approved", "ann", AT + 1)
    second = await holds.decide("acme", "m1", 0, "denied", by="bob", at=AT + 2)
    assert second is not None
    assert (second.fresh, second.held) == (False, first.held)
    assert await holds.waiting("acme") == []
    assert await holds.due(AT + 100) == []


async def test_of_many_that_decide_at_once_one_wins(
    data: Path, journal: Journal, holds: Holds
) -> None:
    await hold(journal, 1, AT + 60)
    other = Holds(data)
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


async def test_nobody_decides_what_was_never_held(journal: Journal, holds: Holds) -> None:
    await hold(journal, 1, AT + 60)
    assert await holds.decide("acme", "m2", 0, "denied", by="ann", at=AT) is None
    assert await holds.decide("other", "m1", 0, "denied", by="ann", at=AT) is None
    assert await holds.decide("acme", "m1", 1, "denied", by="ann", at=AT) is None
    assert len(await holds.waiting("acme")) == 1


async def test_what_has_expired_is_due_in_all_tenants(journal: Journal, holds: Holds) -> None:
    await hold(journal, 1, AT + 10)
    await hold(journal, 2, AT + 5, tenant="other")
    await hold(journal, 3, AT + 20)
    assert [held.id for held in await holds.due(AT + 10)] == ["m2", "m1"]
    assert [held.id for held in await holds.due(AT + 10, limit=1)] == ["m2"]
