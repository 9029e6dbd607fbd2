"""Whom a decision is about, by the keyed hash that the record knows them by."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select

from gateway.record import schema
from gateway.record.database import Where, open_engine, reading

__all__ = ["Whose"]

_C, _J = schema.commands.c, schema.journal.c
_KINDS = ("verdict", "moderator", "stream")


class Whose:
    """The record, asked for users. Opens the database on first use; `close` it in the end."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def find(self, tenant: str, ref: str) -> str:
        """Return the hash of the user whom a decision, or the command of one, is about.

        "" where no such decision is known, or none that is about a user. Raises RecordUnavailable.
        """
        return await asyncio.to_thread(self._find, tenant, ref)

    def _find(self, tenant: str, ref: str) -> str:
        ordered = select(_C.event).where(_C.tenant == tenant, _C.id == ref, _C.event != "")
        with reading(self._engine) as connection:
            for event in (ref, connection.execute(ordered.limit(1)).scalar()):
                if event is None:
                    continue
                decided = select(_J.user).where(
                    _J.tenant == tenant, _J.event == event, _J.user != "", _J.kind.in_(_KINDS)
                )
                found = connection.execute(decided.limit(1)).scalar()
                if found:
                    return str(found)
        return ""

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
