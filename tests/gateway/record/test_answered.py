"""A first verdict is found again: word for word, or what the journal keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.record.answered import Answered
from gateway.record.chain import Row
from gateway.record.entry import Evidence
from gateway.record.seal import Seal
from gateway.record.storage import open_store
from gateway.record.where import Where
from tests.gateway.record.making import Book, change, make_entry

SEAL = Seal(b"s" * 32)


@pytest.fixture
def book(where: Where) -> Iterator[Book]:
    with closing(open_store(where)) as store:
        yield Book(store)


@pytest.fixture
def answered(where: Where) -> Iterator[Answered]:
    with closing(Answered(where, SEAL)) as it:
        yield it


async def test_the_first_answer_is_found_word_for_word(book: Book, answered: Answered) -> None:
    for verdict in (b"first", b"second"):
        book.put(make_entry(1, rev=2, evidence=Evidence("text", verdict=verdict)))
    key = ("acme", "m1", 2)
    assert await answered.find([key, ("acme", "m1", 0), ("other", "m1", 2)]) == {key: b"first"}
    assert await answered.find([]) == {}


async def test_an_id_with_a_null_byte_is_found(
    where: Where, book: Book, answered: Answered
) -> None:
    for number, id in enumerate(("a\0b", "c\0d")):
        book.put(make_entry(number, event=id, evidence=Evidence("text", verdict=b"first")))
    change(where, "DELETE FROM evidence WHERE id = ?", "c\u2400d")
    found = await answered.find([("acme", "a\0b", 0), ("acme", "c\0d", 0)])
    assert found[("acme", "a\0b", 0)] == b"first"
    assert isinstance(found[("acme", "c\0d", 0)], Row)


async def test_without_evidence_the_journal_answers(
    where: Where, book: Book, answered: Answered
) -> None:
    book.put(make_entry(1, evidence=Evidence("text", verdict=b"first")))
    book.put(make_entry(1, kind="moderator", action="restore", evidence=None))
    book.put(make_entry(2, evidence=Evidence("text")), make_entry(2, action="remove"))
    change(where, "DELETE FROM evidence WHERE id = 'm1'")
    found = await answered.find([("acme", f"m{number}", 0) for number in range(1000)])
    assert set(found) == {("acme", "m1", 0), ("acme", "m2", 0)}
    for row in found.values():
        assert isinstance(row, Row)
        assert (row.kind, row.action, row.rule) == ("verdict", "block", "wallet-drainer-link")


async def test_evidence_that_cannot_be_read_is_no_end(
    where: Where, book: Book, answered: Answered, caplog: pytest.LogCaptureFixture
) -> None:
    book.put(make_entry(1, evidence=Evidence("text", verdict=b"first")))
    key = ("acme", "m1", 0)
    with closing(Answered(where, Seal(b"t" * 32))) as other:
        assert isinstance((await other.find([key]))[key], Row)
    assert "another secret" in caplog.text
