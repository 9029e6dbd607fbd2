"""Where each chain ended, minute by minute, as the database has it: for the HTTP API.

Whoever edits or cuts the journal would have to edit this and `heads.jsonl` too; what was fetched
from here or copied from there to another machine stays out of reach.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select

from gateway.record import schema
from gateway.record.database import Where, open_engine, reading
from gateway.record.headfile import Published

__all__ = ["Heads", "Published"]


class Heads:
    """What was published. Opens the database on first use; `close` it in the end."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def recent(self, limit: int) -> list[Published]:
        """Return the newest heads of all chains, newest first. Raises RecordUnavailable."""
        return await asyncio.to_thread(self._recent, limit)

    def _recent(self, limit: int) -> list[Published]:
        table = schema.heads
        query = select(table).order_by(table.c.at.desc(), table.c.writer, table.c.seq.desc())
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(limit)).all()
        return [Published(row.writer, row.seq, bytes(row.hash).hex(), row.at) for row in rows]

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
