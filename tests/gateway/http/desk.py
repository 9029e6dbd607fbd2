"""The whole HTTP API over a real record: cases, evidence, people, and a decider of a test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert

from gateway.cases.desk import CaseDesk
from gateway.http.answered import AnsweredCalls
from gateway.http.parts import Parts
from gateway.http.signing_in import DESK, PeopleDesk
from gateway.metrics import Metrics
from gateway.people.people import People
from gateway.record.database import writing
from gateway.record.kept import KeptEvidence
from gateway.record.schema import evidence, journal
from gateway.record.seal import Content, Seal
from gateway.record.secret import load_secret
from gateway.record.where import Where
from gateway.refusal import conflict, unknown
from gateway.roles import PERMISSIONS, Actor, Rights, Role
from gateway.shapes.cases import (
    BulkBody,
    BulkPreview,
    BulkPreviewBody,
    CaseLine,
    Choice,
    DecideBody,
    DecisionLine,
    DecisionPage,
    DecisionShown,
    Effect,
    Preview,
    UserView,
)
from gateway.shapes.people import ModeratorBody, SignInBody
from gateway.shapes.rooms import ActBody
from gateway.state.wake import Wake
from seawall import wire
from tests.gateway.cases.making import AT, Work, make_line
from tests.gateway.http.others import Day, Library, Nukes, OneSaid
from tests.gateway.http.serving import ask, serving

__all__ = ["TENANT", "Decider", "Front", "Record", "fronting"]

TENANT = "t"
_ROWS = count(1)
_NOTHING = DecisionLine("", "", AT, "", "", "", "applied", 0, 0, 0, "", None)


class Decider:
    """Decides one thing: that a case is closed."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.decided = 0

    async def offer(self, actor: Actor, case: CaseLine) -> list[Choice]:
        return [Choice("close", "c", [Effect("close", "message", 0)], restricts=False)]

    async def preview(self, actor: Actor, case: str, choice: str, for_s: float | None) -> Preview:
        line = await asyncio.to_thread(self._work.store.find, actor.tenant, case)
        return Preview("", choice, [], line.users, line.members, 1, 0, [])

    async def decide(self, actor: Actor, case: str, body: DecideBody) -> DecisionShown:
        line = await asyncio.to_thread(self._work.store.find, actor.tenant, case)
        if line.state == "decided":
            raise conflict("already_decided", f"{line.decided_by} was first", line)
        self.decided += 1
        name = f"d{self.decided}"
        await asyncio.to_thread(self._settle, actor, case, body.choice, name)
        return _shown(name, case, actor.name, body.choice)

    async def preview_bulk(self, actor: Actor, body: BulkPreviewBody) -> BulkPreview:
        return BulkPreview("", 0, Preview("", body.choice, [], 0, 0, 0, 0, []), {})

    async def decide_bulk(self, actor: Actor, body: BulkBody) -> list[DecisionShown]:
        return []

    async def undo(self, actor: Actor, decision: str, reason: str) -> DecisionShown:
        raise unknown("decision")

    async def act(self, actor: Actor, room: str, body: ActBody) -> DecisionShown:
        return _shown("d0", "", actor.name, body.kind)

    async def search(self, actor: Actor, **asked: Any) -> DecisionPage:  # see parts.Deciding
        return DecisionPage([])

    async def find(self, actor: Actor, decision: str) -> DecisionShown:
        raise unknown("decision")

    async def user(self, actor: Actor, user: str) -> UserView:
        return UserView(user, "", 0.0, [], {}, [], 0, 0, None)

    def _settle(self, actor: Actor, case: str, choice: str, name: str) -> None:
        with writing(self._work.engine) as connection:
            self._work.store.settle(connection, actor.tenant, case, actor.name, choice, name, AT)


class Record:
    """A record that is written as the writer would."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.work = Work(where)
        self._seal = Seal(load_secret(where.data))

    def close(self) -> None:
        self.work.close()

    def keep(
        self,
        event: str,
        text: str,
        told: wire.Verdict | wire.Finding | None = None,
        still: bytes = b"",
        category: str = "scam.phishing",
    ) -> None:
        """Keep the evidence of an event, as the writer would."""
        told_as = b"" if told is None else msgspec.json.encode(told)
        blob = self._seal.seal(Content(text, "Ann", told_as, still), (TENANT, event, 0))
        with writing(self.work.engine) as connection:
            kept = {"tenant": TENANT, "id": event, "rev": 0, "sealed": blob, "created": AT}
            kept |= {"expires": AT + 60, "legal_hold": False}
            connection.execute(insert(evidence).values(**kept, **_rest(evidence, kept)))
            about: dict[str, Any] = {"tenant": TENANT, "event": event, "rev": 0, "kind": "verdict"}
            about |= {"category": category, "seq": next(_ROWS)}
            about["n"] = about["seq"]
            connection.execute(insert(journal).values(**about, **_rest(journal, about)))


class Front(Record):
    """An API that serves, and the record behind it."""

    def __init__(self, where: Where, people: People) -> None:
        super().__init__(where)
        self.port = 0
        self.people = people

    def opened(self, **changes: Any) -> CaseLine:  # as make_line takes them
        """Return a case that one line has opened."""
        return self.work.opened(**({"tenant": TENANT, **changes}))

    def joined(self, number: int, **changes: Any) -> None:  # as make_line takes them
        """Put as many lines, and let them be taken."""
        lines = [make_line(**({"tenant": TENANT, **changes})) for _ in range(number)]
        self.work.put(*lines)
        self.work.take()

    async def sign_in(self, name: str, *roles: Role) -> dict[str, str]:
        """Make an account and sign in; return the headers of its requests."""
        rights = Rights(frozenset(PERMISSIONS))
        boss = Actor(TENANT, "boss", "mod-0", ("admin",), rights, via="key")
        made = await self.people.admin.add(boss, ModeratorBody(name, list(roles)))
        body = SignInBody(TENANT, name, made.password)
        status, shown, answer = await ask(self.port, "/v1/session", "POST", "", body)
        assert status == 200, shown
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": cookie, "X-Seawall-CSRF": shown["csrf"]}

    async def audited(self, what: str = "") -> list[tuple[str, str, str]]:
        """Return who did what to what, the oldest first."""
        page = await self.people.audit.page(TENANT, what=what or None, limit=200)
        return [(line.who, line.what, line.target) for line in reversed(page.items)]


@asynccontextmanager
async def fronting(
    data: Path,
    parts: Mapping[str, Any] | None = None,  # fields of Parts
    **told: Any,  # fields of Context
) -> AsyncIterator[Front]:
    """Serve everything there is over a record in a folder."""
    where = Where.of(data)
    people, answered = People(where, Wake()), AnsweredCalls(where)
    front = Front(where, people)
    kept = KeptEvidence(where)
    await people.load()
    usual: dict[str, Any] = {
        "audit": people.audit,
        "desk": CaseDesk(front.work.store, Metrics()),
        "deciding": Decider(front.work),
        "evidence": kept,
        "nuking": Nukes(),
        "overviews": Day(),
        "policies": Library(),
        "talk": OneSaid(),
    }
    desk = PeopleDesk(people, lambda tls, host: f"{'wss' if tls else 'ws'}://{host}/console")
    try:
        all_parts = Parts(**(usual | dict(parts or {})))
        told = {"parts": all_parts, "answered": answered, "extra": ((DESK, desk),), **told}
        async with serving(**told) as port:
            front.port = port
            yield front
    finally:
        for each in (kept, answered, front):
            each.close()
        await people.close()


def _shown(name: str, case: str, by: str, choice: str) -> DecisionShown:
    line = msgspec.structs.replace(_NOTHING, id=name, case=case, by=by, choice=choice)
    return DecisionShown(line, [])


def _rest(table: Any, given: dict[str, Any]) -> dict[str, Any]:  # a table's columns, of any type
    """Return something for each column of a table that is not given and must be."""
    return {
        column.name: column.type.python_type()
        for column in table.columns
        if column.name not in given and not column.nullable
    }
