"""What who manages people may do: accounts of others, and the matrix of roles.

Rules:
1. Nobody gives away what they do not have, nor touches the account of somebody who may do more:
   otherwise whoever may reset passwords could become anybody.
2. The audit has its line before anything changes, with what was asked and without passwords.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from gateway.people.audit import Audit
from gateway.people.matrix import DOCUMENT, check_matrix, encode_matrix
from gateway.people.sessions import TOPIC, Sessions, Tables
from gateway.people.signing import Waking
from gateway.people.staff import Made, add_account, change_account, shown, told
from gateway.record.seal import Seal
from gateway.refusal import Refused, forbidden, unknown
from gateway.roles import Actor, Permission, Role
from gateway.shapes.people import (
    Matrix,
    MatrixBody,
    ModeratorBody,
    ModeratorChange,
    ModeratorList,
    ModeratorMade,
)

__all__ = ["Administering"]


class Administering:
    """The accounts and the matrix of every tenant. `here` says whose console is connected."""

    def __init__(
        self,
        tables: Tables,
        sessions: Sessions,
        audit: Audit,
        seal: Seal,
        wake: Waking,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.here: Callable[[str], Iterable[str]] = lambda tenant: ()
        self._tables = tables
        self._sessions = sessions
        self._audit = audit
        self._seal = seal
        self._wake = wake
        self._wall = wall

    async def all(self, actor: Actor) -> ModeratorList:
        """Return the tenant's accounts, disabled ones too. Raises Refused 403."""
        _need(actor, "people.read")
        here = frozenset(self.here(actor.tenant))
        accounts = await asyncio.to_thread(self._tables.accounts.of, actor.tenant)
        return ModeratorList([shown(each, each.name in here) for each in accounts])

    async def add(self, actor: Actor, body: ModeratorBody) -> ModeratorMade:
        """Make an account; its password is in the answer and nowhere else. Raises Refused."""
        _need(actor, "people.manage")
        self._must_cover(actor, body.roles)
        roles = ",".join(body.roles)
        await self._audit.note(actor, "moderator.add", body.name, roles=roles)
        made = await asyncio.to_thread(
            add_account, self._tables.accounts, self._seal, actor.tenant, body, self._wall()
        )
        return self._made(made)

    async def change(
        self, actor: Actor, name: str, body: ModeratorChange, version: int | None
    ) -> ModeratorMade:
        """Change an account; a new password is in the answer and nowhere else. Raises Refused."""
        _need(actor, "people.manage")
        found = await asyncio.to_thread(self._tables.accounts.find, actor.tenant, name)
        if found is None:
            raise unknown("moderator")
        self._must_cover(actor, (*found.roles, *(body.roles or ())))
        await self._audit.note(actor, "moderator.change", name, **told(body))
        made = await asyncio.to_thread(
            change_account,
            self._tables.accounts,
            self._seal,
            actor.tenant,
            name,
            body,
            found.version if version is None else version,
            self._wall(),
        )
        kept = self._sessions
        kept.changed(made.account)
        ends = body.reset or body.totp is not None or made.account.disabled is not None
        if ends or set(made.account.roles) != set(found.roles):
            kept.ended_of(actor.tenant, name)
        return self._made(made)

    async def matrix(self, actor: Actor) -> Matrix:
        """Return the tenant's matrix as this gateway holds it: at most a second old."""
        _need(actor, "people.read")
        return self._sessions.matrix(actor.tenant)

    async def put_matrix(self, actor: Actor, body: MatrixBody, version: int | None) -> Matrix:
        """Write the matrix anew; only admins may. Raises Refused 403, 412 `changed`, 422."""
        _need(actor, "people.manage")
        if "admin" not in actor.roles:
            raise forbidden("the role admin")
        body, now = check_matrix(body), self._wall()
        await self._audit.note(
            actor, "roles.change", "roles", version="any" if version is None else str(version)
        )
        by = f"{actor.via}:{actor.name}" if actor.via == "key" else actor.name
        written = await asyncio.to_thread(
            self._tables.documents.put,
            actor.tenant,
            DOCUMENT,
            encode_matrix(body),
            version,
            by,
            now,
        )
        matrix = Matrix(body.roles, body.queues, written, by, now)
        self._sessions.matrix_changed(actor.tenant, matrix)
        self._wake.publish(TOPIC, actor.tenant)
        return matrix

    def _must_cover(self, actor: Actor, roles: Iterable[Role]) -> None:
        """Refuse who may do less than these roles. Admins may change the matrix anyway."""
        if "admin" in actor.roles:
            return
        may = self._sessions.matrix(actor.tenant).roles
        more = {each for role in roles for each in may.get(role, [])} - actor.rights.everywhere
        if "admin" in roles or more:
            raise Refused(403, "above_you", "that is for somebody who may do as much themselves")

    def _made(self, made: Made) -> ModeratorMade:
        self._sessions.changed(made.account)
        self._wake.publish(TOPIC, made.account.tenant)
        here = made.account.name in self.here(made.account.tenant)
        return ModeratorMade(shown(made.account, here), made.password, made.otpauth)


def _need(actor: Actor, permission: Permission) -> None:
    if not actor.may(permission):
        raise forbidden(permission)
