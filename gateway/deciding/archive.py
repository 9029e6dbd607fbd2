"""What was decided, read: one decision with its parts, a search, all that is known of a user."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from msgspec.structs import replace

from gateway.cases.claims import why_not_see
from gateway.deciding.history import view
from gateway.deciding.rows import DecisionRow
from gateway.deciding.searching import Asked, search
from gateway.deciding.store import DecisionStore
from gateway.record.database import reading
from gateway.record.secret import Pseudonyms
from gateway.refusal import forbidden
from gateway.roles import Actor, Permission
from gateway.shapes.cases import CaseLine, DecisionPage, Part, UserView
from gateway.state.labels import Labels

__all__ = ["Archive"]


class Archive:
    """Reads decisions for people who may. Raises Refused and RecordUnavailable."""

    def __init__(
        self,
        store: DecisionStore,
        names: Pseudonyms,
        labels: Labels,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._names = names
        self._labels = labels
        self._wall = wall

    async def find(
        self, actor: Actor, decision: str, permission: Permission
    ) -> tuple[DecisionRow, list[Part], CaseLine | None]:
        """Return a decision, its parts and its case, to somebody with a permission there."""
        row, parts = await asyncio.to_thread(self._store.find, actor.tenant, decision)
        line = None
        if row.case:
            line, _ = await asyncio.to_thread(self._store.case, actor.tenant, row.case)
            refused = why_not_see(actor, line)
            if refused is not None:
                raise refused
        if not actor.may(permission, None if line is None else line.queue):
            raise forbidden(permission, "" if line is None else line.queue)
        return row, parts, line

    async def search(
        self, actor: Actor, asked: Asked, cursor: str | None, limit: int
    ) -> DecisionPage:
        """Return decisions, the newest first."""
        if not actor.may("decisions.read"):
            raise forbidden("decisions.read")

        def look() -> DecisionPage:
            subject = self._names.subject(actor.tenant, asked.user)
            with reading(self._store.engine) as connection:
                wanted = replace(asked, subject=subject)
                return search(connection, actor.tenant, wanted, cursor, limit)

        return await asyncio.to_thread(look)

    async def user(self, actor: Actor, user: str) -> UserView:
        """Return what is known of a user; somebody unknown has nothing."""
        if not actor.may("decisions.read"):
            raise forbidden("decisions.read")
        now = self._wall()
        strikes = self._labels.facts(actor.tenant, "", user, now).strikes

        def look() -> UserView:
            subject = self._names.subject(actor.tenant, user)
            with reading(self._store.engine) as connection:
                return view(connection, actor.tenant, user, subject, strikes, now)

        return await asyncio.to_thread(look)
