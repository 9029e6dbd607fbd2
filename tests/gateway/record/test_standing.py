"""Labels and strikes come back as they stand, all of them or what changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from gateway.record.entry import Entry, LabelRow, StrikeEnd, StrikeRow
from gateway.record.standing import Snapshot, Standing
from gateway.record.storage import open_store
from gateway.record.where import Where
from tests.gateway.record.making import Book, make_entry


@pytest.fixture
def book(where: Where) -> Iterator[Book]:
    with closing(open_store(where)) as store:
        yield Book(store)


@pytest.fixture
def standing(where: Where) -> Iterator[Standing]:
    with closing(Standing(where)) as it:
        yield it


def label(id: str, at: float, until: float | None = None, **changes: Any) -> Entry:  # of Entry
    ended = bool(changes.pop("ended", False))
    row = LabelRow("user", "", id, "mute", until, "why", "spam", "", ended)
    return make_entry(1, at=at, evidence=None, labels=(row,), **changes)


def strike(number: int, at: float, user: str = "ann") -> Entry:
    return make_entry(number, at=at, evidence=None, user=user, strikes=StrikeRow(2, "rule"))


def seen(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    return [each.id for each in snapshot.labels], [each.event for each in snapshot.strikes]


async def test_what_is_in_force_is_loaded(book: Book, standing: Standing) -> None:
    book.put(label("ever", 1.0), label("long", 2.0, 99.0), label("over", 3.0, 50.0))
    book.put(label("ended", 4.0, ended=True), strike(1, 5.0), strike(2, 6.0), strike(3, 7.0))
    book.put(make_entry(4, at=8.0, evidence=None, strike_ends=(StrikeEnd("ann", "m2"),)))
    assert seen(await standing.load(50.0)) == (["ever", "long"], ["m1", "m3"])
    assert seen(await standing.load(49.9)) == (["ever", "long", "over"], ["m1", "m3"])
    assert seen(await standing.load(50.0, 7.0)) == (["ever", "long"], ["m3"])
    (first, _) = (await standing.load(50.0)).labels
    assert (first.tenant, first.kind, first.label, first.until) == ("acme", "user", "mute", None)
    assert (first.category, first.event, first.set_at, first.ended) == ("spam", "m1", 1.0, False)
    (struck, _) = (await standing.load(50.0)).strikes
    assert (struck.user, struck.strikes, struck.rule, struck.at) == ("ann", 2, "rule", 5.0)
    assert struck.ended is False


async def test_changes_come_with_what_ended(book: Book, standing: Standing) -> None:
    book.put(label("a", 1.0), label("b", 2.0), strike(1, 1.0), strike(2, 2.0))
    assert seen(await standing.changed_since(2.0)) == (["b"], ["m2"])
    book.put(label("a", 3.0, ended=True))
    book.put(make_entry(4, at=4.0, evidence=None, strike_ends=(StrikeEnd("ann", "m1"),)))
    changed = await standing.changed_since(2.0)
    assert seen(changed) == (["b", "a"], ["m2", "m1"])
    assert [each.ended for each in changed.labels] == [False, True]
    assert [each.ended for each in changed.strikes] == [False, True]
    assert seen(await standing.changed_since(5.0)) == ([], [])


async def test_what_an_event_set_is_found(book: Book, standing: Standing) -> None:
    book.put(label("a", 1.0, event="m7"), label("b", 2.0, event="m8"), strike(7, 1.0))
    book.put(label("c", 3.0, event="m7", rev=1), label("d", 3.0, event="m7", tenant="other"))
    assert seen(await standing.of_event("acme", "m7", 0)) == (["a"], ["m7"])
    assert seen(await standing.of_event("acme", "m7", 1)) == (["c"], [])
    book.put(label("a", 4.0, event="m9"))
    assert seen(await standing.of_event("acme", "m7", 0)) == ([], ["m7"])
