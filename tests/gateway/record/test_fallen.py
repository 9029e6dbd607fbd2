"""A decision that was taken back as too late leaves its row, and nothing that a second one meets.

The same promises over SQLite and PostgreSQL, whether the two come in one commit (a replayed spill)
or in several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from gateway.record.answered import Answered
from gateway.record.chain import Row
from gateway.record.entry import TOO_LATE, Entry, Evidence, HoldRow, StrikeRow
from gateway.record.seal import Seal
from gateway.record.storage import open_store
from gateway.record.where import Where
from tests.gateway.record.making import AT, Book, change, make_entry, query

SEAL = Seal(b"s" * 32)
TOGETHER = pytest.mark.parametrize("together", [True, False])


@pytest.fixture
def book(where: Where) -> Iterator[Book]:
    with closing(open_store(where)) as store:
        yield Book(store)


@pytest.fixture
def answered(where: Where) -> Iterator[Answered]:
    with closing(Answered(where, SEAL)) as it:
        yield it


def decision(at: float, word: bytes) -> Entry:
    """Decide m1, with all that stands beside a row."""
    return make_entry(
        1, at=AT + at, action="hold", evidence=Evidence("text", verdict=word),
        hold=HoldRow("text", AT + at + 60.0), strikes=StrikeRow(2, "a-rule"),
    )  # fmt: skip


def taking_back(at: float) -> Entry:
    return make_entry(
        1,
        at=AT + at,
        kind="revert",
        action="superseded",
        rule=TOO_LATE,
        by="gateway",
        evidence=None,
    )


def write(book: Book, entries: Sequence[Entry], together: bool) -> None:
    if together:
        book.put(*entries)
    else:
        for each in entries:
            book.put(each)


@TOGETHER
async def test_nothing_is_left_of_it_and_its_verdict_is_no_answer(
    where: Where, book: Book, answered: Answered, together: bool
) -> None:
    write(book, [decision(1.0, b"fallen"), taking_back(1.0)], together)
    assert await answered.find([("acme", "m1", 0)]) == {}
    for table in ("evidence", "holds"):
        assert query(where, f"SELECT count(*) FROM {table}") == [(0,)]
    assert query(where, "SELECT count(*) FROM strikes WHERE NOT ended") == [(0,)]
    assert query(where, "SELECT kind FROM journal ORDER BY seq") == [("verdict",), ("revert",)]


@TOGETHER
async def test_what_is_decided_after_it_stands_as_if_it_were_the_first(
    where: Where, book: Book, answered: Answered, together: bool
) -> None:
    write(book, [decision(1.0, b"fallen"), taking_back(1.0), decision(2.0, b"told")], together)
    assert await answered.find([("acme", "m1", 0)]) == {("acme", "m1", 0): b"told"}
    assert query(where, "SELECT created, outcome FROM holds") == [(AT + 2.0, None)]
    found = query(where, "SELECT at, strikes, rule FROM strikes WHERE NOT ended")
    assert found == [(AT + 2.0, 2, "a-rule")]
    change(where, "DELETE FROM evidence")
    row = (await answered.find([("acme", "m1", 0)]))[("acme", "m1", 0)]
    assert isinstance(row, Row)
    assert row.at == AT + 2.0


async def test_what_people_took_back_is_no_fallen_decision(
    where: Where, book: Book, answered: Answered
) -> None:
    book.put(decision(1.0, b"told"), make_entry(1, kind="revert", by="ann", evidence=None))
    book.put(decision(2.0, b"again"))
    assert await answered.find([("acme", "m1", 0)]) == {("acme", "m1", 0): b"told"}
    assert query(where, "SELECT created FROM holds") == [(AT + 1.0,)]


async def test_evidence_kept_for_the_law_stays(where: Where, book: Book) -> None:
    book.put(decision(1.0, b"fallen"))
    change(where, "UPDATE evidence SET legal_hold = ?", True)
    book.put(taking_back(1.0))
    assert query(where, "SELECT count(*) FROM evidence") == [(1,)]
