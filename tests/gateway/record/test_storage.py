"""A batch is in the database whole or not at all, and nobody else may continue its chain.

The same promises over SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from gateway.record.chain import Head
from gateway.record.columns import DAY_S, KEYS, UPDATES
from gateway.record.entry import (
    CaseRow,
    CommandEnd,
    CommandRow,
    Entry,
    Evidence,
    HoldEnd,
    HoldRow,
    LabelRow,
    StrikeEnd,
    StrikeRow,
)
from gateway.record.keys import keys_new
from gateway.record.ledger import Batch, Ledger
from gateway.record.schema import metadata
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms
from gateway.record.storage import Store, open_store
from gateway.record.where import Where
from seawall.actions import Action, Target
from seawall.errors import OurFault
from tests.gateway.record.making import change, make_entry, query

WRITER = "w" * 32
NAMES = Pseudonyms(b"s" * 32)
SEAL = Seal(b"s" * 32)


@pytest.fixture
def store(where: Where) -> Iterator[Store]:
    with closing(open_store(where)) as it:
        yield it


def ledger(head: Head | None = None, n: int = 0, writer: str = WRITER) -> Ledger:
    return Ledger(writer, head or Head(), n, NAMES, SEAL)


def put(store: Store, book: Ledger, *entries: Entry) -> Batch:
    batch = book.batch([(book.n + place, each) for place, each in enumerate(entries, 1)])
    store.commit(batch)
    book.settled(batch)
    return batch


def opened(where: Where, table: str) -> list[str]:
    rows = query(where, f"SELECT tenant, id, rev, sealed FROM {table} ORDER BY id")
    return [SEAL.open(sealed, (tenant, id, rev)).text for tenant, id, rev, sealed in rows]


def test_a_chain_goes_on_where_it_ended(where: Where, store: Store) -> None:
    assert store.last(WRITER) == (Head(), 0)
    book = ledger()
    put(store, book, make_entry(1), make_entry(2))
    with closing(open_store(where)) as again:
        assert again.last(WRITER) == (book.head, 2)
        assert again.last("another") == (Head(), 0)


def test_a_second_writer_on_one_chain_is_refused(where: Where, store: Store) -> None:
    first, second = ledger(), ledger()
    put(store, first, make_entry(1))
    with closing(open_store(where)) as other:
        with pytest.raises(OurFault, match="another writer"):
            put(other, second, make_entry(2))
        resumed = ledger(*other.last(WRITER))
        put(other, resumed, make_entry(3))
    with pytest.raises(OurFault, match="another writer"):
        put(store, first, make_entry(4))
    assert query(where, "SELECT event FROM journal ORDER BY seq") == [("m1",), ("m3",)]


def test_the_same_batch_again_is_no_second_writer(where: Where, store: Store) -> None:
    batch = put(store, ledger(), make_entry(1), make_entry(2))
    store.commit(batch)
    with closing(open_store(where)) as other:
        other.commit(batch)
    assert query(where, "SELECT count(*) FROM journal") == [(2,)]
    assert store.last(WRITER) == (batch.head, 2)


def test_a_batch_is_there_whole_or_not_at_all(where: Where, store: Store) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    batch = book.batch([(2, make_entry(2)), (3, make_entry(3))])
    batch.journal[1] = batch.journal[0]
    with pytest.raises(OurFault):
        store.commit(batch)
    assert query(where, "SELECT seq FROM journal") == [(1,)]
    assert query(where, "SELECT id FROM evidence") == [("m1",)]
    put(store, book, make_entry(2))
    assert query(where, "SELECT max(seq) FROM journal") == [(2,)]


def test_a_chain_goes_on_in_a_database_that_lacks_it(where: Where, store: Store) -> None:
    book = ledger(Head(5000, b"h" * 32), 7000)
    put(store, book, make_entry(1))
    assert store.last(WRITER) == (book.head, 7001)
    assert query(where, "SELECT seq, n FROM journal") == [(5001, 7001)]


def test_of_two_decisions_on_one_message_the_first_evidence_and_hold_stay(
    where: Where, store: Store
) -> None:
    book = ledger()
    put(store, book, make_entry(1, evidence=Evidence("a"), hold=HoldRow("a", 9.0)))
    again = make_entry(1, evidence=Evidence("b"), hold=HoldRow("b", 10.0))
    put(store, book, again, again)
    assert query(where, "SELECT count(*) FROM journal") == [(3,)]
    assert (opened(where, "evidence"), opened(where, "holds")) == (["a"], ["a"])
    assert query(where, "SELECT expires FROM holds") == [(9.0,)]


def test_the_first_end_of_a_command_counts(where: Where, store: Store) -> None:
    book = ledger()
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    put(store, book, make_entry(1, commands=(CommandRow("c1", 1, mute, 130.0, "", "n1", 5.0),)))
    assert query(where, "SELECT outcome, node, leased, sent FROM commands") == [
        (None, "n1", 5.0, None)
    ]
    put(store, book, make_entry(2, tenant="other", ends=(CommandEnd("c1", "done", "them"),)))
    assert query(where, "SELECT outcome FROM commands") == [(None,)]
    ends = (CommandEnd("c1", "done", "us"), CommandEnd("c1", "failed", "same batch"))
    put(store, book, make_entry(3, at=7.0, ends=ends))
    put(store, book, make_entry(4, at=8.0, ends=(CommandEnd("c1", "failed", "late"),)))
    ended = query(where, 'SELECT outcome, "by", ended FROM commands')
    assert ended == [("done", "us", 7.0)]


def test_a_command_may_be_ordered_and_ended_in_one_batch(where: Where, store: Store) -> None:
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    ordered = make_entry(1, commands=(CommandRow("c1", 1, mute, 130.0),))
    put(store, ledger(), ordered, make_entry(2, ends=(CommandEnd("c1", "superseded"),)))
    assert query(where, "SELECT outcome FROM commands") == [("superseded",)]


def test_the_end_of_a_hold_keeps_what_was_decided(where: Where, store: Store) -> None:
    book = ledger()
    for number in (1, 2):
        put(store, book, make_entry(number, rev=3, hold=HoldRow("text", 9.0)))
    first = make_entry(1, rev=3, at=5.0, hold_end=HoldEnd("approved", "ann"))
    second = make_entry(1, rev=3, at=6.0, hold_end=HoldEnd("denied", "bob"))
    put(store, book, first, second)
    put(store, book, make_entry(1, rev=3, at=7.0, hold_end=HoldEnd("expired")))
    asked = 'SELECT outcome, "by", decided, told FROM holds ORDER BY id'
    assert query(where, asked) == [("approved", "ann", 5.0, 5.0), (None, None, None, None)]


def label(number: int, at: float, **changes: Any) -> Entry:  # any field of LabelRow
    fields: dict[str, Any] = {"kind": "user", "room": "", "id": "ann", "label": "mute"}
    row = LabelRow(**(fields | {"until": None} | changes))
    return make_entry(number, at=at, evidence=None, labels=(row,))


def test_of_a_label_the_newest_counts(where: Where, store: Store) -> None:
    book = ledger()
    asked = 'SELECT set_at, until, "by", ended FROM labels'
    put(store, book, label(1, 10.0, until=60.0))
    put(store, book, label(2, 30.0, by="late", ended=True), label(3, 20.0, by="early"))
    assert [(row[0], row[1], row[2], bool(row[3])) for row in query(where, asked)] == [
        (30.0, None, "late", True)
    ]
    put(store, book, label(4, 29.0, by="stale"))
    assert query(where, asked)[0][2] == "late"
    put(store, book, label(5, 30.0, by="same time"), label(6, 30.0, label="ban"))
    assert query(where, 'SELECT label, "by" FROM labels ORDER BY label') == [
        ("ban", ""),
        ("mute", "same time"),
    ]


def test_an_event_strikes_once_and_its_strikes_are_taken_back(where: Where, store: Store) -> None:
    book = ledger()
    struck = make_entry(1, at=5.0, user="ann", strikes=StrikeRow(2, "spam"))
    put(store, book, struck, struck)
    put(store, book, make_entry(1, at=6.0, user="ann", strikes=StrikeRow(9)))
    back = StrikeEnd("ann", "m1")
    put(store, book, make_entry(2, at=8.0, strike_ends=(back, back)))
    put(store, book, struck)
    rows = query(where, 'SELECT "user", event, at, strikes, ended, changed FROM strikes')
    assert rows == [("ann", "m1", 5.0, 2, True, 8.0)]


def test_lines_of_a_case_are_only_added(where: Where, store: Store) -> None:
    book = ledger()
    first = CaseRow("x", "open", "operations", "p2", "command", "c1", "expired")
    put(store, book, make_entry(1, at=1.0, cases=(first,)), make_entry(1, at=2.0, cases=(first,)))
    closed = CaseRow("x", "closed", "operations", "p2", "command")
    put(store, book, make_entry(2, at=3.0, cases=(first, closed)))
    rows = query(where, "SELECT state, at, about, room FROM case_lines ORDER BY at")
    assert rows == [("open", 1.0, "command", "lobby"), ("closed", 3.0, "command", "lobby")]


def test_what_a_case_is_about_is_the_entrys_unless_it_says_otherwise(
    where: Where, store: Store
) -> None:
    plain = CaseRow("x", "open", "q", "p2", "verdict")
    other = CaseRow(
        "y", "open", "q", "p2", "report", rule="another", category="minor_safety",
        severity="critical", score=0.5, user="",
    )  # fmt: skip
    put(store, ledger(), make_entry(1, user="ann", cases=(plain, other)))
    rows = query(
        where, 'SELECT "user", rule, category, severity, score FROM case_lines ORDER BY id'
    )
    assert rows == [
        ("ann", "wallet-drainer-link", "scam.phishing", "high", 0.9),
        ("", "another", "minor_safety", "critical", 0.5),
    ]


def test_old_lines_of_cases_go_once_they_are_taken(where: Where, store: Store) -> None:
    keys_new(where, "acme", "server", "s")
    book = ledger()
    rows = [CaseRow(f"x{n}", "open", "q", "p2", "verdict") for n in range(3)]
    for at, row in zip((1.0, 2.0, 3.0), rows, strict=True):
        put(store, book, make_entry(int(at), at=at, evidence=None, cases=(row,)))
    change(where, "UPDATE case_lines SET taken = 'case' WHERE id <> 'x1'")
    store.purge(3.0 + 30 * DAY_S - 1.0, 100)
    assert query(where, "SELECT id FROM case_lines ORDER BY id") == [("x1",), ("x2",)]
    store.purge(3.0 + 30 * DAY_S, 100)
    assert query(where, "SELECT id FROM case_lines") == [("x1",)]


def test_heads_are_published_once_each(where: Where, store: Store) -> None:
    for at in (1.0, 2.0):
        store.publish(WRITER, Head(3, b"h" * 32), at)
    ((writer, seq, digest, at),) = query(where, "SELECT writer, seq, hash, at FROM heads")
    assert (writer, seq, bytes(digest), at) == (WRITER, 3, b"h" * 32, 1.0)


def test_evidence_goes_when_its_time_is_up_unless_the_law_keeps_it(
    where: Where, store: Store
) -> None:
    book = ledger()
    for number, kept in enumerate((10.0, 20.0, 20.0, 99.0), 1):
        held = Evidence("text", keep_s=kept, legal_hold=number == 3)
        put(store, book, make_entry(number, at=0.0, evidence=held))
    assert store.purge(20.0, limit=1) == 1
    assert store.purge(20.0, limit=9) == 1
    assert store.purge(20.0, limit=9) == 0
    assert query(where, "SELECT id FROM evidence ORDER BY id") == [("m3",), ("m4",)]
    assert query(where, "SELECT count(*) FROM journal") == [(4,)]


def test_everything_else_goes_in_its_time_too(where: Where, store: Store) -> None:
    book = ledger()
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    for number in (1, 2):
        row = CommandRow(f"c{number}", 1, mute, 60.0)
        held = HoldRow("text", 9.0)
        put(store, book, make_entry(number, at=0.0, evidence=None, hold=held, commands=(row,)))
    put(store, book, make_entry(1, at=50.0, evidence=None, hold_end=HoldEnd("expired")))
    put(store, book, make_entry(3, at=50.0, evidence=None, ends=(CommandEnd("c1", "done"),)))
    put(store, book, label(1, 50.0, label="1", ended=True), label(2, 50.0, label="2", until=50.0))
    put(store, book, label(3, 50.0, label="3"))
    for number in (1, 2):
        put(store, book, make_entry(number, at=0.0, evidence=None, strikes=StrikeRow(1)))
    taken_back = make_entry(1, at=50.0, evidence=None, strike_ends=(StrikeEnd("user-1", "m1"),))
    put(store, book, taken_back)
    store.publish(WRITER, book.head, 50.0)

    def left() -> list[int]:
        tables = ("holds", "commands", "labels", "strikes", "heads")
        return [query(where, f"SELECT count(*) FROM {table}")[0][0] for table in tables]

    assert left() == [2, 2, 3, 2, 1]
    assert store.purge(49.0 + DAY_S, 100) == 0
    assert (store.purge(50.0 + DAY_S, 100), left()) == (1, [1, 2, 3, 2, 1])
    assert store.purge(59.0 + 7 * DAY_S, 100) == 3
    assert (store.purge(60.0 + 7 * DAY_S, 100), left()) == (1, [1, 1, 1, 1, 1])
    assert (store.purge(50.0 + 400 * DAY_S, 100), left()) == (2, [1, 1, 1, 0, 0])


def test_strange_text_is_stored_as_it_was(where: Where, store: Store) -> None:
    strange = "\U0001f600, \u202e, \\u0041 %s and '; DROP TABLE journal; --"
    put(store, ledger(), make_entry(1, room=strange, evidence=Evidence(strange)))
    assert query(where, "SELECT room FROM journal") == [(strange,)]
    assert opened(where, "evidence") == [strange]


@pytest.mark.parametrize("number", [0.1 + 0.2, 1e-300, 1e300, 4_000_000_000.123456, -0.0])
def test_numbers_come_back_to_the_last_bit(where: Where, store: Store, number: float) -> None:
    put(store, ledger(), make_entry(1, score=number, count=2**63 - 1, rev=2**63 - 1))
    assert query(where, "SELECT score, count, rev FROM journal") == [(number, 2**63 - 1, 2**63 - 1)]


def test_a_batch_may_be_long(where: Where, store: Store) -> None:
    book = ledger()
    put(store, book, *(make_entry(number) for number in range(1024)))
    assert store.last(WRITER) == (book.head, 1024)


def test_two_writers_write_beside_each_other(where: Where, store: Store) -> None:
    with closing(open_store(where)) as other:
        first, second = ledger(), ledger(writer="v" * 32)
        for number in range(20):
            put(store, first, make_entry(number))
            put(other, second, make_entry(number))
        assert store.last(WRITER)[1] == other.last("v" * 32)[1] == 20


def test_every_column_that_is_changed_is_the_schemas() -> None:
    tables = {
        "ends": "commands", "strike_ends": "strikes", "hold_ends": "holds", "fallen": "evidence"
    }  # fmt: skip
    for rows, found in UPDATES.items():
        table = metadata.tables[tables[rows]]
        assert set(found) - {"changed"} <= {column.name for column in table.columns}
        assert set(KEYS[rows]) <= set(found)
        assert {column.name for column in table.primary_key} <= set(KEYS[rows])
    for name in set(KEYS) - set(UPDATES):
        assert KEYS[name] == tuple(column.name for column in metadata.tables[name].primary_key)
