"""What the record holds of one person: shown, erased, or kept for the law.

1. The journal knows people by keyed hashes and keeps no content, so erasing leaves its chains as
   they are; each call here adds a row of kind `subject` in a chain of its own, before it acts.
2. Erasing does not reach what is not in the database yet: while entries wait in this data folder's
   spill it is refused.
3. An open hold keeps its place, without content or name, so that it still ends; a command that is
   under way keeps its target, and so does a part of a decision that is still planned. All are told,
   and are gone when erased again after their end.
4. Clips of streams go with their evidence; those in another gateway's folder are swept up by it.
5. A gateway that runs keeps labels and strikes in memory until it is started anew.
6. Cases stay, for what was decided in them: they lose name and id, and what was said around them.
7. What others wrote in reports of a person is about that person: it is shown and erased with them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from msgspec import Struct, to_builtins
from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Table,
    Update,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)

from gateway.record import schema, schema_cases
from gateway.record.chain import FIELDS, Head
from gateway.record.clips import Clips, Key
from gateway.record.database import Where, as_where, open_engine, reading, writing
from gateway.record.entry import PLATFORM, Entry
from gateway.record.ledger import Ledger
from gateway.record.seal import Content, Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.spill import FOLDER
from gateway.record.storage import open_store
from seawall.errors import ConfigError
from seawall.taxonomy import CATEGORY_NAMES

__all__ = ["Erased", "erase", "export", "legal_hold"]

_SOME = 500


class Erased(Struct, frozen=True):
    """How many rows were erased, and how many could not be: for the law, or being under way."""

    evidence: int
    holds: int
    labels: int
    strikes: int
    commands: int
    kept_by_law: int
    open_holds: int
    open_commands: int
    clips: int = 0
    cases: int = 0
    """Rows about cases that no longer name the user, or are gone."""
    open_parts: int = 0


class _Person:
    """One user of one tenant, and the tables' rows about them."""

    def __init__(self, where: Where, tenant: str, user: str) -> None:
        secret = load_secret(where.data)
        self.where, self.tenant, self.user = where, tenant, user
        self.names, self.seal = Pseudonyms(secret), Seal(secret)
        self.clips = Clips(where.data, secret)
        self.hashed = self.names.subject(tenant, user)
        log, kept = schema.journal, schema.evidence
        self.by, self.by_hashed = PLATFORM + user, PLATFORM + self.hashed
        self.reported = self.of(log, kind="report", ref=self.hashed)
        self.reports = select(log.c.event).where(self.of(log, kind="report", user=self.hashed))
        """Ids of the reports that the user made."""
        about = kept.c.id.in_(select(log.c.event).where(self.reported)) & (kept.c.rev == 0)
        self.evidence = self.of(kept) & ((kept.c.user == self.hashed) | about)
        acted = self.of(log, by=self.by_hashed)
        self.journal = or_(self.of(log, user=self.hashed), self.reported, acted)
        self.holds = self.of(schema.holds, user=user)
        self.labels = self.of(schema.labels, kind="user", id=user)
        self.strikes = self.of(schema.strikes, user=user)
        self.commands = self.of(schema.commands, target_kind="user", target=user)
        self.case_lines = self._in_case(schema.case_lines)
        self.cases = self.of(schema_cases.cases, user=user)
        self.case_members = self._in_case(schema_cases.case_members)
        self.case_context = self.of(schema_cases.case_context, user=user)
        self.parts = self.of(schema_cases.decision_parts, target_kind="user", target=user)

    def of(self, table: Table, **values: str) -> ColumnElement[bool]:
        """Return the condition of the tenant's rows with these values."""
        return and_(table.c.tenant == self.tenant, *(table.c[k] == v for k, v in values.items()))

    def _in_case(self, table: Table) -> ColumnElement[bool]:
        """Return the condition of lines about the user, or about reports of them."""
        reported = self.of(table, about="report", ref=self.user)
        return or_(self.of(table, user=self.user), reported)

    def in_report(self, table: Table) -> ColumnElement[bool]:
        """Return the condition of lines about reports of the user, or by them."""
        named = or_(table.c.ref == self.user, table.c.event.in_(self.reports))
        return self.of(table, about="report") & named

    def note(self, action: str, by: str, event: str = "") -> None:
        """Add a row to the journal, in a chain of one row. Raises RecordUnavailable."""
        entry = Entry("subject", self.tenant, event, time.time(), action, user=self.user, by=by)
        ledger = Ledger(uuid4().hex, Head(), 0, self.names, self.seal)
        with closing(open_store(self.where)) as store:
            batch = ledger.batch([(1, entry)], entry.at)
            store.commit(batch)
            store.publish(ledger.writer, batch.head, entry.at)


def export(where: Where | Path, tenant: str, user: str) -> dict[str, Any]:  # what JSON takes
    """Return all that is known of a user, by table, content opened.

    Raises ConfigError when there is no record or its secret is another one.
    """
    person = _Person(as_where(where), tenant, user)
    with _connected(person.where) as engine, reading(engine) as connection:
        journal = _rows(connection, schema.journal, person.journal)
        events = {row["event"] for row in journal if row["event"]}
        about = [*_rows(connection, schema.commands, person.commands)]
        about += _among(connection, schema.commands, tenant, "event", events)
        commands = {row["id"]: row for row in about}
        refs = events | commands.keys()
        found: dict[str, Any] = {
            "tenant": tenant,
            "user": user,
            "hash": person.hashed,
            "journal": [{k: row[k] for k in FIELDS} for row in journal],
            "evidence": _evidence(connection, person),
            "holds": _opened(connection, schema.holds, person.holds, person.seal),
            "labels": _rows(connection, schema.labels, person.labels),
            "strikes": _rows(connection, schema.strikes, person.strikes),
            "commands": list(commands.values()),
            "cases": _case_lines(connection, person, refs),
            "standing_cases": _rows(connection, schema_cases.cases, person.cases),
            "case_members": _rows(connection, schema_cases.case_members, person.case_members),
            "case_context": _said_around(connection, person),
            "decision_parts": _rows(connection, schema_cases.decision_parts, person.parts),
        }
    return found


def erase(where: Where | Path, tenant: str, user: str, by: str) -> Erased:
    """Erase a user's content and everything that bears their id; `by` is who ordered it.

    Raises ConfigError while entries wait in the spill, RecordUnavailable.
    """
    where = as_where(where)
    _refuse_spill(where.data)
    person = _Person(where, tenant, user)
    person.note("erase", by)
    evidence, commands = schema.evidence.c, schema.commands.c
    under_way = person.commands & commands.outcome.is_(None) & (commands.expires > time.time())
    goes = person.evidence & ~evidence.legal_hold
    with _connected(where) as engine, writing(engine) as connection:
        keys = select(evidence.tenant, evidence.id, evidence.rev).where(goes)
        events: list[Key] = [(row.tenant, row.id, row.rev) for row in connection.execute(keys)]
        gone = delete(schema.evidence).where(goes)
        ended = delete(schema.holds).where(person.holds, schema.holds.c.outcome.is_not(None))
        done = or_(commands.outcome.is_not(None), commands.expires <= time.time())
        rename = update(schema.commands).where(person.commands, done)
        erased = Erased(
            evidence=_changed(connection, gone),
            holds=_changed(connection, ended),
            labels=_changed(connection, delete(schema.labels).where(person.labels)),
            strikes=_changed(connection, delete(schema.strikes).where(person.strikes)),
            commands=_changed(connection, rename.values(target=person.hashed)),
            kept_by_law=_count(connection, schema.evidence, person.evidence),
            open_holds=_empty_holds(connection, person),
            open_commands=_count(connection, schema.commands, under_way),
            cases=_forget_reasons(connection, person) + _forget_in_cases(connection, person),
            open_parts=_count(connection, schema_cases.decision_parts, person.parts),
        )
        for table in (schema.labels, schema.commands, schema.holds):
            theirs = update(table).where(table.c.tenant == tenant, table.c.by == person.by)
            connection.execute(theirs.values(by=person.by_hashed))
    # After the rows: a clip whose row stayed would be lost, one whose row is gone is swept up.
    return replace(erased, clips=sum(person.clips.delete(event) for event in events))


def legal_hold(
    where: Where | Path, tenant: str, *, user: str = "", event: str = "", on: bool, by: str
) -> int:
    """Keep evidence of a user or a message from being deleted, or let it go; return the pieces.

    It is about what is there now. Raises ConfigError unless just one of the two is named.
    """
    if bool(user) == bool(event):
        raise ConfigError("name either a user or a message")
    person = _Person(as_where(where), tenant, user)
    person.note("hold" if on else "release", by, event)
    table = schema.evidence
    wanted = person.evidence if user else (table.c.tenant == tenant) & (table.c.id == event)
    with _connected(person.where) as engine, writing(engine) as connection:
        return _changed(connection, update(table).where(wanted).values(legal_hold=on))


def _refuse_spill(data: Path) -> None:
    folder = data / FOLDER
    for path in sorted([*folder.glob("*.spill"), *folder.glob("*.damaged")]):
        if path.stat().st_size:
            what = (
                "holds entries that could not be read: replay or delete it"
                if path.suffix == ".damaged"
                else "holds entries that are not in the database yet: wait until it is empty"
            )
            raise ConfigError(f"{path}: {what}, then erase")


@contextmanager
def _connected(where: Where) -> Iterator[Any]:  # an Engine, which reading and writing take
    engine = open_engine(where)
    try:
        yield engine
    finally:
        engine.dispose()


def _changed(connection: Connection, statement: Delete | Update) -> int:
    done: CursorResult[Any] = connection.execute(statement)  # rows are not looked at
    return done.rowcount


def _count(connection: Connection, table: Table, wanted: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(wanted)).scalar_one()


def _empty_holds(connection: Connection, person: _Person) -> int:
    """Take content and name out of holds that are open."""
    table = schema.holds
    keys = connection.execute(select(table.c.id, table.c.rev).where(person.holds)).all()
    for key in keys:
        nothing = person.seal.seal(Content(""), (person.tenant, key.id, key.rev))
        one = person.holds & (table.c.id == key.id) & (table.c.rev == key.rev)
        connection.execute(update(table).where(one).values(sealed=nothing, user=person.hashed))
    return len(keys)


def _forget_reasons(connection: Connection, person: _Person) -> int:
    """Take what reports by or about a person gave as reason in words of their own out of cases."""
    lines, cases, members = schema.case_lines, schema_cases.cases, schema_cases.case_members
    reported = cases.c.id.in_(select(members.c.case).where(person.in_report(members)))
    touched = {"changed": time.time(), "version": cases.c.version + 1}
    done = 0
    for table, mine, more in (
        (lines, person.in_report(lines), {}),
        (cases, person.of(cases, about="report") & reported, touched),
    ):
        worded = table.c.because.not_in(("", *CATEGORY_NAMES))
        values: dict[str, Any] = {"because": "", **more}  # columns, or expressions
        done += _changed(connection, update(table).where(mine, worded).values(values))
    named = select(members.c.case).where(person.of(members, about="report", ref=person.user))
    mine = person.of(cases, about="report") & cases.c.id.in_(named)
    connection.execute(update(cases).where(mine).values(alike=""))  # made of the id, without a key
    return done


def _forget_in_cases(connection: Connection, person: _Person) -> int:
    """Take id and name out of all about cases; what others may still need keeps its place."""
    done = 0
    for table, mine in (
        (schema.case_lines, person.case_lines),
        (schema_cases.case_members, person.case_members),
    ):
        named, about = table.c.user == person.user, table.c.ref == person.user
        values: dict[str, Any] = {  # columns, or expressions
            "user": case((named, person.hashed), else_=table.c.user),
            "name": case((named, ""), else_=table.c.name),
            "ref": case((about, person.hashed), else_=table.c.ref),
        }
        if table is schema.case_lines:
            values["alike"] = ""  # it is made of the id, without a key
        done += _changed(connection, update(table).where(mine).values(values))
    cases, parts = schema_cases.cases, schema_cases.decision_parts
    nameless = update(cases).where(person.cases)
    changed = {"changed": time.time(), "version": cases.c.version + 1}
    nameless = nameless.values(user=person.hashed, name="", alike="", **changed)
    over = update(parts).where(person.parts, parts.c.state != "planned")
    return (
        done
        + _changed(connection, nameless)
        + _changed(connection, over.values(target=person.hashed))
        + _changed(connection, delete(schema_cases.case_context).where(person.case_context))
    )


def _rows(
    connection: Connection, table: Table, wanted: ColumnElement[bool]
) -> list[dict[str, Any]]:
    order = table.primary_key.columns
    return [
        dict(row._mapping)
        for row in connection.execute(select(table).where(wanted).order_by(*order))
    ]


def _evidence(connection: Connection, person: _Person) -> list[dict[str, Any]]:
    """Read a person's evidence, with what lies here of the clips beside it."""
    found = _opened(connection, schema.evidence, person.evidence, person.seal)
    for row in found:
        clip = person.clips.find((row["tenant"], row["id"], row["rev"]))
        if clip is not None:
            row["clip"] = to_builtins(clip) | {"folder": str(person.clips.path(clip))}
    return found


def _case_lines(connection: Connection, person: _Person, refs: set[str]) -> list[dict[str, Any]]:
    """Read the lines about a person, and those about what happened to them."""
    found = _rows(connection, schema.case_lines, person.case_lines)
    found += _among(connection, schema.case_lines, person.tenant, "ref", refs)
    return list({(row["id"], row["state"]): row for row in found}.values())


def _said_around(connection: Connection, person: _Person) -> list[dict[str, Any]]:
    """Read what a person said around cases of others."""
    table, found = schema_cases.case_context, []
    for row in _rows(connection, table, person.case_context):
        content = person.seal.open(bytes(row.pop("sealed")), _place(row))
        found.append(row | {"text": content.text, "name": content.name})
    return found


def _place(row: dict[str, Any]) -> Key:
    return row["tenant"], row["event"], row["rev"]


def _opened(
    connection: Connection, table: Table, wanted: ColumnElement[bool], seal: Seal
) -> list[dict[str, Any]]:
    """Read rows with their content in place of what is sealed."""
    found = []
    for row in _rows(connection, table, wanted):
        content = seal.open(bytes(row.pop("sealed")), (row["tenant"], row["id"], row["rev"]))
        verdict = content.verdict.decode("utf-8", "replace")
        shown = {"text": content.text, "name": content.name, "verdict": verdict}
        found.append(row | shown | ({"still": content.still} if content.still else {}))
    return found


def _among(
    connection: Connection, table: Table, tenant: str, column: str, values: Iterable[str]
) -> list[dict[str, Any]]:
    found, wanted = [], sorted(values)
    for start in range(0, len(wanted), _SOME):
        some = table.c[column].in_(wanted[start : start + _SOME])
        found += _rows(connection, table, (table.c.tenant == tenant) & some)
    return found
