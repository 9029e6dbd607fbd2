"""Entries become rows: chained, without users or content, and only once."""

from __future__ import annotations

import msgspec
from hypothesis import given, strategies as st

from gateway.record.chain import FIELDS, Head, Row, link
from gateway.record.entry import (
    CaseRow,
    CommandEnd,
    CommandRow,
    Evidence,
    HoldEnd,
    HoldRow,
    LabelRow,
    StrikeEnd,
    StrikeRow,
)
from gateway.record.ledger import Batch, Ledger
from gateway.record.seal import Content, Seal
from gateway.record.secret import Pseudonyms
from gateway.record.storage import COLUMNS
from seawall.actions import Action, Target
from tests.gateway.record.making import make_entry

NAMES = Pseudonyms(b"s" * 32)
SEAL = Seal(b"s" * 32)


def ledger() -> Ledger:
    return Ledger("w" * 32, Head(), 0, NAMES, SEAL)


def rows(batch: Batch) -> list[Row]:
    return [msgspec.convert(list(row[:-2]), Row) for row in batch.journal]


def test_rows_stand_in_a_chain_over_batches() -> None:
    book, head = ledger(), Head()
    for numbers in ([1, 2, 3], [4], [5, 6]):
        batch = book.batch([(n, make_entry(n)) for n in numbers])
        for row, stored in zip(rows(batch), batch.journal, strict=True):
            assert row.seq == head.seq + 1
            assert stored[-2:] == (head.hash, link(head.hash, row))
            head = Head(row.seq, link(head.hash, row))
        book.settled(batch)
    assert (book.head, book.n) == (head, 6)


def test_a_batch_that_was_not_settled_moves_nothing() -> None:
    book = ledger()
    first, again = (book.batch([(1, make_entry(1))]) for _ in range(2))
    assert (again.journal, again.head, again.n) == (first.journal, first.head, first.n)


def test_whom_a_report_is_about_and_who_acted_are_hashed_and_no_other_id_is() -> None:
    entries = [
        make_entry(1, kind="report", user="bob", ref="ann-the-user"),
        make_entry(2, kind="acted", user="", by="platform:ann-the-user"),
        make_entry(3, kind="command", user="", by="server-1", ref="c1"),
        make_entry(4, kind="answer", user="", subject="0" * 32),
    ]
    about, acted, command, answer = rows(ledger().batch(list(enumerate(entries, 1))))
    hashed = NAMES.subject("acme", "ann-the-user")
    assert (about.ref, about.user) == (hashed, NAMES.subject("acme", "bob"))
    assert acted.by == f"platform:{hashed}"
    assert (command.by, command.ref) == ("server-1", "c1")
    assert answer.user == "0" * 32


@given(st.lists(st.integers(1, 9), max_size=12))
def test_an_entry_sent_again_is_written_once(numbers: list[int]) -> None:
    book, written = ledger(), 0
    for n in numbers:
        batch = book.batch([(n, make_entry(n))])
        assert len(batch.journal) == (1 if n > written else 0)
        written = max(written, n)
        book.settled(batch)


def test_the_journal_names_no_user_and_holds_no_content() -> None:
    mute = Action(Target("user", "lobby", "ann-the-user"), "mute", 60.0)
    removal = Action(Target("message", "lobby", "m0", 0), "remove")
    entry = make_entry(
        1, user="ann-the-user", actions=(mute, removal), evidence=Evidence("shout", "Ann Name")
    )
    batch = ledger().batch([(1, entry)])
    (row,) = rows(batch)
    stored = repr(batch.journal)
    assert not [word for word in ("ann-the-user", "shout", "Ann Name") if word in stored]
    assert not [word for word in ("shout", "Ann Name") if word in repr(batch)]
    hashed = NAMES.subject("acme", "ann-the-user")
    assert row.user == hashed
    assert msgspec.json.decode(row.actions, type=tuple[Action, ...]) == (
        Action(Target("user", "lobby", hashed), "mute", 60.0),
        removal,
    )
    assert row.content == NAMES.content("shout")


def test_what_stands_beside_fits_its_table() -> None:
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    entry = make_entry(
        1,
        at=100.0,
        rev=2,
        user="ann",
        evidence=Evidence("text", "Ann", 50.0, True, b"verdict"),
        hold=HoldRow("held text", 160.0, "Ann"),
        commands=(CommandRow("c1", 4, mute, 130.0, "because", "node", 105.0),),
        ends=(CommandEnd("c0", "failed", "server-1", "no such user"),),
        hold_end=HoldEnd("denied", "moderator"),
    )
    batch = ledger().batch([(1, entry)])
    evidence = dict(zip(COLUMNS["evidence"], batch.evidence[0], strict=True))
    assert evidence["user"] == NAMES.subject("acme", "ann")
    assert (evidence["created"], evidence["expires"], evidence["legal_hold"]) == (100.0, 150.0, 1)
    place = ("acme", "m1", 2)
    assert SEAL.open(evidence["sealed"], place) == Content("text", "Ann", b"verdict")  # type: ignore[arg-type]
    hold = dict(zip(COLUMNS["holds"], batch.holds[0], strict=True))
    assert (hold["id"], hold["rev"], hold["user"]) == ("m1", 2, "ann")
    assert SEAL.open(hold["sealed"], place) == Content("held text", "Ann")  # type: ignore[arg-type]
    assert (hold["created"], hold["expires"], hold["outcome"]) == (100.0, 160.0, None)
    command = dict(zip(COLUMNS["commands"], batch.commands[0], strict=True))
    assert (command["id"], command["kind"], command["target"]) == ("c1", "mute", "ann")
    assert (command["for_s"], command["expires"], command["event"]) == (60.0, 130.0, "m1")
    assert (command["node"], command["leased"], command["sent"]) == ("node", 105.0, None)
    assert batch.ends == [("failed", "server-1", "no such user", 100.0, "acme", "c0")]
    assert batch.hold_ends == [("denied", "moderator", 100.0, 100.0, "acme", "m1", 2)]


def test_what_stands_from_now_on_fits_its_table() -> None:
    entry = make_entry(
        1,
        at=100.0,
        rev=2,
        user="ann",
        labels=(LabelRow("user", "lobby", "ann", "muted", 160.0, "why", "harassment", "mod"),),
        strikes=StrikeRow(3, "rule"),
        strike_ends=(StrikeEnd("bob", "m0", 1),),
        cases=(CaseRow("case", "open", "operations", "p2", "verdict", "m1", "why"),),
    )
    batch = ledger().batch([(1, entry)], now=500.0)
    label = dict(zip(COLUMNS["labels"], batch.labels[0], strict=True))
    assert (label["tenant"], label["id"], label["label"]) == ("acme", "ann", "muted")
    assert (label["until"], label["because"], label["category"]) == (160.0, "why", "harassment")
    assert (label["by"], label["event"], label["rev"]) == ("mod", "m1", 2)
    # It may have lain in the spill: who polls for changes must see it all the same.
    assert (label["set_at"], label["ended"], label["changed"]) == (100.0, False, 500.0)
    strikes = dict(zip(COLUMNS["strikes"], batch.strikes[0], strict=True))
    assert (strikes["user"], strikes["at"], strikes["strikes"]) == ("ann", 100.0, 3)
    assert (strikes["ended"], strikes["changed"]) == (False, 500.0)
    assert batch.strike_ends == [(500.0, "acme", "bob", "m0", 1)]
    case = dict(zip(COLUMNS["case_lines"], batch.case_lines[0], strict=True))
    assert (case["id"], case["state"], case["about"]) == ("case", "open", "verdict")
    assert (case["at"], case["ref"], case["room"]) == (100.0, "m1", "lobby")


@given(st.sampled_from(["room", "user", "event", "ref", "rule"]), st.text("a\0\\u", max_size=9))
def test_no_column_holds_what_postgresql_cannot(name: str, text: str) -> None:
    command = CommandRow(f"c{text}", 1, Action(Target("user", "r", f"u{text}"), "mute"), 9.0)
    label = LabelRow("user", "", f"u{text}", "muted", None, because=text)
    entry = make_entry(
        1, **{name: f"x{text}"}, commands=(command,), labels=(label,), evidence=Evidence(text)
    )
    batch = ledger().batch([(1, entry)])
    tables = (batch.journal, batch.commands, batch.labels)
    assert not [each for rows_ in tables for row in rows_ for each in row if "\0" in str(each)]
    (row,) = rows(batch)
    if name != "user":
        assert getattr(row, name) == f"x{text}".replace("\0", "\u2400")
    else:
        assert row.user == NAMES.subject("acme", f"x{text}".replace("\0", "\u2400"))
    ((*key, _, sealed, _, _, _),) = batch.evidence
    assert isinstance(sealed, bytes)
    assert SEAL.open(sealed, (str(key[0]), str(key[1]), 0)).text == text


def test_a_negative_zero_is_hashed_as_it_will_be_read() -> None:
    (row,) = rows(ledger().batch([(1, make_entry(1, score=-0.0, ms_total=-0.0))]))
    assert str(row.score) == str(row.ms_total) == "0.0"


def test_a_row_has_every_field() -> None:
    assert len(ledger().batch([(1, make_entry(1))]).journal[0]) == len(FIELDS) + 2
