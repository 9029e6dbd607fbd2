"""Cases as they are listed: what the gateway could not do by itself, and what became of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec import Struct
from sqlalchemy import select

from gateway.record import schema
from gateway.record.database import Where, open_engine, reading

__all__ = ["CaseLine", "Cases"]


class CaseLine(Struct, frozen=True, gc=False):
    """One line in the life of a case. `at` is seconds since the epoch."""

    id: str
    state: str
    tenant: str
    at: float
    queue: str
    priority: str
    about: str
    ref: str
    room: str
    because: str


_C = schema.case_lines.c
_COLUMNS = [_C[name] for name in CaseLine.__struct_fields__]


class Cases:
    """The table of cases. Every call runs in a thread and raises RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def recent(self, tenant: str, limit: int = 100) -> list[CaseLine]:
        """Return a tenant's newest lines, the newest first."""
        return await asyncio.to_thread(self._recent, tenant, limit)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _recent(self, tenant: str, limit: int) -> list[CaseLine]:
        query = select(*_COLUMNS).where(_C.tenant == tenant)
        query = query.order_by(_C.at.desc(), _C.id, _C.state).limit(limit)
        with reading(self._engine) as connection:
            return [CaseLine(*row) for row in connection.execute(query)]
