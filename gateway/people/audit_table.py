"""The audit in the record: lines added and found, never changed. Blocking: call it in a thread."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Row as SqlRow, and_, delete, insert, or_, select

from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema_people import audit
from gateway.refusal import Refused
from gateway.roles import Actor
from gateway.shapes.people import AuditLine, AuditPage

__all__ = ["AuditTable", "Row", "row_of"]

Row = dict[str, str | float]

_A = audit.c
_COLUMNS = [_A[name] for name in AuditLine.__struct_fields__]
_DETAIL = msgspec.json.Decoder(dict[str, str])
_PLACE = msgspec.json.Decoder(tuple[float, str])
_MOST_CHARACTERS = 256
_MOST_DETAILS = 16
_PURGED_AT_ONCE = 1000


def row_of(actor: Actor, what: str, target: str, detail: Mapping[str, str], at: float) -> Row:
    """Make a row: every text cut to 256 characters that any database takes."""
    kept = {name: _plain(value) for name, value in list(detail.items())[:_MOST_DETAILS]}
    return {
        "id": f"a_{secrets.token_hex(12)}",
        "tenant": actor.tenant,
        "at": at,
        "who": _plain(actor.name),
        "via": actor.via,
        "what": _plain(what),
        "target": _plain(target),
        "detail": msgspec.json.encode(kept).decode(),
    }


class AuditTable:
    """The table of the audit. Every call raises RecordUnavailable when the database is away."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    def write(self, rows: Sequence[Row]) -> None:
        """Add lines, all of them durably or none."""
        with writing(self._engine) as connection:
            connection.execute(insert(audit), list(rows))

    def page(
        self,
        tenant: str,
        *,
        who: str | None = None,
        what: str | None = None,
        target: str | None = None,
        since: float | None = None,
        until: float | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """Return lines, the newest first; `what` may end in `.` for all that begin so.

        Raises Refused 400 `bad_cursor`.
        """
        query = select(*_COLUMNS).where(_A.tenant == tenant)
        for column, wanted in ((_A.who, who), (_A.target, target)):
            query = query if wanted is None else query.where(column == wanted)
        if what is not None:
            alike = _A.what.startswith(what, autoescape=True)
            query = query.where(alike if what.endswith(".") else _A.what == what)
        query = query if since is None else query.where(_A.at >= since)
        query = query if until is None else query.where(_A.at < until)
        if cursor is not None:
            at, line = _place(cursor)
            query = query.where(or_(_A.at < at, and_(_A.at == at, _A.id < line)))
        query = query.order_by(_A.at.desc(), _A.id.desc()).limit(limit + 1)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        lines = [_line(row) for row in rows[:limit]]
        more = len(rows) > limit
        return AuditPage(lines, _cursor(lines[-1]) if more else None)

    def purge(self, before: float) -> int:
        """Delete some of what is older than a time; return how many, 0 when none is left."""
        old = select(_A.id).where(_A.at < before).limit(_PURGED_AT_ONCE)
        with writing(self._engine) as connection:
            return connection.execute(delete(audit).where(_A.id.in_(old))).rowcount

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _line(row: SqlRow[Any]) -> AuditLine:
    values = dict(row._mapping)
    return AuditLine(**{**values, "detail": _DETAIL.decode(values["detail"])})


def _cursor(line: AuditLine) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((line.at, line.id))).decode().rstrip("=")


def _place(cursor: str) -> tuple[float, str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return _PLACE.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, "bad_cursor", "cursor: take `next` of the page before") from error


def _plain(text: str) -> str:
    """Keep what both databases can: no lone surrogates."""
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode()
