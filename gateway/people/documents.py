"""What is edited as a whole (roles, rota, channels): every version of it, the newest in force.

Blocking: call it in a thread. Bodies are JSON; what is in them is for whoever edits them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema_people import documents
from gateway.refusal import Refused

__all__ = ["NOTHING", "Document", "Documents"]


class Document(NamedTuple):
    """One version: `by` whom and `at` when (seconds since the epoch) it was written."""

    version: int
    body: str
    by: str
    at: float


NOTHING = Document(0, "", "", 0.0)
"""What is there before anybody wrote anything."""
_D = documents.c
_COLUMNS = [_D[name] for name in Document._fields]


class Documents:
    """The table of documents. Every call raises RecordUnavailable when the database is away."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    def get(self, tenant: str, name: str) -> Document:
        """Return the newest version; NOTHING where there is none."""
        query = select(*_COLUMNS).where(_D.tenant == tenant, _D.name == name)
        with reading(self._engine) as connection:
            row = connection.execute(query.order_by(_D.version.desc()).limit(1)).first()
        return NOTHING if row is None else Document(*row)

    def put(
        self, tenant: str, name: str, body: str, version_expected: int | None, by: str, at: float
    ) -> int:
        """Write the next version and return its number.

        Raises Refused 412 `changed` where the newest is not the expected one (0: none; None: any).
        """
        newest = select(func.max(_D.version)).where(_D.tenant == tenant, _D.name == name)
        with writing(self._engine) as connection:
            found: int = connection.execute(newest).scalar() or 0
            if version_expected is not None and found != version_expected:
                raise _changed(found)
            row = {"tenant": tenant, "name": name, "version": found + 1, "body": body}
            try:
                connection.execute(insert(documents).values(**row, by=by, at=at))
            except IntegrityError as error:  # somebody wrote between our look and our word
                raise _changed(found + 1) from error
        return found + 1

    def newest(self, name: str) -> dict[str, Document]:
        """Return what is in force under this name, by tenant."""
        latest = select(_D.tenant, func.max(_D.version).label("version")).where(_D.name == name)
        top = latest.group_by(_D.tenant).subquery()
        query = select(_D.tenant, *_COLUMNS).where(_D.name == name)
        query = query.join(top, (top.c.tenant == _D.tenant) & (top.c.version == _D.version))
        with reading(self._engine) as connection:
            return {row.tenant: Document(*row[1:]) for row in connection.execute(query)}

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _changed(version: int) -> Refused:
    return Refused(412, "changed", f"somebody has changed it: it is at version {version} now")
