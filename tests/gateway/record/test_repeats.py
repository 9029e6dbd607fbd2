"""One verdict of a message stands, whichever spill comes late; what was durable is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest

from gateway.record.chain import Head
from gateway.record.committer import Appender
from gateway.record.entry import TOO_LATE, Entry, StrikeRow
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms
from gateway.record.storage import Store, open_store
from gateway.record.where import Where
from tests.gateway.record.making import make_entry, query

NAMES, SEAL = Pseudonyms(b"s" * 32), Seal(b"s" * 32)
FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def store(where: Where) -> Iterator[Store]:
    with closing(open_store(where)) as it:
        yield it


def chain(store: Store, writer: str) -> Appender:
    def aside(n: int, _frame: bytes, why: str) -> None:
        pytest.fail(f"entry {n} is set aside: {why}")

    return Appender(store, writer, NAMES, SEAL, aside)


def direct(store: Store, *entries: Entry) -> None:
    chain(store, SECOND).write(list(enumerate(entries, 1)))


def replayed(store: Store, *entries: Entry) -> Head:
    frames = [(n, msgspec.msgpack.encode(each)) for n, each in enumerate(entries, 1)]
    dead = chain(store, FIRST)
    dead.write_frames(tuple(frames))
    return dead.end()


def kinds(where: Where, writer: str) -> list[tuple[str, str]]:
    asked = "SELECT event, kind FROM journal WHERE writer = ? ORDER BY seq"
    return [(event, kind) for event, kind in query(where, asked, writer)]


def taken_back(verdict: Entry) -> Entry:
    return Entry(
        "revert", verdict.tenant, verdict.event, verdict.at, "superseded", verdict.rev,
        rule=TOO_LATE, by="gateway",
    )  # fmt: skip


def test_what_another_gateway_recorded_meanwhile_is_a_repeat(store: Store, where: Where) -> None:
    struck = make_entry(1, strikes=StrikeRow(1, "wallet-drainer-link"))
    direct(store, struck, make_entry(2, event="m\0 2"))
    replayed(store, struck, make_entry(2, event="m\0 2"), make_entry(3))
    assert kinds(where, SECOND) == [("m1", "verdict"), ("m\u2400 2", "verdict")]
    assert kinds(where, FIRST) == [("m1", "repeat"), ("m\u2400 2", "repeat"), ("m3", "verdict")]
    assert query(where, "SELECT count(*) FROM strikes") == [(1,)]


def test_another_version_tenant_or_kind_is_none(store: Store, where: Where) -> None:
    direct(store, make_entry(1), make_entry(2, kind="report"), make_entry(3, event=""))
    replayed(store, make_entry(1, rev=1), make_entry(1, tenant="b"), make_entry(2))
    assert [kind for _, kind in kinds(where, FIRST)] == ["verdict"] * 3


def test_a_verdict_that_fell_stands_in_nobodys_way(store: Store, where: Where) -> None:
    direct(store, make_entry(1), taken_back(make_entry(1)))
    replayed(store, make_entry(1))
    assert kinds(where, FIRST) == [("m1", "verdict")]


def test_a_chain_repeats_nothing_of_its_own(store: Store, where: Where) -> None:
    head = replayed(store, make_entry(1), make_entry(1))
    assert replayed(store, make_entry(1), make_entry(1)) == head
    assert kinds(where, FIRST) == [("m1", "verdict")] * 2
