"""What is known of a person is shown, erased or kept for the law, and the chains stay whole."""

from __future__ import annotations

import json
from contextlib import closing

import msgspec
import pytest
from sqlalchemy import BigInteger, Boolean, Double, LargeBinary, Table, Text, insert

from gateway.record import schema_cases
from gateway.record.chain import Head
from gateway.record.database import open_engine, writing
from gateway.record.entry import (
    CaseRow,
    CommandEnd,
    CommandRow,
    Entry,
    Evidence,
    HoldEnd,
    HoldRow,
    LabelRow,
    StrikeRow,
)
from gateway.record.ledger import Ledger
from gateway.record.seal import Content, Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.spill import FOLDER
from gateway.record.storage import open_store
from gateway.record.subject import erase, export, legal_hold
from gateway.record.verify import verify
from gateway.record.where import Where
from seawall.actions import Action, Target
from seawall.errors import ConfigError
from tests.gateway.record.making import change, make_entry, query

ANN, BOB = "ann-the-user", "bob"
MUTE = Action(Target("user", "lobby", ANN), "mute", 60.0)


def about(number: int, user: str) -> Entry:
    """Build an entry that leaves something of a user in every table."""
    target = Action(Target("user", "lobby", user), "mute", 60.0)
    return make_entry(
        number,
        user=user,
        evidence=Evidence(f"shout {number}", f"{user} name", verdict=b'{"said":1}'),
        hold=HoldRow(f"shout {number}", 4e9 + 900, f"{user} name"),
        commands=(CommandRow(f"c{number}", number, target, 5e9, "because"),),
        labels=(LabelRow("user", "lobby", user, "muted", None),),
        strikes=StrikeRow(2, "rule"),
        cases=(
            CaseRow(
                f"case-{number}", "open", "operations", "p2", "command", f"c{number}",
                name=f"{user} name", alike=f"u-{user}",
            ),
            CaseRow(f"report-{number}", "open", "reports", "p2", "report", user, user=""),
        ),
    )  # fmt: skip


def stand(where: Where, user: str) -> None:
    """Leave a user in the tables of people's work, as a case desk does."""
    place = ("acme", f"case of {user}")
    content = Content(f"{user} said so", f"{user} name")
    sealed = Seal(load_secret(where.data)).seal(content, ("acme", f"said by {user}", 0))
    desk: list[tuple[Table, dict[str, object]]] = [
        (schema_cases.cases, {"id": place[1], "state": "open", "open": True, "user": user,
                              "name": f"{user} name", "alike": f"u-{user}"}),
        (schema_cases.case_members, {"case": place[1], "line": "l", "about": "verdict",
                                     "user": user, "name": f"{user} name"}),
        (schema_cases.case_members, {"case": place[1], "line": "r", "about": "report",
                                     "ref": user}),
        (schema_cases.case_context, {"case": place[1], "event": f"said by {user}", "user": user,
                                     "sealed": sealed}),
        (schema_cases.decision_parts, {"decision": f"d-{user}", "n": 1, "state": "done",
                                       "target_kind": "user", "target": user}),
        (schema_cases.decision_parts, {"decision": f"d-{user}", "n": 2, "state": "done",
                                       "target_kind": "message", "target": "m1"}),
    ]  # fmt: skip
    engine = open_engine(where)
    try:
        with writing(engine) as connection:
            for table, values in desk:
                connection.execute(insert(table), _empty(table) | {"tenant": "acme"} | values)
    finally:
        engine.dispose()


def _empty(table: Table) -> dict[str, object]:
    """Return a row with nothing in it."""
    kinds = {Text: "", BigInteger: 0, Double: 0.0, Boolean: False, LargeBinary: b""}
    return {
        column.name: kinds[type(column.type)] for column in table.columns if not column.nullable
    }


@pytest.fixture
def known(where: Where) -> Where:
    """Leave two messages of Ann, one of them settled, and one of Bob."""
    ended = make_entry(
        4,
        event="m1",
        evidence=None,
        hold_end=HoldEnd("denied", "moderator"),
        ends=(CommandEnd("c1", "done", "server"),),
    )
    entries = [about(1, ANN), about(2, ANN), about(3, BOB), ended]
    secret = load_secret(where.data)
    with closing(open_store(where)) as store:
        ledger = Ledger("w" * 32, Head(), 0, Pseudonyms(secret), Seal(secret))
        store.commit(ledger.batch(list(enumerate(entries, 1))))
    return where


def test_an_export_shows_all_of_one_person_and_nothing_of_another(known: Where) -> None:
    found = json.loads(msgspec.json.encode(export(known, "acme", ANN)))
    assert [row["event"] for row in found["journal"]] == ["m1", "m2"]
    assert [row["text"] for row in found["evidence"]] == ["shout 1", "shout 2"]
    assert found["evidence"][0]["verdict"] == '{"said":1}'
    assert [(row["text"], row["name"]) for row in found["holds"]] == [
        (f"shout {n}", "ann-the-user name") for n in (1, 2)
    ]
    assert [row["label"] for row in found["labels"]] == ["muted"]
    assert [row["strikes"] for row in found["strikes"]] == [2, 2]
    assert sorted(row["id"] for row in found["commands"]) == ["c1", "c2"]
    assert sorted(row["ref"] for row in found["cases"]) == [ANN, ANN, "c1", "c2"]
    assert "bob" not in json.dumps(found)
    assert export(known, "another", ANN)["journal"] == []


def everything(where: Where) -> str:
    tables = (
        *("evidence", "holds", "labels", "strikes", "commands", "case_lines", "journal"),
        *("cases", "case_members", "case_context", "decision_parts"),
    )
    return repr([query(where, f"SELECT * FROM {table}") for table in tables])


def test_erasing_leaves_nothing_but_what_is_under_way_and_the_chain_whole(known: Where) -> None:
    erased = erase(known, "acme", ANN, "dpo@example.com")
    assert (erased.evidence, erased.holds, erased.labels, erased.strikes) == (2, 1, 1, 2)
    assert (erased.commands, erased.open_commands) == (1, 1)
    assert (erased.open_holds, erased.kept_by_law) == (1, 0)
    again = export(known, "acme", ANN)
    assert (again["evidence"], again["holds"], again["labels"]) == ([], [], [])
    assert [row["target"] for row in again["commands"] if row["outcome"] is None] == [ANN]
    assert verify(known).whole
    noted = query(known, "SELECT kind, action, \"by\" FROM journal WHERE kind = 'subject'")
    assert noted == [("subject", "erase", "dpo@example.com")]
    assert [row["text"] for row in export(known, "acme", BOB)["evidence"]] == ["shout 3"]


def test_when_nothing_is_under_way_no_table_names_the_person(known: Where) -> None:
    secret = load_secret(known.data)
    with closing(open_store(known)) as store:
        head, n = store.last("w" * 32)
        ledger = Ledger("w" * 32, head, n, Pseudonyms(secret), Seal(secret))
        end = make_entry(5, evidence=None, user="", ends=(CommandEnd("c2", "done", "server"),))
        store.commit(ledger.batch([(n + 1, end)]))
    stand(known, BOB)
    assert erase(known, "acme", ANN, "dpo").open_commands == 0
    assert ANN not in everything(known)
    assert BOB in everything(known)
    assert verify(known).whole


def test_cases_are_shown_and_then_name_nobody(known: Where) -> None:
    for user in (ANN, BOB):
        stand(known, user)
    found = json.loads(msgspec.json.encode(export(known, "acme", ANN)))
    assert [row["id"] for row in found["standing_cases"]] == [f"case of {ANN}"]
    assert [row["line"] for row in found["case_members"]] == ["l", "r"]
    assert [row["text"] for row in found["case_context"]] == [f"{ANN} said so"]
    assert [row["n"] for row in found["decision_parts"]] == [1]
    assert "bob" not in json.dumps(found)
    change(known, "UPDATE decision_parts SET state = 'planned' WHERE target = ?", ANN)
    erased = erase(known, "acme", ANN, "dpo")
    assert (erased.cases, erased.open_parts) == (4 + 2 + 1 + 1, 1)
    assert query(known, "SELECT version FROM cases ORDER BY id") == [(1,), (0,)]
    change(known, "UPDATE decision_parts SET state = 'done' WHERE target = ?", ANN)
    assert erase(known, "acme", ANN, "dpo").open_parts == 0
    left = export(known, "acme", ANN)
    for name in ("standing_cases", "case_members", "case_context", "decision_parts"):
        assert left[name] == []
    other = export(known, "acme", BOB)
    assert [row["name"] for row in other["standing_cases"]] == [f"{BOB} name"]
    assert len(other["case_context"]) == 1


def test_what_the_law_keeps_is_not_erased_until_it_is_released(known: Where) -> None:
    assert legal_hold(known, "acme", event="m1", on=True, by="counsel") == 1
    erased = erase(known, "acme", ANN, "dpo")
    assert (erased.evidence, erased.kept_by_law) == (1, 1)
    assert legal_hold(known, "acme", user=ANN, on=False, by="counsel") == 1
    assert erase(known, "acme", ANN, "dpo").evidence == 1
    assert legal_hold(known, "acme", user="nobody", on=True, by="counsel") == 0
    assert verify(known).whole
    actions = query(known, "SELECT action FROM journal WHERE kind = 'subject' ORDER BY at")
    assert [action for (action,) in actions] == ["hold", "erase", "release", "erase", "hold"]


def test_a_hold_names_a_user_or_a_message(known: Where) -> None:
    for wrong in ({}, {"user": ANN, "event": "m1"}):
        with pytest.raises(ConfigError, match="either a user or a message"):
            legal_hold(known, "acme", on=True, by="counsel", **wrong)


@pytest.mark.parametrize("name", ["a.spill", "a.damaged"])
def test_while_entries_wait_elsewhere_erasing_is_refused(known: Where, name: str) -> None:
    folder = known.data / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "b.spill").touch()
    (folder / name).write_bytes(b"entries")
    with pytest.raises(ConfigError, match=name):
        erase(known, "acme", ANN, "dpo")
    assert len(export(known, "acme", ANN)["evidence"]) == 2
