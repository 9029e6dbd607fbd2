"""One verdict of a message stands, whoever commits when; every other decision is a repeat."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import msgspec
import pytest

from gateway.record.chain import Head
from gateway.record.committer import Appender
from gateway.record.entry import TOO_LATE, CaseRow, CommandRow, Entry, HoldRow, LabelRow, StrikeRow
from gateway.record.repeats import BUCKETS, buckets
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.storage import Store, open_store
from gateway.record.verify import verify
from gateway.record.where import Where
from seawall.actions import Action, Target
from tests.gateway.record.making import make_entry, query

FIRST, SECOND = "a" * 32, "b" * 32
ROUNDS, MESSAGES = 40, 8
_MUTE = Action(Target("user", "lobby", "ann"), "mute", 60.0)
_BESIDE = ("evidence", "holds", "commands", "labels", "strikes", "case_lines")


@pytest.fixture
def store(where: Where) -> Iterator[Store]:
    with closing(open_store(where)) as it:
        yield it


def chain(store: Store, writer: str, secret: bytes = b"s" * 32) -> Appender:
    def aside(n: int, _frame: bytes, why: str) -> None:
        pytest.fail(f"entry {n} is set aside: {why}")

    return Appender(store, writer, Pseudonyms(secret), Seal(secret), aside)


def direct(
    store: Store, *entries: Entry, writer: str = SECOND, secret: bytes = b"s" * 32
) -> set[int]:
    return chain(store, writer, secret).write(list(enumerate(entries, 1)))


def replayed(store: Store, *entries: Entry) -> Head:
    frames = [(n, msgspec.msgpack.encode(each)) for n, each in enumerate(entries, 1)]
    dead = chain(store, FIRST)
    dead.write_frames(tuple(frames))
    return dead.end()


def kinds(where: Where, writer: str) -> list[tuple[str, str]]:
    asked = "SELECT event, kind FROM journal WHERE writer = ? ORDER BY seq"
    return [(event, kind) for event, kind in query(where, asked, writer)]


def beside(where: Where) -> list[int]:
    return [query(where, f"SELECT count(*) FROM {table}")[0][0] for table in _BESIDE]


def taken_back(verdict: Entry) -> Entry:
    return Entry(
        "revert", verdict.tenant, verdict.event, verdict.at, "superseded", verdict.rev,
        rule=TOO_LATE, by="gateway",
    )  # fmt: skip


def full(number: int, by: str) -> Entry:
    """A decision with all that one can bring; ids of what it orders are its gateway's own."""
    return make_entry(
        number,
        hold=HoldRow("text", 4_000_000_100.0),
        commands=(CommandRow(f"c-{by}-{number}", 1, _MUTE, 4_000_000_100.0),),
        labels=(LabelRow("user", "lobby", "ann", f"mute:{by}:{number}", None),),
        strikes=StrikeRow(1, "wallet-drainer-link"),
        cases=(CaseRow(f"case-{by}-{number}", "open", "chat", "high", "verdict"),),
    )


def test_what_another_gateway_recorded_meanwhile_is_a_repeat(store: Store, where: Where) -> None:
    struck = make_entry(1, strikes=StrikeRow(1, "wallet-drainer-link"))
    direct(store, struck, make_entry(2, event="m\0 2"))
    replayed(store, struck, make_entry(2, event="m\0 2"), make_entry(3))
    assert kinds(where, SECOND) == [("m1", "verdict"), ("m\u2400 2", "verdict")]
    assert kinds(where, FIRST) == [("m1", "repeat"), ("m\u2400 2", "repeat"), ("m3", "verdict")]
    assert query(where, "SELECT count(*) FROM strikes") == [(1,)]


@pytest.mark.parametrize(("first", "second"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_the_second_commit_of_a_message_is_a_repeat_and_brings_nothing(
    store: Store, where: Where, first: str, second: str
) -> None:
    secret = load_secret(where.data)
    one = (full(1, "one"), make_entry(2))
    assert direct(store, *one, writer=first, secret=secret) == set()
    before = beside(where)
    again = (make_entry(3), full(1, "other"), make_entry(2))
    assert direct(store, *again, writer=second, secret=secret) == {2, 3}
    assert kinds(where, first) == [("m1", "verdict"), ("m2", "verdict")]
    assert kinds(where, second) == [("m3", "verdict"), ("m1", "repeat"), ("m2", "repeat")]
    assert beside(where) == [before[0] + 1, *before[1:]]  # the evidence of m3
    assert verify(where).whole


def test_what_may_have_been_told_keeps_what_it_brought(store: Store, where: Where) -> None:
    direct(store, full(1, "one"))
    replayed(store, full(1, "other"))
    assert kinds(where, FIRST) == [("m1", "repeat")]
    assert query(where, "SELECT count(*) FROM commands") == [(2,)]
    assert query(where, "SELECT count(*) FROM strikes") == [(1,)]


def test_another_version_tenant_or_kind_is_none(store: Store, where: Where) -> None:
    direct(store, make_entry(1), make_entry(2, kind="report"), make_entry(3, event=""))
    other = (make_entry(1, rev=1), make_entry(1, tenant="b"), make_entry(2))
    replayed(store, *other)
    assert [kind for _, kind in kinds(where, FIRST)] == ["verdict"] * 3
    assert direct(store, make_entry(3, event=""), writer="c" * 32) == set()


def test_an_id_used_for_other_content_is_another_decision(store: Store, where: Where) -> None:
    direct(store, make_entry(1))
    assert direct(store, make_entry(2, event="m1"), writer=FIRST) == set()
    assert kinds(where, FIRST) == [("m1", "verdict")]


def test_a_verdict_that_fell_stands_in_nobodys_way(store: Store, where: Where) -> None:
    direct(store, make_entry(1), taken_back(make_entry(1)), make_entry(2))
    replayed(store, make_entry(1))
    assert kinds(where, FIRST) == [("m1", "verdict")]
    other = chain(store, "c" * 32)
    assert other.write([(1, make_entry(1)), (2, make_entry(2))]) == {1, 2}  # the replayed stands


def test_a_chain_repeats_nothing_of_its_own(store: Store, where: Where) -> None:
    head = replayed(store, make_entry(1), make_entry(1))
    assert replayed(store, make_entry(1), make_entry(1)) == head
    assert kinds(where, FIRST) == [("m1", "verdict")] * 2
    assert direct(store, make_entry(2), make_entry(2)) == set()


def test_commits_that_meet_leave_one_verdict_of_each_message(where: Where) -> None:
    """Two writers decide the same messages at the same moment, one of them in reverse order."""
    meet = threading.Barrier(2)

    def decide(writer: str) -> int:
        repeats = 0
        with closing(open_store(where)) as store:
            mine = chain(store, writer, load_secret(where.data))
            for number in range(ROUNDS):
                entries = [make_entry(number * MESSAGES + each) for each in range(MESSAGES)]
                ordered = entries if writer == FIRST else entries[::-1]
                meet.wait(20.0)
                at = number * MESSAGES + 1
                repeats += len(mine.write([(at + place, one) for place, one in enumerate(ordered)]))
        return repeats

    with ThreadPoolExecutor(2) as threads:
        repeats = sum(threads.map(decide, [FIRST, SECOND]))
    assert repeats == ROUNDS * MESSAGES
    counted = "SELECT kind, count(*), count(DISTINCT event) FROM journal GROUP BY kind"
    each = ROUNDS * MESSAGES
    assert sorted(query(where, counted)) == [("repeat", each, each), ("verdict", each, each)]
    assert verify(where).whole


def test_locks_are_few_and_taken_in_one_order() -> None:
    keys = [("t", f"m{number}", 0, "") for number in range(5_000)]
    places = buckets(keys)
    assert places == sorted(set(places)) == buckets(keys[::-1])
    assert 0 <= places[0] < places[-1] < BUCKETS
    assert buckets([("t", "m", 0, "one")]) == buckets([("t", "m", 0, "other")])
