"""All about people, put together: what a gateway builds, runs and closes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from gateway.log import log
from gateway.people.administering import Administering
from gateway.people.audit import Audit
from gateway.people.passwords import Passwords
from gateway.people.sessions import Ends, Sessions, Tables
from gateway.people.signing import SigningIn, Waking
from gateway.record.database import Where, as_where
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from seawall.errors import RecordUnavailable

__all__ = ["People"]

PURGE_EVERY_S = 3600.0
_PAST_S = 7 * 86_400.0
"""How long sessions that expired are kept."""


class People:
    """Accounts, sessions, the matrix, documents and the audit of one gateway.

    `load` before the first question; `run` is for the housekeeping. The database must be there.
    """

    def __init__(
        self,
        where: Where | Path,
        wake: Waking,
        ends: Ends | None = None,
        wall: Callable[[], float] = time.time,
        passwords: Passwords | None = None,
    ) -> None:
        seal = Seal(load_secret(as_where(where).data))
        self._tables = Tables(where)
        self._wall = wall
        self.documents = self._tables.documents
        self.audit = Audit(where, wall)
        self.sessions = Sessions(self._tables, ends, wall)
        self.signing = SigningIn(
            self._tables, self.sessions, self.audit, seal, wake, passwords or Passwords(), wall
        )
        self.admin = Administering(self._tables, self.sessions, self.audit, seal, wake, wall)

    async def load(self) -> None:
        """Read who is who. Raises RecordUnavailable."""
        await self.sessions.refresh()
        await self.signing.load()

    async def run(self) -> None:
        """Follow the record, and delete what is too old, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.sessions.run(), name="sessions")
            tasks.create_task(self._purge(), name="people purge")

    async def close(self) -> None:
        """Write what waits and let go of the database."""
        await self.audit.close()
        self._tables.close()

    async def _purge(self) -> None:
        while True:
            try:
                await self.audit.purge()
                before = self._wall() - _PAST_S
                await asyncio.to_thread(self._tables.sessions.purge, before)
            except RecordUnavailable as error:  # the next hour will do
                log.warning(
                    "old sessions and audit lines stay", extra={"fields": {"why": str(error)}}
                )
            await asyncio.sleep(PURGE_EVERY_S)
