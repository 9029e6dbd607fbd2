"""Cases are listed newest first, each tenant's own."""

from __future__ import annotations

from contextlib import closing

from gateway.record.cases import Cases
from gateway.record.entry import CaseRow
from gateway.record.storage import open_store
from gateway.record.where import Where
from tests.gateway.record.making import Book, make_entry


async def test_the_newest_come_first(where: Where) -> None:
    with closing(open_store(where)) as store:
        book = Book(store)
        for number in range(4):
            row = CaseRow(f"x{number}", "open", "operations", "p2", "command", "c1", "expired")
            book.put(make_entry(number, at=float(number), evidence=None, cases=(row,)))
        other = CaseRow("y", "open", "operations", "p2", "gateway")
        book.put(make_entry(9, at=9.0, tenant="other", evidence=None, cases=(other,)))
    with closing(Cases(where)) as cases:
        assert [each.id for each in await cases.recent("acme", 3)] == ["x3", "x2", "x1"]
        (line,) = await cases.recent("other")
        assert (line.state, line.queue, line.about, line.at) == (
            "open",
            "operations",
            "gateway",
            9.0,
        )
        assert await cases.recent("nobody") == []
